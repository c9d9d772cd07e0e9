"""One slice of a pair through any number of metrics, with everything that qualifies a value."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.domain.metric import MetricDefinition
from app.errors import BlindReadError, MetricRefused, MetricUnavailable
from app.metrics import registry, weights
from app.metrics.inputs import (
    Kept,
    Mask,
    Outcome,
    Plane,
    Prepared,
    Refusal,
    SliceInputs,
    SliceResult,
)
from app.metrics.regions import NEARLY_ALL
from app.metrics.spaces import space_range, to_space

__all__ = ["SliceInputs", "SliceResult", "canonical", "evaluate_slice", "pool"]

REGIONS = ("whole", "body")

BACKGROUND_SHARE = 1 / 3
"""A value of the whole slice is flagged where more of its deficit lies outside the body."""

_BACKGROUND_RULE = (
    "flagged background-dominated where more than a third of the summed deficit "
    "lies outside the body"
)
_DOMINATED = ("mse", "rmse", "mae", "psnr", "ssim")


def evaluate_slice(inputs: SliceInputs) -> list[SliceResult]:
    """Measure one slice: one result for each metric and region, in the order asked.

    A metric that refuses the slice gives a result without a value, with a flag
    and a sentence; it never raises and never gives a number in its place.

    Flags
    -----
    ``identical``
        No difference in what was compared (PSNR is then infinite).
    ``constant``
        The reference or the reconstruction holds one single value.
    ``clipped``
        A metric that needs 0..1 had to cut values off at the range's ends. In a
        window the cut is the window's own and is not flagged.
    ``padding-filled``
        Pixels without tissue values were filled with the range's low end.
    ``background-dominated``
        A value of the whole slice of which more than a third of the summed
        deficit (squared error, absolute error, 1 - SSIM) lies outside the body.
        Given where a body mask is at hand.
    ``body-is-all``
        The body mask covers more than 99.5 % of the slice and tells nothing apart.
    ``few-blocks``, ``flat-blocks-left-out``
        See ``niqe``.
    ``not-finite``, ``unavailable``, ``refused:...``
        No value: see the reason.

    Raises
    ------
    MetricRefused
        A metric or region is asked for that does not exist.
    """
    for metric in inputs.metrics:
        registry.definition(metric)
    for region in inputs.regions:
        if region not in REGIONS:
            raise MetricRefused(
                f"There is no region '{region}'.", remedy=f"Known are: {', '.join(REGIONS)}."
            )
    results: list[SliceResult] = []
    prepared: dict[bool, Prepared | Refusal] = {}
    for metric in inputs.metrics:
        known = registry.definition(metric)
        if known.needs_reference not in prepared:
            prepared[known.needs_reference] = _try_prepare(inputs, known.needs_reference)
        outcomes = _outcomes(known, prepared[known.needs_reference], inputs.regions)
        results += [
            SliceResult(
                metric,
                region,
                outcomes[region].value,
                _parameters(known, inputs, region),
                outcomes[region].flags,
                outcomes[region].reason,
                outcomes[region].outside,
                outcomes[region].weight,
            )
            for region in inputs.regions
        ]
    return results


def pool(values: Sequence[float | None]) -> tuple[float | None, tuple[str, ...]]:
    """Return the mean of the slices' values, and flags on what was left out.

    Infinite values (PSNR of identical slices) are kept out of the mean and
    flagged ``identical-slices-left-out``; where all are infinite the mean is
    infinite and flagged ``identical``. Slices without a value are kept out and
    flagged ``slices-left-out``; where none has one the mean is None.
    """
    given = [value for value in values if value is not None and not math.isnan(value)]
    flags = ("slices-left-out",) if len(given) < len(values) else ()
    if not given:
        return None, flags
    finite = [value for value in given if math.isfinite(value)]
    if not finite:
        return given[0], ("identical", *flags)
    if len(finite) < len(given):
        flags = ("identical-slices-left-out", *flags)
    return math.fsum(finite) / len(finite), flags


def canonical(parameters: Mapping[str, object]) -> str:
    """Return parameters as JSON with sorted keys and no spaces, equal for equal content."""
    return json.dumps(
        dict(parameters), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _outcomes(
    known: MetricDefinition, prepared: Prepared | Refusal, regions: tuple[str, ...]
) -> Mapping[str, Outcome]:
    if isinstance(prepared, Refusal):
        return dict.fromkeys(regions, _refused(prepared))
    try:
        measured = registry.measure_of(known.id)(known.id, prepared)
    except (MetricRefused, MetricUnavailable) as error:
        measured = dict.fromkeys(prepared.masks, _refused(error))
    qualified = {}
    for region in regions:
        if region in measured:
            qualified[region] = _qualify(known, prepared, region, measured[region])
        else:
            qualified[region] = _refused(_no_body())
    return qualified


def _qualify(known: MetricDefinition, prepared: Prepared, region: str, outcome: Outcome) -> Outcome:
    """Add the flags that every metric shares."""
    value = outcome.value
    if value is None:
        return outcome
    if math.isnan(value):
        return _refused(
            Refusal(
                f"{known.title} is not defined for this slice.",
                remedy="Leave this metric out for such slices.",
                flag="refused:undefined",
            )
        )
    flags = list(outcome.flags)
    planes = [prepared.reconstruction]
    if known.needs_reference:
        planes.append(prepared.reference)
    if any(_constant(plane, prepared.masks[region]) for plane in planes):
        flags.append("constant")
    if prepared.valid is not None and not known.of_pixels:
        flags.append("padding-filled")
    if outcome.outside is not None and outcome.outside > BACKGROUND_SHARE:
        flags.append("background-dominated")
    if region == "body" and prepared.body is not None and prepared.body.mean() > NEARLY_ALL:
        flags.append("body-is-all")
    return replace(outcome, flags=tuple(flags))


def _try_prepare(inputs: SliceInputs, with_reference: bool) -> Prepared | Refusal:
    try:
        return _prepare(inputs, with_reference)
    except Refusal as refusal:
        return refusal


def _prepare(inputs: SliceInputs, with_reference: bool) -> Prepared:
    """Check one slice and bring it into its intensity space."""
    if inputs.reference.shape != inputs.reconstruction.shape or inputs.reconstruction.ndim != 2:
        raise Refusal(
            f"The reference is {_size(inputs.reference)} pixels and the reconstruction "
            f"{_size(inputs.reconstruction)}.",
            remedy="Bring both onto one grid first.",
            flag="refused:shape",
        )
    if inputs.reconstruction.size == 0 or not inputs.range.width > 0:
        raise Refusal(
            "The slice is empty, or its data range is.",
            remedy="Give the range with --data-range LOW..HIGH.",
            flag="refused:range",
        )
    _check_finite(inputs.reconstruction, "reconstruction")
    if with_reference:
        _check_finite(inputs.reference, "reference")
    valid, body = inputs.valid, inputs.body
    for mask, name in ((valid, "valid pixels"), (body, "body")):
        if mask is not None and mask.shape != inputs.reconstruction.shape:
            raise Refusal(
                f"The mask of the {name} is not as large as the slice.",
                remedy="Make the mask from the reference of this pair.",
                flag="refused:shape",
            )
    if valid is not None and valid.all():
        valid = None
    if valid is not None and not valid.any():
        raise Refusal(
            "The slice holds padding and nothing else.",
            remedy="Leave this slice out.",
            flag="refused:padding",
        )
    if body is not None and valid is not None:
        body = body & valid
    full_scale = space_range(inputs.space, inputs.range)
    planes = []
    for plane in (inputs.reference, inputs.reconstruction):
        moved = to_space(np.asarray(plane, dtype=np.float64), inputs.space)
        planes.append(moved if valid is None else np.where(valid, moved, full_scale.low))
    masks: dict[str, Mask | None] = {}
    if "whole" in inputs.regions:
        masks["whole"] = valid
    if "body" in inputs.regions and body is not None and body.any():
        masks["body"] = body
    seen = b"" if valid is None else np.packbits(valid).tobytes()
    of_reference = inputs.shared.once((inputs.space, full_scale, seen), Kept)
    return Prepared(
        planes[0], planes[1], full_scale, valid, body, masks, inputs.device, of_reference
    )


def _check_finite(plane: Plane, role: str) -> None:
    broken = int(plane.size - np.count_nonzero(np.isfinite(plane)))
    if broken:
        raise Refusal(
            f"The {role} holds {broken} pixel{'s' if broken > 1 else ''} that are NaN or infinite.",
            remedy="Mend the image; no number can stand for such a slice.",
            flag="not-finite",
        )


def _parameters(known: MetricDefinition, inputs: SliceInputs, region: str) -> Mapping[str, object]:
    full_scale = space_range(inputs.space, inputs.range)
    parameters: dict[str, object] = {
        key: value for key, value in known.parameters.items() if key != "body" or region == "body"
    }
    parameters |= {
        "range_low": full_scale.low,
        "range_high": full_scale.high,
        "range_origin": full_scale.origin,
    }
    if inputs.space.kind == "window":
        parameters["window"] = "(v - (center - width / 2)) / width, clipped to 0..1"
    if known.needs_weights:
        parameters["weights_sha256"] = weights.file_of(known.id).sha256
    if region == "body" and inputs.body_rule:
        parameters["body_rule"] = inputs.body_rule
    if region == "whole" and inputs.body is not None and known.id in _DOMINATED:
        parameters["background_rule"] = _BACKGROUND_RULE
    return parameters


def _refused(error: BlindReadError) -> Outcome:
    if isinstance(error, MetricUnavailable):
        return Outcome(None, ("unavailable",), error.sentence)
    flag = error.flag if isinstance(error, Refusal) else "refused"
    return Outcome(None, (flag,), error.sentence)


def _no_body() -> Refusal:
    return Refusal(
        "No body was found in the reference of this slice.",
        remedy="Measure the whole slice.",
        flag="refused:no-body",
    )


def _constant(plane: Plane, mask: Mask | None) -> bool:
    values = plane if mask is None else plane[mask]
    return bool(values.min() == values.max())


def _size(plane: Plane) -> str:
    return " x ".join(str(side) for side in plane.shape)
