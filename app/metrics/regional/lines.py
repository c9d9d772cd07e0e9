"""Values along a line, and lengths, areas and angles in honest units."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid
from app.domain.shape import Place
from app.metrics.inputs import Mask, Plane, Refusal

CAVEATS = {
    "detector": "Measured at the detector: in the patient it is smaller, by the magnification.",
    "calibrated": "Corrected by an object of known size; true only at the depth of that object.",
    "scanned": "Measured on the scanned film.",
}
_WHERE = {"detector": "at the detector", "calibrated": "calibrated", "scanned": "on the film"}
NO_SPACING = "The files do not say how large a pixel is: there are no millimetres."


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured number with its unit, and what a person must know of it."""

    value: float
    unit: str
    caveat: str = ""


def sample_line(
    plane: Plane, start: Place, end: Place, *, valid: Mask | None = None, per_pixel: float = 1.0
) -> NDArray[np.float64]:
    """Return values at equal steps along a line, both ends included, by linear interpolation.

    Parameters
    ----------
    plane
        ``(rows, columns)``.
    start, end
        In parts of pixels; a pixel's own value stands at its centre, 0.5 from its edges.
        Beyond the outermost centres the value is that of the border's pixel, beyond the
        image NaN.
    valid
        Where there are values; a sample that needs another pixel is NaN.
    per_pixel
        Samples for each pixel of length, at least two in all.
    """
    count = sample_count(start, end, per_pixel)
    rows, columns = (np.linspace(start[axis], end[axis], count) for axis in (0, 1))
    inside = (rows >= 0) & (rows <= plane.shape[0]) & (columns >= 0) & (columns <= plane.shape[1])
    down = np.clip(rows - 0.5, 0, plane.shape[0] - 1)
    across = np.clip(columns - 0.5, 0, plane.shape[1] - 1)
    top = np.floor(down).astype(np.intp)
    left = np.floor(across).astype(np.intp)
    bottom = np.minimum(top + 1, plane.shape[0] - 1)
    right = np.minimum(left + 1, plane.shape[1] - 1)
    part_down, part_across = down - top, across - left
    found = np.zeros(count)
    for row, share_down in ((top, 1 - part_down), (bottom, part_down)):
        for column, share_across in ((left, 1 - part_across), (right, part_across)):
            share = share_down * share_across
            value = plane[row, column]
            if valid is not None:
                value = np.where(valid[row, column], value, np.nan)
            found += np.where(share > 0, share * value, 0.0)
    return np.where(inside, found, np.nan)


def sample_count(start: Place, end: Place, per_pixel: float = 1.0) -> int:
    """Return how many samples a line has: one a pixel and one more, at least two."""
    return max(2, math.ceil(math.dist(start, end) * per_pixel) + 1)


def length(start: Place, end: Place, grid: Grid) -> Quantity:
    """Return the length of a line, in millimetres where the pixels' size is known."""
    down, across = end[0] - start[0], end[1] - start[1]
    if grid.spacing is None:
        return Quantity(math.hypot(down, across), "pixels", NO_SPACING)
    rows, columns = grid.spacing
    return Quantity(math.hypot(down * rows, across * columns), _unit("mm", grid), _caveat(grid))


def area(pixels: int, grid: Grid) -> Quantity:
    """Return the area of some pixels, in square millimetres where their size is known."""
    if grid.spacing is None:
        return Quantity(float(pixels), "pixels", NO_SPACING)
    rows, columns = grid.spacing
    return Quantity(pixels * rows * columns, _unit("mm²", grid), _caveat(grid))


def angle(start: Place, vertex: Place, end: Place, grid: Grid) -> Quantity:
    """Return the angle between two lines that meet in a vertex, 0 to 180 degrees.

    Raises
    ------
    MetricRefused
        A side has no length.
    """
    rows, columns = grid.spacing or (1.0, 1.0)
    first, second = (
        ((one[0] - vertex[0]) * rows, (one[1] - vertex[1]) * columns) for one in (start, end)
    )
    if math.hypot(*first) == 0 or math.hypot(*second) == 0:
        raise Refusal(
            "One side of the angle has no length.",
            remedy="Pull its end away from the vertex.",
            flag="refused:undefined",
        )
    turn = math.atan2(
        first[0] * second[1] - first[1] * second[0], first[0] * second[0] + first[1] * second[1]
    )
    caveat = "" if grid.spacing is not None else "Taken as if the pixels were square."
    return Quantity(abs(math.degrees(turn)), "°", caveat)


def _unit(unit: str, grid: Grid) -> str:
    return f"{unit} {_WHERE.get(grid.spacing_kind, '')}".rstrip()


def _caveat(grid: Grid) -> str:
    return CAVEATS.get(grid.spacing_kind, "")
