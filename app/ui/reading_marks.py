"""Marks that a reader puts on the images: the row that says how, the tool, and the picture."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app.domain.protocol import MarkShape
from app.domain.reader_mark import Place, ReaderMark
from app.ui.canvas import Canvas
from app.ui.reading_choices import AnswerRow, largest_size, mark
from app.ui.reading_questions import Question

_ON_ONE_LINE, _ON_TWO_LINES = 4, 3  # so many words stand side by side in a narrow column
_LINE, _EDGE = QColor("#f2c14e"), QColor("#000000")
UNMARKED = "No mark: “none” is recorded when you go on."
_NEAR = 0.75  # pixels of the image between two points of an outline


@dataclass(slots=True)
class Pencil:
    """How the next mark will be."""

    type: str
    shape: MarkShape
    confidence: int | None


class MarksRow(AnswerRow):
    """Type, shape and confidence of the next mark, how many there are, and taking one back.

    ``remove_asked`` tells that the last mark shall go, ``changed`` that the pencil is another.
    """

    remove_asked = Signal()
    changed = Signal()

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        criterion = question.criterion
        middle = criterion.choices[len(criterion.choices) // 2].value if criterion.choices else None
        self.pencil = Pencil(criterion.mark_types[0], criterion.mark_shapes[0], middle)
        self._types = _Group(criterion.mark_types, self._set_type)
        self._shapes = _Group(criterion.mark_shapes, self._set_shape)
        self._levels = _Group(tuple(one.label for one in criterion.choices), self._set_level)
        self.remove = QPushButton("Remove last (Del)")
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove.clicked.connect(self.remove_asked)
        for group in (self._types, self._shapes, self._levels):
            if len(group.buttons) > 1:
                self.body.addWidget(group)
        self.unmarked = QLabel()
        self.unmarked.setObjectName("quiet")
        self.unmarked.setWordWrap(True)
        last = QHBoxLayout()
        last.addWidget(self.unmarked, 1)
        last.addWidget(self.remove)
        self.body.addLayout(last)
        self._refresh()

    def step_type(self) -> None:
        """Choose the next type."""
        types = self.question.criterion.mark_types
        self._set_type((types.index(self.pencil.type) + 1) % len(types))

    def step_shape(self) -> None:
        """Choose the next shape."""
        shapes = self.question.criterion.mark_shapes
        self._set_shape((shapes.index(self.pencil.shape) + 1) % len(shapes))

    def set_number(self, number: int) -> None:
        """Choose by a number key: the confidence where there is one, else the type."""
        criterion = self.question.criterion
        if criterion.choices and 1 <= number <= len(criterion.choices):
            self._set_level(number - 1)
        elif not criterion.choices and 1 <= number <= len(criterion.mark_types):
            self._set_type(number - 1)

    def show_state(
        self,
        *,
        value: int | None,
        focused: bool,
        enabled: bool,
        declined: str = "",
        typed: str = "",
    ) -> None:
        """Paint what is recorded; where nothing is yet, say what going on will record."""
        super().show_state(
            value=value, focused=focused, enabled=enabled, declined=declined, typed=typed
        )
        self.unmarked.setText(UNMARKED if value is None and not declined else "")

    def show_value(self, value: int | None, *, focused: bool, enabled: bool) -> None:
        """Say how many marks there are."""
        count = value or 0
        self.remove.setEnabled(enabled and count > 0)
        for group in (self._types, self._shapes, self._levels):
            group.setEnabled(enabled)
            mark(group, "focused", focused)

    def told(self, value: int | None, declined: str, typed: str) -> str:
        """Return how many marks there are."""
        count = value or 0
        words = "no marks" if not count else f"{count} mark{'' if count == 1 else 's'}"
        return super().told(None, declined, typed) or words

    def _set_type(self, index: int) -> None:
        self.pencil.type = self.question.criterion.mark_types[index]
        self._refresh()

    def _set_shape(self, index: int) -> None:
        self.pencil.shape = self.question.criterion.mark_shapes[index]
        self._refresh()

    def _set_level(self, index: int) -> None:
        self.pencil.confidence = self.question.criterion.choices[index].value
        self._refresh()

    def _refresh(self) -> None:
        criterion = self.question.criterion
        self._types.show_chosen(criterion.mark_types.index(self.pencil.type))
        self._shapes.show_chosen(criterion.mark_shapes.index(self.pencil.shape))
        values = [choice.value for choice in criterion.choices]
        if self.pencil.confidence in values:
            self._levels.show_chosen(values.index(self.pencil.confidence))
        self.changed.emit()


class _Group(QWidget):
    """A few buttons of which one is chosen."""

    def __init__(self, names: tuple[str, ...], choose: Callable[[int], None]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self._wide = len(names) if len(names) <= _ON_ONE_LINE else _ON_TWO_LINES
        self.buttons: list[QPushButton] = []
        self._words: list[QLabel] = []
        for index, name in enumerate(names):
            button = QPushButton()
            button.setObjectName("choice")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAccessibleName(name)
            words = QLabel(name)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._words.append(words)
            inside = QHBoxLayout(button)
            inside.setContentsMargins(6, 0, 6, 0)
            inside.addWidget(words)
            button.setMinimumWidth(64)
            button.clicked.connect(lambda _=False, index=index: choose(index))
            grid.addWidget(button, index // self._wide, index % self._wide)
            grid.setColumnStretch(index % self._wide, 1)
            self.buttons.append(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the largest letters with which no word is cut off."""
        super().resizeEvent(event)
        room = (self.width() - 4 * (self._wide - 1)) / self._wide - 18
        size = largest_size(self.font(), [label.text() for label in self._words], room)
        for label in self._words:
            label.setStyleSheet(f"font-size: {size}px;")

    def show_chosen(self, index: int) -> None:
        """Show which one is chosen."""
        for place, button in enumerate(self.buttons):
            button.setChecked(place == index)


