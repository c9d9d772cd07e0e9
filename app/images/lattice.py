"""Where the pixels of one plane lie on the pixel grid of another.

A place in the patient is P = ImagePositionPatient + column * spacing * X +
row * spacing * Y (PS3.3 C.7.6.2.1.1). Put into the reconstruction's own axes it
gives the place of every reference pixel in reconstruction pixels. Parallel
planes whose axes are only mirrored or swapped part into rows and columns, and
each axis has its own rule:

- the pixel centres coincide: taken as they are, no interpolation;
- a whole number of times finer and sampled on the reference's own points (both
  first pixels share their centre): those points are taken as they are;
- finer otherwise: the mean over the area of each reference pixel;
- as coarse or coarser, between the centres: linear interpolation.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid
from app.images.geometry import DIRECTION_TOLERANCE, POSITION_TOLERANCE

Place = tuple[float, float]

PIXEL_TOLERANCE = 0.02
"""Part of a pixel by which two planes may be shifted and still lie on each other."""

_EDGE = 0.01
"""Part of a reference pixel that may stick out of the field and count as covered."""


@dataclass(frozen=True, slots=True)
class Taps:
    """Which pixels of one axis make each pixel of the reference's, with what weights.

    ``index`` and ``weight`` have the shape (pixels of the reference, taps);
    ``covered`` is False where the reconstruction has nothing.
    """

    index: NDArray[np.intp]
    weight: NDArray[np.float64]
    covered: NDArray[np.bool_]


@dataclass(frozen=True)
class Axis:
    """One axis of the reference in pixels of the reconstruction: place = offset + scale * pixel.

    ``scale`` is negative where the axis is mirrored. ``pixels`` counts the
    reference's, ``available`` the reconstruction's. ``tolerance`` is in pixels
    of the reference.
    """

    scale: float
    offset: float
    pixels: int
    available: int
    tolerance: float

    @cached_property
    def finer(self) -> float:
        """How many pixels of the reconstruction lie in one of the reference."""
        return abs(self.scale)

    @cached_property
    def stride(self) -> int:
        """The step that lands on a pixel's centre every time; 0 where none does."""
        step = round(self.finer)
        slack = self.tolerance * max(self.finer, 1.0)
        if step < 1 or abs(self.finer - step) * max(self.pixels - 1, 1) > slack:
            return 0
        if abs(self.offset - round(self.offset)) > slack:
            return 0
        first = 0.0 if self.scale > 0 else self.available - 1.0
        return step if step == 1 or abs(self.offset - first) <= slack else 0

    @cached_property
    def interpolation(self) -> str:
        """``none``, ``linear`` or ``area mean``."""
        if self.stride:
            return "none"
        grown = (self.finer - 1) * max(self.pixels - 1, 1)
        return "area mean" if grown > self.tolerance else "linear"

    @cached_property
    def whole(self) -> bool:
        """Whether the pixels of both are the same ones, in this or the other direction."""
        first = 0 if self.scale > 0 else self.available - 1
        return self.stride == 1 and self.pixels == self.available and round(self.offset) == first

    @property
    def same(self) -> bool:
        """Whether every pixel lies on the pixel of its own number."""
        return self.whole and self.scale > 0

    @cached_property
    def taps(self) -> Taps:
        """The pixels and weights that make each pixel of the reference."""
        numbers = np.arange(self.pixels)
        if self.stride:
            sign = 1 if self.scale > 0 else -1
            index = round(self.offset) + sign * self.stride * numbers
            covered = (index >= 0) & (index < self.available)
            return Taps(_within(index, self.available)[:, None], np.ones((self.pixels, 1)), covered)
        places: NDArray[np.float64] = self.offset + self.scale * numbers.astype(np.float64)
        half = self.finer / 2
        low: NDArray[np.float64] = places - half
        high: NDArray[np.float64] = places + half
        slack = _EDGE * self.finer
        covered = (low >= -0.5 - slack) & (high <= self.available - 0.5 + slack)
        if self.interpolation == "linear":
            inside = np.clip(places, 0, self.available - 1)
            first = np.floor(inside).astype(np.intp)
            share = np.round(inside - first, 9)
            index = np.stack([first, first + 1], axis=1)
            weight = np.stack([1 - share, share], axis=1)
        else:
            index, weight = _areas(low, high, self.available)
        return Taps(_within(index, self.available), weight, covered)


