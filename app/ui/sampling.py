"""What the pixels of a screen see of a plane: numbers in, numbers out, no Qt.

The plane keeps the numbers it was stored with; only those that the screen shows
are looked at. OpenCV is imported when a plane is first interpolated.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
Method = Literal["nearest", "linear", "cubic", "mean"]
_ROWS = 16


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


def nearest(
    plane: Plane, sight: Sight, look: Callable[[Plane], Plane] = lambda part: part
) -> Plane:
    """Return the pixel in which the middle of each screen pixel lies.

    Parameters
    ----------
    plane
        (rows, columns) or (rows, columns, 3).
    sight
        Where the screen's pixels lie.
    look
        Turns stored numbers into what is shown, each by itself; it is asked for
        the pixels of the plane or those of the screen, whichever are fewer.
    """
    down = _places(sight.top, sight.step_y, sight.rows, plane.shape[0])
    across = _places(sight.left, sight.step_x, sight.columns, plane.shape[1])
    if sight.step_x * sight.step_y > 1:
        return look(_picked(plane, down, across))
    part = plane[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    wide = look(part)[:, across - across[0]]
    rows: Plane = np.take(wide, down - down[0], axis=0)
    return rows


def _picked(plane: Plane, down: NDArray[np.intp], across: NDArray[np.intp]) -> Plane:
    """Return some rows and columns; a few rows at a time stay in the processor's cache."""
    seen = np.empty((len(down), len(across), *plane.shape[2:]), plane.dtype)
    for first in range(0, len(down), _ROWS):
        rows = np.take(plane, down[first : first + _ROWS], axis=0)
        # The places are inside; "clip" lets NumPy write where it is told to without a copy.
        np.take(rows, across, axis=1, out=seen[first : first + _ROWS], mode="clip")
    return seen


def _places(start: float, step: float, count: int, size: int) -> NDArray[np.intp]:
    middles = start + (np.arange(count) + 0.5) * step
    places: NDArray[np.intp] = np.minimum(np.maximum(middles, 0).astype(np.intp), size - 1)
    return places


def look_up(table: Plane, numbers: Plane) -> Plane:
    """Return a table's entries at unsigned integers, by OpenCV where it can: twice as fast."""
    entries: Plane
    if table.dtype != np.uint8 or numbers.ndim != 2 or not _reads(numbers.dtype):
        entries = np.take(table, numbers)
    else:
        entries = np.asarray(opencv().LUT(numbers, table.reshape(1, -1)))
    return entries


@cache
def _reads(kind: np.dtype[Any]) -> bool:
    """Return whether this OpenCV has tables for a kind: for 16 bits, not all have."""
    cv2 = opencv()
    table = np.zeros((1, 2 ** (8 * kind.itemsize)), np.uint8)
    try:
        cv2.LUT(np.zeros((1, 1), kind), table)
    except cv2.error:
        return False
    return True


@cache
def opencv() -> Any:
    """Return OpenCV, on one thread: two for a part of a millisecond get in each other's way."""
    import cv2

    cv2.setNumThreads(1)
    return cv2


def for_screen(levels: Plane) -> Plane:
    """Return grey levels or colours in uint8 as a screen keeps them, (rows, columns, 4).

    Qt would do it itself, in threads of its own that it waits for: on a busy
    computer for long.
    """
    cv2 = opencv()
    code = cv2.COLOR_GRAY2BGRA if levels.ndim == 2 else cv2.COLOR_RGB2BGRA
    return np.asarray(cv2.cvtColor(levels, code))


