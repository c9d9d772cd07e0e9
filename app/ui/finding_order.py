"""Slices in order of a metric or of their worst place, and as rows of the table; no Qt."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.domain.metric import SIGNED, Better, MetricValue
from app.domain.worst_place import LOCAL_RULES, WINDOW, WorstPlace
from app.ui.value_rows import ValueRow, ValueTable

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
    """All values of one choice, put in order when first asked for."""

    def __init__(self, choice: Choice, places: list[Place]) -> None:
        self._choice, self._places = choice, places

    @cached_property
    def ranked(self) -> tuple[Place, ...]:
        """All slices with a defined value, the worst first."""
        defined = (place for place in self._places if not math.isnan(place.value))
        badness = self._choice.badness
        return tuple(sorted(defined, key=lambda place: (-badness(place.value), place.key)))

    @cached_property
    def of_cases(self) -> Mapping[str, list[Place]]:
        """The slices of each case, in that order."""
        found: dict[str, list[Place]] = {}
        for place in self.ranked:
            found.setdefault(place.case, []).append(place)
        return found

    @cached_property
    def order(self) -> Mapping[Key, int]:
        """Where in that order each slice is, from 0."""
        return {place.key: number for number, place in enumerate(self.ranked)}


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


def ranking_of(
    chosen: Choice | None, rows: Sequence[ValueRow], found: Iterable[WorstPlace]
) -> Ranking:
    """Return the slices of measured rows, or those whose worst place was found, in order."""
    if chosen is None:
        return Ranking(Choice("", "", "higher"), [])
    if chosen.local:
        return Ranking(
            chosen,
            [
                Place(one.case, one.arm, one.slice, one.value, one.row, one.column)
                for one in found
                if one.value is not None
            ],
        )
    places = []
    for row in rows:
        value = row.values.get(chosen.id)
        if row.slice is not None and value is not None and value.value is not None:
            places.append(Place(row.case, row.arm, row.slice, value.value))
    return Ranking(chosen, places)


def joined_rows(
    rows: tuple[ValueRow, ...], region: str, chosen: Choice, found: Mapping[Key, WorstPlace]
) -> tuple[ValueRow, ...]:
    """Return the rows of a region with a column of worst places in front.

    The volume of a pair has the worst place of its slices; slices that nothing was
    measured of have rows of their own.
    """
    values: dict[tuple[str, str, int | None], float] = {}
    for (case, arm, number), place in found.items():
        if place.value is None:
            continue
        values[case, arm, number] = place.value
        before = values.get((case, arm, None))
        if before is None or chosen.badness(place.value) > chosen.badness(before):
            values[case, arm, None] = place.value
    made = {key: _as_value(chosen, *key, value) for key, value in values.items()}
    joined: list[ValueRow] = []
    for row in rows:
        own = made.pop((row.case, row.arm, row.slice), None)
        more = {chosen.id: own} if own is not None else {}
        joined.append(ValueRow(row.case, row.arm, row.slice, row.region, {**more, **row.values}))
    joined += [
        ValueRow(case, arm, number, region, {chosen.id: value})
        for (case, arm, number), value in made.items()
    ]
    return tuple(joined)


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
