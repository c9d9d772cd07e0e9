"""Drawing, choosing, moving and pulling shapes by mouse and arrow keys on every pane."""

import itertools
import math
from collections.abc import Hashable

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.domain.shape import POINTS, Place, Shape, ShapeKind
from app.ui.canvas import Canvas
from app.ui.inspect_model import InspectModel
from app.ui.pane_places import fits
from app.ui.shapes_model import ShapesModel
from app.ui.view_keys import ARROWS

NEAR = 7.0
"""Screen pixels within which a handle or an outline is hit."""

_DRAG = 3.0  # screen pixels from which a press and a release are a drag, not two clicks
_Type = QEvent.Type
_LEFT = Qt.MouseButton.LeftButton


class ShapeDrawing(QObject):
    """Takes the left button where a tool is in use or a shape lies, and nothing else.

    A filter before the panes, as for the body and the split of a swipe: a shape can be moved
    whatever else the pane is used for.

    Signals
    -------
    changed()
        Another tool is in use, or the shape that is being drawn has changed.
    """

    changed = Signal()

    def __init__(
        self, model: InspectModel, shapes: ShapesModel, panes: tuple[Canvas, ...], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model, self._shapes, self._panes = model, shapes, panes
        self._tool: ShapeKind | None = None
        self._points: list[Place] = []  # those that stand; the last one follows the mouse
        self._index = 0  # the slice of the reference on which it was begun
        self._case: Hashable = None  # and the case
        self._pressed = QPointF()
        self._fresh = False  # the press was the first one of a shape
        self._grabbed: tuple[Shape, int | None, Place] | None = None
        self._step = itertools.count()
        self._drag = 0
        for pane in panes:
            pane.installEventFilter(self)
        model.body.changed.connect(self._keep_cursor)

    @property
    def tool(self) -> ShapeKind | None:
        """The tool in use."""
        return self._tool

    @property
    def draft(self) -> Shape | None:
        """The shape that is being drawn."""
        if self._tool is None or len(self._points) < 2:
            return None
        shape = Shape(0, self._tool, tuple(self._points))
        view = self._model.view
        if view is None or self._tool not in ("rectangle", "ellipse"):
            return shape
        return shape.settled(view.reference.grid.rows, view.reference.grid.columns)

    def draft_on(self, index: int) -> Shape | None:
        """Return the shape that is being drawn, where it will lie on a slice."""
        here = index == self._index or self._shapes.next_everywhere
        return self.draft if here and self._case == self._shapes.case else None

    def use(self, tool: ShapeKind | None) -> None:
        """Use a tool; the same again, or None, leaves it."""
        former, self._tool = self._tool, None if tool == self._tool else tool
        self._points.clear()
        self.changed.emit()
        if self._tool == former:
            return
        for pane in self._panes:  # last: what had the mouse before has put its cursor back now
            cross = self._tool is not None or pane.has_tool
            pane.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)

    def _keep_cursor(self) -> None:
        """Show the tool's cursor also after the body's has been set back."""
        if self._tool is not None:
            for pane in self._panes:
                pane.setCursor(Qt.CursorShape.CrossCursor)

    def leave(self) -> None:
        """Give up what is being drawn, else the tool, else the choice of a shape."""
        if self._points:
            self._points.clear()
            self.changed.emit()
        elif self._tool is not None:
            self.use(None)
        else:
            self._shapes.choose(None)

    @property
    def can_leave(self) -> bool:
        """Whether there is something to leave."""
        return self._tool is not None or self._shapes.chosen is not None

    # ---- events ----------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return whether the event was ours."""
        if not isinstance(watched, Canvas) or not self._fits(watched):
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(watched, event)
        if isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _mouse(self, canvas: Canvas, event: QMouseEvent) -> bool:
        place = canvas.place_in_pixels(event.position())
        if place is None or self._model.body.editing:
            return False
        kind = event.type()
        if kind in (_Type.MouseButtonPress, _Type.MouseButtonDblClick):
            if event.button() == Qt.MouseButton.RightButton and self._points:
                self._points.clear()  # think better of it
                self.changed.emit()
                return True
            return event.button() == _LEFT and self._press(canvas, event, place)
        if kind == _Type.MouseMove:
            return self._move(canvas, event, place)
        if kind == _Type.MouseButtonRelease and event.button() == _LEFT:
            return self._release(event, place)
        return False

    def _press(self, canvas: Canvas, event: QMouseEvent, place: Place) -> bool:
        if not self._points and self._grab(canvas, place):
            canvas.setFocus(Qt.FocusReason.MouseFocusReason)
            return True
        if self._tool is None:
            return False
        canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        index = self._slice_of(canvas)
        self._pressed, self._fresh = event.position(), self.draft_on(index) is None
        if self._fresh:  # or begun on another slice, which is given up
            self._points, self._index = [place, place], index
            self._case = self._shapes.case
        else:
            self._points[-1] = place
        self.changed.emit()
        return True

    def _move(self, canvas: Canvas, event: QMouseEvent, place: Place) -> bool:
        if self._grabbed is not None:
            self._drag_grabbed(place)
        elif self._points:
            if self._tool == "free" and event.buttons() & _LEFT:
                if math.dist(self._points[-1], place) >= max(0.5, _pixels_per_screen(canvas)):
                    self._points.append(place)
            else:
                self._points[-1] = place
            self.changed.emit()
        else:
            return False
        _point(canvas, place)
        return True

    def _release(self, event: QMouseEvent, place: Place) -> bool:
        if self._grabbed is not None:
            self._grabbed = None
            return True
        if self._tool is None or not self._points:
            return False
        if self._tool == "free":
            self._finish()
            return True
        away = event.position() - self._pressed
        if self._fresh and math.hypot(away.x(), away.y()) < _DRAG:
            return True  # a click: the next one sets the other end
        self._points[-1] = place
        if math.dist(self._points[-1], self._points[-2]) == 0:
            return True
        if len(self._points) == POINTS[self._tool]:
            self._finish()
        else:
            self._points.append(place)
            self.changed.emit()
        return True

    def _finish(self) -> None:
        """Keep the shape that was drawn; a free one needs some room."""
        points, self._points = tuple(self._points), []
        if self._tool is not None and (self._tool != "free" or _is_wide(points)):
            self._shapes.add(self._tool, points, self._index)
        self.changed.emit()

    def _grab(self, canvas: Canvas, place: Place) -> bool:
        """Take hold of a handle of the chosen shape, or without a tool of any outline."""
        chosen, near = self._shapes.chosen, NEAR * _pixels_per_screen(canvas)
        if chosen is not None and chosen.on(self._slice_of(canvas)):
            handle = nearest_handle(chosen, place, near)
            if handle is not None:
                self._hold(chosen, handle, place)
                return True
        if self._tool is not None:
            return False  # a new shape may begin on the line of another
        for shape in reversed(self._shapes.on_slice(self._slice_of(canvas))):
            inside = chosen == shape and is_inside(shape, place)
            if inside or is_near_outline(shape, place, near):
                self._shapes.choose(shape.number)
                self._hold(shape, None, place)
                return True
        return False

    def _hold(self, shape: Shape, handle: int | None, place: Place) -> None:
        self._grabbed = (shape, handle, place)
        self._drag = next(self._step)

    def _drag_grabbed(self, place: Place) -> None:
        if self._grabbed is None:
            return
        shape, handle, start = self._grabbed
        if handle is None:
            down, across = place[0] - start[0], place[1] - start[1]
            if shape.kind in ("rectangle", "ellipse"):
                down, across = round(down), round(across)
            self._shapes.move_to(shape, down, across, self._drag)
            return
        # The shape as it was when taken hold of: a box pulled over itself opens on the other side.
        pulled = shape.pulled(handle, place)
        self._shapes.move_to(pulled, 0, 0, self._drag)

    def _key(self, event: QKeyEvent) -> bool:
        """Let arrow keys move the chosen shape; every other key is an Action's."""
        arrow = ARROWS.get(Qt.Key(event.key())) if event.key() in ARROWS else None
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if arrow is None or not plain or self._shapes.chosen is None:
            return False
        if event.type() == _Type.ShortcutOverride:
            event.accept()  # so that it comes here, and turns no slice
            return True
        if event.type() == _Type.KeyPress:
            self._shapes.nudge(arrow[1], arrow[0])
            return True
        return False

    def _slice_of(self, canvas: Canvas) -> int:
        """Return which slice of the reference a pane shows."""
        return self._model.in_reference(canvas.state.slice)

    def _fits(self, canvas: Canvas) -> bool:
        """Return whether a pane shows a plane on the grid of the reference."""
        return fits(self._model, self._panes.index(canvas), canvas)