def between(plane: Plane, sight: Sight, method: Method) -> Plane:
    """Return straight lines (``linear``) or ``cubic`` curves between the pixels of a plane.

    Whole numbers stay whole: they are rounded to the nearest.
    """
    cv2 = opencv()
    part, place = _part(plane, sight)
    # In int16 OpenCV takes three times as long, and puts pixels to the nearest 1/32 of one.
    signed = part.dtype == np.int16
    seen = cv2.warpAffine(
        part.astype(np.float32) if signed else part,
        np.array([[place.step_x, 0.0, place.left], [0.0, place.step_y, place.top]]),
        (sight.columns, sight.rows),
        flags=(cv2.INTER_CUBIC if method == "cubic" else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if signed:
        seen = cv2.add(seen, (0.0,) * 4, dtype=cv2.CV_16S)
    return np.asarray(seen)


def _part(plane: Plane, sight: Sight) -> tuple[Plane, Sight]:
    """Cut out what is in sight, with what curves at its edge look at besides."""
    rows, columns = plane.shape[:2]
    top, left = max(0, int(sight.top) - 2), max(0, int(sight.left) - 2)
    bottom = min(rows, int(sight.top + sight.rows * sight.step_y) + 3)
    right = min(columns, int(sight.left + sight.columns * sight.step_x) + 3)
    # The middle of the first pixel is 0 to OpenCV, half a pixel from the corner to us.
    place = replace(
        sight,
        left=sight.left - left + sight.step_x / 2 - 0.5,
        top=sight.top - top + sight.step_y / 2 - 0.5,
    )
    return digestible(plane[top:bottom, left:right]), place


class Means:
    """A plane and its halves, each pixel the mean of four: what is seen from afar.

    A single bright pixel is not lost in them, as it is where every sixth pixel
    is shown. They are made as small as somebody looked at them, and kept.
    """

    def __init__(self, plane: Plane) -> None:
        self._levels = [plane]

    def seen(self, sight: Sight) -> Plane:
        """Return the mean of what each screen pixel covers.

        Along an axis on which pixels are wider than those of the screen, there
        are straight lines between them.
        """
        rows, columns = self._levels[0].shape[:2]
        wide = columns if sight.step_x <= 1 else max(1, round(columns / sight.step_x))
        high = rows if sight.step_y <= 1 else max(1, round(rows / sight.step_y))
        level = self._level(wide, high)
        if level.shape[:2] != (high, wide):
            level = _shrunk(level, wide, high)
        place = _on(level, self._levels[0], sight)
        top, left = round(place.top), round(place.left)
        if place.step_x < 1 or place.step_y < 1:
            return between(level, place, "linear")
        return level[top : top + sight.rows, left : left + sight.columns]

    def glance(self, sight: Sight, look: Callable[[Plane], Plane]) -> Plane:
        """Return the nearest pixels of the halves that are there already."""
        rows, columns = self._levels[0].shape[:2]
        wide, high = columns / sight.step_x, rows / sight.step_y
        fit = [one for one in self._levels if one.shape[0] >= high and one.shape[1] >= wide]
        level = fit[-1] if fit else self._levels[0]
        return nearest(level, _on(level, self._levels[0], sight), look)

    def _level(self, wide: int, high: int) -> Plane:
        """Return the smallest of the halves that is at least so large, made if need be."""
        for place in range(1, 32):
            before = self._levels[place - 1]
            rows, columns = (math.ceil(size / 2) for size in before.shape[:2])
            if rows < high or columns < wide:
                return before
            if place == len(self._levels):
                self._levels.append(_shrunk(before, columns, rows))
        return self._levels[-1]


def _shrunk(plane: Plane, columns: int, rows: int) -> Plane:
    cv2 = opencv()
    return np.asarray(cv2.resize(digestible(plane), (columns, rows), interpolation=cv2.INTER_AREA))


def _on(level: Plane, plane: Plane, sight: Sight) -> Sight:
    """Return where the screen lies on a smaller or larger picture of the same plane."""
    down = level.shape[0] / plane.shape[0]
    across = level.shape[1] / plane.shape[1]
    return replace(
        sight,
        left=sight.left * across,
        top=sight.top * down,
        step_x=sight.step_x * across,
        step_y=sight.step_y * down,
    )


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
