"""The table of metric values: a Qt model and the proxy that sorts and filters it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from PySide6.QtCore import (
    QAbstractProxyModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from app.domain.metric import SIGNED, MetricValue
from app.ui.value_rows import ValueRow

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
        self._rows: tuple[ValueRow, ...] = ()
        self._metrics: tuple[str, ...] = ()
        self._heads: dict[str, _Head] = {}
        self._single: set[tuple[str, str]] = set()
        self._places: dict[tuple[str, str, int | None], int] = {}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metric of each column after case, arm and slice."""
        return self._metrics

    def set_rows(self, rows: Sequence[ValueRow], metrics: Sequence[str]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows, self._metrics = tuple(rows), tuple(metrics)
        self._heads = {}
        self._places = {
            (row.case, row.arm, row.slice): place for place, row in enumerate(self._rows)
        }
        slices = Counter((row.case, row.arm) for row in self._rows if row.slice is not None)
        self._single = {pair for pair, count in slices.items() if count == 1}
        planes = [row for row in self._rows if row.slice is not None]
        unlike: dict[str, dict[object, MetricValue]] = {}
        for row in planes or self._rows:
            for name, value in row.values.items():
                unlike.setdefault(name, {}).setdefault(_stated(value), value)
        for name, values in unlike.items():
            first, *others = values.values()
            head = _Head.of(first)
            for value in others:
                head = head.with_value(value)
            self._heads[name] = head
        self.endResetModel()

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """All rows, in the order of the table of values."""
        return self._rows

    def texts(self, column: int, most: int) -> set[str]:
        """Return what stands in a column, of so many rows where there are more."""
        some = self._rows[:: max(1, -(-len(self._rows) // most))]
        return {str(self._data(row, column, int(_Role.DisplayRole))) for row in some}

    def sort_keys(self, column: int) -> list[Any]:
        """Return what the rows sort by: numbers, text for names, None for what is not defined."""
        return [self._sort_key(row, column) for row in self._rows]

    def row_at(self, row: int) -> ValueRow:
        """Return one row."""
        return self._rows[row]

    def repeats(self, row: ValueRow) -> bool:
        """Return whether a row is the volume of a single slice, which says the same."""
        return row.slice is None and (row.case, row.arm) in self._single

    def find(self, case: str, arm: str, slice_number: int | None) -> int | None:
        """Return the row of a slice (or of the volume, for None)."""
        return self._places.get((case, arm, slice_number))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many columns there are: three names, the metrics, the flags."""
        return 0 if parent.isValid() else len(_FIXED) + len(self._metrics) + 1

    def data(self, index: Index, role: int = int(_Role.DisplayRole)) -> Any:
        """Return what a cell shows or says."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        return self._data(self._rows[index.row()], index.column(), role)

    def _data(self, row: ValueRow, column: int, role: int) -> Any:
        if column < len(_FIXED):
            return _name_data(row, column, role)
        if column == len(_FIXED) + len(self._metrics):
            return _flag_data(row, role)
        return _value_data(row.values.get(self._metrics[column - len(_FIXED)]), role)

    def _sort_key(self, row: ValueRow, column: int) -> Any:
        if column < len(_FIXED):
            return (row.case, row.arm, row.slice or 0)[column]
        if column == len(_FIXED) + len(self._metrics):
            return len(row.flags)
        value = row.values.get(self._metrics[column - len(_FIXED)])
        if value is None or value.value is None or math.isnan(value.value):
            return None
        return abs(value.value) if value.metric in SIGNED else value.value

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
        if section == len(_FIXED) + len(self._metrics):
            return {
                int(_Role.DisplayRole): "Flags",
                int(_Role.ToolTipRole): "What to know before trusting a value",
                int(_Role.InitialSortOrderRole): Qt.SortOrder.DescendingOrder,
            }.get(int(role))
        return self._metric_header(self._metrics[section - len(_FIXED)], role)

    def _is_number(self, section: int) -> bool:
        return 2 <= section < len(_FIXED) + len(self._metrics)

    def _metric_header(self, metric: str, role: int) -> Any:
        head = self._heads.get(metric)
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


@dataclass(frozen=True, slots=True)
class _Head:
    """What all values of one metric have in common."""

    better: str
    unit: str
    circumstances: tuple[str, ...]

    @classmethod
    def of(cls, value: MetricValue) -> "_Head":
        unit = "" if value.unit == "1" else value.unit
        return cls(value.better, unit, _circumstances(value))

    def with_value(self, value: MetricValue) -> "_Head":
        """Return what they have in common with one value more."""
        other = _Head.of(value)
        if other == self:
            return self
        pairs = zip(self.circumstances, other.circumstances, strict=True)
        return _Head(
            self.better,
            self.unit if self.unit == other.unit else "",
            tuple(mine if mine == its else _DIFFERS for mine, its in pairs),
        )


_LEFT = Qt.AlignmentFlag.AlignLeft
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _name_data(row: ValueRow, column: int, role: int) -> Any:
    shown = (row.case, row.arm, "all" if row.slice is None else str(row.slice))[column]
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
        told = _in_words(_circumstances(value))
        return "\n".join((f"{value.metric.upper()}: {exact}", *flags, *told))
    return None


_CIRCUMSTANCES = ("Region", "Space", "Data range", "Parameters", "Software")
_DIFFERS = "not the same for all"


_stated = attrgetter("better", "unit", "region", "space", "data_range", "parameters", "software")
"""What the head of a column may say of a value."""


def _circumstances(value: MetricValue) -> tuple[str, ...]:
    """Return the conditions under which a value holds."""
    return (
        value.region,
        str(value.space),
        "" if math.isnan(value.data_range) else f"{value.data_range:g}",
        str(value.parameters),
        value.software,
    )


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
        self._order: list[int] = []
        self._places: dict[int, int] = {}
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

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in the order of a column; -1 is the order of the table of values."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        sources = [(self._order[index.row()], index.column()) for index in before]
        self._sorted = (column, order) if column >= 0 else None
        self._arrange()
        after = [self.index(self._places[row], at) for row, at in sources]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _take(self) -> None:
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        shown = [place for place, row in enumerate(self._model.rows) if self._is_shown(row)]
        if self._sorted is not None and self._sorted[0] < self._model.columnCount():
            column, way = self._sorted
            keys = self._model.sort_keys(column)
            defined = [place for place in shown if keys[place] is not None]
            defined.sort(key=keys.__getitem__, reverse=way == Qt.SortOrder.DescendingOrder)
            shown = defined + [place for place in shown if keys[place] is None]
        self._order = shown
        self._places = {place: number for number, place in enumerate(shown)}

    def _is_shown(self, row: ValueRow) -> bool:
        if row.slice is not None if self._volumes else self._model.repeats(row):
            return False
        return self._pair is None or (row.case, row.arm) == self._pair

    def mapToSource(self, proxyIndex: Index) -> QModelIndex:  # noqa: N803 - Qt names it so
        """Return where a cell is in the table of values."""
        if not proxyIndex.isValid() or proxyIndex.row() >= len(self._order):
            return QModelIndex()
        return self._model.index(self._order[proxyIndex.row()], proxyIndex.column())

    def mapFromSource(self, sourceIndex: Index) -> QModelIndex:  # noqa: N803 - Qt names it so
        """Return where a cell of the table of values is shown; an invalid index if nowhere."""
        place = self._places.get(sourceIndex.row()) if sourceIndex.isValid() else None
        return QModelIndex() if place is None else self.index(place, sourceIndex.column())

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
