"""Sums over a local map inside a mask."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import COUNT, MASK, NUMBER, PLANE, compiled, types

_STRIP = 256
"""Columns summed side by side, as in ``errors``."""


@compiled(types.UniTuple(NUMBER, 3), PLANE, MASK, COUNT, NUMBER)
def sums_inside(local: Plane, mask: Mask, edge: int, best: float) -> tuple[float, float, float]:
    """Return pixels, sum and summed deficit of a map inside a mask.

    The mask is larger than the map by ``edge`` pixels on each side. The deficit of a
    pixel is what it lacks of ``best``, at least zero.
    """
    rows, columns = local.shape
    sums = np.zeros(3 * _STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            values = local[row, left : left + width]
            counted = mask[row + edge, left + edge : left + edge + width]
            for j in range(width):
                lack = best - values[j]
                sums[j] += 1.0 if counted[j] else 0.0
                sums[_STRIP + j] += values[j] if counted[j] else 0.0
                sums[2 * _STRIP + j] += lack if counted[j] and lack > 0.0 else 0.0
    return sums[:_STRIP].sum(), sums[_STRIP : 2 * _STRIP].sum(), sums[2 * _STRIP :].sum()


@compiled(NUMBER, PLANE, MASK, NUMBER)
def squares_inside(local: Plane, mask: Mask, centre: float) -> float:
    """Return the summed squared distance from a centre of a map inside a mask as large."""
    rows, columns = local.shape
    sums = np.zeros(_STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            values = local[row, left : left + width]
            counted = mask[row, left : left + width]
            for j in range(width):
                distance = values[j] - centre if counted[j] else 0.0
                sums[j] += distance * distance
    return float(sums.sum())
