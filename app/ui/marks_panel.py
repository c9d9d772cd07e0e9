"""The tab Marks: what is added, lost or distorted, listed, described and carried away."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.mark import KINDS, Mark, MarkKind
from app.ui.actions import Action
from app.ui.inspect_model import InspectModel
from app.ui.mark_facts import TITLES, MarkFacts, sign_icon
from app.ui.marks_actions import HINTS, mark_actions
from app.ui.marks_model import MarksModel, Report
from app.ui.marks_overlay import SIGNS, MarksOverlay
from app.ui.marks_work import MarksWork
from app.ui.row_table import Column, RowTable, row_view

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid

_WIDEST = 104
_WIDE = 380
_SPARED = (1, 4)
"""Columns of the list, case and severity, that a narrow one leaves out."""
_LISTED = 10
"""Files that a question names."""

_IDLE = "Choose what to mark, then click or drag on a pane: the mark is of its arm and slice."
_ARMED = "A click marks a point, a drag an {}. Esc leaves."


def ask_csv(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save the table of marks; None where the person thinks better of it."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Export marks", str(suggestion), "CSV tables (*.csv)"
    )
    return Path(name) if name else None


def ask_folder(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask for the folder of the DICOM SR files; None where the person thinks better of it."""
    name = QFileDialog.getExistingDirectory(
        parent, "Folder for DICOM SR files, one for each case and arm", str(suggestion)
    )
    return Path(name) if name else None


def ask_to_replace(parent: QWidget, files: Sequence[Path]) -> bool:
    """Ask whether DICOM SR files that are there already may be replaced."""
    listed = "\n".join(file.name for file in files[:_LISTED])
    more = f"\nand {len(files) - _LISTED} more" if len(files) > _LISTED else ""
    answer = QMessageBox.question(
        parent,
        "Replace the reports?",
        f"{files[0].parent} holds reports that would be replaced by new ones, with other UIDs:"
        f"\n\n{listed}{more}\n\nReplace them?",
    )
    return answer == QMessageBox.StandardButton.Yes


