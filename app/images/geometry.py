"""Where slices lie in the patient.

Positions are millimetres in the patient's coordinates (PS3.3 C.7.6.2.1.1). A
slice's place in its series is its position projected on the normal, the cross
product of the row and column directions: a tilted gantry or a reversed
InstanceNumber changes nothing.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from app.domain.image import Grid

Point = tuple[float, float, float]
Orientation = tuple[float, float, float, float, float, float]
Spacing = tuple[float, float]

POSITION_TOLERANCE = 0.01
"""Millimetres within which two places, or two slices along the normal, are the same."""

DIRECTION_TOLERANCE = 1e-3
"""Difference of a direction cosine that is rounding (0.06 degrees)."""

EXACT = 1e-6
"""How far off unit vectors at a right angle are that were rounded to six decimals."""


def usable_orientation(cosines: Sequence[float]) -> Orientation | None:
    """Return ImageOrientationPatient where it is two unit vectors at a right angle.

    Where they are so only within rounding to two or three decimals, they are made so:
    a length of 0.999 would move the end of a row of 512 pixels by half a pixel.
    """
    if len(cosines) != 6:
        return None
    a, b, c, d, e, f = cosines
    lengths, lean = (math.hypot(a, b, c), math.hypot(d, e, f)), a * d + b * e + c * f
    off = max(abs(lean), *(abs(length - 1) for length in lengths))
    if not off < 0.01:
        return None
    if off <= EXACT:
        return a, b, c, d, e, f
    a, b, c = a / lengths[0], b / lengths[0], c / lengths[0]
    lean = a * d + b * e + c * f
    d, e, f = d - lean * a, e - lean * b, f - lean * c
    length = math.hypot(d, e, f)
    return a, b, c, d / length, e / length, f / length


def normal_of(orientation: Orientation) -> Point:
    """Return the cross product of the row and column directions."""
    a, b, c, d, e, f = orientation
    return b * f - c * e, c * d - a * f, a * e - b * d


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the scalar product."""
    return sum(x * y for x, y in zip(one, other, strict=True))


def distances(grid: Grid) -> tuple[float, ...] | None:
    """Return each slice's place along the normal in mm, or None without geometry."""
    if grid.orientation is None or grid.positions is None:
        return None
    normal = normal_of(grid.orientation)
    return tuple(dot(position, normal) for position in grid.positions)


def close(one: Sequence[float], other: Sequence[float], tolerance: float) -> bool:
    """Return whether every number agrees within the tolerance."""
    return all(abs(x - y) <= tolerance for x, y in zip(one, other, strict=True))


def slice_step(places: Sequence[float]) -> float:
    """Return the least distance of neighbouring slices in mm; 0 for one slice."""
    return min((b - a for a, b in pairwise(sorted(places))), default=0.0)
