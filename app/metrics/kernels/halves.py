"""Half the resolution, in the two ways that published metrics differ in at odd sizes."""

import numpy as np

from app.metrics.inputs import Mask, Plane
from app.metrics.kernels.compiled import (
    INTEGERS,
    MASK,
    NUMBER,
    OUTPUT,
    PLANE,
    SCALE,
    STORED,
    compiled,
    types,
)
from app.metrics.stored import Pixels, Scale


@compiled(OUTPUT, STORED, SCALE)
def halve(plane: Pixels, scale: Scale) -> Plane:
    """Return means of 2 x 2 pixels, each ``stored * scale[0] + scale[1]``.

    Where a side is odd, the first row and the first column are doubled before.
    """
    rows, columns = plane.shape
    odd = max(rows % 2, columns % 2)
    slope, intercept = scale
    half = np.empty(((rows + odd) // 2, (columns + odd) // 2))
    for i in range(half.shape[0]):
        upper, lower = plane[max(2 * i - odd, 0)], plane[2 * i + 1 - odd]
        whole = half[i, odd:]
        for j in range(whole.shape[0]):
            left, right = 2 * j + odd, 2 * j + odd + 1
            a, b = upper[left] * slope + intercept, upper[right] * slope + intercept
            c, d = lower[left] * slope + intercept, lower[right] * slope + intercept
            whole[j] = 0.25 * ((a + b) + (c + d))
        if odd:
            a, c = upper[0] * slope + intercept, lower[0] * slope + intercept
            half[i, 0] = 0.5 * (a + c)
    return half


@compiled(OUTPUT, INTEGERS, NUMBER)
def halve_integers(plane: Pixels, intercept: float) -> Plane:
    """Return means of 2 x 2 pixels, each ``stored + intercept``, where both sides are even.

    As ``halve`` has them to the last bit where the intercept is a whole number.
    """
    rows, columns = plane.shape
    half = np.empty((rows // 2, columns // 2))
    both = np.empty(columns, dtype=np.int32)
    for i in range(half.shape[0]):
        upper, lower, target = plane[2 * i], plane[2 * i + 1], half[i]
        for j in range(columns):
            both[j] = np.int32(upper[j]) + np.int32(lower[j])
        for j in range(target.shape[0]):
            target[j] = 0.25 * np.int32(both[2 * j] + both[2 * j + 1]) + intercept
    return half


@compiled(OUTPUT, PLANE, NUMBER, NUMBER)
def scale_into_frame(plane: Plane, low: float, width: float) -> Plane:
    """Return ``(plane - low) / width`` inside a frame of zeros, one pixel wide."""
    rows, columns = plane.shape
    framed = np.zeros((rows + 2, columns + 2))
    for i in range(rows):
        target, source = framed[i + 1, 1 : columns + 1], plane[i]
        for j in range(columns):
            target[j] = (source[j] - low) / width
    return framed


@compiled(OUTPUT, PLANE, NUMBER, NUMBER)
def halve_into_frame(plane: Plane, low: float, width: float) -> Plane:
    """Return means of 2 x 2 pixels of ``(plane - low) / width`` inside a frame of zeros.

    Where a side is odd, zeros follow its last row and its last column.
    """
    rows, columns = plane.shape
    odd = max(rows % 2, columns % 2)
    high, wide = (rows + odd) // 2, (columns + odd) // 2
    framed = np.zeros((high + 2, wide + 2))
    share = 0.25 / width
    for i in range(rows // 2):
        target, upper, lower = framed[i + 1, 1 : wide + 1], plane[2 * i], plane[2 * i + 1]
        for j in range(columns // 2):
            total = (upper[2 * j] + upper[2 * j + 1]) + (lower[2 * j] + lower[2 * j + 1])
            target[j] = share * (total - 4.0 * low)
        if columns % 2:
            target[wide - 1] = share * (upper[columns - 1] + lower[columns - 1] - 2.0 * low)
    if rows % 2:
        target, upper = framed[high, 1 : wide + 1], plane[rows - 1]
        for j in range(columns // 2):
            target[j] = share * (upper[2 * j] + upper[2 * j + 1] - 2.0 * low)
        if columns % 2:
            target[wide - 1] = share * (upper[columns - 1] - low)
    return framed


@compiled(types.Array(types.boolean, 2, "C"), MASK, types.boolean)
def halve_mask(mask: Mask, first: bool) -> Mask:
    """Return where at least half of the pixels that make one of half the resolution lie in a mask.

    Where a side is odd: the first row and column count twice, as in ``halve``; or,
    unless ``first``, nothing follows the last ones, as in ``halve_into_frame``.
    """
    rows, columns = mask.shape
    odd = max(rows % 2, columns % 2)
    shift = odd if first else 0
    half = np.empty(((rows + odd) // 2, (columns + odd) // 2), dtype=np.bool_)
    for i in range(half.shape[0]):
        for j in range(half.shape[1]):
            inside, seen = 0, 0
            for r in range(2 * i - shift, 2 * i - shift + 2):
                for c in range(2 * j - shift, 2 * j - shift + 2):
                    if r < rows and c < columns:
                        seen += 1
                        inside += mask[max(r, 0), max(c, 0)]
            half[i, j] = 2 * inside >= seen
    return half