def _areas(
    low: NDArray[np.float64], high: NDArray[np.float64], available: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return pixels and weights of the means over the intervals low..high.

    Every pixel counts with the part of it that lies inside, and is taken as linear
    within, its slope that of its neighbours: whole pixels keep their mean, and a
    ramp stays exact wherever the ends fall (second-order conservative remapping,
    Jones 1999, doi:10.1175/1520-0493(1999)127<2204:FASOCR>2.0.CO;2).
    """
    first = np.floor(low + 0.5).astype(np.intp) - 1
    index = first[:, None] + np.arange(math.ceil(float((high - low).max())) + 3)
    start = np.clip(low[:, None] - index, -0.5, 0.5)
    end = np.clip(high[:, None] - index, -0.5, 0.5)
    inside = (index >= 0) & (index < available)
    # what sticks out of the field belongs to no pixel of it
    weight = np.where(inside, end - start, 0.0)
    lean = np.where(inside & (available > 1), (end**2 - start**2) / 2, 0.0)
    at_first, at_last = inside & (index == 0), inside & (index == available - 1)
    after = np.where(at_first, lean, np.where(at_last, 0.0, lean / 2))
    before = np.where(at_last, lean, np.where(at_first, 0.0, lean / 2))
    weight += np.where(at_last, lean, 0.0) - np.where(at_first, lean, 0.0)
    weight[:, 1:] += after[:, :-1]
    weight[:, :-1] -= before[:, 1:]
    weight = np.round(weight, 9)
    total = weight.sum(axis=1, keepdims=True)
    return index, np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)


def _within(index: NDArray[np.intp], available: int) -> NDArray[np.intp]:
    return np.clip(index, 0, available - 1)


@dataclass(frozen=True)
class Turned:
    """A plane turned in itself: place = offset + matrix @ (row, column).

    Only for a reconstruction that is not finer; values between four pixels are
    interpolated bilinearly.
    """

    matrix: tuple[Place, Place]
    offset: Place
    shape: tuple[int, int]
    available: tuple[int, int]

    @cached_property
    def covered(self) -> NDArray[np.bool_]:
        """Where the whole reference pixel, upright, lies in the reconstruction's field."""
        found = np.ones(self.shape, dtype=np.bool_)
        for place, row, count in zip(self.places, self.matrix, self.available, strict=True):
            half = (abs(row[0]) + abs(row[1])) / 2
            found &= (place >= -0.5 + half - _EDGE) & (place <= count - 0.5 - half + _EDGE)
        return found

    @property
    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The place of every reference pixel: row and column in the reconstruction."""
        rows = np.arange(self.shape[0], dtype=np.float64)[:, None]
        columns = np.arange(self.shape[1], dtype=np.float64)[None, :]
        (a, b), (c, d) = self.matrix
        return self.offset[0] + a * rows + b * columns, self.offset[1] + c * rows + d * columns


@dataclass(frozen=True)
class Upright:
    """A plane whose axes are those of the reference, perhaps mirrored or swapped.

    ``rows`` and ``columns`` are the reference's axes; where ``swapped`` the
    reference's rows run along the reconstruction's columns.
    """

    rows: Axis
    columns: Axis
    swapped: bool

    @property
    def same(self) -> bool:
        """Whether both planes are one grid."""
        return not self.swapped and self.rows.same and self.columns.same

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Where the reconstruction has data, in the shape of the reference."""
        found: NDArray[np.bool_] = (
            self.rows.taps.covered[:, None] & self.columns.taps.covered[None, :]
        )
        return found


PlaneMap = Upright | Turned


def plane_map(ours: Grid, theirs: Grid, one: int, other: int) -> PlaneMap:
    """Return where the pixels of a reference slice lie on a reconstruction's slice.

    Parameters
    ----------
    ours, theirs
        The grids of the reference and of the reconstruction, with spacing,
        orientation and positions, their planes parallel.
    one, other
        The slice of each.
    """
    if not (ours.positions and theirs.positions and ours.orientation and theirs.orientation):
        raise ValueError("both grids need positions and an orientation")
    if not (ours.spacing and theirs.spacing):
        raise ValueError("both grids need their spacing")
    x, y = np.array(ours.orientation[:3]), np.array(ours.orientation[3:])
    theirs_x, theirs_y = np.array(theirs.orientation[:3]), np.array(theirs.orientation[3:])
    apart = np.array(ours.positions[one]) - np.array(theirs.positions[other])
    # cosine[i, j]: how far our axis j (rows run along y, columns along x) goes along their axis i
    cosine = np.array([[y @ theirs_y, x @ theirs_y], [y @ theirs_x, x @ theirs_x]])
    their_size, our_size = np.array(theirs.spacing), np.array(ours.spacing)
    matrix = cosine * our_size[None, :] / their_size[:, None]
    offset = np.array([apart @ theirs_y, apart @ theirs_x]) / their_size
    shape, available = (ours.rows, ours.columns), (theirs.rows, theirs.columns)
    swapped = abs(cosine[0, 0]) < abs(cosine[0, 1])
    off_axis = np.diag(cosine) if swapped else np.diag(cosine[::-1])
    if np.abs(off_axis).max() > DIRECTION_TOLERANCE:
        rows = ((matrix[0, 0], matrix[0, 1]), (matrix[1, 0], matrix[1, 1]))
        return Turned(rows, (offset[0], offset[1]), shape, available)
    along = (1, 0) if swapped else (0, 1)
    axes = [
        Axis(
            float(matrix[theirs_axis, ours_axis]),
            float(offset[theirs_axis]),
            shape[ours_axis],
            available[theirs_axis],
            max(PIXEL_TOLERANCE, POSITION_TOLERANCE / float(our_size[ours_axis])),
        )
        for ours_axis, theirs_axis in enumerate(along)
    ]
    return Upright(axes[0], axes[1], bool(swapped))
