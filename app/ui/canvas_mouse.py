"""What mouse, wheel and touchpad do on a canvas, whoever it belongs to."""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent

if TYPE_CHECKING:
    from app.ui.canvas import Canvas

_NOTCH = 120  # angleDelta of one step of a mouse wheel
_SWIPE = 40.0  # so many pixels of a touchpad are one slice
_LEAST_DRAG = 4.0  # screen pixels for one slice, however many there are
_Button = Qt.MouseButton


class PaneTool(Protocol):
    """A tool that takes a canvas' mouse: measures, draws, marks.

    ``place`` is (row, column) in parts of pixels and may lie beyond the plane.
    True means that the event was used; else the canvas does what it always does.
    """

    def press(self, canvas: "Canvas", event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Take a button that went down."""

    def move(self, canvas: "Canvas", event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Take a movement, with a button down or without."""

    def release(self, canvas: "Canvas", event: QMouseEvent, place: tuple[float, float]) -> bool:
        """Take a button that went up."""


class CanvasMouse:
    """Turns movements of the hand into changes of the shared ViewState."""

    def __init__(self, canvas: "Canvas") -> None:
        self._canvas = canvas
        self.state = canvas.state
        self.tool: PaneTool | None = None
        self.window_button = _Button.LeftButton
        self._pressed_at = self._dragged_at = QPointF()
        self._turned = self._slid = 0.0
        self._carried = 0.0

    def offer(self, event: QMouseEvent, what: str) -> bool:
        """Give an event to the tool; True if it was used."""
        place = self._canvas.place_in_pixels(event.position())
        if self.tool is None or place is None:
            return False
        act = {"press": self.tool.press, "move": self.tool.move, "release": self.tool.release}
        return act[what](self._canvas, event, place)

    def press(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self._pressed_at = self._dragged_at = event.position()
        self._carried = 0.0

    def move(self, event: QMouseEvent) -> bool:
        """Drag: one button is the window or the slice, middle the place, right else the zoom.

        Where the right button is the window, the left one turns the slices.
        """
        here = event.position()
        moved = here - self._dragged_at
        self._dragged_at = here
        buttons, state = event.buttons(), self.state
        by_right = self.window_button == _Button.RightButton
        if buttons & _Button.LeftButton and (by_right or state.left_drag == "slice"):
            self._drag_slices(moved.y())
        elif buttons & _Button.LeftButton or (by_right and buttons & _Button.RightButton):
            state.move_window(moved.x(), moved.y())
        elif buttons & _Button.RightButton:
            self.zoom_at(self._pressed_at, 1.01 ** -moved.y())
        elif buttons & _Button.MiddleButton:
            self._pan(moved)
        return buttons != _Button.NoButton

    def _drag_slices(self, down: float) -> None:
        """Let a drag over the whole height pass all slices, if they are not too many."""
        step = max(_LEAST_DRAG, self._canvas.height() / self.state.slice_count)
        self._carried += down
        slices = int(self._carried / step)
        self._carried -= slices * step
        self.state.step_slice(slices)

    def _pan(self, moved: QPointF) -> None:
        target = self._canvas.exact_target()
        across, down = self.state.centre
        self.state.set_view(
            self.state.zoom,
            (across - moved.x() / target.width(), down - moved.y() / target.height()),
        )

    def zoom_at(self, place: QPointF, factor: float) -> None:
        """Enlarge so that what lies under a place stays there."""
        target = self._canvas.exact_target()
        across = (place.x() - target.x()) / target.width()
        down = (place.y() - target.y()) / target.height()
        before = self.state.zoom
        old_across, old_down = self.state.centre
        gain = before / self.state.limited(before * factor)
        self.state.set_view(
            before * factor,
            (across + (old_across - across) * gain, down + (old_down - down) * gain),
        )

    def wheel(self, event: QWheelEvent) -> None:
        """Turn to the next slice, or zoom while Ctrl is held; a touchpad slides through them."""
        turn, slide = event.angleDelta().y(), event.pixelDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_at(event.position(), 1.2 ** (turn / _NOTCH))
        elif slide and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            if event.phase() == Qt.ScrollPhase.ScrollBegin:
                self._slid = 0.0
            self._slid += slide
            steps = int(self._slid / _SWIPE)
            self._slid -= steps * _SWIPE
            self.state.step_slice(-steps)
        else:
            self._turned += turn
            steps = int(self._turned / _NOTCH)
            self._turned -= steps * _NOTCH
            self.state.step_slice(-steps)

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Pinch zooms; True if the gesture meant something."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self.zoom_at(event.position(), 1.0 + event.value())
        return True
