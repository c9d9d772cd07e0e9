"""What all values of a column have in common, for its head; no Qt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from app.domain.metric import MetricValue

if TYPE_CHECKING:
    from app.ui.value_rows import ValueRow

_DIFFERS = "not the same for all"
_stated = attrgetter("better", "unit", "region", "space", "data_range", "parameters", "software")
"""What the head of a column may say of a value."""


@dataclass(frozen=True, slots=True)
class Head:
    """What all values of one metric have in common."""

    better: str
    unit: str
    circumstances: tuple[str, ...]

    @classmethod
    def of(cls, value: MetricValue) -> "Head":
        """Return what the head of a column of one value says."""
        unit = "" if value.unit == "1" else value.unit
        return cls(value.better, unit, circumstances_of(value))

    def with_value(self, value: MetricValue) -> "Head":
        """Return what they have in common with one value more."""
        other = Head.of(value)
        if other == self:
            return self
        pairs = zip(self.circumstances, other.circumstances, strict=True)
        return Head(
            self.better,
            self.unit if self.unit == other.unit else "",
            tuple(mine if mine == its else _DIFFERS for mine, its in pairs),
        )


def circumstances_of(value: MetricValue) -> tuple[str, ...]:
    """Return the conditions under which a value holds."""
    return (
        value.region,
        str(value.space),
        "" if math.isnan(value.data_range) else f"{value.data_range:g}",
        str(value.parameters),
        value.software,
    )


def heads_of(rows: Sequence["ValueRow"]) -> dict[str, Head]:
    """Return what all values of each metric have in common; volumes only where there are no slices.

    The mean of a volume says how it was pooled, which the values of slices do not.
    """
    planes = [row for row in rows if row.slice is not None]
    unlike: dict[str, dict[object, MetricValue]] = {}
    for row in planes or rows:
        for name, value in row.values.items():
            unlike.setdefault(name, {}).setdefault(_stated(value), value)
    heads = {}
    for name, values in unlike.items():
        first, *others = values.values()
        head = Head.of(first)
        for value in others:
            head = head.with_value(value)
        heads[name] = head
    return heads