def nearest_handle(shape: Shape, place: Place, near: float) -> int | None:
    """Return the handle nearest to a place, if it is near enough."""
    away = [(math.dist(handle, place), number) for number, handle in enumerate(shape.handles)]
    distance, number = min(away, default=(math.inf, 0))
    return number if distance <= near else None


def is_near_outline(shape: Shape, place: Place, near: float) -> bool:
    """Return whether a place lies near the line of a shape."""
    if shape.kind == "ellipse":
        top, left, bottom, right = shape.box
        down, across = (bottom - top) / 2, (right - left) / 2
        row, column = place[0] - top - down, place[1] - left - across
        radius = math.hypot(row / down, column / across) if down and across else 0.0
        if radius == 0:
            return False
        return abs(1 - 1 / radius) * math.hypot(row, column) <= near
    corners = _corners(shape)
    return any(_away(place, one, two) <= near for one, two in itertools.pairwise(corners))


def is_inside(shape: Shape, place: Place) -> bool:
    """Return whether a place lies inside a region."""
    if not shape.is_region:
        return False
    if shape.kind == "ellipse":
        top, left, bottom, right = shape.box
        down, across = max(bottom - top, 1e-9) / 2, max(right - left, 1e-9) / 2
        return math.hypot((place[0] - top) / down - 1, (place[1] - left) / across - 1) <= 1
    inside = False
    for (r0, c0), (r1, c1) in itertools.pairwise(_corners(shape)):
        if (r0 <= place[0]) != (r1 <= place[0]):
            inside ^= place[1] < c0 + (place[0] - r0) * (c1 - c0) / (r1 - r0)
    return inside


