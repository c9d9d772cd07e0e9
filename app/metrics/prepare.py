"""Bringing one slice of a pair into its space and its regions, or refusing it."""

import math
from collections.abc import Sequence

import numpy as np

from app.domain.metric import Statistics
from app.errors import InputError
from app.metrics.inputs import Kept, Mask, Prepared, Refusal, SliceInputs
from app.metrics.spaces import space_range, to_space
from app.metrics.stored import Stored


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
    given = Stored.of(inputs.reconstruction)
    if inputs.reference.shape != given.shape or given.pixels.ndim != 2:
        raise Refusal(
            f"The reference is {_size(inputs.reference.shape)} pixels and the reconstruction "
            f"{_size(given.shape)}.",
            remedy="Bring both onto one grid first.",
            flag="refused:shape",
        )
    if given.pixels.size == 0 or not inputs.range.width > 0:
        raise Refusal(
            "The slice is empty, or its data range is.",
            remedy="Give the range with --data-range LOW..HIGH.",
            flag="refused:range",
        )
    _check_finite(given, "reconstruction")
    known = inputs.shared.once("stored", lambda: Stored.of(inputs.reference))
    if with_reference:
        inputs.shared.once("finite", lambda: _check_finite(known, "reference"))
    valid, body = inputs.valid, inputs.body
    for mask, name in ((valid, "valid pixels"), (body, "body")):
        if mask is not None and mask.shape != given.shape:
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
    follows = repr(inputs.reference_statistics)  # over the slices that match this arm
    of_reference = inputs.shared.once((inputs.space, full_scale, seen, follows), Kept)

    def moved(plane: Stored, own: Statistics | None) -> Stored:
        if inputs.space.kind == "native" and valid is None:
            return plane
        try:
            there = to_space(
                plane.values, inputs.space, inputs.range, own, inputs.reference_statistics
            )
        except InputError as error:
            raise Refusal(str(error), remedy=error.remedy, flag="refused:space") from error
        return Stored.of(there if valid is None else np.where(valid, there, full_scale.low))

    reference = of_reference.once("plane", lambda: moved(known, inputs.reference_statistics))
    reconstruction = moved(given, inputs.own_statistics)
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


def _mask_of(region: str, inputs: SliceInputs, body: Mask | None) -> Mask:
    if region == "body":
        if body is None:
            raise _no_body()
        return body
    from app.metrics.roi import region_mask

    found = region_mask(region, inputs.reference.shape, body, inputs.masks)
    if isinstance(found, Refusal):
        raise found
    return found


def _nothing_in(region: str) -> Refusal:
    return Refusal(
        f"The region '{region}' holds no pixel of this slice.",
        remedy="Measure the whole slice.",
        flag="refused:no-region",
    )


def _no_body() -> Refusal:
    return Refusal(
        "No body was found in the reference of this slice.",
        remedy="Measure the whole slice.",
        flag="refused:no-body",
    )


def _check_finite(stored: Stored, role: str) -> None:
    if stored.whole:
        return
    plane = stored.values
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


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
