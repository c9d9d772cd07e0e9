"""The tab Marks: what is added, lost or distorted, listed, described and carried away."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.mark import KINDS, SEVERITIES, Mark, MarkKind
from app.ui.actions import Action
from app.ui.inspect_model import InspectModel
from app.ui.marks_model import MarksModel
from app.ui.marks_overlay import COLORS, SIGNS, MarksOverlay
from app.ui.marks_work import MarksWork
from app.ui.row_table import Column, RowTable, row_view

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid

TITLES: dict[MarkKind, str] = {"added": "Added", "lost": "Lost", "distorted": "Distorted"}
HINTS: dict[MarkKind, str] = {
    "added": "Mark what the reconstruction shows and the reference does not",
    "lost": "Mark what the reference shows and the reconstruction does not",
    "distorted": "Mark what both show, but not alike",
}
SEVERITY_WORDS = ("not given", "1 mild", "2 moderate", "3 severe")
_WIDEST = 104
_WIDE = 380
_SPARED = (1, 4)
"""Columns of the list, case and severity, that a narrow one leaves out."""

_IDLE = "Choose what to mark, then click or drag on any pane. Every pane shows the same marks."
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
        self.kind = QComboBox()
        self.severity = QComboBox()
        self.note = QLineEdit()
        self.remove = QPushButton("Delete")
        self.undo = QPushButton("Undo")
        self.redo = QPushButton("Redo")
        self.csv = QPushButton("CSV…")
        self.report = QPushButton("DICOM SR…")
        self.made = QLabel()
        self._facts = QWidget()
        self._noting = ""
        self._noted = ("", "")
        self._set_up()
        self._lay_out()
        self._connect()
        self._refresh()

    # ---- layout --------------------------------------------------------------------------

    def _set_up(self) -> None:
        for place, (kind, button) in enumerate(self.buttons.items(), 1):
            button.setCheckable(True)
            button.setIcon(_sign_icon(kind))
            button.setToolTip(f"{HINTS[kind]} (T, {place} or Alt+{place})")
            button.setStyleSheet("padding-left: 6px; padding-right: 6px;")
        self.shape.addItem("Drag draws an ellipse", "ellipse")
        self.shape.addItem("Drag draws a box", "box")
        self.shape.setToolTip("What a drag draws; a click always marks a point")
        self.shape.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for kind in KINDS:
            self.kind.addItem(_sign_icon(kind), TITLES[kind], kind)
        for value, words in enumerate(SEVERITY_WORDS):
            self.severity.addItem(words, value or None)
        self.table.horizontalHeader().setMaximumSectionSize(_WIDEST)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.kind.setAccessibleName("Type of the mark")
        self.severity.setAccessibleName("Severity of the mark")
        self.note.setPlaceholderText("Note")
        self.note.setMaxLength(500)
        self.note.setToolTip("What is seen here; kept when you leave the field or press Enter")
        self.note.setAccessibleName("Note of the mark")
        self.remove.setToolTip("Delete this mark (Delete); it can be taken back")
        self.undo.setToolTip("Take the last change back (Ctrl+Z)")
        self.redo.setToolTip("Do again what was taken back (Ctrl+Shift+Z)")
        self.csv.setToolTip("Save all marks as a table, with places in the patient in mm")
        self.report.setToolTip(
            "Save all marks as DICOM SR (TID 1500), a file for each case and arm"
        )
        for label in (self.how, self.made):
            label.setObjectName("muted")
            label.setWordWrap(True)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for button in self.buttons.values():
            tools.addWidget(button, 1)
        facts = QGridLayout(self._facts)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(6)
        facts.addWidget(self.kind, 0, 0)
        facts.addWidget(self.severity, 0, 1)
        facts.addWidget(self.remove, 0, 2)
        facts.addWidget(self.note, 1, 0, 1, 3)
        facts.addWidget(self.made, 2, 0, 1, 3)
        facts.setColumnStretch(0, 1)
        facts.setColumnStretch(1, 1)
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
        column.addWidget(self._facts)
        column.addLayout(below)

    def _connect(self) -> None:
        marks = self.marks
        for kind, button in self.buttons.items():
            button.clicked.connect(lambda _=False, kind=kind: self.use(kind))
        self.shape.activated.connect(lambda place: marks.draw(self.shape.itemData(place)))
        self.table.clicked.connect(lambda index: marks.go_to(self.rows.rows[index.row()]))
        self.table.activated.connect(lambda index: marks.go_to(self.rows.rows[index.row()]))
        self.kind.activated.connect(lambda place: self._change(kind=self.kind.itemData(place)))
        self.severity.activated.connect(
            lambda place: self._change(severity=SEVERITIES[place - 1] if place else None)
        )
        self.note.editingFinished.connect(self._keep_note)
        self.remove.clicked.connect(lambda: marks.remove())
        self.undo.clicked.connect(marks.undo)
        self.redo.clicked.connect(marks.redo)
        self.csv.clicked.connect(self.export_csv)
        self.report.clicked.connect(self.export_report)
        marks.changed.connect(self._refresh)
        marks.told.connect(self.noticed)
        marks.failed.connect(self.failed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room of a narrow list to the note; a row's tooltips say the rest."""
        narrow = event.size().width() < _WIDE
        for column in _SPARED:
            self.table.setColumnHidden(column, narrow)
        super().resizeEvent(event)

    # ---- what is shown -------------------------------------------------------------------

    def _refresh(self) -> None:
        marks, chosen = self.marks, self.marks.chosen
        if chosen is None or chosen.id != self._noting:
            self._keep_note()  # what was typed belongs to the mark before
        for kind, button in self.buttons.items():
            button.setChecked(marks.tool == kind)
            button.setEnabled(marks.can_mark)
        self.shape.setCurrentIndex(self.shape.findData(marks.shape))
        drawn = "ellipse" if marks.shape == "ellipse" else "box"
        words = _ARMED.format(drawn).replace("an box", "a box")
        self.how.setText(words if marks.tool is not None else _IDLE)
        self.rows.show_rows(marks.marks)
        self._select(chosen)
        self._facts.setVisible(chosen is not None)
        if chosen is not None:
            self._describe(chosen)
        self._noting = chosen.id if chosen is not None else ""
        self.undo.setEnabled(marks.can_undo)
        self.redo.setEnabled(marks.can_redo)
        for button in (self.csv, self.report):
            button.setEnabled(bool(marks.marks))

    def _describe(self, mark: Mark) -> None:
        for combo, place in (
            (self.kind, self.kind.findData(mark.kind)),
            (self.severity, mark.severity or 0),
        ):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(place)
        if (mark.id, mark.note) != self._noted:  # else a word that is being typed stays
            self._noted = (mark.id, mark.note)
            with QSignalBlocker(self.note):
                self.note.setText(mark.note)
        by = f" by {mark.author}" if mark.author else ""
        size = f", {mark.width:.0f} x {mark.height:.0f} pixels" if mark.shape != "point" else ""
        when = mark.made_at[:16].replace("T", " ")
        self.made.setText(
            f"{mark.shape.capitalize()} at row {mark.row:.1f}, column {mark.column:.1f}{size}."
            f" Made{by} {when} UTC."
        )

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

    def _change(self, **facts: object) -> None:
        chosen = self.marks.chosen
        if chosen is not None:
            self.marks.change(chosen, **facts)

    def _keep_note(self) -> None:
        """Keep what was typed, for the mark that it was typed for."""
        mark = next((one for one in self.marks.marks if one.id == self._noting), None)
        text = self.note.text().strip()
        if mark is not None and text != mark.note:
            self.marks.change(mark, note=text)

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
            self._keep_note()
            target = ask_csv(self, source.parent / "marks.csv")
            if target is not None:
                self.marks.export_csv(target)

    def export_report(self) -> None:
        """Ask where to, and write the marks as DICOM SR."""
        source = self._model.source
        if source is not None and self.marks.marks:
            self._keep_note()
            folder = ask_folder(self, source.parent)
            if folder is not None:
                self.marks.export_report(folder)

    def stop(self) -> None:
        """Keep what was typed, and wait for the threads to end."""
        self._keep_note()
        self.marks.stop()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        self._refresh()

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return what can be done with marks."""
        marks, menu = self.marks, "Marks"

        def some() -> bool:
            return bool(marks.marks)

        return (
            *(
                Action(
                    f"marks.{kind}", f"Mark as {kind}", menu, lambda kind=kind: self.use(kind),
                    (f"T, {place}", f"Alt+{place}"), HINTS[kind],
                    lambda kind=kind: marks.tool == kind, lambda: marks.can_mark,
                )
                for place, kind in enumerate(KINDS, 1)
            ),
            *(
                Action(
                    f"marks.{shape}", f"Drag draws {words}", menu,
                    lambda shape=shape: marks.draw(shape), (),
                    "What a drag draws while marks are made; a click marks a point",
                    lambda shape=shape: marks.shape == shape,
                )
                for shape, words in (("ellipse", "an ellipse"), ("box", "a box"))
            ),
            Action(
                "marks.leave", "Stop marking", menu, self.leave, (),
                "Leave the tool, so that the mouse does what it always does",
                None, lambda: self.in_use,
            ),
            Action(
                "marks.show", "Show marks", menu, lambda: marks.show(not marks.shown), (),
                "Paint the marks on the panes", lambda: marks.shown,
            ),
            Action(
                "marks.remove", "Delete the chosen mark", menu, marks.remove, (),
                "Delete the mark that is chosen in the list; it can be taken back",
                None, lambda: marks.chosen is not None,
            ),
            Action(
                "marks.undo", marks.undo_words, menu, marks.undo, (),
                "Take the last change of a mark back", None, lambda: marks.can_undo,
            ),
            Action(
                "marks.redo", marks.redo_words, menu, marks.redo, (),
                "Do again what was taken back", None, lambda: marks.can_redo,
            ),
            Action(
                "marks.csv", "Export marks as CSV…", menu, self.export_csv, (),
                "Save all marks as a table, with places in the patient in mm", None, some,
            ),
            Action(
                "marks.sr", "Export marks as DICOM SR…", menu, self.export_report, (),
                "Save all marks as DICOM SR, a file for each case and arm", None, some,
            ),
        )  # fmt: skip


def _all_of(mark: Mark) -> str:
    """Return everything that is said of a mark."""
    severity = f", severity {mark.severity}" if mark.severity else ""
    note = f"\n{mark.note}" if mark.note else ""
    return f"{TITLES[mark.kind]}: {mark.case}, {mark.arm}, slice {mark.slice}{severity}{note}"


def _sign_icon(kind: MarkKind) -> QIcon:
    """Return the sign of a kind in its colour."""
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        font = painter.font()
        font.setPixelSize(28)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(COLORS[kind]))
        painter.drawText(pixmap.rect(), int(Qt.AlignmentFlag.AlignCenter), SIGNS[kind])
    return QIcon(pixmap)
