"""Structural similarity under an 11 x 11 Gaussian window."""

import math
from collections.abc import Callable

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import MASKS, NUMBER, OUTPUT, SCALE, STORED, compiled, part, types
from app.metrics.stored import Pixels, Scale

_TAPS = [math.exp(-(k**2) / (2 * 1.5**2)) for k in range(6)]
_SUM = _TAPS[0] + 2 * sum(_TAPS[1:])
_W0, _W1, _W2, _W3, _W4, _W5 = (tap / _SUM for tap in _TAPS)

_STRIP = 504
"""Columns of the map worked on at once: a whole row of slices of 512."""

_SIZE = 4 * _STRIP
"""Numbers in a row of the ring. No power of two, so that its rows do not share their places in
the cache; known to the compiler, which then sees that reads and writes lie apart."""

_RING = 16
"""Rows in the ring: fourteen in use, four of them new each time."""


def _downwards(first: int) -> Callable[[Plane, Plane, int], None]:
    """Return a loop that smooths fourteen rows of the ring, from ``first`` on, into four.

    Each value is loaded once for the four. One loop for each place of the first row: the
    distances are constants, and no row has to be moved to where a single loop looks for it.
    """
    p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13 = (
        (first + row) % _RING * _SIZE for row in range(14)
    )

    def smooth(ring: Plane, below: Plane, count: int) -> None:
        for j in range(count):
            a0, a1, a2, a3, a4 = (
                ring[p0 + j],
                ring[p1 + j],
                ring[p2 + j],
                ring[p3 + j],
                ring[p4 + j],
            )
            a5, a6, a7, a8, a9 = (
                ring[p5 + j],
                ring[p6 + j],
                ring[p7 + j],
                ring[p8 + j],
                ring[p9 + j],
            )
            a10, a11, a12, a13 = ring[p10 + j], ring[p11 + j], ring[p12 + j], ring[p13 + j]
            below[j] = (
                _W0 * a5 + _W1 * (a4 + a6) + _W2 * (a3 + a7)
                + _W3 * (a2 + a8) + _W4 * (a1 + a9) + _W5 * (a0 + a10)
            )  # fmt: skip
            below[_SIZE + j] = (
                _W0 * a6 + _W1 * (a5 + a7) + _W2 * (a4 + a8)
                + _W3 * (a3 + a9) + _W4 * (a2 + a10) + _W5 * (a1 + a11)
            )  # fmt: skip
            below[2 * _SIZE + j] = (
                _W0 * a7 + _W1 * (a6 + a8) + _W2 * (a5 + a9)
                + _W3 * (a4 + a10) + _W4 * (a3 + a11) + _W5 * (a2 + a12)
            )  # fmt: skip
            below[3 * _SIZE + j] = (
                _W0 * a8 + _W1 * (a7 + a9) + _W2 * (a6 + a10)
                + _W3 * (a5 + a11) + _W4 * (a4 + a12) + _W5 * (a3 + a13)
            )  # fmt: skip

    return part(smooth)


_DOWN_0, _DOWN_4, _DOWN_8, _DOWN_12 = (_downwards(first) for first in (0, 4, 8, 12))


@part
def _interleave(
    reference: Pixels,
    scale: Scale,
    reconstruction: Pixels,
    its_scale: Scale,
    low: float,
    line: Plane,
) -> None:
    """Write the four quantities of each pixel of a row side by side."""
    for j in range(reference.shape[0]):
        x = reference[j] * scale[0] + scale[1] - low
        y = reconstruction[j] * its_scale[0] + its_scale[1] - low
        line[4 * j] = y
        line[4 * j + 1] = x * x + y * y
        line[4 * j + 2] = x * y
        line[4 * j + 3] = x


@part
def _smooth_along(line: Plane, across: Plane, count: int) -> None:
    """Smooth each of the four quantities along a row."""
    for j in range(count):
        across[j] = (
            _W0 * line[j + 20] + _W1 * (line[j + 16] + line[j + 24])
            + _W2 * (line[j + 12] + line[j + 28]) + _W3 * (line[j + 8] + line[j + 32])
            + _W4 * (line[j + 4] + line[j + 36]) + _W5 * (line[j] + line[j + 40])
        )  # fmt: skip


