"""Marks on every pane, each kind with a colour and a form of its own; drawn by mouse."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
)

from app.domain.image import Grid
from app.domain.mark import Mark, MarkKind
from app.ui.canvas import Canvas
from app.ui.canvas_labels import room_of
from app.ui.inspect_model import InspectModel
from app.ui.marks_model import MarksModel
from app.ui.pane_places import Where, fits, seen_at, why_not_one

COLORS: dict[MarkKind, str] = {"added": "#e69f00", "lost": "#56b4e9", "distorted": "#ff8ae2"}
SIGNS: dict[MarkKind, str] = {"added": "+", "lost": "−", "distorted": "~"}
LINES: dict[MarkKind, Qt.PenStyle] = {
    "added": Qt.PenStyle.SolidLine,
    "lost": Qt.PenStyle.DashLine,
    "distorted": Qt.PenStyle.DashDotLine,
}
_SHADE = QColor(0, 0, 0, 190)
_ARM = 7.0
"""Half the size of the form of a point, in screen pixels."""

_DRAG = 4.0
"""Screen pixels from which a press and a release are a drag, not a click."""


class MarksOverlay(QObject):
    """Paints the marks of what each pane shows; while a tool is in use, takes the left button.

    A click makes a point, a drag an ellipse or a box, of the arm and the slice of the pane.
    It is a PaneTool.

    Signals
    -------
    refused(str)
        Why no mark could be made there, in a sentence.
    """

    refused = Signal(str)

    def __init__(
        self, model: InspectModel, marks: MarksModel, panes: Sequence[Canvas], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model, self._marks, self._panes = model, marks, tuple(panes)
        self._begun: tuple[float, float] | None = None
        self._where: Where | None = None
        self._last: tuple[float, float] | None = None
        self._pressed = QPointF()
        self._dragged = self._armed = False
        for number, pane in enumerate(self._panes):
            pane.add_overlay(lambda painter, target, n=number: self.paint(n, painter, target))
        marks.changed.connect(self._refresh)

    def _refresh(self) -> None:
        armed = self._marks.tool is not None
        if armed != self._armed:
            self._armed, self._begun = armed, None
            for pane in self._panes:
                pane.set_tool(self if armed else None)
                pane.setCursor(Qt.CursorShape.CrossCursor if armed else Qt.CursorShape.ArrowCursor)
        pair = self._model.pair
        if self._where is not None and (pair is None or pair.case != self._where[0]):
            self._begun = None  # another case has come below the mouse
        self._repaint()

    def _repaint(self) -> None:
        for pane in self._panes:
            pane.update()

    # ---- the mouse -----------------------------------------------------------------------

    def press(self, canvas: Canvas, event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Begin a mark."""
        if event.button() != Qt.MouseButton.LeftButton or not self._can_begin(canvas, place):
            return False
        pane = self._panes.index(canvas)
        why = why_not_one(self._model, pane)
        if why:
            self.refused.emit(why)
            return True
        (self._where,) = seen_at(self._model, pane)
        self._begun = self._last = place
        self._pressed, self._dragged = event.position(), False
        return True

    def move(self, canvas: Canvas, event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Let the mark grow."""
        del canvas
        if self._begun is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return False
        self._last = place
        moved = event.position() - self._pressed
        self._dragged |= max(abs(moved.x()), abs(moved.y())) >= _DRAG
        self._repaint()
        return True

    def release(self, canvas: Canvas, event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Keep the mark."""
        del canvas
        if self._begun is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._last = place
        draft, self._begun = self.draft, None
        if draft is not None:
            place, size = (draft.row, draft.column), (draft.height, draft.width)
            self._marks.add(draft.kind, draft.shape, place, size, self._where)
        self._repaint()
        return True

    @property
    def draft(self) -> Mark | None:
        """The mark that is being drawn, within the plane."""
        kind, begun, last, view = self._marks.tool, self._begun, self._last, self._model.view
        if kind is None or begun is None or last is None or view is None:
            return None
        grid = view.reference.grid
        rows = sorted(min(max(0.0, one[0]), float(grid.rows)) for one in (begun, last))
        columns = sorted(min(max(0.0, one[1]), float(grid.columns)) for one in (begun, last))
        if not self._dragged or rows[0] == rows[1] or columns[0] == columns[1]:
            return Mark("", "", "", 0, kind, "point", *begun)
        row, column = sum(rows) / 2, sum(columns) / 2
        size = rows[1] - rows[0], columns[1] - columns[0]
        return Mark("", "", "", 0, kind, self._marks.shape, row, column, *size)

    def _can_begin(self, canvas: Canvas, place: tuple[float, float]) -> bool:
        view = self._model.view
        if view is None or canvas not in self._panes or not self._marks.can_mark:
            return False
        grid = view.reference.grid
        inside = 0 <= place[0] < grid.rows and 0 <= place[1] < grid.columns
        return inside and fits(self._model, self._panes.index(canvas), canvas)

    # ---- painting ------------------------------------------------------------------------

    def paint(self, number: int, painter: QPainter, target: QRectF) -> None:
        """Paint the marks of what a pane shows where the plane lies in the rectangle."""
        view = self._model.view
        if view is None or not self._marks.shown:
            return
        there = seen_at(self._model, number)
        marks = [mark for where in there for mark in self._marks.at(where)]
        shown = [(mark, words_of(mark, self._marks.number_of(mark))) for mark in marks]
        draft = self.draft
        if draft is not None and self._where in there:
            shown.append((draft, words_of(draft)))
        if not shown or not fits(self._model, number, self._panes[number]):
            return
        painter.save()
        paint_marks(painter, target, view.reference.grid, shown, self._marks.chosen)
        painter.restore()


def words_of(mark: Mark, number: int = 0) -> str:
    """Return what stands beside a mark: its sign, and its number where it has one."""
    return f"{SIGNS[mark.kind]}{number or ''}"


def paint_marks(
    painter: QPainter,
    target: QRectF,
    grid: Grid,
    marks: Sequence[tuple[Mark, str]],
    chosen: Mark | None,
) -> None:
    """Paint marks over a plane of a grid, each with its words."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    down, across = target.height() / grid.rows, target.width() / grid.columns
    for mark, words in marks:
        middle = QPointF(target.x() + mark.column * across, target.y() + mark.row * down)
        size = (mark.width * across / 2, mark.height * down / 2)
        _paint_mark(painter, mark, middle, size, words, front=mark is chosen)


def _paint_mark(
    painter: QPainter,
    mark: Mark,
    middle: QPointF,
    half: tuple[float, float],
    words: str,
    *,
    front: bool,
) -> None:
    """Paint one mark with its sign and number; ``half`` is half its width and height on screen."""
    color, path = QColor(COLORS[mark.kind]), QPainterPath()
    line = LINES[mark.kind]
    if mark.shape == "point":
        path, line = _point(mark.kind, middle), Qt.PenStyle.SolidLine
    else:
        box = QRectF(middle.x() - half[0], middle.y() - half[1], 2 * half[0], 2 * half[1])
        (path.addEllipse if mark.shape == "ellipse" else path.addRect)(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_SHADE, 5.0 if front else 4.0))
    painter.drawPath(path)
    painter.setPen(QPen(color, 2.6 if front else 1.8, line))
    painter.drawPath(path)
    around = path.boundingRect()
    place = QPointF(around.right() + 4, around.top() + 4)
    wide = QFontMetricsF(painter.font()).horizontalAdvance(words)
    if place.x() + wide > room_of(painter).right():
        place.setX(around.left() - 4 - wide)
    written = QPainterPath()
    written.addText(place, painter.font(), words)
    painter.setPen(QPen(_SHADE, 3.5))
    painter.drawPath(written)
    painter.fillPath(written, color)


def _point(kind: MarkKind, middle: QPointF) -> QPainterPath:
    """Return the form of a point: a cross, a square with a bar, or a triangle."""
    path, x, y = QPainterPath(), middle.x(), middle.y()
    if kind == "added":
        path.moveTo(x - _ARM, y)
        path.lineTo(x + _ARM, y)
        path.moveTo(x, y - _ARM)
        path.lineTo(x, y + _ARM)
    elif kind == "lost":
        path.addRect(QRectF(x - _ARM + 1, y - _ARM + 1, 2 * _ARM - 2, 2 * _ARM - 2))
        path.moveTo(x - 3, y)
        path.lineTo(x + 3, y)
    else:
        path.moveTo(x, y - _ARM)
        path.lineTo(x + _ARM, y + _ARM - 2)
        path.lineTo(x - _ARM, y + _ARM - 2)
        path.closeSubpath()
    return path
