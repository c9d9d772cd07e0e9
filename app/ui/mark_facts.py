"""The facts of the chosen mark: kind, severity and note, to be changed."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.domain.mark import KINDS, SEVERITIES, Mark, MarkKind
from app.ui.marks_model import MarksModel
from app.ui.marks_overlay import COLORS, SIGNS

TITLES: dict[MarkKind, str] = {"added": "Added", "lost": "Lost", "distorted": "Distorted"}
SEVERITY_WORDS = ("not given", "1 mild", "2 moderate", "3 severe")


class MarkFacts(QWidget):
    """Follows the chosen mark; a note is kept for the mark that it was typed for."""

    def __init__(self, marks: MarksModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self.kind = QComboBox()
        self.severity = QComboBox()
        self.note = QLineEdit()
        self.remove = QPushButton("Delete")
        self.made = QLabel()
        self._noting = ""
        self._noted = ("", "")
        self._set_up()
        self._lay_out()
        self.kind.activated.connect(lambda place: self._change(kind=self.kind.itemData(place)))
        self.severity.activated.connect(
            lambda place: self._change(severity=SEVERITIES[place - 1] if place else None)
        )
        self.note.editingFinished.connect(self.keep_note)
        self.remove.clicked.connect(lambda: marks.remove())

    def _set_up(self) -> None:
        for kind in KINDS:
            self.kind.addItem(sign_icon(kind), TITLES[kind], kind)
        for value, words in enumerate(SEVERITY_WORDS):
            self.severity.addItem(words, value or None)
        self.kind.setAccessibleName("Type of the mark")
        self.severity.setAccessibleName("Severity of the mark")
        self.note.setPlaceholderText("Note")
        self.note.setMaxLength(500)
        self.note.setToolTip("What is seen here; kept when you leave the field or press Enter")
        self.note.setAccessibleName("Note of the mark")
        self.remove.setToolTip("Delete this mark (Delete); it can be taken back")
        self.made.setObjectName("muted")
        self.made.setWordWrap(True)

    def _lay_out(self) -> None:
        facts = QGridLayout(self)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(6)
        facts.addWidget(self.kind, 0, 0)
        facts.addWidget(self.severity, 0, 1)
        facts.addWidget(self.remove, 0, 2)
        facts.addWidget(self.note, 1, 0, 1, 3)
        facts.addWidget(self.made, 2, 0, 1, 3)
        facts.setColumnStretch(0, 1)
        facts.setColumnStretch(1, 1)

    def leave_for(self, mark: Mark | None) -> None:
        """Keep what was typed for the mark before, where another one is chosen now."""
        if mark is None or mark.id != self._noting:
            self.keep_note()

    def show_mark(self, mark: Mark | None) -> None:
        """Show the facts of a mark; None hides them."""
        self.setVisible(mark is not None)
        if mark is not None:
            self._describe(mark)
        self._noting = mark.id if mark is not None else ""

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

    def _change(self, **facts: object) -> None:
        chosen = self._marks.chosen
        if chosen is not None:
            self._marks.change(chosen, **facts)

    def keep_note(self) -> None:
        """Keep what was typed, for the mark that it was typed for."""
        mark = next((one for one in self._marks.marks if one.id == self._noting), None)
        text = self.note.text().strip()
        if mark is not None and text != mark.note:
            self._marks.change(mark, note=text)


def sign_icon(kind: MarkKind) -> QIcon:
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
