"""Sums over the differences of two planes."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import MASK, NUMBER, PLANE, compiled, types

_STRIP = 256
"""Columns summed side by side: a sum for each, so that the loop runs in vector registers."""


@compiled(types.UniTuple(NUMBER, 4), PLANE, PLANE, MASK, NUMBER)
def error_sums(
    reference: Plane, reconstruction: Plane, mask: Mask, low: float
) -> tuple[float, float, float, float]:
    """Return pixels, squared error, absolute error and squared reference, summed in a mask.

    ``low`` is taken off the reference before it is squared.
    """
    rows, columns = reference.shape
    sums = np.zeros(4 * _STRIP)
    for left in range(0, columns, _STRIP):
        width = min(_STRIP, columns - left)
        for row in range(rows):
            x = reference[row, left : left + width]
            y = reconstruction[row, left : left + width]
            counted = mask[row, left : left + width]
            for j in range(width):
                error = x[j] - y[j] if counted[j] else 0.0
                level = x[j] - low if counted[j] else 0.0
                sums[j] += 1.0 if counted[j] else 0.0
                sums[_STRIP + j] += error * error
                sums[2 * _STRIP + j] += abs(error)
                sums[3 * _STRIP + j] += level * level
    return (
        sums[:_STRIP].sum(),
        sums[_STRIP : 2 * _STRIP].sum(),
        sums[2 * _STRIP : 3 * _STRIP].sum(),
        sums[3 * _STRIP :].sum(),
    )
