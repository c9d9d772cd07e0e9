"""The right side of the import view: what a row means, and how to correct it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.domain.arrangement import Placement
from app.ui.import_model import ImportModel
from app.ui.import_rows import Node
from app.ui.import_words import facts_of, name_of

HINT = (
    "Choose a row to see what was found, and to correct it.\n\n"
    "A row can also be dragged onto another case or arm, or onto the reference to take its "
    "place. F2 changes a name, Del leaves a series out, Ctrl+Z takes a correction back.\n\n"
    "Nothing is changed in your files: the corrections become a manifest."
)


class ImportForm(QFrame):
    """Follows the rows that are chosen; every button is one correction."""

    def __init__(self, model: ImportModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        self._nodes: tuple[Node, ...] = ()
        self.title = _label("title")
        self.facts = _label("muted")
        self.reason = _label("")
        self.remedy = _label("muted")
        self.hint = _label("muted")
        self.hint.setText(HINT)
        self.heading = _label("heading")
        self.heading.setText("Correct it by hand")
        self.case = _combo("Case")
        self.arm = _combo("Arm")
        self.everywhere = QCheckBox("In every case that has this arm")
        self.move_button = QPushButton()
        self.reference_button = QPushButton()
        self.out_button = QPushButton()
        self._fields = QWidget()
        self._lay_out()
        self.move_button.clicked.connect(self.apply)
        self.reference_button.clicked.connect(self.make_reference)
        self.out_button.clicked.connect(self.leave_out)
        for combo in (self.case, self.arm):
            combo.editTextChanged.connect(self._refresh_move)
        self.everywhere.toggled.connect(self._refresh_move)
        self.show_nodes(())

    @property
    def members(self) -> tuple[int, ...]:
        """The series of the rows that are chosen."""
        return tuple(dict.fromkeys(index for node in self._nodes for index in node.members))

    def _lay_out(self) -> None:
        form = QFormLayout(self._fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Case", self.case)
        form.addRow("Arm", self.arm)
        self._form = form
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        for part in (self.title, self.facts, self.reason, self.remedy, self.hint):
            column.addWidget(part)
        column.addSpacing(8)
        below: tuple[QWidget, ...] = (self.heading, self._fields, self.everywhere)
        for widget in (*below, self.move_button, self.reference_button, self.out_button):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    # ---- what is shown -----------------------------------------------------------------------

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Show the rows that are chosen."""
        self._nodes = tuple(nodes)
        members = self.members
        placed = [self._model.placement(index) for index in members]
        outcome = self._model.review.outcomes[members[0]] if len(members) == 1 else None
        node = nodes[0] if len(nodes) == 1 else None
        self._tell(
            name_of(node, placed),
            facts_of(node, placed),
            outcome.words if outcome is not None else node.cells[-1] if node is not None else "",
            outcome.remedy if outcome is not None else node.remedy if node is not None else "",
        )
        self.hint.setVisible(not nodes)
        self._refresh_fields(node, placed)

    def _tell(self, title: str, facts: str, reason: str, remedy: str) -> None:
        for label, words in (
            (self.title, title),
            (self.facts, facts),
            (self.reason, reason),
            (self.remedy, remedy),
        ):
            label.setText(words)
            label.setVisible(bool(words))

    def _refresh_fields(self, node: Node | None, placed: Sequence[Placement]) -> None:
        case_only = node is not None and node.kind == "case"
        any_placed = any(one.role for one in placed)
        for part in (self.heading, self._fields, self.move_button, self.out_button):
            part.setVisible(bool(placed))
        state = self._model.state
        _offer(self.case, state.cases, _common([_case_of(one, state.cases) for one in placed]))
        _offer(self.arm, state.arms, _common([one.arm or one.name for one in placed]))
        many = len(placed) > 1
        for combo, word in ((self.case, "folder"), (self.arm, "name")):
            line = combo.lineEdit()
            if line is not None:
                line.setPlaceholderText("each as now" if any_placed else f"each its {word}")
        self._form.setRowVisible(self.arm, not case_only)
        alike = state.alike(self.members) if any_placed and not many else ()
        self.everywhere.setChecked(False)
        self.everywhere.setVisible(len(alike) > 1 and not case_only)
        is_reference = all(one.role == "reference" for one in placed)
        self.reference_button.setVisible(bool(placed) and not many and not is_reference)
        self.reference_button.setText("Make it the reference of the case")
        self.out_button.setVisible(any_placed)
        self.out_button.setText("Leave the case out" if case_only else f"Leave {_them(placed)} out")
        self.move_button.setText(
            "Rename the case"
            if case_only
            else f"Move {_them(placed)} there"
            if any_placed
            else f"Take {_them(placed)} in"
        )
        begun = any(one.role == "reference" for one in state.placements)
        _emphasize(self.move_button, begun)
        _emphasize(self.reference_button, not begun)
        self._refresh_move()

    def _refresh_move(self) -> None:
        """Offer the move only where it would change something."""
        placed = [self._model.placement(index) for index in self.members]
        case, arm = self.case.currentText().strip(), self.arm.currentText().strip()
        here = all(
            one.role and case in ("", one.case) and (arm in ("", one.arm) or self._is_case())
            for one in placed
        )
        self.move_button.setEnabled(bool(placed) and not here)

    def _is_case(self) -> bool:
        return len(self._nodes) == 1 and self._nodes[0].kind == "case"

    # ---- what can be done ----------------------------------------------------------------------

    def apply(self) -> None:
        """Move, take in or rename, as the two fields say."""
        members = self.members
        if not members:
            return
        case, arm = self.case.currentText().strip(), self.arm.currentText().strip()
        first = self._model.placement(members[0])
        if self._is_case():
            self._model.rename_case(self._nodes[0].case, case)
        elif self.everywhere.isChecked() and case == first.case:
            self._model.rename_arm(first.arm, arm)
        else:
            self._model.move(members, case, arm)

    def make_reference(self) -> None:
        """Make the chosen series the reference of its case, or its arm that of every case."""
        members = self.members
        if not members:
            return
        if self.everywhere.isVisible() and self.everywhere.isChecked():
            self._model.make_reference(self._model.state.alike(members))
        else:
            one = self._model.placement(members[0])
            self._model.make_reference(members, "" if one.role else self.case.currentText().strip())

    def leave_out(self) -> None:
        """Leave the chosen series out."""
        chosen = [index for index in self.members if self._model.placement(index).role]
        if chosen:
            self._model.leave_out(chosen)


def _them(placed: Sequence[Placement]) -> str:
    return "it" if len(placed) <= 1 else f"these {len(placed)}"


def _case_of(one: Placement, cases: Sequence[str]) -> str:
    """Return the case that a series has, or the one it most likely belongs to."""
    if one.role or one.case:
        return one.case
    return one.home if one.home in cases or len(cases) != 1 else cases[0]


def _common(words: Sequence[str]) -> str:
    return words[0] if len(set(words)) == 1 else ""


def _offer(combo: QComboBox, words: Sequence[str], chosen: str) -> None:
    combo.blockSignals(True)
    combo.clear()
    combo.addItems(list(words))
    combo.setCurrentText(chosen)
    combo.blockSignals(False)


def _emphasize(button: QPushButton, on: bool) -> None:
    """Make a button the one to press next, or one among others."""
    if button.property("primary") is not on:
        button.setProperty("primary", on)
        button.style().unpolish(button)
        button.style().polish(button)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(10)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo
