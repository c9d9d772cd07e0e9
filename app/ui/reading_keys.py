"""What the keys of the reading room do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.domain.image import Window
from app.ui.reading_cine import ReadingCine
from app.ui.reading_marking import Marking
from app.ui.reading_model import ReadingModel
from app.ui.view_keys import ARROWS, handle_view_key
from app.ui.view_state import ViewState
from app.ui.windows import CT_PRESETS

if TYPE_CHECKING:
    from app.ui.reading_page import ReadingPage

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
_VIEW_KEYS = {
    _Key.Key_R, _Key.Key_F, _Key.Key_I, _Key.Key_Plus, _Key.Key_Equal, _Key.Key_Minus,
    _Key.Key_Up, _Key.Key_Down, _Key.Key_PageUp, _Key.Key_PageDown, _Key.Key_Home, _Key.Key_End,
}  # fmt: skip
_HELD = {_Key.Key_Shift, _Key.Key_Control, _Key.Key_Alt, _Key.Key_AltGr, _Key.Key_Meta}
_FRENCH_DIGITS = "&é\"'("  # the digit row of a French keyboard without Shift
_PRESETS = {
    Qt.Key(_Key.Key_F2.value + place): Window(center, width)
    for place, (_, center, width) in enumerate(CT_PRESETS)
}


class ReadingKeys:
    """Gives each key its meaning; the page does what shows, the model what counts."""

    def __init__(
        self, page: "ReadingPage", model: ReadingModel, state: ViewState, marking: Marking
    ) -> None:
        self._page, self._model, self._state = page, model, state
        self.cine = ReadingCine(state, page)
        self._actions: dict[Qt.Key, Callable[[], object]] = {
            _Key.Key_Return: page.enter,
            _Key.Key_Enter: page.enter,
            _Key.Key_Backspace: model.back,
            _Key.Key_Right: model.focus_next,
            _Key.Key_Left: model.focus_previous,
            _Key.Key_C: page.enter_comment,
            _Key.Key_P: model.toggle_pause,
            _Key.Key_Space: page.flicker,
            _Key.Key_Escape: page.escape,
            _Key.Key_X: model.ask_reason,
            _Key.Key_H: page.show_help,
            _Key.Key_M: marking.toggle,
            _Key.Key_T: marking.step_type,
            _Key.Key_S: marking.step_shape,
            _Key.Key_V: self._play,
            _Key.Key_Delete: marking.remove_last,
            _Key.Key_B: page.change_window_button,
            _Key.Key_Period: page.show_one_to_one,
            _Key.Key_Question: page.show_keys,
            _Key.Key_F1: page.show_keys,
        }
        self._marking = marking

    def press(self, event: QKeyEvent) -> None:
        """Do what a key means."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _HELD:
            return
        if self.cine.playing:
            self.cine.stop()
            if key in (_Key.Key_V, _Key.Key_Escape):
                self._model.touch()
                return
        if key == _Key.Key_Q and modifiers & _Modifier.ControlModifier:
            self._page.ask_to_leave()
        elif key == _Key.Key_F11:
            self._page.full_screen_requested.emit()
        elif self._page.overlay_key(key):
            pass
        elif key in ARROWS and modifiers & (_Modifier.ControlModifier | _Modifier.ShiftModifier):
            self._model.touch()
            self._look_around(event)
        elif not modifiers & (_Modifier.ControlModifier | _Modifier.AltModifier):
            self._model.touch()
            self._plain(key, event)

    def _plain(self, key: Qt.Key, event: QKeyEvent) -> None:
        if key in _VIEW_KEYS:
            self._look_around(event)
        elif event.isAutoRepeat():
            return  # a key that is held down answers once
        elif key in _PRESETS:
            self._show_preset(_PRESETS[key])
        elif key in self._actions:
            self._actions[key]()
        elif not self._marking.take_number(_number(event.text())):
            self._model.answer_with_number(_number(event.text()))

    def _look_around(self, event: QKeyEvent) -> None:
        if self._model.images_visible:
            handle_view_key(self._state, event)

    def _play(self) -> None:
        if self._model.images_visible:
            self.cine.play()

    def _show_preset(self, window: Window) -> None:
        """Show a window for CT, where every image of the screen is one."""
        shown = self._model.presentation
        if self._model.images_visible and shown is not None:
            images = (*shown.declared, *shown.images)
            if all(image.modality == "CT" for image in images):
                self._state.set_window(window)


def _number(typed: str) -> int:
    """Return which answer a key asks for, 0 for none."""
    if typed.isdecimal():
        return int(typed) or 10
    return _FRENCH_DIGITS.find(typed) + 1 if typed else 0
