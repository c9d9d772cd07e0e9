"""What calls other people's code, and what is said where it fails."""

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.domain.metric import MetricDefinition
from app.errors import MetricUnavailable
from app.metrics.inputs import Outcome, Prepared, Refusal

Measure = Callable[[str, Prepared], Mapping[str, Outcome]]


@dataclass(frozen=True, slots=True)
class Plugin:
    """A metric from outside, and the function that measures it."""

    definition: MetricDefinition
    measure: Measure


def measure_foreign(
    definition: MetricDefinition, foreign: Callable[..., object], metric: str, prepared: Prepared
) -> Mapping[str, Outcome]:
    """Call the foreign code once for each region, with planes of its own."""
    outcomes = {}
    for region, mask in prepared.masks.items():
        reference = prepared.reference.copy() if definition.needs_reference else None
        try:
            value = foreign(
                reference,
                prepared.reconstruction.copy(),
                low=prepared.range.low,
                high=prepared.range.high,
                mask=None if mask is None else mask.copy(),
            )
        except Exception as error:  # other people's code raises what it likes
            outcomes[region] = _failed(metric, definition, f"ended in {words(error)}")
        else:
            outcomes[region] = _checked(metric, definition, value, prepared)
    return outcomes


def _checked(
    metric: str, definition: MetricDefinition, value: object, prepared: Prepared
) -> Outcome:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return _failed(metric, definition, f"gave a {type(value).__name__} and not a number")
    number = float(value)
    if math.isnan(number):
        return _told(
            f"{metric} is not defined for this slice.",
            "Leave this metric out for such slices.",
            "refused:undefined",
        )
    same = definition.needs_reference and prepared.identical
    return Outcome(number, ("identical",) if same else ())


def _failed(metric: str, definition: MetricDefinition, what: str) -> Outcome:
    source = definition.parameters["plugin"]
    return _told(
        f"{metric} of the plug-in {source} {what}.",
        "Tell its authors, or leave this metric out.",
        "refused:plugin",
    )


def _told(what: str, remedy: str, flag: str) -> Outcome:
    refusal = Refusal(what, remedy=remedy, flag=flag)
    return Outcome(None, (flag,), refusal.sentence)


def broken(id: str, reason: str) -> MetricUnavailable:
    """Return what is raised where a metric from outside cannot be used."""
    return MetricUnavailable(
        f"The metric {id} cannot be used: {reason}.",
        remedy="Mend or remove its package, or leave this metric out.",
    )


def words(error: BaseException) -> str:
    """Return the class and message of an exception on one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__
