"""Slices in order of a metric or of their worst place, and as rows of the table; no Qt."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, overload

import numpy as np

from app.domain.metric import SIGNED, Better, MetricValue
from app.domain.worst_place import LOCAL_RULES, WINDOW, WorstPlace
from app.ui.value_heads import Head
from app.ui.value_rows import ValueRow, ValueTable
from app.ui.value_sheet import NAMED, Numbers, RowKey, Rows, ValueSheet

Key = tuple[str, str, int]
"""Case, arm and slice number."""


class Place(NamedTuple):
    """One slice of one arm with its value; ``row`` and ``column`` where one place is meant."""

    case: str
    arm: str
    slice: int
    value: float
    row: float | None = None
    column: float | None = None

    @property
    def key(self) -> Key:
        """Which slice it is."""
        return self.case, self.arm, self.slice


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing by which slices can be put in order."""

    id: str
    title: str
    better: Better
    unit: str = ""
    local: bool = False

    def badness(self, value: float) -> float:
        """Return a number that is the larger the worse a value is."""
        if self.id.partition("@")[0] in SIGNED:
            return abs(value)
        return -value if self.better == "higher" else value


class Ranking:
    """The slices of a sheet that have a value of one choice, the worst first.

    Parameters
    ----------
    choice
        By what they are in order; None ranks nothing.
    sheet
        The rows of the table; worst places have a column in it.
    found
        The worst places by that choice.
    """

    def __init__(
        self, choice: Choice | None, sheet: ValueSheet, found: Mapping[Key, WorstPlace]
    ) -> None:
        self._sheet, self._found = sheet, found
        self._values = sheet.values(choice.id if choice is not None else "")
        self._rows, self._places = (
            sheet.ranked(choice.id, choice.better) if choice is not None else (_NO_ROWS, _NO_ROWS)
        )

    def __len__(self) -> int:
        return len(self._rows)

    def place(self, number: int) -> Place:
        """Return one of them, 0 is the worst."""
        return self._place(int(self._rows[number]))

    def places(self) -> tuple[Place, ...]:
        """Return all of them."""
        return tuple(self._place(row) for row in self._rows.tolist())

    def of_case(self, case: str) -> list[tuple[Key, float]]:
        """Return the slices of a case with their values, in that order."""
        rows = self._sheet.of_case(case)
        numbers = self._places[rows] if len(self) else rows[:0]
        ranked = self._rows[np.sort(numbers[numbers >= 0])]
        keys = (self._sheet.key(row) for row in ranked.tolist())
        return [
            ((case, arm, number or 0), value)
            for (_, arm, number), value in zip(keys, self._values[ranked].tolist(), strict=True)
        ]

    def number_of(self, key: Key | None) -> int | None:
        """Return where in that order a slice is, from 0."""
        row = self._sheet.find(*key) if key is not None and len(self) else None
        number = int(self._places[row]) if row is not None else -1
        return number if number >= 0 else None

    def _place(self, row: int) -> Place:
        case, arm, number = key = self._sheet.key(row)
        found = self._found.get(key)  # type: ignore[arg-type]  # no volume is ranked
        middle = (found.row, found.column) if found is not None else (None, None)
        return Place(case, arm, number or 0, float(self._values[row]), *middle)


_NO_ROWS: Rows = np.empty(0, dtype=np.intp)


def choices_of(table: ValueTable, *, local: bool) -> tuple[Choice, ...]:
    """Return every metric that was measured, then the worst places of local maps, if wanted."""
    first = table.first
    return (
        *(
            Choice(name, name.upper(), first[name].better, _unit(first[name].unit))
            for name in table.metrics
            if name in first
        ),
        *(Choice(rule.id, rule.title, rule.better, local=True) for rule in LOCAL_RULES if local),
    )


