"""From finished values to the rows of ``metrics.csv``, in their fixed order."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app import SOFTWARE
from app.domain.metric import SIGNED, MetricDefinition, MetricValue, Pooled
from app.domain.pair import Pair
from app.images.formats.plausible import FLAG as RANGE_DIFFERS
from app.images.formats.plausible import HINT
from app.metrics.evaluate import pool as pool_values
from app.metrics.parameters import background_parameters
from app.metrics.registry import unit_of
from app.metrics.spaces import space_range
from app.workflows.measure_keys import Keys, parameters_text
from app.workflows.measure_task import CHANGED, Cell, Plan
from app.workflows.measure_worker import unpack

if TYPE_CHECKING:
    from app.store.value_store import ValueStore

NAMED = 4
"""How many pairs a note names before it counts the rest."""


_EDITED = {"body_rule": "changed by hand"}


@dataclass(frozen=True, slots=True)
class Found:
    """One value of one slice, with all that qualifies it."""

    value: float | None
    flags: tuple[str, ...]
    reason: str = ""
    outside: float | None = None
    weight: float | None = None


class Table:
    """The rows of one run; what a person should know is gathered while they are made."""

    def __init__(
        self,
        plan: Plan,
        keys: Keys,
        definitions: Sequence[MetricDefinition],
        store: "ValueStore",
        failed: Mapping[tuple[int, int], str],
        likeness: Mapping[tuple[str, str], tuple[str, ...]],
    ) -> None:
        self._plan = plan
        self._keys = keys
        self._definitions = {one.id: one for one in definitions}
        self._store = store
        self._failed = failed
        self._likeness = likeness
        self._reasons: dict[str, dict[str, None]] = {}
        self._other_values: dict[str, None] = {}
        self.count = 0

    def rows(self) -> Iterator[MetricValue]:
        """Yield every row: for each pair and value the volume first, then its slices."""
        for number in range(len(self._plan.pairs)):
            slices = [self._slice(number, i) for i in range(len(self._plan.pairs[number].slices))]
            for cell in self._keys.cells:
                for row in self._of_cell(number, cell, [one[cell] for one in slices]):
                    self.count += 1
                    yield row
        for row in self._distributions():
            self.count += 1
            yield row

    def notes(self) -> list[str]:
        """Say once for each reason why values are missing, and which pairs look wrong."""
        told = [f"{reason} ({_named(list(where))})" for reason, where in self._reasons.items()]
        if self._other_values:
            told.append(
                f"{RANGE_DIFFERS}: the values do not span what those of the reference span; "
                f"{HINT} ({_named(list(self._other_values))})"
            )
        return told

    def _slice(self, number: int, index: int) -> dict[Cell, Found]:
        """Return all values of one slice of one pair."""
        pair = self._plan.pairs[number]
        name = f"{pair.case}/{pair.arm}"
        reason = self._failed.get((number, index))
        if reason is not None:
            self._reasons.setdefault(reason, {})[name] = None
            flag = "changed" if reason == CHANGED else "unreadable"
            return dict.fromkeys(self._keys.cells, Found(None, (flag,), reason))
        state = self._keys.state(number, index)
        seen = self._store.get([state])[state]
        notes = tuple(seen["notes"])
        if RANGE_DIFFERS in notes:
            self._other_values[name] = None
        marks = [*seen["marks"][:2], self._keys.regions_mark(number, index)]
        keys = dict(self._keys.values(number, marks))
        kept = self._store.get(list(keys.values()))
        found = {}
        for cell, key in keys.items():
            value, flags, why, outside, weight = unpack(kept[key])
            if value is None and why:
                self._reasons.setdefault(f"{cell[2]}: {why}", {})[name] = None
            found[cell] = Found(value, (*flags, *notes), why, outside, weight)
        return found

    def _of_cell(self, number: int, cell: Cell, slices: Sequence[Found]) -> Iterator[MetricValue]:
        pair = self._plan.pairs[number]
        parameters = self._keys.parameters(number, cell)
        definition = self._definitions[cell[2]]
        by_order = pair.slices_by == "order" and len(slices) > 1
        note = (
            *(("slices-by-order",) * by_order),
            *self._likeness.get((pair.case, pair.arm), ()),
        )
        row = self._maker(number, cell, definition)
        inherited = _inherited(slices)
        for value, pooling, flags in pooled(definition, slices):
            told = dict(pooling)
            shares = [one.outside for one in slices if one.outside is not None]
            if told["pooling"] == "mean" and shares:
                told |= background_parameters(math.fsum(shares) / len(shares))
            told |= _EDITED if "body-edited" in inherited else {}
            yield row(None, value, {**parameters, **told}, (*inherited, *flags, *note))
        for index, one in enumerate(slices):
            told = {}
            if one.outside is not None:
                told = background_parameters(one.outside)
            number_shown = pair.slices[index][0] + 1
            told |= _EDITED if "body-edited" in one.flags else {}
            yield row(number_shown, one.value, {**parameters, **told}, (*one.flags, *note))

    def _maker(self, number: int, cell: Cell, definition: MetricDefinition) -> "_Maker":
        pair, space = self._plan.pairs[number], self._keys.spaces[cell[0]]
        unit = unit_of(definition.id, self._plan.units.get(pair.reference.modality, ""), space)
        width = space_range(space, self._plan.range_of(number)).width
        return _Maker(pair, cell, definition, unit, width)

    def _distributions(self) -> Iterator[MetricValue]:
        """Yield the values of whole distributions: one for each arm and space."""
        chosen = [d for d in self._definitions.values() if d.id not in self._plan.metrics]
        if not chosen:
            return
        from app.metrics.distribution import distribution_value

        arms = dict.fromkeys(pair.arm for pair in self._plan.pairs)
        for arm in arms:
            numbers = [n for n, pair in enumerate(self._plan.pairs) if pair.arm == arm]
            for label in self._keys.spaces:
                theirs, ours = self._features(numbers, label)
                for definition in chosen:
                    cell = (label, "whole", definition.id)
                    outcome = distribution_value(definition.id, theirs, ours)
                    if outcome.value is None and outcome.reason:
                        reason = f"{definition.id}: {outcome.reason}"
                        self._reasons.setdefault(reason, {})[arm] = None
                    told = {
                        **self._keys.parameters(numbers[0], cell),
                        "pooling": "distribution",
                        "images": len(ours),
                        "reference_images": len(theirs),
                    }
                    row = self._maker(numbers[0], cell, definition)
                    made = row(None, outcome.value, told, outcome.flags)
                    yield MetricValue(
                        **{
                            **{name: getattr(made, name) for name in MetricValue.__slots__},
                            "case": "",
                            "reference_uid": "",
                            "reconstruction_uid": "",
                        }
                    )

    def _features(
        self, numbers: Sequence[int], label: str
    ) -> tuple["np.ndarray[tuple[int, ...], np.dtype[np.float32]]", ...]:
        """Return the features of all references and all reconstructions of one arm."""
        keys: tuple[list[bytes], list[bytes]] = ([], [])
        for number in numbers:
            for index in range(len(self._plan.pairs[number].slices)):
                if (number, index) in self._failed:
                    continue
                state = self._keys.state(number, index)
                marks = self._store.get([state])[state]["marks"]
                for side, key in zip(keys, self._keys.features(number, label, marks), strict=True):
                    side.append(key)
        found = []
        for some in keys:
            known = self._store.get(some)
            found.append(np.array([known[k] for k in some if k in known], dtype=np.float32))
        return tuple(found)


def pooled(
    definition: MetricDefinition, slices: Sequence[Found]
) -> Iterator[tuple[float | None, dict[str, object], tuple[str, ...]]]:
    """Yield the values of a volume: value, what stands in ``parameters``, flags.

    ``mean`` of the slices' values; ``worst``, that of the slice with the worst
    one; and ``volume``, as if all slices had been measured at once, for metrics
    that are means over pixels (or blocks): each slice weighed by what its own
    mean was taken over.
    """
    value, flags = pool_values([one.value for one in slices])
    yield value, {"pooling": "mean", "slices": len(slices)}, flags
    given = [
        (one.value, index)
        for index, one in enumerate(slices)
        if one.value is not None and not math.isnan(one.value)
    ]
    left_out = ("slices-left-out",) if len(given) < len(slices) else ()
    worst = None
    if given:
        worst = min(given, key=lambda pair: (_goodness(definition, pair[0]), pair[1]))[0]
    yield worst, {"pooling": "worst", "slices": len(slices)}, left_out
    if definition.pooled:
        weighed = [
            (one.value, one.weight)
            for one in slices
            if one.value is not None and one.weight is not None and one.weight > 0
        ]
        yield (
            volume_value(definition.pooled, weighed),
            {"pooling": "volume", "slices": len(slices)},
            left_out,
        )


def _inherited(slices: Sequence[Found]) -> tuple[str, ...]:
    """Return the flags of a volume: those of any slice, but ``identical`` only where all are."""
    flags = dict.fromkeys(flag for one in slices for flag in one.flags)
    if not all("identical" in one.flags for one in slices):
        flags.pop("identical", None)
    return tuple(flags)


def _goodness(definition: MetricDefinition, value: float) -> float:
    if definition.id in SIGNED:
        return -abs(value)
    return value if definition.better == "higher" else -value


def volume_value(rule: Pooled, weighed: Sequence[tuple[float, float]]) -> float | None:
    """Return the value of a volume from its slices' values and weights; None where there is none.

    ``mean``: the weighted mean. ``square``: the root of the weighted mean of the
    squares. ``decibel``: -10 log10 of the weighted mean of ``10^(-value / 10)``.
    """
    total = math.fsum(weight for _, weight in weighed)
    if not weighed or total <= 0:
        return None
    if rule == "square":
        return math.sqrt(math.fsum(v * v * w for v, w in weighed) / total)
    if rule == "decibel":
        power = math.fsum(10 ** (-v / 10) * w for v, w in weighed) / total
        return math.inf if power == 0 else -10 * math.log10(power)
    return math.fsum(v * w for v, w in weighed) / total


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one value of one pair."""

    pair: Pair
    cell: Cell
    definition: MetricDefinition
    unit: str
    width: float

    def __call__(
        self,
        number: int | None,
        value: float | None,
        parameters: Mapping[str, object],
        flags: Iterable[str],
    ) -> MetricValue:
        space, region, metric = self.cell
        return MetricValue(
            case=self.pair.case,
            arm=self.pair.arm,
            slice=number,
            region=region,
            metric=metric,
            value=value,
            unit=self.unit,
            better=self.definition.better,
            space=space,
            data_range=self.width,
            parameters=parameters_text(dict(parameters)),
            reference_uid=self.pair.reference.uid,
            reconstruction_uid=self.pair.reconstruction.uid,
            flags=tuple(dict.fromkeys(flags)),
            software=SOFTWARE,
        )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
