"""The rows of the import view as a tree that Qt shows, with names to write over."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.ui.import_rows import MATCHED, NAME, REMARK, SLICES, TITLES, Node, plant, root_row
from app.ui.import_state import Review, State

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()
TIPS = (
    "Each case, its reference and its arms; then what is not paired",
    "Slices of the series",
    "Slices that lie where a slice of the reference lies",
    "What says that they belong together",
    "How their slices were matched: by their position in the patient, or only by their order",
    "Remarks on pairs; reasons, and what to do",
)
STATUS_ROLE = int(_Role.UserRole) + 1
REMEDY_ROLE = int(_Role.UserRole) + 2
MIME = "application/x-blindread-series"


class ImportTree(QAbstractItemModel):
    """The tree as Qt sees it; names of cases and arms can be changed in place.

    Signals
    -------
    renamed(node, name)
        A name was written over another.
    dropped(indices, node)
        Series were dropped on a row.
    """

    renamed = Signal(object, str)
    dropped = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root_row()
        self._nodes: dict[int, Node] = {}
        self._by_key: dict[tuple[object, ...], Node] = {}
        self._of_series: dict[int, Node] = {}
        self._numbers = count(1)  # never one twice: an index of a former tree finds nothing

    def show_review(self, state: State, review: Review) -> None:
        """Show another state of things."""
        self.beginResetModel()
        self._root = plant(state, review)
        self._nodes, self._by_key, self._of_series = {}, {}, {}
        for node in self.nodes():
            node.number = next(self._numbers)
            self._nodes[node.number] = node
            self._by_key.setdefault(node.key, node)
            if len(node.members) == 1:
                self._of_series.setdefault(node.members[0], node)
        self.endResetModel()

    def nodes(self) -> Iterator[Node]:
        """Yield every row, from the top down."""
        waiting = list(reversed(self._root.children))
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)

    def node(self, index: Index) -> Node:
        """Return the row behind an index; the root for an invalid one."""
        return self._nodes.get(index.internalId(), self._root) if index.isValid() else self._root

    def find(self, key: tuple[object, ...], member: int | None = None) -> QModelIndex:
        """Return the index of a row, by its key or else as the row of a series."""
        found = self._by_key.get(key)
        if found is None and member is not None:
            found = self._of_series.get(member)
        return QModelIndex() if found is None else self.index_of(found)

    def index_of(self, node: Node, column: int = 0) -> QModelIndex:
        """Return the index of a row."""
        return self.createIndex(node.row, column, node.number)

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """Return the index of a cell."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.index_of(self.node(parent).children[row], column)

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt has two of this name
        """Return the index of the row above."""
        above = self.node(index).parent
        return QModelIndex() if above is None or above is self._root else self.index_of(above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows lie below one."""
        return 0 if parent.column() > 0 else len(self.node(parent).children)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: ARG002 - Qt's own
        """Return how many columns there are."""
        return len(TITLES)

    def data(self, index: Index, role: int = int(_Role.DisplayRole)) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        node, column = self.node(index), index.column()
        if role == _Role.DisplayRole:
            return node.cells[column]
        if role == _Role.EditRole:
            return node.cells[column] if column == NAME else None
        if role == _Role.ToolTipRole:
            words = (node.cells[column], node.remedy if column == REMARK else "")
            return "\n".join(filter(None, words)) or None
        if role == _Role.TextAlignmentRole and column in (SLICES, MATCHED):
            return int(Qt.AlignmentFlag.AlignCenter)
        if role == STATUS_ROLE:
            return node.status
        if role == REMEDY_ROLE and column == REMARK:
            return node.remedy
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Role.DisplayRole)
    ) -> Any:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == _Role.DisplayRole:
            return TITLES[section]
        if role == _Role.ToolTipRole:
            return TIPS[section]
        if role == _Role.TextAlignmentRole:
            number = section in (SLICES, MATCHED)
            side = Qt.AlignmentFlag.AlignHCenter if number else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        found = super().flags(index)
        if not index.isValid():
            return found
        node = self.node(index)
        if node.members:
            found |= Qt.ItemFlag.ItemIsDragEnabled
        if node.kind in ("case", "arm", "section"):
            found |= Qt.ItemFlag.ItemIsDropEnabled
        if node.kind in ("case", "arm") and index.column() == NAME:
            found |= Qt.ItemFlag.ItemIsEditable
        return found

    def setData(self, index: Index, value: Any, role: int = int(_Role.EditRole)) -> bool:
        """Tell that a name was written; the tree changes when the model says so."""
        node = self.node(index)
        name = str(value).strip()
        if role != _Role.EditRole or node.kind not in ("case", "arm") or name == node.cells[NAME]:
            return False
        self.renamed.emit(node, name)
        return True

    def supportedDropActions(self) -> Qt.DropAction:
        """Return that series are moved, never copied."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Return the one kind of thing that is dragged."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the series of the dragged rows."""
        chosen = dict.fromkeys(i for index in indexes for i in self.node(index).members)
        data = QMimeData()
        data.setData(MIME, " ".join(map(str, chosen)).encode())
        return data

    def dropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,  # noqa: ARG002 - Qt's own
        column: int,  # noqa: ARG002 - Qt's own
        parent: Index,
    ) -> bool:
        """Tell that series were dropped; nothing is removed here."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(MIME) or not parent.isValid():
            return False
        words = bytes(data.data(MIME).data()).decode("ascii", "ignore").split()
        self.dropped.emit(tuple(int(word) for word in words if word.isdigit()), self.node(parent))
        return False
