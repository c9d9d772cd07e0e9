"""The command palette: every action of room and window, found by typing a few words."""

import re
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.ui.action_set import ActionSet, key_words
from app.ui.actions import Action, can
from app.ui.theme import color

Entry = tuple[ActionSet, Action]
_Index = QModelIndex | QPersistentModelIndex
_HERE = QModelIndex()
_SIZE = (620, 420)
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_DONE, _OPEN = "✓", ""


def likeness(typed: str, action: Action) -> int | None:
    """Return how well an Action fits what was typed, the less the better; None if not at all.

    Every word typed must be found: best where a word of the title begins with it,
    then within a word, in the menu or the hint, and last as letters of the title in
    their order, so that ``nxsl`` finds Next slice.
    """
    title = action.title.casefold()
    rest = f"{action.menu} {action.hint}".casefold()
    total = 0
    for word in typed.casefold().split():
        if re.search(rf"\b{re.escape(word)}", title):
            total += 0 if title.startswith(word) else 1
        elif word in title:
            total += 4
        elif re.search(rf"\b{re.escape(word)}", rest):
            total += 6
        elif _in_order(word, title):
            total += 12
        else:
            return None
    return total


def _in_order(letters: str, words: str) -> bool:
    remaining = iter(words)
    return all(letter in remaining for letter in letters)


class PaletteModel(QAbstractTableModel):
    """The Actions that fit what was typed: tick, title, menu and keys."""

    def __init__(self, entries: Sequence[Entry], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)
        self._shown = self._entries

    def entry(self, row: int) -> Entry:
        """Return what stands in a row."""
        return self._shown[row]

    def find(self, typed: str) -> None:
        """Show what fits, the best first; what fits equally well stands as in the menus."""
        self.beginResetModel()
        fits = [(likeness(typed, one[1]), one) for one in self._entries]
        found = [(fit, one) for fit, one in fits if fit is not None]
        self._shown = tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))
        self.endResetModel()

    def rowCount(self, parent: _Index = _HERE) -> int:
        """Return how many Actions fit."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _HERE) -> int:
        """Return 4: tick, title, menu, keys."""
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is told of an Action."""
        action = self._shown[index.row()][1]
        if role == Qt.ItemDataRole.DisplayRole:
            on = action.checked is not None and action.checked()
            menu = action.menu.replace("/", " › ")
            return (_DONE if on else _OPEN, action.title, menu, key_words(action))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return action.hint or None
        if role == Qt.ItemDataRole.ForegroundRole:  # chosen it may be, so that it is not a gap
            return None if can(action) else color("disabled")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 3:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class CommandPalette(QDialog):
    """A field and a list; Enter runs what is chosen, Esc closes."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setWindowTitle("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Words of an action")
        self.view = QTableView()
        self.model = PaletteModel(entries, self)
        self.nothing = QLabel("Nothing is called like that.")
        self.nothing.setObjectName("muted")
        self._set_up()
        self._lay_out()
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.view.clicked.connect(self._run)
        self._find("")

    def _set_up(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setShowGrid(False)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(26)
        header = view.horizontalHeader()
        header.hide()
        modes = QHeaderView.ResizeMode
        for column, mode in enumerate((modes.Fixed, modes.Stretch, modes.Fixed, modes.Fixed)):
            header.setSectionResizeMode(column, mode)
        for column, width in ((0, 24), (2, 150), (3, 130)):
            view.setColumnWidth(column, width)

    def _lay_out(self) -> None:
        ground = QFrame()
        ground.setObjectName("panel")
        ground.setFrameShape(QFrame.Shape.StyledPanel)
        inside = QVBoxLayout(ground)
        inside.setContentsMargins(10, 10, 10, 10)
        inside.setSpacing(8)
        inside.addWidget(self.field)
        inside.addWidget(self.nothing)
        inside.addWidget(self.view, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(ground)
        self.resize(*_SIZE)
        parent = self.parentWidget()
        if parent is not None:
            middle = parent.mapToGlobal(parent.rect().center())
            top = parent.mapToGlobal(parent.rect().topLeft())
            self.move(middle.x() - _SIZE[0] // 2, top.y() + 60)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the words are typed."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVES:
                self._move(Qt.Key(event.key()))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _find(self, typed: str) -> None:
        self.model.find(typed)
        there = self.model.rowCount() > 0
        self.nothing.setVisible(not there)
        if there:
            self._choose(0)

    def _move(self, key: Qt.Key) -> None:
        page = max(
            1, self.view.viewport().height() // self.view.verticalHeader().defaultSectionSize()
        )
        steps = {_MOVES[0]: -1, _MOVES[1]: 1, _MOVES[2]: -page, _MOVES[3]: page}[key]
        last = self.model.rowCount() - 1
        self._choose(min(max(0, self.view.currentIndex().row() + steps), last))

    def _choose(self, row: int) -> None:
        index = self.model.index(row, 1)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)

    def _run(self, index: QModelIndex) -> None:
        """Close and do what is chosen; what cannot be done leaves the palette open."""
        if not index.isValid():
            return
        group, action = self.model.entry(index.row())
        if can(action):
            self.accept()  # first, so that the focus is back where the action expects it
            group.run(action.id)
            group.sync()
