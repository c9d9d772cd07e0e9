"""What stands beside every value of a metric, so that it can be computed again."""

import json
from collections.abc import Mapping
from functools import lru_cache

from app.domain.metric import IntensityRange, Space
from app.metrics import registry, weights
from app.metrics.spaces import space_range, space_words

COHORT_METRICS = ("niqe@cohort",)
"""Metrics that need a model fitted to the references of this study."""

_BACKGROUND_RULE = (
    "flagged background-dominated where more than a third of the summed deficit "
    "lies outside the body"
)


def parameters_of(
    metric: str,
    region: str,
    *,
    range: IntensityRange,
    space: Space,
    body_rule: str = "",
    cohort: object | None = None,
) -> dict[str, object]:
    """Return all that stands beside every value of a metric: plain values, ready for JSON.

    They do not depend on the slice.
    """
    parameters = dict(_parameters(metric, region, range, space))
    if registry.definition(metric).needs_weights and (mark := weights.mark_of(metric)):
        parameters["weights_sha256"] = mark
    if region == "body" and body_rule:
        parameters["body_rule"] = body_rule
    if metric in COHORT_METRICS and cohort is not None:
        parameters |= cohort.parameters  # type: ignore[attr-defined]
    return parameters


@lru_cache(maxsize=1024)
def _parameters(
    metric: str, region: str, range: IntensityRange, space: Space
) -> Mapping[str, object]:
    known = registry.definition(metric)
    full_scale = space_range(space, range)
    parameters: dict[str, object] = {
        key: value for key, value in known.parameters.items() if key != "body" or region != "whole"
    }
    parameters |= {
        "range_low": full_scale.low,
        "range_high": full_scale.high,
        "range_origin": full_scale.origin,
    }
    if words := space_words(space):
        parameters["window" if space.kind == "window" else "space"] = words
    if space.kind == "8bit":
        parameters |= {"native_low": range.low, "native_high": range.high}
    return parameters


def background_parameters(outside: float) -> dict[str, object]:
    """Return what stands beside a value of which the loss outside the body is known."""
    return {"background_rule": _BACKGROUND_RULE, "loss_outside_body": round(outside, 6)}


def canonical(parameters: Mapping[str, object]) -> str:
    """Return parameters as JSON with sorted keys and no spaces, equal for equal content."""
    return json.dumps(
        dict(parameters), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
