"""One slice of a pair through any number of metrics, with everything that qualifies a value."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from app.domain.metric import IntensityRange, MetricDefinition, Space, Statistics
from app.errors import BlindReadError, InputError, MetricRefused, MetricUnavailable
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
from app.metrics.spaces import space_range, space_words, to_space

__all__ = [
    "SliceInputs",
    "SliceResult",
    "canonical",
    "check_regions",
    "evaluate_slice",
    "parameters_of",
    "pool",
    "prepare",
]

COHORT_METRICS = ("niqe@cohort",)
"""Metrics that need a model fitted to the references of this study."""

BACKGROUND_SHARE = 1 / 3
"""A value of the whole slice is flagged where more of its deficit lies outside the body."""

_BACKGROUND_RULE = (
    "flagged background-dominated where more than a third of the summed deficit "
    "lies outside the body"
)
_SEEN_BY_LIGHT = ("XC", "ES", "GM", "SM", "OP", "ECG")
"""Modalities whose images are photographs, or no images at all."""


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
    ``body-edited``
        A person changed the body mask.
    ``natural-image-model``
        The metric compares a medical image with a model of photographs.
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
    check_regions(inputs.regions)
    results: list[SliceResult] = []
    prepared: dict[bool, Prepared | Refusal] = {}
    for metric in inputs.metrics:
        known = registry.definition(metric)
        if known.needs_reference not in prepared:
            prepared[known.needs_reference] = _try_prepare(inputs, known.needs_reference)
        outcomes = _outcomes(known, prepared[known.needs_reference], inputs)
        for region in inputs.regions:
            found = outcomes[region]
            parameters = parameters_of(
                metric,
                region,
                range=inputs.range,
                space=inputs.space,
                body_rule=inputs.body_rule,
                cohort=inputs.cohort,
            )
            if found.outside is not None:
                parameters |= background_parameters(found.outside)
            results.append(
                SliceResult(
                    metric,
                    region,
                    found.value,
                    parameters,
                    found.flags,
                    found.reason,
                    found.outside,
                    found.weight,
                )
            )
    return results


def background_parameters(outside: float) -> dict[str, object]:
    """Return what stands beside a value of which the loss outside the body is known."""
    return {"background_rule": _BACKGROUND_RULE, "loss_outside_body": round(outside, 6)}


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
    if known.needs_weights:
        parameters["weights_sha256"] = weights.mark_of(known.id)
    return parameters


def _outcomes(
    known: MetricDefinition, prepared: Prepared | Refusal, inputs: SliceInputs
) -> Mapping[str, Outcome]:
    regions = inputs.regions
    if isinstance(prepared, Refusal):
        return dict.fromkeys(regions, _refused(prepared))
    try:
        measured = registry.measure_of(known.id)(known.id, prepared)
    except (MetricRefused, MetricUnavailable) as error:
        measured = dict.fromkeys(prepared.masks, _refused(error))
    qualified = {}
    for region in regions:
        if region in measured:
            qualified[region] = _qualify(known, prepared, region, measured[region], inputs)
        else:
            qualified[region] = _refused(prepared.refusals[region])
    return qualified


def _qualify(
    known: MetricDefinition,
    prepared: Prepared,
    region: str,
    outcome: Outcome,
    inputs: SliceInputs,
) -> Outcome:
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
    if _constant(prepared, region, known.needs_reference):
        flags.append("constant")
    if prepared.valid is not None and not known.of_pixels:
        flags.append("padding-filled")
    if outcome.outside is not None and outcome.outside > BACKGROUND_SHARE:
        flags.append("background-dominated")
    if region == "body" and prepared.body_is_all:
        flags.append("body-is-all")
    if region == "body" and inputs.body_edited:
        flags.append("body-edited")
    if known.photographs and inputs.modality and inputs.modality not in _SEEN_BY_LIGHT:
        flags.append("natural-image-model")
    return replace(outcome, flags=tuple(flags))


def _try_prepare(inputs: SliceInputs, with_reference: bool) -> Prepared | Refusal:
    try:
        return prepare(inputs, with_reference)
    except Refusal as refusal:
        return refusal


def prepare(inputs: SliceInputs, with_reference: bool = True) -> Prepared:
    """Check one slice and bring it into its intensity space.

    Parameters
    ----------
    with_reference
        Whether the values of the reference matter; those of the reconstruction do.

    Raises
    ------
    MetricRefused
        Shapes differ, a value is not finite, there is nothing but padding, or
        the space cannot be had; with the flag that says so in the table.
    """
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
        inputs.shared.once("finite", lambda: _check_finite(inputs.reference, "reference"))
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
    seen = b"" if valid is None else np.packbits(valid).tobytes()
    of_reference = inputs.shared.once((inputs.space, full_scale, seen), Kept)

    def moved(plane: Plane, own: Statistics | None) -> Plane:
        try:
            there = to_space(
                np.asarray(plane, dtype=np.float64),
                inputs.space,
                inputs.range,
                own,
                inputs.reference_statistics,
            )
        except InputError as error:
            raise Refusal(str(error), remedy=error.remedy, flag="refused:space") from error
        return there if valid is None else np.where(valid, there, full_scale.low)

    reference = of_reference.once(
        "plane", lambda: moved(inputs.reference, inputs.reference_statistics)
    )
    reconstruction = moved(inputs.reconstruction, inputs.own_statistics)
    masks: dict[str, Mask | None] = {}
    refusals: dict[str, Refusal] = {}
    for region in inputs.regions:
        if region == "whole":
            masks[region] = valid
            continue
        try:
            mask = _mask_of(region, inputs, body)
        except Refusal as refusal:
            refusals[region] = refusal
            continue
        if valid is not None:
            mask = mask & valid
        if mask.any():
            masks[region] = mask
        else:
            refusals[region] = _no_body() if region == "body" else _nothing_in(region)
    return Prepared(
        reference,
        reconstruction,
        full_scale,
        valid,
        body,
        masks,
        inputs.device,
        of_reference,
        refusals=refusals,
        cohort=inputs.cohort,
    )


def _mask_of(region: str, inputs: SliceInputs, body: Mask | None) -> Mask:
    if region == "body":
        if body is None:
            raise _no_body()
        return body
    from app.metrics.roi import region_mask

    found = region_mask(region, inputs.reconstruction.shape, body, inputs.masks)
    if isinstance(found, Refusal):
        raise found
    return found


def _nothing_in(region: str) -> Refusal:
    return Refusal(
        f"The region '{region}' holds no pixel of this slice.",
        remedy="Measure the whole slice.",
        flag="refused:no-region",
    )


def check_regions(regions: Sequence[str]) -> None:
    """Refuse regions that do not exist.

    Raises
    ------
    MetricRefused
        Names the one that is unknown, and those that are known.
    """
    unknown = [region for region in regions if region not in ("whole", "body")]
    if unknown:
        from app.metrics.roi import parse_regions

        parse_regions(",".join(unknown))


def _check_finite(plane: Plane, role: str) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(float(plane.sum())):
            return  # no sum with a NaN or an infinite value in it is finite
    broken = int(plane.size - np.count_nonzero(np.isfinite(plane)))
    if broken:  # none where finite values are so large that their sum is not
        raise Refusal(
            f"The {role} holds {broken} pixel{'s' if broken > 1 else ''} that are NaN or infinite.",
            remedy="Mend the image; no number can stand for such a slice.",
            flag="not-finite",
        )


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


def _constant(prepared: Prepared, region: str, with_reference: bool) -> bool:
    """Tell whether a plane holds one single value in a region."""

    def flat(plane: Plane) -> bool:
        mask = prepared.masks[region]
        if mask is None:
            mask = _everywhere(plane.shape)
        first = plane.flat[int(mask.argmax())]
        some = plane[::_SPARSE, ::_SPARSE][mask[::_SPARSE, ::_SPARSE]]
        if (some != first).any():
            return False  # nearly always, and without looking at every pixel
        return bool((plane[mask] == first).all())

    kept = prepared.of_pair
    ours = kept.once(("constant", region), lambda: flat(prepared.reconstruction))
    return ours or (
        with_reference and kept.once(("constant", region, 0), lambda: flat(prepared.reference))
    )


_SPARSE = 8


@lru_cache(maxsize=4)
def _everywhere(shape: tuple[int, ...]) -> Mask:
    mask = np.ones(shape, dtype=np.bool_)
    mask.flags.writeable = False
    return mask


def _size(plane: Plane) -> str:
    return " x ".join(str(side) for side in plane.shape)
