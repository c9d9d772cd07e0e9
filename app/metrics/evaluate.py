"""One slice of a pair through any number of metrics, with everything that qualifies a value."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.metric import MetricDefinition
from app.errors import BlindReadError, MetricRefused, MetricUnavailable
from app.metrics import registry
from app.metrics.inputs import Outcome, Prepared, Refusal, SliceInputs, SliceResult
from app.metrics.parameters import background_parameters, parameters_of
from app.metrics.prepare import check_regions, prepare

BACKGROUND_SHARE = 1 / 3
"""A value of the whole slice is flagged where more of its deficit lies outside the body."""

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
        Given where a body was found, and what is compared holds some of it.
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
    return outcome if len(flags) == len(outcome.flags) else replace(outcome, flags=tuple(flags))


def _try_prepare(inputs: SliceInputs, with_reference: bool) -> Prepared | Refusal:
    try:
        return prepare(inputs, with_reference)
    except Refusal as refusal:
        return refusal


def _refused(error: BlindReadError) -> Outcome:
    if isinstance(error, MetricUnavailable):
        return Outcome(None, ("unavailable",), error.sentence)
    flag = error.flag if isinstance(error, Refusal) else "refused"
    return Outcome(None, (flag,), error.sentence)


def _constant(prepared: Prepared, region: str, with_reference: bool) -> bool:
    """Tell whether a plane holds one single value in a region."""
    mask, kept = prepared.masks[region], prepared.of_pair
    ours = kept.once(("constant", region), lambda: prepared.stored_reconstruction.constant(mask))
    return ours or (
        with_reference
        and kept.once(("constant", region, 0), lambda: prepared.stored_reference.constant(mask))
    )
