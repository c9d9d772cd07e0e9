"""Structural similarity under an 11 x 11 Gaussian window."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import COUNT, MASKS, NUMBER, OUTPUT, PLANE, compiled, types

_TAPS = [math.exp(-(k**2) / (2 * 1.5**2)) for k in range(6)]
_SUM = _TAPS[0] + 2 * sum(_TAPS[1:])
_W0, _W1, _W2, _W3, _W4, _W5 = (tap / _SUM for tap in _TAPS)

_STRIPS = (72, 136, 264, 528)
"""Columns worked on at once: a whole row of slices of 512, and of the scales below them."""

_ROWS = 42
"""Rows in the rolling buffer: twelve in use, the others so that it seldom rolls; even."""

NOT_KEPT, WRITTEN, READ = 0, 1, 2
"""What becomes of the local means of the reference."""


def structure(
    reference: Plane,
    reconstruction: Plane,
    low: float,
    c1: float,
    c2: float,
    masks: Mask,
    sums: Plane,
    mapped: bool,
    similar: Plane,
    contrast: Plane,
    kept: int,
    means: Plane,
) -> None:
    """Sum up SSIM, and contrast and structure alone, where the window fits; write maps if wanted.

    ``sums`` has one row for every pixel together and one more for each of ``masks``
    (masks, rows, columns): SSIM, then the product of contrast and structure. The maps,
    written where ``mapped``, and ``means``, written or read as ``kept`` says, are five
    pixels smaller on each side than the planes. ``means`` are the local means of the
    reference less ``low``.

    Both planes go by once, in strips, two rows at a time. A buffer holds the last rows
    of the reconstruction, of the sum of squares, of the product and of the reference
    side by side, at constant distances, which lets the compiler use vector registers.
    """
    strip = next((strip for strip in _STRIPS if strip >= reference.shape[1]), _STRIPS[-1])
    _kernel(strip)(
        reference, reconstruction, low, c1, c2,
        masks, sums, mapped, similar, contrast, kept, means,
    )  # fmt: skip


@cache
def _kernel(strip: int) -> Callable[..., None]:
    """Return the kernel for strips of so many columns, which the compiler must know."""
    row_size = 4 * strip

    @compiled(
        types.void, PLANE, PLANE, NUMBER, NUMBER, NUMBER,
        MASKS, OUTPUT, types.boolean, OUTPUT, OUTPUT, COUNT, OUTPUT,
    )  # fmt: skip
    def kernel(
        reference: Plane,
        reconstruction: Plane,
        low: float,
        c1: float,
        c2: float,
        masks: Mask,
        sums: Plane,
        mapped: bool,
        similar: Plane,
        contrast: Plane,
        kept: int,
        means: Plane,
    ) -> None:
        rows, columns = reference.shape
        buffer = np.zeros(_ROWS * row_size)
        down = np.zeros(2 * row_size)
        across = np.zeros(row_size)
        similar_row, contrast_row = np.zeros(strip), np.zeros(strip)
        totals = np.zeros((sums.shape[0], 2, strip))
        used = 3 * strip if kept == READ else row_size
        for left in range(0, columns - 10, strip - 10):
            width = min(strip, columns - left)
            inner = width - 10
            filled = 0
            for i in range(0, rows, 2):
                if filled == _ROWS:
                    buffer[: 10 * row_size] = buffer[(_ROWS - 10) * row_size :]
                    filled = 10
                for row in range(i, min(i + 2, rows)):
                    line = buffer[(filled + row - i) * row_size : (filled + row - i + 1) * row_size]
                    source = reference[row, left : left + width]
                    other = reconstruction[row, left : left + width]
                    for j in range(width):
                        x, y = source[j] - low, other[j] - low
                        line[j] = y
                        line[strip + j] = x * x + y * y
                        line[2 * strip + j] = x * y
                        line[3 * strip + j] = x
                filled += 2
                if i < 10:
                    continue
                window = buffer[(filled - 12) * row_size : filled * row_size]
                for j in range(used):
                    a0, a1, a2 = window[j], window[row_size + j], window[2 * row_size + j]
                    a3, a4, a5 = (
                        window[3 * row_size + j],
                        window[4 * row_size + j],
                        window[5 * row_size + j],
                    )
                    a6, a7, a8 = (
                        window[6 * row_size + j],
                        window[7 * row_size + j],
                        window[8 * row_size + j],
                    )
                    a9, a10, a11 = (
                        window[9 * row_size + j],
                        window[10 * row_size + j],
                        window[11 * row_size + j],
                    )
                    down[j] = (
                        _W0 * a5 + _W1 * (a4 + a6) + _W2 * (a3 + a7)
                        + _W3 * (a2 + a8) + _W4 * (a1 + a9) + _W5 * (a0 + a10)
                    )  # fmt: skip
                    down[row_size + j] = (
                        _W0 * a6 + _W1 * (a5 + a7) + _W2 * (a4 + a8)
                        + _W3 * (a3 + a9) + _W4 * (a2 + a10) + _W5 * (a1 + a11)
                    )  # fmt: skip
                for row in range(i - 10, min(i - 8, rows - 10)):
                    v = down[(row - i + 10) * row_size : (row - i + 11) * row_size]
                    for j in range(used - 10):
                        across[j] = (
                            _W0 * v[j + 5] + _W1 * (v[j + 4] + v[j + 6])
                            + _W2 * (v[j + 3] + v[j + 7]) + _W3 * (v[j + 2] + v[j + 8])
                            + _W4 * (v[j + 1] + v[j + 9]) + _W5 * (v[j] + v[j + 10])
                        )  # fmt: skip
                    mean = across[3 * strip : 3 * strip + inner]
                    if kept == READ:
                        mean = means[row, left : left + inner]
                    if kept == WRITTEN:
                        means[row, left : left + inner] = mean
                    for j in range(inner):
                        product = mean[j] * across[j]
                        squares = mean[j] * mean[j] + across[j] * across[j]
                        covariance = across[2 * strip + j] - product
                        variances = across[strip + j] - squares
                        shared = (2.0 * covariance + c2) / (variances + c2)
                        contrast_row[j] = shared
                        similar_row[j] = (2.0 * product + c1) / (squares + c1) * shared
                    for j in range(inner):
                        totals[0, 0, j] += similar_row[j]
                        totals[0, 1, j] += contrast_row[j]
                    for k in range(masks.shape[0]):
                        counted = masks[k, row + 5, left + 5 : left + 5 + inner]
                        for j in range(inner):
                            totals[k + 1, 0, j] += similar_row[j] if counted[j] else 0.0
                            totals[k + 1, 1, j] += contrast_row[j] if counted[j] else 0.0
                    if mapped:
                        similar[row, left : left + inner] = similar_row[:inner]
                        contrast[row, left : left + inner] = contrast_row[:inner]
        for k in range(sums.shape[0]):
            sums[k, 0] = totals[k, 0].sum()
            sums[k, 1] = totals[k, 1].sum()

    return kernel
