"""The reference and every arm of a case, one slice of each, as measuring at a shape needs them."""

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid, Image
from app.domain.pair import Pair
from app.domain.shape import Shape
from app.errors import BlindReadError, GeometryMismatch

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]
Box = tuple[slice, slice]

MARGIN = 20
"""Pixels around a shape that what is measured across an edge may need."""

KEPT = 12


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One image that is measured: its name, and where its slice is found.

    ``image`` is None where it is not at hand; the slice ``index`` of ``pair`` is then read.
    An index below 0 says that the arm has no slice there.
    """

    name: str
    image: Image | None
    index: int
    pair: Pair | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A rectangle of one slice in real-world values, and where they are tissue values."""

    name: str
    plane: Plane
    valid: Mask | None
    unit: str


def part_of(side: Side, box: Box, grid: Grid) -> Part:
    """Return a rectangle of a side, ``box`` of a slice on ``grid``; only it is converted.

    Raises
    ------
    BlindReadError
        The slice cannot be read, is not there, or lies on another grid.
    """
    image, index = _image(side)
    if (image.grid.rows, image.grid.columns) != (grid.rows, grid.columns):
        raise GeometryMismatch(
            f"{side.name} does not lie on the grid of the reference.",
            remedy="Choose another arm.",
        )
    plane: Plane = image.pixels[index][box].astype(np.float64)
    slope, intercept = image.slopes[index], image.intercepts[index]
    if (slope, intercept) != (1.0, 0.0):
        plane *= slope
        plane += intercept
    return Part(side.name, plane, _valid(image, index, box), image.unit)


def parts_of(sides: Sequence[Side], box: Box, grid: Grid) -> tuple[list[Part | None], list[str]]:
    """Return a rectangle of every side, None where it cannot be had, and the reasons."""
    parts: list[Part | None] = []
    reasons = []
    for side in sides:
        try:
            parts.append(part_of(side, box, grid))
        except BlindReadError as error:
            parts.append(None)
            reasons.append(f"{side.name}: {error}")
    return parts, reasons


def box_around(shape: Shape, grid: Grid, margin: int = MARGIN) -> tuple[Box, Shape]:
    """Return a rectangle around a shape inside the grid, and the shape as seen from its corner."""
    top, left, bottom, right = shape.box
    rows = _span(top, bottom, margin, grid.rows)
    columns = _span(left, right, margin, grid.columns)
    return (rows, columns), shape.moved(-rows.start, -columns.start)


def _span(first: float, last: float, margin: int, count: int) -> slice:
    start = min(max(math.floor(first) - margin, 0), count - 1)
    return slice(start, max(min(math.ceil(last) + margin, count), start + 1))


def _valid(image: Image, index: int, box: Box) -> Mask | None:
    valid: Mask | None = None
    if image.padding is not None:
        low, high = image.padding
        stored = image.pixels[index][box]
        valid = (stored < low) | (stored > high)
    if image.covered is not None:
        covered: Mask = image.covered[index][box]
        valid = covered if valid is None else valid & covered
    return valid


_read: "OrderedDict[Hashable, Image]" = OrderedDict()
_reading = threading.Lock()


def _image(side: Side) -> tuple[Image, int]:
    """Return the image of a side, and the index of its slice in it; the last few are kept."""
    if side.index < 0:
        raise GeometryMismatch(
            "this arm has no slice at this place.", remedy="Go to a slice that it has."
        )
    if side.image is not None:
        return side.image, side.index
    if side.pair is None:
        raise GeometryMismatch("this image is not there.", remedy="Wait until it is loaded.")
    key = (side.pair, side.index, _stamps(side.pair, side.index))
    with _reading:
        if key not in _read:
            from app.images.regrid import read_reconstruction

            _read[key] = read_reconstruction(side.pair, (side.index,))
        _read.move_to_end(key)
        while len(_read) > KEPT:
            _read.popitem(last=False)
        return _read[key], 0


def _stamps(pair: Pair, index: int) -> tuple[tuple[int, int], ...]:
    """Return what tells whether the files of one slice of a reconstruction have changed."""
    regrid = pair.regrid
    blends = regrid.blends if regrid is not None else ()
    sources = [number for number, _ in blends[index]] if blends else [pair.slices[index][1]]
    try:
        found = [pair.reconstruction.slices[number].path.stat() for number in sources]
    except OSError:  # told when it is read
        return ()
    return tuple((one.st_size, one.st_mtime_ns) for one in found)
