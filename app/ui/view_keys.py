"""What the keys of a viewer mean, wherever images are shown."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.ui.view_state import ViewState

_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
KEY_DRAG = 10  # one press of an arrow is a drag of so many screen pixels
KEY_PAN = 0.05  # or moves the image by this part of what is in view
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def handle_view_key(state: ViewState, event: QKeyEvent) -> bool:
    """Do what a key of the viewer means; False where the key is another's.

    R resets, I inverts, F fits, + and - zoom; Up and Down, PageUp and PageDown,
    Home and End change the slice. Arrows with Shift are the window as a drag with
    the left button is, with Ctrl they move the image.
    """
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key in ARROWS and modifiers in (_SHIFT, _CONTROL):
        across, down = ARROWS[Qt.Key(key)]
        if modifiers == _SHIFT:
            state.move_window(KEY_DRAG * across, KEY_DRAG * down)
        else:
            step = KEY_PAN / state.zoom
            x, y = state.centre
            state.set_view(state.zoom, (x + step * across, y + step * down))
        return True
    if modifiers not in (Qt.KeyboardModifier.NoModifier, _SHIFT):
        return False
    actions: dict[Qt.Key, Callable[[], None]] = {
        Qt.Key.Key_R: state.reset,
        Qt.Key.Key_I: state.invert,
        Qt.Key.Key_F: state.fit,
        Qt.Key.Key_Plus: lambda: state.zoom_by(1.2),
        Qt.Key.Key_Equal: lambda: state.zoom_by(1.2),
        Qt.Key.Key_Minus: lambda: state.zoom_by(1 / 1.2),
        Qt.Key.Key_Down: lambda: state.step_slice(1),
        Qt.Key.Key_Up: lambda: state.step_slice(-1),
        Qt.Key.Key_PageDown: lambda: state.step_slice(5),
        Qt.Key.Key_PageUp: lambda: state.step_slice(-5),
        Qt.Key.Key_Home: lambda: state.set_slice(0),
        Qt.Key.Key_End: lambda: state.set_slice(state.slice_count - 1),
    }
    action = actions.get(Qt.Key(key))
    if action is None:
        return False
    action()
    return True
