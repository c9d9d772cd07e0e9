"""Sums over a local map inside a mask."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import COUNT, MASK, NUMBER, PLANE, compiled, types

_STRIP = 512
"""Columns summed side by side, as in ``errors``."""


@compiled(types.UniTuple(NUMBER, 3), PLANE, MASK, COUNT, NUMBER)
def sums_inside(local: Plane, mask: Mask, edge: int, best: float) -> tuple[float, float, float]:
    """Return pixels, sum and summed deficit of a map inside a mask.

    The mask is larger than the map by ``edge`` pixels on each side. The deficit of a
    pixel is what it lacks of ``best``, at least zero.
    """
    rows, columns = local.shape
    pixels, totals, lacks = np.zeros(_STRIP), np.zeros(_STRIP), np.zeros(_STRIP)
    inside = np.zeros(_STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            values = local[row, left : left + width]
            counted = mask[row + edge, left + edge : left + edge + width]
            for j in range(width):
                inside[j] = 1.0 if counted[j] else 0.0
            for j in range(width):
                lack = best - values[j]
                pixels[j] += inside[j]
                totals[j] += values[j] if inside[j] > 0.0 else 0.0
                lacks[j] += lack if inside[j] > 0.0 and lack > 0.0 else 0.0
    return pixels.sum(), totals.sum(), lacks.sum()


@compiled(types.UniTuple(NUMBER, 3), PLANE, MASK)
def deficits_inside(local: Plane, mask: Mask) -> tuple[float, float, float]:
    """Return pixels, and the sums of what they lack of 1 and of its square, inside a mask."""
    rows, columns = local.shape
    pixels, totals, squares = np.zeros(_STRIP), np.zeros(_STRIP), np.zeros(_STRIP)
    inside = np.zeros(_STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            values = local[row, left : left + width]
            counted = mask[row, left : left + width]
            for j in range(width):
                inside[j] = 1.0 if counted[j] else 0.0
            for j in range(width):
                lack = 1.0 - values[j] if inside[j] > 0.0 else 0.0
                pixels[j] += inside[j]
                totals[j] += lack
                squares[j] += lack * lack
    return pixels.sum(), totals.sum(), squares.sum()
