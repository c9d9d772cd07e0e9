"""The table of metric values: a Qt model and the proxy that sorts and filters it."""

import math
from collections.abc import Sequence, Set
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractProxyModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from app.domain.metric import MetricValue
from app.ui.value_heads import circumstances_of
from app.ui.value_rows import ValueRow
from app.ui.value_sheet import RowKey, Rows, ValueSheet

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_FIXED = ("Case", "Arm", "Slice")
_FIXED_TIPS = (
    "The anatomy being judged",
    "What made the reconstruction",
    "The slice, from 1; all is the volume",
)
_NOWHERE = QModelIndex()
_LARGE = ((9.9995e8, 1e9, "G"), (9.9995e5, 1e6, "M"), (9999.5, 1e3, "k"))
_TOO_LARGE, _SMALL = 9.9995e12, 9.9995e-4
_LONG_NAME = 7
FLAGGED = "*"
_LOOKED_AT = 500
"""Rows whose texts a column is fitted to; of more rows, so many evenly spread."""
_AS_ZERO = str.maketrans("123456789", "0" * 9)


def in_figures(value: float | None) -> str:
    """Return a metric value with four significant figures; thousands get a k, millions an M.

    >>> in_figures(0.5), in_figures(281843.2)
    ('0.5000', '281.8k')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    for least, size, letter in _LARGE:
        if least <= abs(value) < _TOO_LARGE:
            return f"{value / size:#.4g}".rstrip(".") + letter
    return f"{value:#.4g}".rstrip(".") if abs(value) >= _SMALL else f"{value:.1e}"


def short_title(metric: str) -> str:
    """Return a metric's name for the head of a column; a long one has two lines."""
    name, sign, variant = metric.upper().rpartition("@" if "@" in metric else "-")
    return f"{name}\n{variant}" if sign and len(metric) > _LONG_NAME else metric.upper()


class ValueTableModel(QAbstractTableModel):
    """Rows are slices and volumes, columns are metrics; read-only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sheet = ValueSheet.of((), ())

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metric of each column after case, arm and slice."""
        return self._sheet.metrics

    @property
    def sheet(self) -> ValueSheet:
        """All rows, in the order of the table of values."""
        return self._sheet

    def set_rows(self, rows: Sequence[ValueRow], metrics: Sequence[str]) -> None:
        """Show other rows; those of a sheet of these metrics are there at once."""
        sheet = ValueSheet.of(rows, metrics)
        self.beginResetModel()
        self._sheet = sheet
        self.endResetModel()

    def texts(self, column: int) -> Set[str]:
        """Return what stands in a column, as :func:`texts_of` does."""
        return texts_of(self._sheet, column)

    def row_at(self, row: int) -> ValueRow:
        """Return one row."""
        return self._sheet[row]

    def find(self, case: str, arm: str, slice_number: int | None) -> int | None:
        """Return the row of a slice (or of the volume, for None)."""
        return self._sheet.find(case, arm, slice_number)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._sheet)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many columns there are: three names, the metrics, the flags."""
        return 0 if parent.isValid() else len(_FIXED) + len(self.metrics) + 1

    def data(self, index: Index, role: int = int(_Role.DisplayRole)) -> Any:
        """Return what a cell shows or says."""
        if not index.isValid() or index.row() >= len(self._sheet):
            return None
        return _cell_data(self._sheet, index.row(), index.column(), role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Role.DisplayRole)
    ) -> Any:
        """Return a column's title, its tooltip, and the order that shows the worst first."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == _Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._is_number(section) else _LEFT
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if section < len(_FIXED):
            return {
                int(_Role.DisplayRole): _FIXED[section],
                int(_Role.ToolTipRole): _FIXED_TIPS[section],
                int(_Role.InitialSortOrderRole): Qt.SortOrder.AscendingOrder,
            }.get(int(role))
        if section == len(_FIXED) + len(self.metrics):
            return {
                int(_Role.DisplayRole): "Flags",
                int(_Role.ToolTipRole): "What to know before trusting a value",
                int(_Role.InitialSortOrderRole): Qt.SortOrder.DescendingOrder,
            }.get(int(role))
        return self._metric_header(self.metrics[section - len(_FIXED)], role)

    def _is_number(self, section: int) -> bool:
        return 2 <= section < len(_FIXED) + len(self.metrics)

    def _metric_header(self, metric: str, role: int) -> Any:
        head = self._sheet.heads.get(metric)
        if head is None:
            return short_title(metric) if role == _Role.DisplayRole else None
        rising = head.better == "higher"
        if role == _Role.DisplayRole:
            name, _, variant = short_title(metric).partition("\n")
            return f"{name}\n{' '.join(filter(None, (variant, head.unit, '↑' if rising else '↓')))}"
        if role == _Role.ToolTipRole:
            return "\n".join(
                (
                    f"{metric.upper()}: {head.better} is better.",
                    "A click sorts the worst first, another click the best.",
                    *_in_words(head.circumstances),
                )
            )
        if role == _Role.InitialSortOrderRole:
            return Qt.SortOrder.AscendingOrder if rising else Qt.SortOrder.DescendingOrder
        return None


