"""The screen with the images and the questions: how its parts stand."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.canvas import Canvas
from app.ui.reading_choices import AnswerRow, row_of
from app.ui.reading_comment import CommentField
from app.ui.reading_marks import MarksRow
from app.ui.reading_model import ReadingModel
from app.ui.view_state import ViewState

_SIDE_WIDTH = 430
_MOST_BELOW = 4
"""Lines of questions that fit below the images; more stand beside them."""


class ReadingScreen(QWidget):
    """Images, questions, comment and the step to the next screen; decides nothing.

    ``declared`` are the canvases of the pictures that are named, ``canvases`` those of the
    slots, ``rows`` the questions in the order of the model's.
    """

    def __init__(self, model: ReadingModel, state: ViewState) -> None:
        super().__init__()
        self._model = model
        alone = len(model.slots) == 1 and not model.labels
        self.declared = tuple(Canvas(state, title=label) for label in model.labels)
        self.canvases = tuple(Canvas(state, title="" if alone else slot) for slot in model.slots)
        lines = self._lines()
        self._beside = len(lines) > _MOST_BELOW or (len(model.slots) == 1 and len(lines) > 1)
        self.rows: tuple[AnswerRow, ...] = tuple(
            MarksRow(question)
            if question.criterion.kind == "marks"
            else row_of(question, narrow=self._beside or len(model.slots) > 2)
            for question in model.questions
        )
        self.position, self.hint = QLabel(), QLabel()
        self.bar = QProgressBar()
        self.help, self.pause = _button("Keys (?)"), _button("Pause (P)")
        self.comment = CommentField()
        self.next = _button(f"Next {model.noun} (Enter)")
        self.area: QScrollArea | None = None
        self._lay_out(lines)

    def show_row(self, index: int) -> None:
        """Bring a question into view."""
        if self.area is not None and index < len(self.rows):
            self.area.ensureWidgetVisible(self.rows[index], 0, 40)

    def _lines(self) -> list[list[int]]:
        """Return which questions stand on one line: one criterion, slot beside slot."""
        lines: list[list[int]] = []
        former = None
        for index, question in enumerate(self._model.questions):
            if question.about_slot and former == question.criterion.id:
                lines[-1].append(index)
            else:
                lines.append([index])
            former = question.criterion.id
        return lines

    def _lay_out(self, lines: list[list[int]]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(8)
        column.addLayout(self._top())
        if self._beside:
            middle = QHBoxLayout()
            middle.setSpacing(12)
            middle.addLayout(self._images(), 1)
            middle.addWidget(self._side())
            column.addLayout(middle, 1)
        else:
            column.addLayout(self._images(), 1)
            for line in lines:
                row = QHBoxLayout()
                row.setSpacing(24)
                for index in line:
                    row.addWidget(self.rows[index], 1)
                column.addLayout(row)
        column.addLayout(self._bottom())

    def _images(self) -> QGridLayout:
        """Return a grid that is about as wide as two rows are high."""
        shown = (*self.declared, *self.canvases)
        count = len(shown)
        wide = count if count <= 3 else math.ceil(count / (2 if count <= 8 else 3))
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, canvas in enumerate(shown):
            canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(canvas, place // wide, place % wide)
        return grid

    def _side(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(14)
        for row in self.rows:
            column.addWidget(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_SIDE_WIDTH)
        area.setWidget(inside)
        self.area = area
        return area

    def _top(self) -> QHBoxLayout:
        self.position.setObjectName("position")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 6)
        self.bar.setRange(0, max(1, self._model.total))
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(46)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.position)
        top.addWidget(self.bar)
        top.addWidget(self.hint, 1)
        top.addWidget(self.help)
        top.addWidget(self.pause)
        return top

    def _bottom(self) -> QHBoxLayout:
        self.comment.setVisible(self._model.asks_comment)
        self.next.setObjectName("step")
        self.next.setMinimumSize(230, 44)
        bottom = QHBoxLayout()
        bottom.setSpacing(12)
        bottom.addWidget(self.comment, 1)
        if not self._model.asks_comment:
            bottom.addStretch(1)
        bottom.addWidget(self.next)
        return bottom


def _button(words: str) -> QPushButton:
    made = QPushButton(words)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made
