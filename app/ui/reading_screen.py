"""The screen with the images and the questions: how its parts stand."""

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.canvas import Canvas
from app.ui.canvas_labels import in_short
from app.ui.reading_choices import AnswerRow, row_of
from app.ui.reading_comment import CommentField
from app.ui.reading_heads import SlotHead
from app.ui.reading_images import ImageGrid
from app.ui.reading_marks import MarksRow
from app.ui.reading_model import ReadingModel
from app.ui.reading_progress import ProgressLine
from app.ui.reading_questions import Question, asked_slot_by_slot
from app.ui.reading_ranking import Ranking, RankRow
from app.ui.view_state import ViewState

_SIDE_WIDTH = 430
_MOST_BELOW = 4
"""Lines of questions that fit below the images; more stand beside them."""


class ReadingScreen(QWidget):
    """Images, questions, comment and the step to the next screen; decides nothing.

    ``declared`` are the canvases of the pictures that are named, ``canvases`` those of the
    slots, ``rows`` the questions in the order of the model's; the places of a ranking
    share one. Where slots are asked one by one, only the questions about one of them are
    in view. ``answered`` and ``decline_asked`` tell of which question.
    """

    answered = Signal(int, int)
    decline_asked = Signal(int)

    def __init__(self, model: ReadingModel, state: ViewState) -> None:
        super().__init__()
        self._model, self._state = model, state
        count = len(model.slots)
        alone = count == 1 and not model.labels
        self._one_by_one = asked_slot_by_slot(model.plan, model.slots)
        self.declared = tuple(Canvas(state, title=label) for label in model.labels)
        self.canvases = tuple(Canvas(state, title="" if alone else slot) for slot in model.slots)
        self.images = ImageGrid((*self.declared, *self.canvases))
        lines = self._lines()
        self._beside = (
            self._one_by_one or len(lines) > _MOST_BELOW or (count == 1 and len(lines) > 1)
        )
        self.rows = tuple(self._made_rows())
        self.heads: dict[str, SlotHead] = {}
        self.looking = QLabel()
        if count > 2 or any(isinstance(row, RankRow) for row in self.rows):
            self._put_heads()
        self.position, self.hint = QLabel(), QLabel()
        self.bar = ProgressLine(model.total)
        self.about = QLabel()
        self.help, self.pause = _button("Keys (?)"), _button("Pause (P)")
        self.comment = CommentField()
        self.next = _button(f"Next {model.noun} (Enter)")
        self.area: QScrollArea | None = None
        self._lay_out(lines)
        self._connect()

    # What is seen

    def show_answers(self) -> None:
        """Paint every answer, and bring the question in focus and its image before the eye."""
        model = self._model
        focused = model.focus if model.can_answer else None
        for index, row in enumerate(self.rows):
            if not isinstance(row, RankRow):
                row.show_state(
                    value=model.value_of(index),
                    focused=focused == index,
                    enabled=model.can_answer,
                    declined=model.reason_of(index),
                    typed=model.typed,
                )
        for row in dict.fromkeys(row for row in self.rows if isinstance(row, RankRow)):
            mine = focused is not None and focused < len(self.rows) and self.rows[focused] is row
            row.show_places(
                model.places_of(row.question.criterion.id),
                model.questions[focused].slot if mine and focused is not None else None,
                enabled=model.can_answer,
                declined=model.reason_of(focused) if mine and focused is not None else "",
                typed=model.typed,
            )
        self._show_slot(focused)
        for slot, head in self.heads.items():
            head.tell(self._told_of(slot))

    def show_arms(self) -> None:
        """Write on each image which arm it is, where the study is not blinded."""
        for slot, canvas in zip(self._model.slots, self.canvases, strict=True):
            arm = self._model.arm_in(slot)
            if arm:
                canvas.set_title(f"{slot}  {arm}" if len(self.images.canvases) > 1 else arm)

    def show_looking(self) -> None:
        """Say once for all images which slice and window are in view."""
        state = self._state
        place = f"{state.slice + 1} / {state.slice_count}   " if state.slice_count > 1 else ""
        window = state.window
        self.looking.setText(f"{place}W {in_short(window.width)}  L {in_short(window.center)}")

    def _show_slot(self, focused: int | None) -> None:
        """Frame the image that the question in focus is about, and show its questions."""
        slots = self._model.slots
        if focused is None or focused >= len(self.rows):
            self.images.frame(None)
            return
        question = self._model.questions[focused]
        several = question.about_slot and len(self.images.canvases) > 1
        self.images.frame(self.canvases[slots.index(question.slot)] if several else None)
        if self._one_by_one and question.about_slot:
            self.about.setText(f"Image {question.slot}")
            for row, asked in zip(self.rows, self._model.questions, strict=True):
                always = not asked.about_slot or isinstance(row, RankRow)
                row.setVisible(always or asked.slot == question.slot)
        if self.area is not None and not isinstance(self.rows[focused], RankRow):
            self.area.ensureWidgetVisible(self.rows[focused], 0, 40)

    def _told_of(self, slot: str) -> str:
        """Return the places of an image, and a tick when nothing about it is missing."""
        rankings = dict.fromkeys(
            one.criterion.id for one in self._model.questions if one.criterion.kind == "ranking"
        )
        places = [self._model.places_of(one).get(slot) for one in rankings]
        told = " ".join(f"{place}." for place in places if place is not None)
        told = f"{told} ✓" if self._model.is_judged(slot) else told
        return f"{self._model.arm_in(slot)} {told}".strip()

    # Construction

    def _made_rows(self) -> Iterator[AnswerRow]:
        shared: dict[str, RankRow] = {}
        for question in self._model.questions:
            kind, name = question.criterion.kind, question.criterion.id
            if kind == "ranking":
                yield shared.setdefault(name, RankRow(question))
            elif kind == "marks":
                yield MarksRow(question)
            else:
                yield row_of(question, narrow=self._beside or len(self._model.slots) > 2)

    def _put_heads(self) -> None:
        ranked = {row.question.criterion.id: row for row in self.rows if isinstance(row, RankRow)}
        for slot, canvas in zip(self._model.slots, self.canvases, strict=True):
            self.heads[slot] = SlotHead(canvas, slot, draggable=bool(ranked))
            self.heads[slot].clicked.connect(lambda slot=slot: self._choose(slot))
        for canvas in self.images.canvases:
            canvas.set_details(False)
        if ranked:
            self._ranking = Ranking(
                self._model, self, self.images, self.heads, next(iter(ranked.values()))
            )

    def _connect(self) -> None:
        for index, row in enumerate(self.rows):
            if isinstance(row, RankRow):
                continue
            row.chosen.connect(lambda value, index=index: self.answered.emit(index, value))
            row.decline_asked.connect(lambda index=index: self.decline_asked.emit(index))
        for row in dict.fromkeys(row for row in self.rows if isinstance(row, RankRow)):
            row.chosen.connect(
                lambda value, row=row: self.answered.emit(self._asked_in(row), value)
            )
            row.decline_asked.connect(lambda row=row: self.decline_asked.emit(self._asked_in(row)))

    def _choose(self, slot: str) -> None:
        self._model.touch()
        self._model.focus_on_slot(slot)

    def _asked_in(self, row: RankRow) -> int:
        """Return the question of a ranking that a click is about: that in focus, else its first."""
        focus = self._model.focus
        if focus < len(self.rows) and self.rows[focus] is row:
            return focus
        return self.rows.index(row)

    def _lines(self) -> list[list[int]]:
        """Return which questions stand on one line: one criterion, slot beside slot."""
        lines: list[list[int]] = []
        former: Question | None = None
        for index, question in enumerate(self._model.questions):
            alike = former is not None and former.criterion.id == question.criterion.id
            if question.about_slot and alike:
                lines[-1].append(index)
            else:
                lines.append([index])
            former = question
        return lines

    def _lay_out(self, lines: list[list[int]]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(8)
        column.addLayout(self._top())
        if self._beside:
            middle = QHBoxLayout()
            middle.setSpacing(12)
            middle.addWidget(self.images, 1)
            middle.addWidget(self._side())
            column.addLayout(middle, 1)
        else:
            column.addWidget(self.images, 1)
        for line in lines:
            if isinstance(self.rows[line[0]], RankRow):
                column.addWidget(self.rows[line[0]])
            elif not self._beside:
                row = QHBoxLayout()
                row.setSpacing(24)
                for index in line:
                    row.addWidget(self.rows[index], 1)
                column.addLayout(row)
        column.addLayout(self._bottom())

    def _side(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(10)
        self.about.setObjectName("position")
        self.about.setVisible(self._one_by_one)
        column.addWidget(self.about)
        for row in self.rows:
            if not isinstance(row, RankRow):
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
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(46)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.position)
        top.addWidget(self.bar)
        top.addWidget(self.hint, 1)
        self.looking.setObjectName("quiet")
        self.looking.setVisible(bool(self.heads))
        top.addWidget(self.looking)
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
