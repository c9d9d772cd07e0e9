"""Whether the values of a reconstruction span what those of its reference span.

A network's output in 0..1 beside a reference in Hounsfield units gives numbers
that mean nothing. It is never rescaled in silence; it is flagged.
"""

import math

import numpy as np
from numpy.typing import NDArray

FLAG = "range-differs"

RATIO = 4.0
"""How many times wider or narrower the span of values may be."""

JUDGED = 0.1
"""A slice is judged where the reference spans this share of the study's range."""

HINT = (
    "state slope and intercept in a manifest (columns case,arm,role,path,slope,intercept), "
    "or export the values of the reference's unit"
)

SAMPLED = 1 << 12
"""Pixels that suffice: of larger slices every second, third, ... row and column is looked at."""

_ENDS = (0.5, 50.0, 99.5)


def sampling_step(shape: tuple[int, ...]) -> int:
    """Return of how many rows and columns of a slice one is looked at."""
    return max(1, round(math.sqrt(math.prod(shape) / SAMPLED)))


def range_differs(
    reference: NDArray[np.float64],
    reconstruction: NDArray[np.float64],
    width: float,
    *,
    valid: NDArray[np.bool_] | None = None,
) -> bool:
    """Return whether the values of one slice cannot be those of its reference's unit.

    Over the pixels where both are finite, between the 0.5th and the 99.5th percentile, the
    reconstruction spans less than a quarter or more than four times what the
    reference does, or the medians lie further apart than half of that. Slices
    where the reference spans less than a tenth of ``width``, the study's
    intensity range, are not judged: there is only air or noise.
    """
    step = sampling_step(reference.shape)
    reference, reconstruction = reference[::step, ::step], reconstruction[::step, ::step]
    both = np.isfinite(reference) & np.isfinite(reconstruction)
    if valid is not None:
        both &= valid[::step, ::step]
    if not both.any():
        return False
    ours, theirs = (np.percentile(plane[both], _ENDS) for plane in (reference, reconstruction))
    span, other = ours[2] - ours[0], theirs[2] - theirs[0]
    if span <= 0 or span < JUDGED * width:
        return False
    return bool(other * RATIO < span or other > RATIO * span or abs(theirs[1] - ours[1]) > span / 2)
