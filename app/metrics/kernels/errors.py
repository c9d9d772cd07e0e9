"""Sums over the differences of two planes."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import MASKS, NUMBER, OUTPUT, SCALE, STORED, compiled, types
from app.metrics.stored import Pixels, Scale

_STRIP = 512
"""Columns summed side by side: a sum for each, so that the loop runs in vector registers."""


@compiled(types.void, STORED, SCALE, STORED, SCALE, NUMBER, MASKS, OUTPUT)
def error_sums(
    reference: Pixels,
    scale: Scale,
    reconstruction: Pixels,
    its_scale: Scale,
    low: float,
    masks: Mask,
    sums: Plane,
) -> None:
    """Sum squared error, absolute error and squared reference of two stored planes.

    ``sums`` has one row for every pixel together and one more for each of ``masks``
    (masks, rows, columns). ``low`` is taken off the reference before it is squared.
    """
    rows, columns = reference.shape
    slope, intercept = scale
    its_slope, its_intercept = its_scale
    totals = np.zeros((sums.shape[0], 3, _STRIP))
    squares, distances, levels = np.zeros(_STRIP), np.zeros(_STRIP), np.zeros(_STRIP)
    inside = np.zeros(_STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            x = reference[row, left : left + width]
            y = reconstruction[row, left : left + width]
            for j in range(width):
                value = x[j] * slope + intercept
                error, level = value - (y[j] * its_slope + its_intercept), value - low
                squares[j] = error * error
                distances[j] = abs(error)
                levels[j] = level * level
            first, second, third = totals[0, 0], totals[0, 1], totals[0, 2]
            for j in range(width):
                first[j] += squares[j]
                second[j] += distances[j]
                third[j] += levels[j]
            for k in range(masks.shape[0]):
                counted = masks[k, row, left : left + width]
                for j in range(width):  # as numbers first, or the sums leave the vector registers
                    inside[j] = 1.0 if counted[j] else 0.0
                first, second, third = totals[k + 1, 0], totals[k + 1, 1], totals[k + 1, 2]
                for j in range(width):
                    first[j] += squares[j] if inside[j] > 0.0 else 0.0
                    second[j] += distances[j] if inside[j] > 0.0 else 0.0
                    third[j] += levels[j] if inside[j] > 0.0 else 0.0
    for k in range(sums.shape[0]):
        for quantity in range(3):
            sums[k, quantity] = totals[k, quantity].sum()
