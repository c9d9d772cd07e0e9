"""The rows of the table with columns of numbers, so that all of them are put in order at once.

No Qt. A sheet is made on a thread that nobody waits for; what it is asked for on the screen's
thread are a few operations on whole columns, whatever the number of rows.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import SIGNED, MetricValue
from app.ui.value_heads import Head, heads_of

if TYPE_CHECKING:
    from app.ui.value_rows import ValueRow

RowKey = tuple[str, str, int | None]
"""Case, arm and slice number; None is the volume."""

Rows = NDArray[np.intp]
Numbers = NDArray[np.float64]
NAMED = 3
"""Columns before those of the metrics: case, arm and slice."""

_VOLUME = -np.inf


class RowIndex:
    """Which case, arm and slice stands in which row; rows are only ever added at the end."""

    def __init__(self) -> None:
        self.keys: list[RowKey] = []
        self.places: dict[RowKey, int] = {}
        self.cases: dict[str, int] = {}
        self.arms: dict[str, int] = {}
        self.pairs: dict[tuple[str, str], int] = {}
        self._of_rows = array("q"), array("q"), array("q"), array("d")

    def append(self, case: str, arm: str, number: int | None) -> int:
        """Add a row, and return which it is."""
        place = len(self.keys)
        key = case, arm, number
        self.keys.append(key)
        self.places[key] = place
        cases, arms, pairs, numbers = self._of_rows
        cases.append(self.cases.setdefault(case, len(self.cases)))
        arms.append(self.arms.setdefault(arm, len(self.arms)))
        pairs.append(self.pairs.setdefault((case, arm), len(self.pairs)))
        numbers.append(_VOLUME if number is None else number)
        return place

    def columns(self) -> tuple[Rows, Rows, Rows, Numbers]:
        """Return of every row the number of its case, arm and pair, and that of its slice."""
        cases, arms, pairs, numbers = self._of_rows
        return (
            np.array(cases, dtype=np.intp),
            np.array(arms, dtype=np.intp),
            np.array(pairs, dtype=np.intp),
            np.array(numbers, dtype=np.float64),
        )

    def copy(self) -> "RowIndex":
        """Return one to which rows can be added without this one getting them."""
        other = RowIndex()
        other.keys, other.places = self.keys.copy(), self.places.copy()
        other.cases, other.arms = self.cases.copy(), self.arms.copy()
        other.pairs = self.pairs.copy()
        cases, arms, pairs, numbers = self._of_rows
        other._of_rows = cases[:], arms[:], pairs[:], numbers[:]
        return other


class ValueSheet(Sequence["ValueRow"]):
    """Rows of one region, and of every column the numbers by which they are put in order.

    Parameters
    ----------
    rows
        One row a slice or volume.
    metrics
        The metric of each column.
    index
        Which row is which; it may get more rows later.
    columns
        The values of every metric, NaN where one is not defined.
    flags
        How many flags each row has.
    heads
        What all values of a metric have in common.

    ``texts`` keeps what stands in a column, for who shows it.
    """

    def __init__(
        self,
        rows: Sequence["ValueRow"],
        metrics: tuple[str, ...],
        *,
        index: RowIndex,
        columns: Mapping[str, Numbers],
        flags: Numbers,
        heads: Mapping[str, Head],
    ) -> None:
        self._rows, self.metrics = rows, metrics
        self.index, self.columns, self.flags, self.heads = index, columns, flags, heads
        self._cases, self._arms, self._pairs, self._numbers = index.columns()
        self._ranks = _ranks(index.cases), _ranks(index.arms)
        self._volumes = self._numbers == _VOLUME
        self.texts: dict[int, Set[str]] = {}
        self._undefined = np.full(len(rows), np.nan)
        self._orders: dict[tuple[int, bool], Rows] = {}
        self._ranked: dict[str, tuple[Rows, Rows]] = {}

    @classmethod
    def of(cls, rows: Sequence["ValueRow"], metrics: Sequence[str]) -> "ValueSheet":
        """Return the sheet of some rows; a sheet of these metrics is one already."""
        if isinstance(rows, ValueSheet) and rows.metrics == tuple(metrics):
            return rows
        index = RowIndex()
        for row in rows:
            index.append(row.case, row.arm, row.slice)
        return cls(
            tuple(rows),
            tuple(metrics),
            index=index,
            columns={name: _numbers(row.values.get(name) for row in rows) for name in metrics},
            flags=np.array([len(row.flags) for row in rows], dtype=np.float64),
            heads=heads_of(rows),
        )

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> "ValueRow": ...
    @overload
    def __getitem__(self, place: slice) -> Sequence["ValueRow"]: ...
    def __getitem__(self, place: int | slice) -> "ValueRow | Sequence[ValueRow]":
        return self._rows[place]

    def find(self, case: str, arm: str, number: int | None) -> int | None:
        """Return the row of a slice (or of the volume, for None)."""
        place = self.index.places.get((case, arm, number))
        return place if place is not None and place < len(self) else None

    def key(self, place: int) -> RowKey:
        """Return which slice or volume a row is."""
        return self.index.keys[place]

    def values(self, metric: str) -> Numbers:
        """Return the values of a metric; NaN where one is not defined."""
        return self.columns.get(metric, self._undefined)

    def of_case(self, case: str) -> Rows:
        """Return the rows of one case."""
        return np.flatnonzero(self._cases == self.index.cases.get(case, -1))

    # ---- the table -----------------------------------------------------------------------

    def arranged(
        self,
        column: int | None = None,
        *,
        descending: bool = False,
        pair: tuple[str, str] | None = None,
        volumes: bool = False,
    ) -> Rows:
        """Return the rows to show, in their order; what is not defined is last both ways.

        Parameters
        ----------
        column
            Case, arm, slice, the metrics, then the flags; None keeps the rows as they are.
        pair
            The one case and arm to show; None shows all.
        volumes
            Show volumes alone; else the volumes of a single slice, which say the same, are
            left out.
        """
        shown = self._volumes if volumes else ~self._repeats
        if pair is not None:
            rows = np.flatnonzero(self._pairs == self.index.pairs.get(pair, -1))
            rows = rows[shown[rows]]
            return rows if column is None else rows[_sorted(self._keys(column)[rows], descending)]
        if column is None:
            return np.flatnonzero(shown)
        asked = column, descending
        if asked not in self._orders:
            self._orders[asked] = _sorted(self._keys(column), descending)
        order = self._orders[asked]
        return order[shown[order]]

    @cached_property
    def _repeats(self) -> NDArray[np.bool_]:
        """The volumes of a single slice."""
        slices = np.bincount(self._pairs[~self._volumes], minlength=len(self.index.pairs))
        return self._volumes & (slices[self._pairs] == 1)

    def _keys(self, column: int) -> Numbers:
        """Return what the rows sort by."""
        if column == 2:
            return np.where(self._volumes, 0, self._numbers)
        if column < NAMED:
            names = self._cases, self._arms
            return self._ranks[column][names[column]].astype(np.float64)
        if column >= NAMED + len(self.metrics):
            return self.flags
        metric = self.metrics[column - NAMED]
        return np.abs(self.values(metric)) if _is_signed(metric) else self.values(metric)

    # ---- the worst -----------------------------------------------------------------------

    def ranked(self, metric: str, better: str) -> tuple[Rows, Rows]:
        """Return the slices with a defined value, the worst first, and of each row its place there.

        Slices that are as bad are in order of case, arm and slice; -1 is the place of rows
        that have none.
        """
        if metric not in self._ranked:
            able = self._measured(metric)
            rows = self._by_key[able[self._by_key]]
            rows = rows[_sorted(self._badness(metric, better)[rows], descending=True)]
            places = np.full(len(self), -1, dtype=np.intp)
            places[rows] = np.arange(len(rows))
            self._ranked[metric] = rows, places
        return self._ranked[metric]

    def worst(
        self, metric: str, count: int, pairs: Collection[tuple[str, str]] | None = None
    ) -> tuple["ValueRow", ...]:
        """Return the slices with the worst values of a metric; as bad ones as they stand here.

        Parameters
        ----------
        pairs
            The cases and arms among which to look; None is all.
        """
        head = self.heads.get(metric)
        if head is None:
            return ()
        able = self._measured(metric)
        if pairs is not None:
            able &= np.array([one in pairs for one in self.index.pairs], dtype=np.bool_)[
                self._pairs
            ]
        rows = np.flatnonzero(able)
        order = _sorted(self._badness(metric, head.better)[rows], descending=True)
        return tuple(self[place] for place in rows[order[:count]].tolist())

    def _measured(self, metric: str) -> NDArray[np.bool_]:
        return ~self._volumes & ~np.isnan(self.values(metric))

    def _badness(self, metric: str, better: str) -> Numbers:
        """Return numbers that are the larger the worse a value is."""
        values = self.values(metric)
        if _is_signed(metric):
            return np.abs(values)
        return -values if better == "higher" else values

    @cached_property
    def _by_key(self) -> Rows:
        """The rows in order of case, arm and slice."""
        cases, arms = self._ranks
        return np.lexsort((self._numbers, arms[self._arms], cases[self._cases]))


def _is_signed(metric: str) -> bool:
    """Tell whether the farthest from 0 is worst, in whatever intensity space."""
    return metric.partition("@")[0] in SIGNED


def _sorted(keys: Numbers, descending: bool) -> Rows:
    """Return an order of keys in which equal ones stay as they are and NaN is last."""
    return np.argsort(-keys if descending else keys, kind="stable")


def _ranks(names: Mapping[str, int]) -> Rows:
    """Return of each name, as they are numbered, its place among all in order of letters."""
    places = {name: place for place, name in enumerate(sorted(names))}
    return np.array([places[name] for name in names], dtype=np.intp)


def _numbers(values: Iterable[MetricValue | None]) -> Numbers:
    return np.array([None if one is None else one.value for one in values], dtype=np.float64)
