"""What the pixels of a screen see of a plane: numbers in, numbers out, no Qt.

The plane keeps the numbers it was stored with; only those that the screen shows
are looked at. OpenCV is imported when a plane is first interpolated.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
Method = Literal["nearest", "linear", "cubic", "mean"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Where the pixels of a screen lie on a plane.

    Parameters
    ----------
    left, top
        The upper left corner of the first screen pixel, in pixels of the plane
        from the upper left corner of its first one.
    step_x, step_y
        How many pixels of the plane one pixel of the screen is wide and high.
    columns, rows
        How many screen pixels there are.
    """

    left: float
    top: float
    step_x: float
    step_y: float
    columns: int
    rows: int


def nearest(plane: Plane, sight: Sight) -> Plane:
    """Return the number of the pixel in which the middle of each screen pixel lies."""
    down = _places(sight.top, sight.step_y, sight.rows, plane.shape[0])
    across = _places(sight.left, sight.step_x, sight.columns, plane.shape[1])
    if down[-1] - down[0] < len(down):  # enlarged: few rows are looked at, each many times
        part = plane[down[0] : down[-1] + 1]
        seen: Plane = np.take(np.take(part, across, axis=1), down - down[0], axis=0)
    else:
        seen = np.take(np.take(plane, down, axis=0), across, axis=1)
    return seen


def _places(start: float, step: float, count: int, size: int) -> NDArray[np.intp]:
    middles = start + (np.arange(count) + 0.5) * step
    places: NDArray[np.intp] = np.clip(np.floor(middles).astype(np.intp), 0, size - 1)
    return places


def sample(plane: Plane, sight: Sight, method: Method) -> Plane:
    """Return what a screen sees of a plane, (rows, columns[, 3]) in the plane's own kind.

    ``mean`` is for planes shown smaller than they are: each screen pixel is the
    mean of what it covers, so that no single bright pixel is lost.
    """
    if method == "nearest":
        return nearest(plane, sight)
    import cv2

    if method == "mean":
        rows, columns = plane.shape[:2]
        size = max(1, round(columns / sight.step_x)), max(1, round(rows / sight.step_y))
        whole = cv2.resize(digestible(plane), size, interpolation=cv2.INTER_AREA)
        top, left = round(sight.top / sight.step_y), round(sight.left / sight.step_x)
        return np.asarray(whole[top : top + sight.rows, left : left + sight.columns])
    part, place = _part(plane, sight)
    flags = cv2.INTER_LINEAR if method == "linear" else cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpAffine(
            part,
            np.array([[place.step_x, 0.0, place.left], [0.0, place.step_y, place.top]]),
            (sight.columns, sight.rows),
            flags=flags | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _part(plane: Plane, sight: Sight) -> tuple[Plane, Sight]:
    """Cut out what is in sight, in a kind OpenCV takes, with two pixels more for cubics."""
    rows, columns = plane.shape[:2]
    first_row = max(0, int(sight.top) - 2)
    last_row = min(rows, int(sight.top + sight.rows * sight.step_y) + 3)
    first_column = max(0, int(sight.left) - 2)
    last_column = min(columns, int(sight.left + sight.columns * sight.step_x) + 3)
    part = plane[first_row:last_row, first_column:last_column]
    # The middle of the first pixel is 0 to OpenCV, half a pixel from the corner to us.
    place = Sight(
        sight.left - first_column + sight.step_x / 2 - 0.5,
        sight.top - first_row + sight.step_y / 2 - 0.5,
        sight.step_x,
        sight.step_y,
        sight.columns,
        sight.rows,
    )
    return digestible(part), place


def digestible(plane: Plane) -> Plane:
    """Return a plane in a kind of number that OpenCV takes, with the same values."""
    kind = plane.dtype
    if kind == np.bool_:
        return plane.astype(np.uint8)
    if kind.kind in "iu" and kind.itemsize > 2:
        return plane.astype(np.float64)
    if kind == np.int8:
        return plane.astype(np.int16)
    if kind == np.float16:
        return plane.astype(np.float32)
    return plane if kind.isnative else plane.astype(kind.newbyteorder("="))
