"""How a metric answers to the steps of the ladder, and what it is blind to."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.metrics.ladder import LADDER, NOTHING

SEEN = 0.05
"""A step is seen where a value moves by this share of the metric's largest movement."""

RULE = (
    "seen: the value moves by 5 % or more of the largest movement of this metric on the whole "
    "ladder; blind: no level of a degradation is seen"
)


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One value on one step of the ladder.

    ``response`` is how far the value moved from that of the reference against
    itself, as a share of the metric's largest movement on the whole ladder: 0 is
    blind, 1 the largest; None where a value is missing or nothing moved at all.
    """

    case: str
    slice: int
    degradation: str
    level: float
    level_unit: str
    region: str
    metric: str
    space: str
    value: float | None
    unit: str
    better: str
    response: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one metric in one region makes of one degradation.

    ``seen_from`` is the first level that is seen; None where it is ``blind``, or
    where there are no values to tell from (``blind`` is then False). ``largest``
    is its largest response.
    """

    metric: str
    region: str
    space: str
    degradation: str
    seen_from: float | None
    largest: float | None
    blind: bool


def with_responses(rows: Iterable[LadderRow]) -> tuple[LadderRow, ...]:
    """Return the rows with their responses.

    Movement counts from the value on the step ``nothing``. Where that is infinite
    (PSNR of identical images) it counts from the finite value nearest to it, and
    values that are still infinite have not moved.
    """
    rows = tuple(rows)
    groups: dict[tuple[str, str, str], list[LadderRow]] = {}
    for row in rows:
        groups.setdefault((row.metric, row.region, row.space), []).append(row)
    starts = {key: _start(group) for key, group in groups.items()}
    spans = {
        key: max((_moved(row.value, starts[key]) or 0.0 for row in group), default=0.0)
        for key, group in groups.items()
    }
    answered = []
    for row in rows:
        key = (row.metric, row.region, row.space)
        moved = _moved(row.value, starts[key])
        share = moved / spans[key] if moved is not None and spans[key] > 0 else None
        answered.append(replace(row, response=share))
    return tuple(answered)


def verdicts(rows: Sequence[LadderRow]) -> tuple[Verdict, ...]:
    """Return what each metric makes of each degradation, in the order of the rows."""
    keys = dict.fromkeys((row.metric, row.region, row.space) for row in rows)
    found = []
    for metric, region, space in keys:
        for degradation in LADDER:
            steps = [
                row
                for row in rows
                if (row.metric, row.region, row.space) == (metric, region, space)
                and row.degradation == degradation.name
            ]
            known = [(row.level, row.response) for row in steps if row.response is not None]
            seen = [level for level, response in known if response >= SEEN]
            found.append(
                Verdict(
                    metric,
                    region,
                    space,
                    degradation.name,
                    seen[0] if seen else None,
                    max((response for _, response in known), default=None),
                    bool(known) and not seen,
                )
            )
    return tuple(found)


def _start(group: Sequence[LadderRow]) -> float | None:
    base = next((row.value for row in group if row.degradation == NOTHING), None)
    if base is None or math.isfinite(base):
        return base
    finite = [row.value for row in group if row.value is not None and math.isfinite(row.value)]
    return max(finite, default=base) if base > 0 else min(finite, default=base)


def _moved(value: float | None, start: float | None) -> float | None:
    if value is None or start is None:
        return None
    if math.isinf(value):
        return 0.0
    return abs(value - start) if math.isfinite(start) else 0.0
