"""The Actions of a room or a window as QActions: their keys, tooltips, ticks and state."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QTabBar,
    QWidget,
)

from app.ui.actions import Action, can

_Key, _Modifier = Qt.Key, Qt.KeyboardModifier
_AWAY = frozenset(
    (
        _Key.Key_Up,
        _Key.Key_Down,
        _Key.Key_Left,
        _Key.Key_Right,
        _Key.Key_PageUp,
        _Key.Key_PageDown,
        _Key.Key_Home,
        _Key.Key_End,
    )
)
_PRESS = frozenset((_Key.Key_Space, _Key.Key_Return, _Key.Key_Enter))
_MOVING = (QAbstractItemView, QComboBox, QAbstractSlider, QAbstractSpinBox, QTabBar)


class ActionSet(QObject):
    """Keeps QActions like what a room says can be done.

    Their keys hold in the whole window while ``owner`` is visible. A key that the
    widget with the focus needs itself stays with that widget.

    Parameters
    ----------
    owner
        The page, or the window.
    provide
        Returns all Actions as they are now; asked before every key and menu.

    Signals
    -------
    listed()
        Other Actions than before are there, or in other menus.
    asked()
        A key was pressed in the window; the states are about to be needed.
    """

    listed = Signal()
    asked = Signal()

    def __init__(self, owner: QWidget, provide: Callable[[], tuple[Action, ...]]) -> None:
        super().__init__(owner)
        self._owner, self._provide = owner, provide
        self._known: dict[str, Action] = {}
        self._made: dict[str, QAction] = {}
        self._told: dict[str, tuple[object, ...]] = {}
        owner.installEventFilter(self)
        self.sync()

    @property
    def actions(self) -> tuple[Action, ...]:
        """All Actions, as they were when last asked for."""
        return tuple(self._known.values())

    def qt_action(self, id: str) -> QAction:
        """Return the QAction of an Action, for a menu or a button."""
        return self._made[id]

    def sync(self) -> None:
        """Take over titles, keys, ticks and what can be done."""
        before = [(one.id, one.menu) for one in self._known.values()]
        self._known = {one.id: one for one in self._provide()}
        for id in self._made.keys() - self._known.keys():
            gone = self._made.pop(id)
            self._told.pop(id, None)
            self._owner.removeAction(gone)
            gone.deleteLater()
        # Keys of a room that is not in view must not be in the way of another's.
        shown = self._owner.isVisible()
        for action in self._known.values():
            self._take_over(action, shown)
        if [(one.id, one.menu) for one in self._known.values()] != before:
            self.listed.emit()

    def run(self, id: str) -> bool:
        """Do an Action as it is now, if it can be done; return whether it was."""
        action = next((one for one in self._provide() if one.id == id), None)
        if action is None or not can(action):
            return False
        action.run()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be up to date before a key is looked for, and with the owner's coming and going."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if needs_itself(QApplication.focusWidget(), event):
                event.accept()
                return True
            self.sync()
            self.asked.emit()
        elif event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.sync()
        return super().eventFilter(watched, event)

    def _take_over(self, action: Action, shown: bool) -> None:
        made = self._made.get(action.id)
        if made is None:
            made = self._made[action.id] = QAction(self._owner)
            made.setCheckable(action.checked is not None)
            made.triggered.connect(lambda _=False, id=action.id: self._do(id))
            self._owner.addAction(made)
        on = action.checked() if action.checked is not None else False
        now = (action.title, action.keys, action.hint, shown and can(action), on)
        if self._told.get(action.id) == now:  # every key asks, and Qt is slow to be told
            return
        self._told[action.id] = now
        made.setText(action.title.replace("&", "&&"))
        made.setShortcuts([QKeySequence(key) for key in action.keys])
        made.setToolTip(tooltip(action))
        made.setEnabled(shown and can(action))
        made.setChecked(on)

    def _do(self, id: str) -> None:
        self.run(id)
        self._told.pop(id, None)  # Qt has turned its tick over by itself, which may not be so
        self.sync()


def needs_itself(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Return whether the widget with the focus uses a key itself.

    Lists, tables, sliders and their like move by arrows, and are pressed, as
    buttons are, by Space and Enter. Letters are not kept from the room.
    """
    modifiers = event.modifiers() & ~_Modifier.KeypadModifier
    key = _Key(event.key())
    if modifiers == _Modifier.NoModifier:
        if isinstance(widget, QAbstractButton):
            return key in _PRESS
        return isinstance(widget, _MOVING) and (key in _AWAY or key in _PRESS)
    if isinstance(widget, QAbstractItemView):
        return (key in _AWAY and modifiers == _Modifier.ShiftModifier) or event.matches(
            QKeySequence.StandardKey.Copy
        )
    return False


def key_words(action: Action) -> str:
    """Return the keys of an Action as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in action.keys)


def tooltip(action: Action) -> str:
    """Return the sentence of an Action with its keys."""
    keys = key_words(action)
    return f"{action.hint or action.title} ({keys})" if keys else action.hint or action.title