class MarkTool:
    """Draws one mark at a time; ``done`` is told slot, slice and places.

    ``pencil`` returns how the next mark will be, or None while nothing is marked.
    """

    def __init__(
        self,
        pencil: Callable[[Canvas], Pencil | None],
        done: Callable[[Canvas, tuple[Place, ...]], None],
    ) -> None:
        self._pencil = pencil
        self._done = done
        self._places: list[Place] = []
        self._canvas: Canvas | None = None

    def drawn_on(self, canvas: Canvas) -> tuple[Place, ...]:
        """Return the places of the mark that is being drawn on a canvas."""
        return tuple(self._places) if canvas is self._canvas else ()

    def press(self, canvas: Canvas, event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Begin a mark with the left button."""
        pencil = self._pencil(canvas)
        if pencil is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._canvas = canvas
        self._places = [_inside(canvas, place)]
        if pencil.shape == "point":
            self._finish(canvas)
        canvas.update()
        return True

    def move(self, canvas: Canvas, event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Draw on."""
        pencil = self._pencil(canvas)
        if canvas is not self._canvas or pencil is None or not event.buttons():
            return False
        here = _inside(canvas, place)
        if pencil.shape == "box":
            self._places = [self._places[0], here]
        elif max(abs(a - b) for a, b in zip(here, self._places[-1], strict=True)) >= _NEAR:
            self._places.append(here)
        canvas.update()
        return True

    def release(self, canvas: Canvas, _event: QMouseEvent, place: tuple[float, float]) -> bool:
        """End a box or an outline; one too small to mean anything is dropped."""
        pencil = self._pencil(canvas)
        if canvas is not self._canvas or pencil is None:
            return False
        if pencil.shape == "box":
            self._places = [self._places[0], _inside(canvas, place)]
        enough = 3 if pencil.shape == "outline" else 2
        large = len(set(self._places)) >= enough and all(
            max(axis) - min(axis) >= 1 for axis in zip(*self._places, strict=True)
        )
        if large:
            self._finish(canvas)
        else:
            self._canvas, self._places = None, []
        canvas.update()
        return True

    def _finish(self, canvas: Canvas) -> None:
        places = tuple(self._places)
        self._canvas, self._places = None, []
        self._done(canvas, places)


def _inside(canvas: Canvas, place: tuple[float, float]) -> Place:
    shape = canvas.plane_shape or (1, 1)
    row, column = (
        min(max(part, 0.0), float(side)) for part, side in zip(place, shape, strict=True)
    )
    return round(row, 2), round(column, 2)


def paint_marks(
    painter: QPainter,
    target: QRectF,
    shape: tuple[int, int],
    marks: tuple[ReaderMark, ...],
    drawing: tuple[Place, ...],
) -> None:
    """Paint the marks of a slice that lies in a rectangle, and the one that is being drawn."""
    rows, columns = shape

    def at(place: Place) -> QPointF:
        return QPointF(
            target.x() + place[1] / columns * target.width(),
            target.y() + place[0] / rows * target.height(),
        )

    painter.setBrush(Qt.BrushStyle.NoBrush)
    lines = [(one.shape, one.places) for one in marks]
    if drawing:
        lines.append(("box" if len(drawing) == 2 else "outline", drawing))
    for color, width in ((_EDGE, 4.0), (_LINE, 2.0)):
        painter.setPen(QPen(color, width))
        for kind, places in lines:
            points = [at(place) for place in places]
            if kind == "point":
                painter.drawEllipse(points[0], 9, 9)
                painter.drawPoint(points[0])
            elif kind == "box" and len(points) == 2:
                painter.drawRect(QRectF(points[0], points[1]).normalized())
            else:
                painter.drawPolygon(QPolygonF(points))
