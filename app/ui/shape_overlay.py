"""Shapes as they are painted on every pane, and the value under the cursor beside it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app.domain.image import Grid
from app.domain.shape import Place, Shape
from app.ui.canvas import Canvas
from app.ui.canvas_labels import room_of
from app.ui.inspect_model import InspectModel
from app.ui.pane_places import fits
from app.ui.shape_drawing import ShapeDrawing
from app.ui.shapes_model import ShapesModel

_LINE = QColor("#ffb454")
_CHOSEN = QColor("#ffe9a8")
_BACKGROUND = QColor("#b9a7ff")
COLORS = (_LINE, _CHOSEN, _BACKGROUND)
_SHADE = QColor(0, 0, 0, 170)
_BEHIND = QColor(0, 0, 0, 185)
_HANDLE = 3.5

MANY = 60
"""Corners of shapes from which on a pane keeps a picture of them."""

PART_S = 0.006
"""For how long shapes are painted into that picture at once; the rest follows at the next turn."""


@dataclass(slots=True)
class _Kept:
    """The shapes of a pane as a picture, and how many of them are painted already."""

    shapes: tuple[Shape, ...]
    grid: Grid
    target: QRectF
    look: tuple[object, ...]
    picture: QImage
    painted: int = 0

    @property
    def whole(self) -> bool:
        return self.painted >= len(self.shapes)


class ShapeOverlay(QObject):
    """Paints the shapes of the slice in view on each pane that shows a place of the patient.

    However many there are, they keep nobody waiting: painting one takes a quarter of a
    millisecond, a long outline thirty times that. So a pane keeps a picture of many, painted
    bit by bit; the chosen one, which a person moves, is painted over it.

    ``words`` says what stands beside a shape, by the grid in view; where it has nothing to say,
    its number does.
    """

    def __init__(
        self,
        model: InspectModel,
        shapes: ShapesModel,
        drawing: ShapeDrawing,
        panes: tuple[Canvas, ...],
        words: Callable[[Shape], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model, self._shapes, self._drawing, self._panes = model, shapes, drawing, panes
        self._words = words
        self._kept: dict[int, _Kept] = {}
        self._before: dict[int, _Kept] = {}  # those that were whole, shown until the next ones are
        self._going_on = QTimer(self)
        self._going_on.setSingleShot(True)
        self._going_on.setInterval(0)
        self._going_on.timeout.connect(self._go_on)
        for number, pane in enumerate(panes):
            pane.add_overlay(lambda painter, target, n=number: self._paint(n, painter, target))
        for signal in (shapes.changed, shapes.chosen_changed, drawing.changed):
            signal.connect(self._repaint)

    def _repaint(self) -> None:
        for pane in self._panes:
            pane.update()

    def _go_on(self) -> None:
        for number, kept in self._kept.items():
            if not kept.whole:
                self._panes[number].update()

    def _paint(self, number: int, painter: QPainter, target: QRectF) -> None:
        pane, view = self._panes[number], self._model.view
        index = self._model.in_reference(pane.state.slice)
        draft, shapes = self._drawing.draft_on(index), self._shapes.on_slice(index)
        if view is None or not (shapes or draft) or not fits(self._model, number, pane):
            self._kept.pop(number, None)
            self._before.pop(number, None)
            return
        grid, words, chosen = view.reference.grid, self._words, self._shapes.chosen
        painter.save()
        # What is carried away as a picture is whole.
        if isinstance(painter.device(), QWidget) and sum(len(one.points) for one in shapes) > MANY:
            others = tuple(one for one in shapes if one is not chosen)
            kept = self._picture(number, painter, target, grid, others)
            self._paint_many(number, painter, kept)
            shapes = tuple(one for one in shapes if one is chosen)
        paint_shapes(painter, target, grid, shapes, words, chosen)
        if draft is not None:
            paint_shapes(painter, target, grid, (draft,), words, draft)
        painter.restore()

    def _paint_many(self, number: int, painter: QPainter, kept: _Kept) -> None:
        """Paint the picture of many shapes; until it is whole, the last one as it lies now."""
        if not kept.whole:
            self._add_to(kept, painter.font())
        if not kept.whole:
            self._going_on.start()
        before = self._before.get(number)
        if kept.whole:
            self._before[number] = kept
        elif before is not None and before.shapes == kept.shapes:
            painter.drawImage(_moved(before, kept.target), before.picture)
            return
        painter.drawImage(0, 0, kept.picture)

    def _picture(
        self,
        number: int,
        painter: QPainter,
        target: QRectF,
        grid: Grid,
        shapes: tuple[Shape, ...],
    ) -> _Kept:
        """Return the picture of the shapes of a pane, an empty one where they look different."""
        device, room = painter.device(), room_of(painter)
        ratio = device.devicePixelRatioF()
        look = shapes, grid, target.getRect(), room.getRect(), ratio, painter.font().toString()
        kept = self._kept.get(number)
        if kept is None or kept.look != look:
            size = QSizeF(room.right() * ratio, room.bottom() * ratio).toSize()
            picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            picture.setDevicePixelRatio(ratio)
            picture.setDotsPerMeterX(round(device.logicalDpiX() / 0.0254))  # as large a font
            picture.setDotsPerMeterY(round(device.logicalDpiY() / 0.0254))
            picture.fill(Qt.GlobalColor.transparent)
            kept = self._kept[number] = _Kept(shapes, grid, QRectF(target), look, picture)
        return kept

    def _add_to(self, kept: _Kept, font: QFont) -> None:
        """Paint more shapes into a picture, one at least and as many as there is time for."""
        until = time.monotonic() + PART_S
        with QPainter(kept.picture) as inside:
            inside.setFont(font)
            while not kept.whole:
                one = kept.shapes[kept.painted]
                paint_shapes(inside, kept.target, kept.grid, (one,), self._words, None)
                kept.painted += 1
                if time.monotonic() > until:
                    return


def _moved(kept: _Kept, target: QRectF) -> QRectF:
    """Return where a picture lies when the plane under it lies somewhere else."""
    scale = target.width() / kept.target.width()
    size = kept.picture.deviceIndependentSize() * scale
    return QRectF(target.topLeft() - kept.target.topLeft() * scale, size)


def paint_shapes(
    painter: QPainter,
    target: QRectF,
    grid: Grid,
    shapes: Sequence[Shape],
    words: Callable[[Shape], str],
    chosen: Shape | None,
) -> None:
    """Paint shapes over a plane of a grid, with what is said beside each."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    place = _Placing(target, grid.rows, grid.columns)
    for shape in shapes:
        _paint_shape(painter, place, shape, words, shape is chosen)


