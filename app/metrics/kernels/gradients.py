"""Gradients, and how far those of two planes agree."""

import math

import numpy as np

from app.metrics.inputs import Plane
from app.metrics.kernels.compiled import NUMBER, OUTPUT, PLANE, compiled


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


@compiled(OUTPUT, PLANE, NUMBER)
def steepness(plane: Plane, outside: float) -> Plane:
    """Return nine times the square of Prewitt's gradient; beyond the plane lies one value.

    Neither root nor division, and no framed copy: ``similarity_of_squares`` needs none.
    """
    rows, columns = plane.shape
    lines = np.full((3, columns + 2), outside)
    lines[1, 1 : columns + 1] = plane[0]
    squared = np.empty((rows, columns))
    for i in range(rows):
        upper, middle, lower = lines[i % 3], lines[(i + 1) % 3], lines[(i + 2) % 3]
        if i + 1 < rows:
            lower[1 : columns + 1] = plane[i + 1]
        else:
            lower[:] = outside
        target = squared[i]
        for j in range(columns):
            left = upper[j] + middle[j] + lower[j]
            right = upper[j + 2] + middle[j + 2] + lower[j + 2]
            above = upper[j] + upper[j + 1] + upper[j + 2]
            below = lower[j] + lower[j + 1] + lower[j + 2]
            across, down = right - left, below - above
            target[j] = across * across + down * down
    return squared


@compiled(OUTPUT, PLANE, PLANE, NUMBER)
def similarity_of_squares(one: Plane, other: Plane, constant: float) -> Plane:
    """Return ``(2ab + c) / (a^2 + b^2 + c)`` from the squares of two planes, with one root."""
    rows, columns = one.shape
    local = np.empty((rows, columns))
    for i in range(rows):
        a, b, target = one[i], other[i], local[i]
        for j in range(columns):
            target[j] = (2.0 * math.sqrt(a[j] * b[j]) + constant) / (a[j] + b[j] + constant)
    return local


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
