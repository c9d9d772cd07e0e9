"""Gradients, and how far those of two planes agree."""

import math

import numpy as np

from app.metrics.inputs import Plane
from app.metrics.kernels.compiled import NUMBER, OUTPUT, PLANE, compiled, part, types


@compiled(OUTPUT, PLANE)
def prewitt(framed: Plane) -> Plane:
    """Return the magnitude of Prewitt's gradient (thirds) of what a one-pixel frame encloses."""
    rows, columns = framed.shape[0] - 2, framed.shape[1] - 2
    magnitude = np.empty((rows, columns))
    for i in range(rows):
        upper, middle, lower, target = framed[i], framed[i + 1], framed[i + 2], magnitude[i]
        for j in range(columns):
            left = upper[j] + middle[j] + lower[j]
            right = upper[j + 2] + middle[j + 2] + lower[j + 2]
            above = upper[j] + upper[j + 1] + upper[j + 2]
            below = lower[j] + lower[j + 1] + lower[j + 2]
            across, down = (right - left) / 3.0, (below - above) / 3.0
            target[j] = math.sqrt(across * across + down * down)
    return magnitude


@part
def _square(across: float, down: float) -> float:
    return across * across + down * down


@part
def _steepness(upper: Plane, middle: Plane, lower: Plane, outside: float, squared: Plane) -> None:
    """Write nine times the square of the gradient of a row that lies between two others."""
    columns = squared.shape[0]
    for j in range(0, columns, max(1, columns - 1)):  # the first and the last
        left, right = j > 0, j + 1 < columns
        rising = (lower[j + 1] if right else outside) - (upper[j - 1] if left else outside)
        falling = (upper[j + 1] if right else outside) - (lower[j - 1] if left else outside)
        across = (middle[j + 1] if right else outside) - (middle[j - 1] if left else outside)
        squared[j] = _square(rising + falling + across, rising - falling + (lower[j] - upper[j]))
    inner = squared[1 : columns - 1]
    for j in range(columns - 2):
        rising, falling = lower[j + 2] - upper[j], upper[j + 2] - lower[j]
        across, down = middle[j + 2] - middle[j], lower[j + 1] - upper[j + 1]
        inner[j] = _square(rising + falling + across, rising - falling + down)


@compiled(OUTPUT, PLANE, NUMBER)
def steepness(plane: Plane, outside: float) -> Plane:
    """Return nine times the square of Prewitt's gradient; beyond the plane lies one value.

    Neither root nor division, and no framed copy: ``similarity_to_steepness`` needs none.
    """
    rows, columns = plane.shape
    beyond = np.full(columns, outside)
    squared = np.empty((rows, columns))
    for i in range(rows):
        upper = plane[i - 1] if i > 0 else beyond
        lower = plane[i + 1] if i + 1 < rows else beyond
        _steepness(upper, plane[i], lower, outside, squared[i])
    return squared


@compiled(types.Tuple((OUTPUT, NUMBER, NUMBER)), PLANE, PLANE, NUMBER, NUMBER)
def similarity_to_steepness(
    known: Plane, plane: Plane, outside: float, constant: float
) -> tuple[Plane, float, float]:
    """Return ``(2ab + c) / (a^2 + b^2 + c)`` from one plane's ``steepness`` and another plane.

    With one root a pixel, and with the sums of what the pixels lack of 1 and of its
    square. Beyond the plane lies one value.
    """
    rows, columns = plane.shape
    beyond, b = np.full(columns, outside), np.empty(columns)
    totals, squares = np.zeros(columns), np.zeros(columns)
    local = np.empty((rows, columns))
    for i in range(rows):
        upper = plane[i - 1] if i > 0 else beyond
        lower = plane[i + 1] if i + 1 < rows else beyond
        _steepness(upper, plane[i], lower, outside, b)
        a, target = known[i], local[i]
        for j in range(columns):
            value = (2.0 * math.sqrt(a[j] * b[j]) + constant) / (a[j] + b[j] + constant)
            lack = 1.0 - value
            target[j] = value
            totals[j] += lack
            squares[j] += lack * lack
    return local, totals.sum(), squares.sum()


@compiled(OUTPUT, PLANE, PLANE, NUMBER, NUMBER)
def similarity(one: Plane, other: Plane, constant: float, masking: float) -> Plane:
    """Return ``(2ab - kab + c) / (a^2 + b^2 - kab + c)`` of two planes; k is the masking."""
    rows, columns = one.shape
    local = np.empty((rows, columns))
    for i in range(rows):
        a, b, target = one[i], other[i], local[i]
        for j in range(columns):
            product = a[j] * b[j]
            kept = constant - masking * product
            target[j] = (2.0 * product + kept) / (a[j] * a[j] + b[j] * b[j] + kept)
    return local
