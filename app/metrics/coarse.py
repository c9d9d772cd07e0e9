"""Between a slice and the coarser grid that some metrics look at it on."""

import numba
import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import plain_mask
from app.metrics.kernels.halves import halve_mask
from app.metrics.stored import Pixels, Scale, Stored


def averaged(
    plane: Plane | Stored, step: int, *, range: IntensityRange, before: int = 0, after: int = 0
) -> Plane:
    """Return a plane brought to 0..255 by a range and averaged over squares of ``step`` pixels.

    What is left over at the bottom and on the right is left out. Values beyond
    the range are not cut off. A frame of zeros, ``before`` and ``after`` wide, can stand around.
    """
    stored = Stored.of(plane)
    rows, columns = (side // step for side in stored.shape)
    framed = np.zeros((rows + before + after, columns + before + after))
    scaling = (float(step * step), range.low, 255.0 / range.width)
    _average(stored.pixels, stored.scale, step, scaling, rows, columns, before, framed)
    return framed


def averaged_mask(mask: Mask, step: int) -> Mask:
    """Return where at least half of each square's pixels lie in a mask."""
    if step == 1:
        return mask
    rows, columns = mask.shape[0] // step, mask.shape[1] // step
    whole = mask[: rows * step, : columns * step]
    if step == 2:
        return halve_mask(plain_mask(whole, whole.shape), False)
    squares = whole.reshape(rows, step, columns, step)
    inside: Mask = 2 * np.count_nonzero(squares, axis=(1, 3)) >= step * step
    return inside


def spread(coarse: Plane, step: int, shape: tuple[int, ...]) -> Plane:
    """Return a coarse map on the slice's grid: each value over its square, NaN beyond."""
    full = np.full(shape, np.nan)
    large = coarse.repeat(step, axis=0).repeat(step, axis=1)[: shape[0], : shape[1]]
    full[: large.shape[0], : large.shape[1]] = large
    return full


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _average(
    plane: Pixels,
    scale: Scale,
    step: int,
    scaling: tuple[float, float, float],
    rows: int,
    columns: int,
    before: int,
    framed: Plane,
) -> None:
    slope, intercept = scale
    count, low, share = scaling
    line = np.empty(columns * step)
    for row in range(rows):
        into = framed[before + row, before : before + columns]
        if step == 2:  # as large as most slices ask for
            upper, lower = plane[2 * row], plane[2 * row + 1]
            for column in range(columns):
                left, right = 2 * column, 2 * column + 1
                a, b = upper[left] * slope + intercept, upper[right] * slope + intercept
                c, d = lower[left] * slope + intercept, lower[right] * slope + intercept
                into[column] = (((a + c) + (b + d)) / count - low) * share
            continue
        line[:] = 0.0
        for below in range(step):
            beneath = plane[step * row + below]
            for column in range(columns * step):
                line[column] += beneath[column] * slope + intercept
        for column in range(columns):
            total = 0.0
            for beside in range(step):
                total += line[step * column + beside]
            into[column] = (total / count - low) * share
