"""A canvas that hands touch: images that move under mouse, wheel, touchpad and keys."""

from PySide6.QtCore import QEvent, QMetaMethod, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.canvas_content import CanvasContent
from app.ui.canvas_mouse import CanvasMouse, PaneTool
from app.ui.canvas_scene import Blend, Overlay
from app.ui.view_keys import handle_view_key
from app.ui.view_state import ViewState

__all__ = ["Blend", "Canvas", "Overlay", "PaneTool"]


class Canvas(CanvasContent):
    """One plane of an Image in grey, or one coloured map.

    Parameters
    ----------
    state
        Shared by all canvases that shall move together.
    title
        Shown top left, e.g. ``Reference``, or ``A`` in the reading room.

    Signals
    -------
    pointed(row, column, value)
        The pixel under the mouse, from 0, and the real value of what is seen there
        (None where undefined); row -1 when the mouse has left the image.
    touched()
        The person did something here: a press, a drag step, a turn of the wheel.
    maximise_asked()
        A double click; where nobody listens, it fits the image.
    """

    pointed = Signal(int, int, object)
    touched = Signal()
    maximise_asked = Signal()

    def __init__(self, state: ViewState, *, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(state, title=title, parent=parent)
        self._mouse = CanvasMouse(self)
        self._pointed_layers: tuple[int, ...] = (0,)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_state(self, state: ViewState) -> None:
        """Share another way of looking; the canvas leaves the one that it shared."""
        super().set_state(state)
        self._mouse.state = state

    def set_tool(self, tool: PaneTool | None) -> None:
        """Offer every movement of the mouse to a tool first; None takes it away."""
        self._mouse.tool = tool

    @property
    def has_tool(self) -> bool:
        """Whether a tool has the mouse."""
        return self._mouse.tool is not None

    @property
    def pointed_layers(self) -> tuple[int, ...]:
        """Which planes the mouse points at: 0 the first, 1 the second; both in a fade."""
        return self._pointed_layers

    def set_window_button(self, button: Qt.MouseButton) -> None:
        """Let a drag with the left or with the right button change the window.

        With the right one a left drag turns the slices, whatever the state says of it.
        """
        self._mouse.window_button = button

    # ---- mouse and keys --------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take the pinch of a touchpad beside everything else."""
        if isinstance(event, QNativeGestureEvent) and self._mouse.gesture(event):
            self.touched.emit()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to the next slice, or zoom while Ctrl is held."""
        self._mouse.wheel(event)
        self.touched.emit()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, the tool's or the canvas' own."""
        self._mouse.press(event)
        self._mouse.offer(event, "press")
        self.touched.emit()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, by the tool or as the canvas does, and point."""
        if self._mouse.offer(event, "move"):
            self._mouse.press(event)  # where a drag of the canvas would go on
            self.touched.emit()
        elif self._mouse.move(event):
            self.touched.emit()
        self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the tool's drag."""
        self._mouse.offer(event, "release")
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the whole room, where somebody listens; else fit the image."""
        if not self._mouse.offer(event, "press"):
            if self.isSignalConnected(QMetaMethod.fromSignal(self.maximise_asked)):
                self.maximise_asked.emit()
            else:
                self._state.fit()
        self.touched.emit()
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Begin to point."""
        self._point(event.position())
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """Stop pointing."""
        del event
        self._state.set_cursor(None)
        self.pointed.emit(-1, -1, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look around by the keyboard; every other key goes to the page."""
        if handle_view_key(self._state, event):
            self.touched.emit()
        else:
            super().keyPressEvent(event)

    def _point(self, place: QPointF) -> None:
        where, (rows, columns) = self.place_in_pixels(place), self._scene.first.shape
        if where is None or not (0 <= where[0] < rows and 0 <= where[1] < columns):
            self._state.set_cursor(None)
            self.pointed.emit(-1, -1, None)
            return
        across, down = where[1] / columns, where[0] / rows
        both = self._scene.first, self._scene.second
        self._pointed_layers = self.layers_at(place)
        seen = [both[layer] for layer in self._pointed_layers]
        of_patient = any(plane.grid is not None for plane in seen)
        self._state.set_cursor((across, down) if of_patient else None)
        there = seen[0].shape[0] / rows * where[0], seen[0].shape[1] / columns * where[1]
        value = seen[0].value_at(self._state, int(there[0]), int(there[1]))
        self.pointed.emit(int(where[0]), int(where[1]), value)
