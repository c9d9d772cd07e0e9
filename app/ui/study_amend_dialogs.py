"""What the Study room asks to amend a locked study: a reader, cases, or the next round."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.check_list import CheckList
from app.ui.study_amending import KEPT, Amending
from app.ui.study_dialogs import accepted, button_row, secret_field, wrapped


@dataclass(frozen=True, slots=True)
class NewReader:
    """The code of a reader to add, and the passphrase that lets it."""

    passphrase: str
    reader: str


@dataclass(frozen=True, slots=True)
class CasesToAdd:
    """The cases to add, where they lie, and the passphrase that lets it."""

    passphrase: str
    cases: tuple[str, ...]
    source: Path


class _AmendDialog(QDialog):
    """A form between what will happen and what stays as it is; the passphrase comes last."""

    def __init__(self, title: str, accept: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.intro = wrapped("")
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.passphrase = secret_field("Passphrase")
        self.passphrase.setToolTip("The one with which the study was locked")
        self.kept = wrapped(KEPT)
        self.kept.setObjectName("muted")
        self.buttons = button_row(accept)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(self.intro)
        column.addLayout(self.form)
        column.addWidget(self.kept)
        column.addWidget(self.buttons)
        self.passphrase.textChanged.connect(self._check)
        self.setMinimumWidth(520)

    def _check(self) -> None:
        accept = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        accept.setEnabled(bool(self.passphrase.text()) and self._complete())

    def _complete(self) -> bool:
        """Tell whether all but the passphrase is given."""
        raise NotImplementedError


class AddReaderDialog(_AmendDialog):
    """Ask for the code of one more reader."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Add a reader", "Add the reader", parent)
        self.intro.setText(
            "The new reader gets the screens that the design asks of every reader, and of all "
            "cases that were added since. Nobody else's screens change."
        )
        self.reader = QLineEdit()
        self.reader.setPlaceholderText("R4")
        self.reader.setAccessibleName("Code of the reader")
        self.reader.setToolTip("1 to 32 letters, digits, '-' or '_'; no name of a person")
        self.form.addRow("Code", self.reader)
        self.form.addRow("Passphrase", self.passphrase)
        self.reader.textChanged.connect(self._check)
        self.reader.setFocus()
        self._check()

    def _complete(self) -> bool:
        return bool(self.reader.text().strip())


class AddCasesDialog(_AmendDialog):
    """Show the cases that a folder has and the study has not, and ask which to add."""

    def __init__(self, amending: Amending, parent: QWidget | None = None) -> None:
        super().__init__("Add cases", "Add the cases", parent)
        self._amending = amending
        self._shown: object = None
        self.intro.setText(
            "Every reader gets the new cases after all that there is. They need every arm of "
            "the study, and a reference of the same name."
        )
        self.source = QLineEdit()
        self.source.setReadOnly(True)
        self.source.setAccessibleName("Folder of the new cases")
        self.choose_button = QPushButton("Choose …")
        self.choose_button.setToolTip("Look for new cases in another folder")
        self.choose_button.clicked.connect(self._choose)
        self.cases = CheckList("cases", height=150)
        self.told = _growing()
        place = QHBoxLayout()
        place.addWidget(self.source, 1)
        place.addWidget(self.choose_button)
        self.form.addRow("Folder", place)
        self.form.addRow("New cases", self.cases)
        self.form.addRow("", self.told)
        self.form.addRow("Passphrase", self.passphrase)
        self.cases.list.itemChanged.connect(self._check)
        amending.changed.connect(self._show_found)
        amending.look_for_cases()
        self.passphrase.setFocus()
        self._show_found()

    def _complete(self) -> bool:
        return self._amending.new_cases is not None and bool(self.cases.chosen())

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of the new cases", self.source.text())
        if name:
            self.source.setText(name)
            self._amending.look_for_cases(Path(name))

    def _show_found(self) -> None:
        amending, found = self._amending, self._amending.new_cases
        self.told.setText("Looking for new cases …" if amending.looking else amending.objection)
        if found is None:
            self.cases.show_names((), ())
        elif found is not self._shown:
            self.source.setText(str(found.source))
            # Which cases former amendments brought only the key says: then none is ticked.
            self.cases.show_names(found.cases, () if found.added_before else found.cases)
            self.told.setText(found_words(found.cases, found.incomplete, found.added_before))
        self._shown = found
        self.told.setVisible(bool(self.told.text()))
        self._check()
        self.adjustSize()

    def _check(self) -> None:
        super()._check()
        total = self.cases.list.count()
        self.cases.count.setText(f"{len(self.cases.chosen())} of {total} cases")


class NextRoundDialog(_AmendDialog):
    """Say what the next round of pairs would bring, and ask for the passphrase."""

    def __init__(self, amending: Amending, parent: QWidget | None = None) -> None:
        super().__init__("Draw the next round", "Draw the round", parent)
        self._amending = amending
        self.intro.setText(
            "A further round asks the pairs of which the answers so far tell least. The key is "
            "opened in memory only: nobody is told what was answered."
        )
        self.plan = _growing()
        self.form.addRow("The plan", self.plan)
        self.form.addRow("Passphrase", self.passphrase)
        amending.changed.connect(self._show_plan)
        amending.look_at_round()
        self.passphrase.setFocus()
        self._show_plan()

    def _complete(self) -> bool:
        return self._amending.plan is not None

    def _show_plan(self) -> None:
        amending = self._amending
        waiting = "Counting what was read …" if amending.looking else amending.objection
        self.plan.setText(amending.plan.sentence if amending.plan is not None else waiting)
        self._check()
        self.adjustSize()


def _growing() -> QLabel:
    """Return words that take the width of the fields."""
    label = wrapped("")
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label


def found_words(cases: tuple[str, ...], incomplete: tuple[str, ...], added_before: int) -> str:
    """Return what there is to say of the cases that were found.

    >>> found_words((), (), 0)
    'Every case of this folder is in the study already.'
    """
    told = []
    if not cases and not incomplete:
        told.append("Every case of this folder is in the study already.")
    if incomplete:
        some = ", ".join(incomplete[:5]) + (" …" if len(incomplete) > 5 else "")
        why = "it lacks" if len(incomplete) == 1 else "they lack"
        told.append(f"Left out, for {why} an arm: {some}.")
    if added_before and cases:
        came = "1 case has" if added_before == 1 else f"{added_before} cases have"
        told.append(f"{came} been added before: tick only what the study has not.")
    return " ".join(told)


def ask_new_reader(parent: QWidget) -> NewReader | None:
    """Ask for a reader to add; None where the coordinator thinks better of it."""
    dialog = AddReaderDialog(parent)
    if not accepted(dialog):
        return None
    return NewReader(dialog.passphrase.text(), dialog.reader.text().strip())


def ask_new_cases(parent: QWidget, amending: Amending) -> CasesToAdd | None:
    """Ask for cases to add; None where the coordinator thinks better of it."""
    dialog = AddCasesDialog(amending, parent)
    answer = None
    if accepted(dialog) and amending.new_cases is not None:
        answer = CasesToAdd(
            dialog.passphrase.text(), dialog.cases.chosen(), amending.new_cases.source
        )
    amending.look_no_more()
    return answer


def ask_next_round(parent: QWidget, amending: Amending) -> str | None:
    """Show the plan of the next round; return the passphrase, or None."""
    dialog = NextRoundDialog(amending, parent)
    answer = dialog.passphrase.text() if accepted(dialog) else None
    amending.look_no_more()
    return answer
