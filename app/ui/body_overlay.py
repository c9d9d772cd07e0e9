"""The outline of the body over every pane, and the brush that changes it."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from app.ui.canvas import Canvas
from app.ui.canvas_labels import paint_label
from app.ui.inspect_model import InspectModel
from app.ui.pane_places import shows_slice_in_view

_LINE = QColor("#2ee6a6")  # a green that neither the grey levels nor the two maps hold
_DRAWN = QColor("#ff8ae2")  # nor this pink
COLORS = (_LINE, _DRAWN)
_SHADE = QColor(0, 0, 0, 170)
_Type = QEvent.Type
HOW = "Drag adds, Shift+drag removes"


class BodyOverlay(QObject):
    """Paints the body on the panes; while it is edited, takes their left button.

    It belongs on panes that show the patient in the slice in view, and leaves others alone.
    """

    def __init__(self, model: InspectModel, panes: tuple[Canvas, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._room, self._model = model, model.body
        self._panes = panes
        self._stale = True  # the outline is made when it is painted: strokes outrun the screen
        self._lines: list[QLineF] = []
        self._shape = (1, 1)
        self._brush: tuple[float, float] | None = None
        self._drawing = False
        for pane in panes:
            pane.installEventFilter(self)
        self._model.changed.connect(self._refresh)
        self._model.editor.brush_changed.connect(self._repaint)
        model.ranges.changed.connect(self._repaint)  # they may be refused

    def _refresh(self) -> None:
        self._stale = True
        self._set_cursors()
        for number, pane in enumerate(self._panes):
            pane.set_overlay(partial(self._paint_on, number) if self._model.shown else None)

    def _set_cursors(self) -> None:
        """Show the brush's cursor while it draws; at other times they are the tools' own."""
        drawing = self._model.drawing
        if drawing == self._drawing:
            return
        self._drawing = drawing
        for pane in self._panes:
            cross = drawing or pane.has_tool
            pane.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)

    def _belongs(self, number: int) -> bool:
        return shows_slice_in_view(self._room, number, self._panes[number])

    def _repaint(self) -> None:
        for pane in self._panes:
            pane.update()

    # ---- painting --------------------------------------------------------------------

    def _trace(self) -> None:
        mask = self._model.mask if self._model.shown else None
        self._lines = [] if mask is None else lines_of(mask)
        self._shape = (1, 1) if mask is None else mask.shape
        self._stale = False

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        if self._stale:
            self._trace()
        painter.save()
        paint_body(painter, target, self._lines, self._shape, edited=self._model.edited)
        if self._model.drawing and self._brush is not None and self._lines:
            row, column = self._brush
            radius = self._model.editor.radius
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(column, row), radius, radius)
        painter.restore()

    def _paint_on(self, number: int, painter: QPainter, target: QRectF) -> None:
        if not self._belongs(number):
            return
        self._paint(painter, target)
        if number > 0:
            return
        room, left = self._panes[0].rect(), Qt.AlignmentFlag.AlignLeft
        paint_label(painter, room, self.words, left, line=1)
        if self.more:
            paint_label(painter, room, self.more, left, line=2)

    @property
    def words(self) -> str:
        """What the reference's pane says of the body."""
        model = self._model
        if model.mask is None:
            return "No body" if self._refused else "Looking for the body…"
        return body_words(drawn=model.edited, empty=not model.mask.any())

    @property
    def more(self) -> str:
        """What it says below: how to draw, or what is missing; small panes have no room for more.

        The tools say why, and what to do.
        """
        if self._model.drawing:
            return HOW
        return "No intensity range" if self._model.mask is None and self._refused else ""

    @property
    def _refused(self) -> bool:
        """Whether no body can be found in the pair in view."""
        return self._room.ranges.refused(self._room.view) is not None

    # ---- the brush -------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draw with the left button; everything else is the pane's own."""
        if not (self._model.editing and isinstance(watched, Canvas)):
            return False
        if event.type() == _Type.Leave:
            self._brush = None
            self._repaint()
            return False
        if not isinstance(event, QMouseEvent):
            return False
        left = Qt.MouseButton.LeftButton
        belongs = self._belongs(self._panes.index(watched))
        draws = belongs and self._model.drawing
        watched.setCursor(Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor)
        if not belongs:
            self._brush = None
            if event.type() == _Type.MouseButtonRelease and event.button() == left:
                self._model.editor.end()  # of a stroke that began when it did
            return False
        place = watched.place_in_pixels(event.position())
        self._brush = place
        if event.type() == _Type.MouseMove and event.buttons() == left:
            if place is not None:
                self._model.editor.move(*place)
            return True
        self._repaint()
        if event.type() == _Type.MouseMove or event.button() != left:
            return False
        if event.type() in (_Type.MouseButtonPress, _Type.MouseButtonDblClick):
            if place is not None:
                taking = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._model.editor.begin(*place, adding=not taking)
            watched.setFocus(Qt.FocusReason.MouseFocusReason)
        elif event.type() == _Type.MouseButtonRelease:
            self._model.editor.end()
        return True


def body_words(*, drawn: bool, empty: bool) -> str:
    """Return what is said of a body: whether a person has drawn it."""
    if empty:
        return "No body here"
    return "Body, edited by hand" if drawn else "Body, as found"


def paint_body(
    painter: QPainter,
    target: QRectF,
    lines: list[QLineF],
    shape: tuple[int, int],
    *,
    edited: bool,
) -> None:
    """Paint the outline of a body over a plane of some rows and columns; scales the painter."""
    rows, columns = shape
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(target.topLeft())
    painter.scale(target.width() / columns, target.height() / rows)
    for pen in (QPen(_SHADE, 3.0), QPen(_DRAWN if edited else _LINE, 1.2)):
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(lines)


def lines_of(mask: NDArray[np.bool_]) -> list[QLineF]:
    """Return the border of a mask as lines to be painted."""
    return [QLineF(*ends) for ends in outline(mask).tolist()]


def outline(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the border of a mask as lines (x1, y1, x2, y2) along the edges of its pixels.

    Edges that follow each other in a straight line are one line.
    """
    framed = np.pad(mask, 1)
    across = framed[1:, 1:-1] != framed[:-1, 1:-1]  # between a row and the one above
    down = framed[1:-1, 1:] != framed[1:-1, :-1]
    rows, first, last = _runs(*np.nonzero(across))
    places, lines = np.nonzero(down)
    order = np.argsort(lines, kind="stable")
    columns, upper, lower = _runs(lines[order], places[order])
    return np.concatenate(
        [np.stack([first, rows, last, rows], 1), np.stack([columns, upper, columns, lower], 1)]
    ).astype(np.float64)


def _runs(
    lines: NDArray[np.intp], places: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return line, first and last place (exclusive) of every run; the places come in order."""
    if not lines.size:
        return lines, places, places
    breaks = (np.diff(lines) != 0) | (np.diff(places) != 1)
    starts = np.concatenate([[True], breaks])
    ends = np.concatenate([breaks, [True]])
    return lines[starts], places[starts], places[ends] + 1
