"""Sums over the differences of two planes."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import MASKS, NUMBER, OUTPUT, PLANE, compiled, types

_STRIP = 256
"""Columns summed side by side: a sum for each, so that the loop runs in vector registers."""


@compiled(types.void, PLANE, PLANE, NUMBER, MASKS, OUTPUT)
def error_sums(
    reference: Plane, reconstruction: Plane, low: float, masks: Mask, sums: Plane
) -> None:
    """Sum squared error, absolute error and squared reference.

    ``sums`` has one row for every pixel together and one more for each of ``masks``
    (masks, rows, columns). ``low`` is taken off the reference before it is squared.
    """
    rows, columns = reference.shape
    totals = np.zeros((sums.shape[0], 3 * _STRIP))
    values = np.zeros(3 * _STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            x = reference[row, left : left + width]
            y = reconstruction[row, left : left + width]
            for j in range(width):
                error, level = x[j] - y[j], x[j] - low
                values[j] = error * error
                values[_STRIP + j] = abs(error)
                values[2 * _STRIP + j] = level * level
            total = totals[0]
            for j in range(width):
                total[j] += values[j]
                total[_STRIP + j] += values[_STRIP + j]
                total[2 * _STRIP + j] += values[2 * _STRIP + j]
            for k in range(masks.shape[0]):
                counted, total = masks[k, row, left : left + width], totals[k + 1]
                for j in range(width):
                    inside = counted[j]
                    total[j] += values[j] if inside else 0.0
                    total[_STRIP + j] += values[_STRIP + j] if inside else 0.0
                    total[2 * _STRIP + j] += values[2 * _STRIP + j] if inside else 0.0
    for k in range(sums.shape[0]):
        for quantity in range(3):
            sums[k, quantity] = totals[k, quantity * _STRIP : (quantity + 1) * _STRIP].sum()