def _paint_shape(
    painter: QPainter,
    place: "_Placing",
    shape: Shape,
    words_of: Callable[[Shape], str],
    chosen: bool,
) -> None:
    path = place.path(shape)
    color = _BACKGROUND if shape.background else _CHOSEN if chosen else _LINE
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(_SHADE, 3.5), QPen(color, 1.8 if chosen else 1.3)):
        if shape.background and pen.color() == color:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(path)
    if chosen:
        painter.setPen(QPen(_SHADE, 1))
        painter.setBrush(color)
        for handle in shape.handles:
            painter.drawEllipse(place.at(handle), _HANDLE, _HANDLE)
    # Every line has a length; that of a profile is told where one looks at it.
    sized = chosen or shape.kind in ("distance", "angle")
    words = words_of(shape) if sized else ""
    if not words:
        words = f"{shape.number}" if shape.number else ""
    if shape.background:
        words = f"{words} background".strip()
    if words:
        _write(painter, path.boundingRect(), words, color)


class _Placing:
    """Where places of the image lie on a pane."""

    def __init__(self, target: QRectF, rows: int, columns: int) -> None:
        self._target = target
        self._down, self._across = target.height() / rows, target.width() / columns

    def at(self, place: Place) -> QPointF:
        return QPointF(
            self._target.x() + place[1] * self._across, self._target.y() + place[0] * self._down
        )

    def path(self, shape: Shape) -> QPainterPath:
        top, left, bottom, right = shape.box
        path = QPainterPath()
        if shape.kind in ("rectangle", "ellipse"):
            box = QRectF(self.at((top, left)), self.at((bottom, right)))
            (path.addRect if shape.kind == "rectangle" else path.addEllipse)(box)
            return path
        path.moveTo(self.at(shape.points[0]))
        for point in shape.points[1:]:
            path.lineTo(self.at(point))
        if shape.kind == "free" and shape.number:
            path.closeSubpath()
        return path


def _write(painter: QPainter, beside: QRectF, words: str, color: QColor) -> None:
    """Write beside a shape: below it on the right, as far as there is room."""
    metrics = QFontMetricsF(painter.font())
    wide, high = metrics.horizontalAdvance(words) + 8, metrics.height() + 2
    box = QRectF(beside.right() + 4, beside.bottom() + 2, wide, high)
    room = room_of(painter)
    box.moveRight(min(box.right(), room.right() - 2))
    box.moveBottom(min(box.bottom(), room.bottom() - 2))
    box.moveLeft(max(box.left(), room.left() + 2))
    box.moveTop(max(box.top(), room.top() + 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BEHIND)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(color)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
