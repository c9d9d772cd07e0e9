"""Structural similarity under an 11 x 11 Gaussian window."""

import math

import numpy as np

from app.metrics.inputs import Plane
from app.metrics.kernels.compiled import NUMBER, OUTPUT, PLANE, compiled, types

_TAPS = [math.exp(-(k**2) / (2 * 1.5**2)) for k in range(6)]
_SUM = _TAPS[0] + 2 * sum(_TAPS[1:])
_W0, _W1, _W2, _W3, _W4, _W5 = (tap / _SUM for tap in _TAPS)

_STRIP = 136
"""Columns worked on at once: eleven rows of all four planes stay in the cache nearby."""

_ROW = 4 * _STRIP
_ROWS = 42
"""Rows in the rolling buffer: eleven in use, the others so that it seldom rolls."""


@compiled(types.void, PLANE, PLANE, NUMBER, NUMBER, NUMBER, OUTPUT, types.boolean, OUTPUT, OUTPUT)
def structure(
    reference: Plane,
    reconstruction: Plane,
    low: float,
    c1: float,
    c2: float,
    mean: Plane,
    known: bool,
    similar: Plane,
    contrast: Plane,
) -> None:
    """Write the maps of SSIM, and of contrast and structure alone, where the window fits.

    ``mean`` is the local mean of the reference less ``low``: read where it is
    ``known`` from another reconstruction, otherwise written. The three maps are
    smaller than the planes by five pixels on each side.

    Both planes go by once, in strips. A buffer holds the last rows of the
    reconstruction, of the sum of squares, of the product and of the reference side by
    side, at constant distances, which lets the compiler use vector registers.
    """
    rows, columns = reference.shape
    buffer = np.zeros(_ROWS * _ROW)
    across = np.zeros(_ROW)
    down = np.zeros(_ROW)
    used = 3 * _STRIP if known else _ROW
    for left in range(0, columns - 10, _STRIP - 10):
        width = min(_STRIP, columns - left)
        filled = 0
        for i in range(rows):
            if filled == _ROWS:
                buffer[: 10 * _ROW] = buffer[(_ROWS - 10) * _ROW :]
                filled = 10
            line = buffer[filled * _ROW : (filled + 1) * _ROW]
            source, other = (
                reference[i, left : left + width],
                reconstruction[i, left : left + width],
            )
            for j in range(width):
                x, y = source[j] - low, other[j] - low
                line[j] = y
                line[_STRIP + j] = x * x + y * y
                line[2 * _STRIP + j] = x * y
                line[3 * _STRIP + j] = x
            filled += 1
            if i < 10:
                continue
            window = buffer[(filled - 11) * _ROW : filled * _ROW]
            for j in range(used):
                down[j] = (
                    _W0 * window[5 * _ROW + j]
                    + _W1 * (window[4 * _ROW + j] + window[6 * _ROW + j])
                    + _W2 * (window[3 * _ROW + j] + window[7 * _ROW + j])
                    + _W3 * (window[2 * _ROW + j] + window[8 * _ROW + j])
                    + _W4 * (window[_ROW + j] + window[9 * _ROW + j])
                    + _W5 * (window[j] + window[10 * _ROW + j])
                )
            for j in range(used - 10):
                across[j] = (
                    _W0 * down[j + 5]
                    + _W1 * (down[j + 4] + down[j + 6])
                    + _W2 * (down[j + 3] + down[j + 7])
                    + _W3 * (down[j + 2] + down[j + 8])
                    + _W4 * (down[j + 1] + down[j + 9])
                    + _W5 * (down[j] + down[j + 10])
                )
            means = mean[i - 10, left : left + width - 10]
            if not known:
                for j in range(width - 10):
                    means[j] = across[3 * _STRIP + j]
            to_similar = similar[i - 10, left : left + width - 10]
            to_contrast = contrast[i - 10, left : left + width - 10]
            for j in range(width - 10):
                product = means[j] * across[j]
                squares = means[j] * means[j] + across[j] * across[j]
                covariance = across[2 * _STRIP + j] - product
                variances = across[_STRIP + j] - squares
                shared = (2.0 * covariance + c2) / (variances + c2)
                to_contrast[j] = shared
                to_similar[j] = (2.0 * product + c1) / (squares + c1) * shared
