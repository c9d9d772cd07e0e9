"""What a person says of one oddity in a table of scores."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.score_sheet import Oddity


@dataclass(frozen=True, slots=True)
class Decision:
    """What was meant, or None to leave it out for good; and why."""

    meant: str | None
    reason: str = ""


class DecisionDialog(QDialog):
    """Ask what a label stands for, or what a score is."""

    def __init__(self, oddity: Oddity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = oddity.kind == "label"
        self.setWindowTitle("Decide")
        place = f"Row {oddity.row}, column {oddity.column}, " if not self._label else ""
        what = QLabel(f"{place}“{oddity.value}”: {oddity.what}.")
        what.setWordWrap(True)
        what.setTextFormat(Qt.TextFormat.PlainText)
        self.meant = QLineEdit(oddity.nearest)
        self.meant.setAccessibleName("What it stands for" if self._label else "The score")
        if not self._label:
            self.meant.setPlaceholderText("empty: left out for good")
        self.meant.selectAll()
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason")
        self.reason.setPlaceholderText("how you know")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.meant.textChanged.connect(self._check)
        form = QFormLayout()
        form.addRow("Stands for" if self._label else "Score", self.meant)
        if not self._label:
            form.addRow("Reason", self.reason)
        column = QVBoxLayout(self)
        column.addWidget(what)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self.setMinimumWidth(420)
        self._check()

    @property
    def decision(self) -> Decision:
        """What was said."""
        return Decision(self.meant.text().strip() or None, self.reason.text().strip())

    def _check(self) -> None:
        said = self.meant.text().strip()
        fits = bool(said) if self._label else not said or _is_number(said)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fits)


def ask_decision(parent: QWidget, oddity: Oddity) -> Decision | None:
    """Ask what was meant; None where the person thinks better of it."""
    dialog = DecisionDialog(oddity, parent)
    try:
        return dialog.decision if dialog.exec() else None
    finally:
        dialog.deleteLater()


def _is_number(text: str) -> bool:
    from app.study.score_numbers import number_in

    return number_in(text) is not None