class MarksPanel(QFrame):
    """Marks of the open source, and the tools that make them.

    Give its ``actions()`` to the room and call ``stop()`` when the room stops.

    Signals
    -------
    shown_asked()
        Something was asked for that is seen here.
    tool_taken()
        The mouse makes marks from now on.
    noticed(str), failed(BlindReadError)
        Good news in a sentence; what happened and what to do.
    """

    shown_asked = Signal()
    tool_taken = Signal()
    noticed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        model: InspectModel,
        panes: "PaneGrid",
        work: MarksWork | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        self.marks = MarksModel(model, work, self)
        self.overlay = MarksOverlay(model, self.marks, panes.panes, self)
        self.buttons = {kind: QPushButton(TITLES[kind]) for kind in KINDS}
        self.shape = QComboBox()
        self.how = QLabel()
        self.rows = RowTable(
            (
                Column(
                    "", lambda mark: f"{SIGNS[mark.kind]}{self.marks.number_of(mark)}", tip=_all_of
                ),
                Column("Case", lambda mark: mark.case),
                Column("Arm", lambda mark: mark.arm),
                Column("Slice", lambda mark: str(mark.slice), number=True),
                Column("Sev.", lambda mark: str(mark.severity or "–"), number=True),
                Column("Note", lambda mark: mark.note),
            ),
            self,
        )
        self.table = row_view(self.rows, "Marks")
        self.facts = MarkFacts(self.marks)
        self.undo = QPushButton("Undo")
        self.redo = QPushButton("Redo")
        self.csv = QPushButton("CSV…")
        self.report = QPushButton("DICOM SR…")
        self._set_up()
        self._lay_out()
        self._connect()
        self._refresh()

    # ---- layout --------------------------------------------------------------------------

    def _set_up(self) -> None:
        for place, (kind, button) in enumerate(self.buttons.items(), 1):
            button.setCheckable(True)
            button.setIcon(sign_icon(kind))
            button.setToolTip(f"{HINTS[kind]} (T, {place} or Alt+{place})")
            button.setStyleSheet("padding-left: 6px; padding-right: 6px;")
        self.shape.addItem("Drag draws an ellipse", "ellipse")
        self.shape.addItem("Drag draws a box", "box")
        self.shape.setToolTip("What a drag draws; a click always marks a point")
        self.shape.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table.horizontalHeader().setMaximumSectionSize(_WIDEST)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.undo.setToolTip("Take the last change back (Ctrl+Z)")
        self.redo.setToolTip("Do again what was taken back (Ctrl+Shift+Z)")
        self.csv.setToolTip("Save all marks as a table, with places in the patient in mm")
        self.report.setToolTip(
            "Save all marks as DICOM SR (TID 1500), a file for each case and arm"
        )
        self.how.setObjectName("muted")
        self.how.setWordWrap(True)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for button in self.buttons.values():
            tools.addWidget(button, 1)
        below = QHBoxLayout()
        below.setSpacing(4)
        for button in (self.undo, self.redo, self.csv, self.report):
            button.setStyleSheet("padding-left: 6px; padding-right: 6px;")
        below.addWidget(self.undo)
        below.addWidget(self.redo)
        below.addStretch(1)
        below.addWidget(self.csv)
        below.addWidget(self.report)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 10)
        column.setSpacing(6)
        column.addLayout(tools)
        column.addWidget(self.shape)
        column.addWidget(self.how)
        column.addWidget(self.table, 1)
        column.addWidget(self.facts)
        column.addLayout(below)

    def _connect(self) -> None:
        marks = self.marks
        for kind, button in self.buttons.items():
            button.clicked.connect(lambda _=False, kind=kind: self.use(kind))
        self.shape.activated.connect(lambda place: marks.draw(self.shape.itemData(place)))
        self.table.clicked.connect(lambda index: marks.go_to(self.rows.rows[index.row()]))
        self.table.activated.connect(lambda index: marks.go_to(self.rows.rows[index.row()]))
        self.undo.clicked.connect(marks.undo)
        self.redo.clicked.connect(marks.redo)
        self.csv.clicked.connect(self.export_csv)
        self.report.clicked.connect(self.export_report)
        marks.changed.connect(self._refresh)
        marks.report_planned.connect(self._export)
        marks.told.connect(self.noticed)
        marks.failed.connect(self.failed)
        self.overlay.refused.connect(self.noticed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room of a narrow list to the note; a row's tooltips say the rest."""
        narrow = event.size().width() < _WIDE
        for column in _SPARED:
            self.table.setColumnHidden(column, narrow)
        super().resizeEvent(event)

    # ---- what is shown -------------------------------------------------------------------

    def _refresh(self) -> None:
        marks, chosen = self.marks, self.marks.chosen
        self.facts.leave_for(chosen)
        for kind, button in self.buttons.items():
            button.setChecked(marks.tool == kind)
            button.setEnabled(marks.can_mark)
        self.shape.setCurrentIndex(self.shape.findData(marks.shape))
        drawn = "ellipse" if marks.shape == "ellipse" else "box"
        words = _ARMED.format(drawn).replace("an box", "a box")
        self.how.setText(words if marks.tool is not None else _IDLE)
        self.rows.show_rows(marks.marks)
        self._select(chosen)
        self.facts.show_mark(chosen)
        self.undo.setEnabled(marks.can_undo)
        self.redo.setEnabled(marks.can_redo)
        for button in (self.csv, self.report):
            button.setEnabled(bool(marks.marks))

    def _select(self, mark: Mark | None) -> None:
        selection = self.table.selectionModel()
        place = next((i for i, one in enumerate(self.rows.rows) if one == mark), None)
        if place is None:
            selection.clearSelection()
            return
        index = self.rows.index(place, 0)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.scrollTo(index)

    # ---- what can be done ----------------------------------------------------------------

    def use(self, kind: MarkKind | None) -> None:
        """Make marks of a kind by mouse; the same again, or None, leaves the tool."""
        self.marks.use(kind)
        if self.marks.tool is not None:
            self.tool_taken.emit()
            self.shown_asked.emit()

    @property
    def in_use(self) -> bool:
        """Whether the mouse makes marks, or a mark is chosen and seen here."""
        return self.marks.tool is not None or (self.isVisible() and self.marks.chosen is not None)

    def leave(self) -> None:
        """Leave the tool, else the chosen mark."""
        if self.marks.tool is not None:
            self.marks.use(None)
        else:
            self.marks.choose(None)

    def export_csv(self) -> None:
        """Ask where to, and write the table of marks."""
        source = self._model.source
        if source is not None and self.marks.marks:
            self.facts.keep_note()
            target = ask_csv(self, source.parent / "marks.csv")
            if target is not None:
                self.marks.export_csv(target)

    def export_report(self) -> None:
        """Ask where to, and whether files may be replaced; write the marks as DICOM SR."""
        source = self._model.source
        if source is not None and self.marks.marks:
            self.facts.keep_note()
            folder = ask_folder(self, source.parent)
            if folder is not None:
                self.marks.plan_report(folder)

    def _export(self, report: Report) -> None:
        if not report.replaced or ask_to_replace(self, report.replaced):
            self.marks.export_report(report)

    def stop(self) -> None:
        """Keep what was typed, and wait for the threads to end."""
        self.facts.keep_note()
        self.marks.stop()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        self._refresh()

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return what can be done with marks."""
        return mark_actions(self)


def _all_of(mark: Mark) -> str:
    """Return everything that is said of a mark."""
    severity = f", severity {mark.severity}" if mark.severity else ""
    note = f"\n{mark.note}" if mark.note else ""
    return f"{TITLES[mark.kind]}: {mark.case}, {mark.arm}, slice {mark.slice}{severity}{note}"
