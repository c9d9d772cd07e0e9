"""The menus of a window, made of the Actions of the window and of the room in view."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app.ui.action_set import ActionSet, key_words
from app.ui.actions import Action

MENUS = {
    "File": "F&ile",
    "View": "&View",
    "Window": "&Window",
    "Panes": "&Panes",
    "Compare": "&Compare",
    "Map": "&Map",
    "Measure": "Meas&ure",
    "Find": "Fi&nd",
    "Marks": "Mar&ks",
    "Share": "&Share",
    "Study": "Stud&y",
    "Help": "&Help",
}
"""The menus from left to right, and the letters that open them with Alt.

Alt with other letters belongs to tools. A menu in which nothing stands is not shown.
"""


class ActionMenus(QObject):
    """Fills a menu bar, anew whenever other Actions are there.

    An Action whose menu is ``Panes/Layout`` stands in the menu Layout of the menu
    Panes. Actions follow each other as they are given; a line parts those whose
    ids begin differently, e.g. ``compare.swipe`` and ``flicker.rate``.

    Parameters
    ----------
    sets
        Returns the sets whose Actions are shown, the window's first.
    """

    def __init__(self, bar: QMenuBar, sets: Callable[[], Sequence[ActionSet]]) -> None:
        super().__init__(bar)
        self._bar, self._sets = bar, sets
        self._filled: dict[str, QMenu] = {}
        self._inner: dict[str, QMenu] = {}
        self._refilling = False
        self._tops = {name: self._add_top(name) for name in MENUS}

    def refill(self) -> None:
        """Put every Action into its menu."""
        self._refilling = True
        for menu in (*self._tops.values(), *self._inner.values()):
            menu.clear()
        self._filled = dict(self._tops)
        last: dict[str, str] = {}
        for group in self._sets():
            for menu in self._tops.values():
                if not menu.isEmpty():
                    menu.addSeparator()  # between what is the window's and the room's
            for action in group.actions:
                menu = self._menu(action.menu)
                begin = action.id.rpartition(".")[0]
                if last.setdefault(action.menu, begin) != begin:
                    menu.addSeparator()
                    last[action.menu] = begin
                menu.addAction(group.qt_action(action.id))
        for menu in self._tops.values():
            menu.menuAction().setVisible(not menu.isEmpty())
        self._refilling = False

    def menu(self, path: str) -> QMenu | None:
        """Return a menu that is filled, e.g. ``Panes/Layout``."""
        return self._filled.get(path)

    def _add_top(self, name: str) -> QMenu:
        menu = self._bar.addMenu(MENUS[name])
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._ask)
        return menu

    def _menu(self, path: str) -> QMenu:
        if path not in self._filled:
            parent, _, name = path.rpartition("/")
            if path not in self._inner:  # kept, for a menu may be open while all are filled anew
                self._inner[path] = QMenu(name, self._bar)
                self._inner[path].setToolTipsVisible(True)
            self._menu(parent).addMenu(self._inner[path])
            self._filled[path] = self._inner[path]
        return self._filled[path]

    def _ask(self) -> None:
        """Bring every Action up to date before a menu shows it."""
        if not self._refilling:
            for group in self._sets():
                group.sync()


def _in_steps(action: Action) -> bool:
    """Return whether all keys of an Action are pressed one after the other."""
    return all(QKeySequence(key).count() > 1 for key in action.keys)


def grouped_keys(actions: Sequence[Action]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the keys of Actions for the sheet of keys, a group for each menu.

    In each, keys that are pressed one after the other come last: they are those of long lists.

    Returns
    -------
    list
        A menu's name, and pairs of keys and what they do.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for action in sorted(actions, key=_in_steps):
        if action.keys:
            top = action.menu.partition("/")[0]
            found.setdefault(top, []).append((key_words(action), action.title))
    order = list(MENUS)
    return sorted(found.items(), key=lambda one: order.index(one[0]))
