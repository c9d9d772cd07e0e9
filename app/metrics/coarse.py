"""Between a slice and the coarser grid that some metrics look at it on."""

import numba
import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Plane


def averaged(plane: Plane, step: int, *, range: IntensityRange) -> Plane:
    """Return a plane brought to 0..255 by a range and averaged over squares of ``step`` pixels.

    What is left over at the bottom and on the right is left out. Values beyond
    the range are not cut off.
    """
    rows, columns = plane.shape
    coarse = np.zeros((rows // step, columns // step))
    _add_squares(np.ascontiguousarray(plane), step, coarse)
    coarse /= step * step
    coarse -= range.low
    coarse *= 255.0 / range.width
    return coarse


def averaged_mask(mask: Mask, step: int) -> Mask:
    """Return where at least half of each square's pixels lie in a mask."""
    if step == 1:
        return mask
    rows, columns = mask.shape[0] // step, mask.shape[1] // step
    squares = mask[: rows * step, : columns * step].reshape(rows, step, columns, step)
    inside: Mask = squares.mean(axis=(1, 3)) >= 0.5
    return inside


def spread(coarse: Plane, step: int, shape: tuple[int, ...]) -> Plane:
    """Return a coarse map on the slice's grid: each value over its square, NaN beyond."""
    full = np.full(shape, np.nan)
    large = coarse.repeat(step, axis=0).repeat(step, axis=1)[: shape[0], : shape[1]]
    full[: large.shape[0], : large.shape[1]] = large
    return full


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_squares(plane: Plane, step: int, sums: Plane) -> None:
    columns = sums.shape[1]
    line = np.empty(plane.shape[1])
    for row in range(sums.shape[0]):
        if step == 2:  # as large as most slices ask for
            upper, lower, into = plane[2 * row], plane[2 * row + 1], sums[row]
            for column in range(columns):
                left, right = 2 * column, 2 * column + 1
                into[column] = (upper[left] + lower[left]) + (upper[right] + lower[right])
            continue
        line[:] = plane[step * row]
        for below in range(1, step):
            line += plane[step * row + below]
        for column in range(columns):
            total = 0.0
            for beside in range(step):
                total += line[step * column + beside]
            sums[row, column] = total
