"""Winograd's transforms of a convolution by 3 x 3 taps, four by four pixels at a time.

A tile of 6 x 6 pixels gives 4 x 4 of the convolution: both are brought to 36 numbers,
in which the convolution is a plain product, and 36 products do what 144 did.

References
----------
Lavin & Gray (2016), doi:10.1109/CVPR.2016.435, F(4 x 4, 3 x 3).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics.kernels.compiled import COUNT, compiled, part, types

Single = NDArray[np.float32]

SIDE = 4
"""Pixels of the convolution on a side of a tile."""

NUMBERS = 36
"""What a tile becomes."""

_A, _B = 3 / 4, 3 / 2
"""A line of six is looked at in 0, -A, A, -B, B and infinity.

Points around 1 whose powers are exact numbers of the processor: the usual 1 and 2 leave
errors three times as large.
"""

_SUM, _PRODUCT = _A**2 + _B**2, _A**2 * _B**2
_OF_TAPS = np.array(
    [
        np.array([1, 0, 0]) / _PRODUCT,
        np.array([1, _A, _A**2]) / (2 * _A**2 * (_A**2 - _B**2)),
        np.array([1, -_A, _A**2]) / (2 * _A**2 * (_A**2 - _B**2)),
        np.array([1, _B, _B**2]) / (2 * _B**2 * (_B**2 - _A**2)),
        np.array([1, -_B, _B**2]) / (2 * _B**2 * (_B**2 - _A**2)),
        np.array([0, 0, 1]),
    ]
)

_A1, _A2, _A3 = (np.float32(_A**power) for power in (1, 2, 3))
_B1, _B2, _B3 = (np.float32(_B**power) for power in (1, 2, 3))
_S, _P, _NONE = np.float32(_SUM), np.float32(_PRODUCT), np.float32(0)
_CUBE: Any = types.Array(types.float32, 3, "C")
_READ: Any = types.Array(types.float32, 3, "C", readonly=True)
_LINE: Any = types.Array(types.float32, 1, "C", readonly=True)


def taps(kernel: Single) -> Single:
    """Return the taps of a layer, ``(out, in, 3, 3)``, as ``(36, in, out)``."""
    made = np.einsum("ik,ockl,jl->ijco", _OF_TAPS, kernel.astype(np.float64), _OF_TAPS)
    return np.ascontiguousarray(made.reshape(NUMBERS, *made.shape[2:]), dtype=np.float32)


@part
def _six(source: Single, target: Single, at: int, step: int, put: int, apart: int) -> None:
    """Transform six lines of channels of ``source`` into six of ``target``."""
    d0, d1, d2 = source[at], source[at + step], source[at + 2 * step]
    d3, d4, d5 = source[at + 3 * step], source[at + 4 * step], source[at + 5 * step]
    t0, t1, t2 = target[put], target[put + apart], target[put + 2 * apart]
    t3, t4, t5 = target[put + 3 * apart], target[put + 4 * apart], target[put + 5 * apart]
    for c in range(d0.shape[0]):
        even, odd = d4[c] - _B2 * d2[c], _A1 * (d3[c] - _B2 * d1[c])
        near, far = d4[c] - _A2 * d2[c], _B1 * (d3[c] - _A2 * d1[c])
        t0[c] = _P * d0[c] - _S * d2[c] + d4[c]
        t1[c] = even + odd
        t2[c] = even - odd
        t3[c] = near + far
        t4[c] = near - far
        t5[c] = _P * d1[c] - _S * d3[c] + d5[c]


@compiled(types.void, _READ, COUNT, COUNT, _CUBE)
def to_numbers(plane: Single, first: int, last: int, numbers: Single) -> None:
    """Write the 36 numbers of the tiles from ``first`` to ``last``, row by row of tiles.

    ``plane`` is (rows, columns, channels), with zeros around it; ``numbers`` is
    (36, tiles, channels).
    """
    rows, columns, channels = plane.shape
    across, tiles = (columns + SIDE - 1) // SIDE, numbers.shape[1]
    lines = plane.reshape(rows * columns, channels)
    written = numbers.reshape(NUMBERS * tiles, channels)
    tile = np.empty((NUMBERS, channels), np.float32)
    half = np.empty((NUMBERS, channels), np.float32)
    for number in range(first, last):
        top, left = number // across * SIDE - 1, number % across * SIDE - 1
        if top < 0 or left < 0 or top + 6 > rows or left + 6 > columns:
            for place in range(NUMBERS):
                i, j = top + place // 6, left + place % 6
                inside = 0 <= i < rows and 0 <= j < columns
                target, source = tile[place], lines[i * columns + j if inside else 0]
                for c in range(channels):
                    target[c] = source[c] if inside else _NONE
            for j in range(6):
                _six(tile, half, j, 6, j, 6)
        else:
            for j in range(6):
                _six(lines, half, top * columns + left + j, columns, j, 6)
        for i in range(6):
            _six(half, written, 6 * i, 1, 6 * i * tiles + number - first, tiles)


@part
def _sums(
    d0: Single, d1: Single, d2: Single, d3: Single, d4: Single, d5: Single, four: Single, put: int
) -> None:
    """Transform six lines of channels into four, ``put`` and every sixth line after it."""
    t0, t1, t2, t3 = four[put], four[put + 6], four[put + 12], four[put + 18]
    for c in range(d0.shape[0]):
        one, two = d1[c] + d2[c], d1[c] - d2[c]
        three, more = d3[c] + d4[c], d3[c] - d4[c]
        t0[c] = d0[c] + one + three
        t1[c] = _A1 * two + _B1 * more
        t2[c] = _A2 * one + _B2 * three
        t3[c] = _A3 * two + _B3 * more + d5[c]


@compiled(types.void, _READ, COUNT, COUNT, _LINE, _CUBE)
def from_numbers(numbers: Single, first: int, last: int, bias: Single, plane: Single) -> None:
    """Write the pixels of the tiles from ``first`` to ``last``, with a bias and a ReLU."""
    rows, columns, channels = plane.shape
    across = (columns + SIDE - 1) // SIDE
    half = np.empty((24, channels), np.float32)
    four = np.empty((24, channels), np.float32)
    for number in range(first, last):
        n, top, left = number - first, number // across * SIDE, number % across * SIDE
        for j in range(6):
            _sums(
                numbers[j, n], numbers[6 + j, n], numbers[12 + j, n],
                numbers[18 + j, n], numbers[24 + j, n], numbers[30 + j, n], half, j,
            )  # fmt: skip
        for i in range(min(SIDE, rows - top)):
            six = half[6 * i : 6 * i + 6]
            _sums(six[0], six[1], six[2], six[3], six[4], six[5], four, i)
            for j in range(min(SIDE, columns - left)):
                line, target = four[i + 6 * j], plane[top + i, left + j]
                for c in range(channels):
                    target[c] = max(line[c] + bias[c], _NONE)