class JoinedRows:
    """The rows of a region with a column of worst places in front; it grows with the search.

    The volume of a pair has the worst place of its slices; slices that nothing was
    measured of have rows of their own. What was taken in before costs nothing again.

    Parameters
    ----------
    base
        The rows of what was measured.
    region
        The region of rows of their own.
    chosen
        By what the places are the worst.
    """

    def __init__(self, base: ValueSheet, region: str, chosen: Choice) -> None:
        self.base, self.chosen = base, chosen
        self._region = region
        self._index = base.index.copy()
        self._taken = 0
        self._rows, self._volumes, self._values = array("q"), array("q"), array("d")
        self._sheet: ValueSheet | None = None

    def sheet(self, found: Mapping[Key, WorstPlace]) -> ValueSheet:
        """Return the rows with all that is found; it holds what was there the last time, too."""
        base, chosen = self.base, self.chosen
        if self._sheet is not None and len(found) == self._taken:
            return self._sheet
        self._take(found)
        size, given = len(self._index.keys), np.array(self._values)
        values = np.full(size, np.nan)
        worst = np.fmin if chosen.better == "higher" else np.fmax
        worst.at(values, np.array(self._volumes), given)
        values[np.array(self._rows)] = given
        new = size - len(base)
        columns = {
            name: np.pad(column, (0, new), constant_values=np.nan)
            for name, column in base.columns.items()
        }
        heads = dict(base.heads)
        if len(given):
            heads[chosen.id] = Head.of(_as_value(chosen, "", "", None, 0.0))
        self._sheet = ValueSheet(
            _WithPlaces(base, self._region, chosen, self._index.keys, values),
            (chosen.id, *base.metrics),
            index=self._index,
            columns={chosen.id: values, **columns},
            flags=np.pad(base.flags, (0, new)),
            heads=heads,
        )
        for column, texts in base.texts.items():
            if column >= NAMED or not new:
                self._sheet.texts[column + (column >= NAMED)] = texts
        return self._sheet

    def _take(self, found: Mapping[Key, WorstPlace]) -> None:
        """Find the rows of what is new, and of its volumes; those that are missing are made."""
        index = self._index
        places = index.places
        for one in islice(found.values(), self._taken, None):
            case, arm, number, _, value, _, _ = one
            if value is None or math.isnan(value):
                continue
            row = places.get((case, arm, number))
            if row is None:
                row = index.append(case, arm, number)
            volume = places.get((case, arm, None))
            if volume is None:
                volume = index.append(case, arm, None)
            self._rows.append(row)
            self._volumes.append(volume)
            self._values.append(value)
        self._taken = len(found)


class _WithPlaces(Sequence[ValueRow]):
    """Rows that get their worst place when they are looked at; few of many ever are."""

    def __init__(
        self,
        base: ValueSheet,
        region: str,
        chosen: Choice,
        keys: Sequence[RowKey],
        values: Numbers,
    ) -> None:
        self._base, self._region, self._chosen = base, region, chosen
        self._keys, self._values = keys, values
        self._last: tuple[int, ValueRow] | None = None

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, place: int) -> ValueRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ValueRow]: ...
    def __getitem__(self, place: int | slice) -> ValueRow | Sequence[ValueRow]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        place = range(len(self))[place]
        if self._last is None or self._last[0] != place:  # a row is painted cell by cell
            self._last = place, self._made(place)
        return self._last[1]

    def _made(self, place: int) -> ValueRow:
        case, arm, number = self._keys[place]
        row = self._base[place] if place < len(self._base) else None
        value, chosen = float(self._values[place]), self._chosen
        if math.isnan(value):
            return row or ValueRow(case, arm, number, self._region, {})
        own = {chosen.id: _as_value(chosen, case, arm, number, value)}
        if row is None:
            return ValueRow(case, arm, number, self._region, own)
        return ValueRow(case, arm, number, row.region, {**own, **row.values})


def _as_value(chosen: Choice, case: str, arm: str, number: int | None, value: float) -> MetricValue:
    """Return a worst place as the table shows values; it is in no file."""
    return MetricValue(
        case=case,
        arm=arm,
        slice=number,
        region="body",
        metric=chosen.id,
        value=value,
        unit="",
        better=chosen.better,
        space="native",
        data_range=math.nan,
        parameters=f'{{"window": {WINDOW}, "pooling": "worst mean of a window in the body"}}',
        reference_uid="",
        reconstruction_uid="",
        flags=(),
        software="",
    )


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit
