"""The attributes of a file, or of two, as a tree for a view."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from app.workflows.tags import AttributeRow

LONGEST = 160
"""Characters of a value in the tree; the tooltip tells more."""
LONGEST_TIP = 1500

_Index = QModelIndex | QPersistentModelIndex
_HERE = QModelIndex()
_Role = Qt.ItemDataRole


class _Node:
    """One row and where it stands."""

    __slots__ = ("children", "parent", "place", "row")

    def __init__(self, row: "AttributeRow | None", parent: "_Node | None", place: int) -> None:
        self.row, self.parent, self.place = row, parent, place
        self.children: list[_Node] = []


class TagModel(QAbstractItemModel):
    """Tag, keyword, VR and value; two values where two files are compared."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node(None, None, 0)
        self._heads: tuple[str, ...] = ("Value",)
        self.count = 0

    def show(self, rows: Sequence["AttributeRow"], heads: Sequence[str]) -> None:
        """Show other attributes; ``heads`` are the titles of one or two columns of values."""
        self.beginResetModel()
        self._heads = tuple(heads)
        self._root = _Node(None, None, 0)
        self.count = self._fill(self._root, rows)
        self.endResetModel()

    def _fill(self, node: _Node, rows: Sequence["AttributeRow"]) -> int:
        count = len(rows)
        for place, row in enumerate(rows):
            child = _Node(row, node, place)
            node.children.append(child)
            count += self._fill(child, row.children)
        return count

    def _node(self, index: _Index) -> _Node:
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, _Node) else self._root

    def index(self, row: int, column: int, parent: _Index = _HERE) -> QModelIndex:
        """Return where a row stands."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._node(parent).children[row])

    def parent(self, index: _Index = _HERE) -> QModelIndex:  # type: ignore[override]  # both of Qt's
        """Return what a row stands in."""
        above = self._node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.place, 0, above)

    def rowCount(self, parent: _Index = _HERE) -> int:
        """Return how many rows stand in a row."""
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, _parent: _Index = _HERE) -> int:
        """Return 4, or 5 where two files are compared."""
        return 3 + len(self._heads)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return ("Tag", "Keyword", "VR", *self._heads)[section]
        return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        """Return what is told of an attribute."""
        row = self._node(index).row
        if row is None:
            return None
        values = (row.first, row.second)
        cells = (row.tag, row.keyword or row.name, row.vr, *(one or "" for one in values))
        if role == _Role.DisplayRole:
            if index.column() >= 3 and values[index.column() - 3] is None and len(self._heads) > 1:
                return "—"
            return short(cells[index.column()], LONGEST)
        if role == _Role.ToolTipRole:
            return short(row.name if index.column() < 3 else cells[index.column()], LONGEST_TIP)
        if role == _Role.FontRole and row.differs and index.column() >= 3:
            bold = QFont()
            bold.setBold(True)
            return bold
        return None


def short(text: str, longest: int) -> str:
    """Return a text in one line, its end left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