def _corners(shape: Shape) -> tuple[Place, ...]:
    """Return the corners of the line of a shape; that of a region ends where it began."""
    if shape.kind == "rectangle":
        top, left, bottom, right = shape.box
        return (top, left), (top, right), (bottom, right), (bottom, left), (top, left)
    return (*shape.points, shape.points[0]) if shape.kind == "free" else shape.points


def _away(place: Place, one: Place, two: Place) -> float:
    """Return how far a place lies from the line between two others."""
    down, across = two[0] - one[0], two[1] - one[1]
    square = down**2 + across**2
    along = (place[0] - one[0]) * down + (place[1] - one[1]) * across
    part = min(max(along / square, 0.0), 1.0) if square else 0.0
    return math.dist(place, (one[0] + part * down, one[1] + part * across))


def _is_wide(points: tuple[Place, ...]) -> bool:
    rows, columns = zip(*points, strict=True)
    return len(points) > 2 and max(rows) - min(rows) > 1 and max(columns) - min(columns) > 1


def _pixels_per_screen(canvas: Canvas) -> float:
    """Return how many pixels of the image one of the screen is."""
    shape, target = canvas.plane_shape, canvas.exact_target()
    return shape[1] / target.width() if shape is not None and target.width() else 1.0


def _point(canvas: Canvas, place: Place) -> None:
    """Let the linked panes know where the mouse is while it draws."""
    rows, columns = canvas.plane_shape or (1, 1)
    inside = 0 <= place[0] < rows and 0 <= place[1] < columns
    canvas.state.set_cursor((place[1] / columns, place[0] / rows) if inside else None)