@part
def _compare(
    smooth: Plane, c1: float, c2: float, similar: Plane, contrast: Plane, totals: Plane
) -> None:
    """Write SSIM and contrast times structure of a row of smoothed quantities, and add them up."""
    similar_total, contrast_total = totals[0], totals[1]
    for j in range(similar.shape[0]):
        y, squared = smooth[4 * j], smooth[4 * j + 1]
        crossed, x = smooth[4 * j + 2], smooth[4 * j + 3]
        product, squares = x * y, x * x + y * y
        shared = (2.0 * (crossed - product) + c2) / (squared - squares + c2)
        whole = (2.0 * product + c1) / (squares + c1) * shared
        similar[j] = whole
        contrast[j] = shared
        similar_total[j] += whole
        contrast_total[j] += shared


@compiled(
    types.void, STORED, SCALE, STORED, SCALE, NUMBER, NUMBER, NUMBER, MASKS,
    OUTPUT, types.boolean, OUTPUT, OUTPUT,
)  # fmt: skip
def structure(
    reference: Pixels,
    scale: Scale,
    reconstruction: Pixels,
    its_scale: Scale,
    low: float,
    c1: float,
    c2: float,
    masks: Mask,
    sums: Plane,
    mapped: bool,
    similar: Plane,
    contrast: Plane,
) -> None:
    """Sum up SSIM, and contrast and structure alone, where the window fits; write maps if wanted.

    ``sums`` has one row for every pixel together and one more for each of ``masks``
    (masks, rows, columns): SSIM, then the product of contrast and structure. The maps,
    written where ``mapped``, are five pixels smaller on each side than the planes.

    Both planes go by once, in strips. Each row is smoothed along itself into a ring of
    rows, then four rows of the map are smoothed downwards together. The four quantities
    of a pixel (the reconstruction, the sum of squares, the product, the reference) lie
    side by side, so that both ways of smoothing fill vector registers with whole pixels.
    """
    rows, columns = reference.shape
    line, ring = np.zeros(_SIZE + 40), np.empty(_RING * _SIZE)
    below = np.empty(4 * _SIZE)
    similar_row, contrast_row = np.empty(_STRIP), np.empty(_STRIP)
    totals = np.zeros((sums.shape[0], 2, _STRIP))
    for left in range(0, columns - 10, _STRIP):
        inner = min(_STRIP, columns - 10 - left)
        done = 0
        for first in range(0, rows - 10, 4):
            for row in range(done, min(first + 14, rows)):
                _interleave(
                    reference[row, left : left + inner + 10],
                    scale,
                    reconstruction[row, left : left + inner + 10],
                    its_scale,
                    low,
                    line,
                )
                place = row % _RING * _SIZE
                _smooth_along(line, ring[place : place + _SIZE], 4 * inner)
            done = first + 14
            phase = first % _RING
            if phase == 0:
                _DOWN_0(ring, below, 4 * inner)
            elif phase == 4:
                _DOWN_4(ring, below, 4 * inner)
            elif phase == 8:
                _DOWN_8(ring, below, 4 * inner)
            else:
                _DOWN_12(ring, below, 4 * inner)
            # Of the last four rows some may lie beyond the map: what they hold is not looked at.
            for row in range(first, min(first + 4, rows - 10)):
                smooth = below[(row - first) * _SIZE : (row - first + 1) * _SIZE]
                _compare(smooth, c1, c2, similar_row[:inner], contrast_row[:inner], totals[0])
                for k in range(masks.shape[0]):
                    counted, total = masks[k, row + 5, left + 5 : left + 5 + inner], totals[k + 1]
                    for j in range(inner):
                        total[0, j] += similar_row[j] if counted[j] else 0.0
                        total[1, j] += contrast_row[j] if counted[j] else 0.0
                if mapped:
                    similar[row, left : left + inner] = similar_row[:inner]
                    contrast[row, left : left + inner] = contrast_row[:inner]
    for k in range(sums.shape[0]):
        sums[k, 0] = totals[k, 0].sum()
        sums[k, 1] = totals[k, 1].sum()