_LEFT = Qt.AlignmentFlag.AlignLeft
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def texts_of(sheet: ValueSheet, column: int) -> Set[str]:
    """Return what stands in a column, of some rows where there are many; all digits are 0.

    It is found out once: of every number, there are few lengths.
    """
    if column not in sheet.texts:
        some = range(0, len(sheet), max(1, -(-len(sheet) // _LOOKED_AT)))
        shown = (_cell_data(sheet, row, column, int(_Role.DisplayRole)) for row in some)
        sheet.texts[column] = frozenset(str(one).translate(_AS_ZERO) for one in shown)
    return sheet.texts[column]


def look_at_texts(sheet: ValueSheet) -> None:
    """Find out now, on a thread that nobody waits for, how wide the columns are."""
    for column in range(len(_FIXED) + len(sheet.metrics)):
        texts_of(sheet, column)


def _cell_data(sheet: ValueSheet, row: int, column: int, role: int) -> Any:
    if column < len(_FIXED):
        return _name_data(sheet.key(row), column, role)
    metrics = sheet.metrics
    if column == len(_FIXED) + len(metrics):
        return _flag_data(sheet[row], role)
    return _value_data(sheet[row].values.get(metrics[column - len(_FIXED)]), role)


def _name_data(key: RowKey, column: int, role: int) -> Any:
    named = key[column]
    shown = "all" if named is None else str(named)
    if role == _Role.DisplayRole:
        return shown
    if role == _Role.ToolTipRole:
        return shown
    if role == _Role.TextAlignmentRole and column == 2:
        return _RIGHT
    return None


def _flag_data(row: ValueRow, role: int) -> Any:
    if role == _Role.DisplayRole:
        return ", ".join(row.flags)
    if role == _Role.ToolTipRole:
        return "\n".join(row.flags) or None
    return None


def _value_data(value: MetricValue | None, role: int) -> Any:
    if role == _Role.TextAlignmentRole:
        return _RIGHT
    if value is None:
        return "–" if role == _Role.DisplayRole else None
    if role == _Role.DisplayRole:
        return FLAGGED * bool(value.flags) + in_figures(value.value)
    if role == _Role.ToolTipRole:
        exact = "not defined" if value.value is None else f"{value.value!r} {value.unit}".strip()
        flags = (f"Flags: {', '.join(value.flags)}",) if value.flags else ()
        told = _in_words(circumstances_of(value))
        return "\n".join((f"{value.metric.upper()}: {exact}", *flags, *told))
    return None


_CIRCUMSTANCES = ("Region", "Space", "Data range", "Parameters", "Software")


def _in_words(circumstances: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{name}: {said}" for name, said in zip(_CIRCUMSTANCES, circumstances, strict=True) if said
    )


class ValueOrder(QAbstractProxyModel):
    """Sorts by number; what is not defined stands last in both directions.

    The filter keeps one case and arm, or only volumes, or everything but the
    volumes of a single slice. The order is made at once: Qt's own sorting proxy would
    come back to Python for every comparison, which takes it seconds for ten thousand rows.
    """

    def __init__(self, model: ValueTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._pair: tuple[str, str] | None = None
        self._volumes = False
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self._order: Rows = np.empty(0, dtype=np.intp)
        self._places: Rows = self._order
        self.setSourceModel(model)
        model.modelAboutToBeReset.connect(self.beginResetModel)
        model.modelReset.connect(self._take)
        self._arrange()

    def keep(self, *, pair: tuple[str, str] | None = None, volumes: bool = False) -> None:
        """Show only one case and arm, or only the volume rows."""
        if (pair, volumes) != (self._pair, self._volumes):
            self.beginResetModel()
            self._pair, self._volumes = pair, volumes
            self._take()

    def leave_unsorted(self) -> None:
        """Let the rows that come next stand as they are: another order is asked for at once."""
        self._sorted = None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in the order of a column; -1 is the order of the table of values."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        sources = [(self._order[index.row()], index.column()) for index in before]
        self._sorted = (column, order) if column >= 0 else None
        self._arrange()
        after = [self.index(int(self._places[row]), at) for row, at in sources]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _take(self) -> None:
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, way = self._sorted or (None, Qt.SortOrder.AscendingOrder)
        if column is not None and column >= self._model.columnCount():
            column = None
        self._order = self._model.sheet.arranged(
            column,
            descending=way == Qt.SortOrder.DescendingOrder,
            pair=self._pair,
            volumes=self._volumes,
        )
        self._places = np.full(len(self._model.sheet), -1, dtype=np.intp)
        self._places[self._order] = np.arange(len(self._order))

    def mapToSource(self, proxyIndex: Index) -> QModelIndex:  # noqa: N803 - Qt names it so
        """Return where a cell is in the table of values."""
        if not proxyIndex.isValid() or proxyIndex.row() >= len(self._order):
            return QModelIndex()
        return self._model.index(int(self._order[proxyIndex.row()]), proxyIndex.column())

    def mapFromSource(self, sourceIndex: Index) -> QModelIndex:  # noqa: N803 - Qt names it so
        """Return where a cell of the table of values is shown; an invalid index if nowhere."""
        row = sourceIndex.row() if sourceIndex.isValid() else -1
        if not 0 <= row < len(self._places):
            return QModelIndex()
        return self.index(int(self._places[row]), sourceIndex.column())  # -1 is nowhere

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """Return the index of a cell."""
        inside = 0 <= row < len(self._order) and 0 <= column < self._model.columnCount()
        return self.createIndex(row, column) if inside and not parent.isValid() else QModelIndex()

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        """Return nothing: a table has no levels."""
        del child
        return QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else self._model.columnCount()

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Role.DisplayRole)
    ) -> Any:
        """Return what the table of values says of a column, also where no row is shown."""
        return self._model.headerData(section, orientation, role)
