"""A plane as its file stores it, which some metrics read without turning it into values."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]
Pixels = NDArray[Any]
Scale = tuple[float, float]

_AS_THEY_ARE = (np.dtype(np.float64), np.dtype(np.int16))
"""What the kernels read; other numbers become values first."""

_TWICE = np.dtype(np.uint16)
"""Looks the same as int16 below 2^15."""


@dataclass(frozen=True, eq=False)
class Stored:
    """Pixels ``(rows, columns)`` and the slope and intercept that make them values.

    Kernels read pixels of float64 and int16 in the computer's own order.
    """

    pixels: Pixels
    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def of(cls, given: "Plane | Pixels | Stored") -> "Stored":
        """Return a plane in a form that the kernels read."""
        plane, scale = (given.pixels, given.scale) if isinstance(given, Stored) else (given, _ONE)
        if plane.dtype == _TWICE and plane.size and plane.max() < 2**15:
            plane = plane.view(np.int16)
        if plane.dtype in _AS_THEY_ARE:
            if isinstance(given, Stored) and plane is given.pixels and plane.flags.c_contiguous:
                return given
            return cls(np.ascontiguousarray(plane), *scale)
        return cls(_values(plane, scale))

    @property
    def scale(self) -> Scale:
        """Slope and intercept."""
        return self.slope, self.intercept

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.pixels.shape

    @property
    def whole(self) -> bool:
        """Whether whole numbers are stored, so that every value is finite."""
        finite = math.isfinite(self.slope) and math.isfinite(self.intercept)
        return finite and self.pixels.dtype.kind in "iu"

    @cached_property
    def values(self) -> Plane:
        """The values, made when they are asked for first."""
        if self.pixels.dtype.kind == "f" and self.scale == _ONE:
            return self.pixels
        return _values(self.pixels, self.scale)

    def sample(self, step: int) -> Plane:
        """Return the values of every so many rows and columns."""
        return _values(self.pixels[::step, ::step], self.scale)

    def row(self, number: int) -> Plane:
        """Return the values of one row."""
        return _values(self.pixels[number], self.scale)

    def equals(self, other: "Stored") -> bool:
        """Whether all values are equal."""
        if self.shape != other.shape:
            return False
        middle = self.shape[0] // 2
        if self.pixels.size and (self.row(middle) != other.row(middle)).any():
            return False  # nearly always where they differ, and without looking at every pixel
        return bool(np.array_equal(self.values, other.values))

    def constant(self, mask: NDArray[np.bool_] | None) -> bool:
        """Whether it holds one single value where a mask that is not empty holds."""
        pixels = self.pixels if self.slope else self.values
        middle = self.shape[0] // 2
        some = pixels[middle] if mask is None else pixels[middle][mask[middle]]
        if some.size and (some != some[0]).any():
            return False  # nearly always, and without looking at every pixel
        inside = pixels if mask is None else pixels[mask]
        return bool((inside == inside.flat[0]).all())


_ONE = (1.0, 0.0)


def _values(pixels: Pixels, scale: Scale) -> Plane:
    plane: Plane = pixels.astype(np.float64)
    if scale != _ONE:
        plane *= scale[0]
        plane += scale[1]
    return plane


def alike(one: Stored, other: Stored) -> tuple[Stored, Stored]:
    """Return two planes stored in one kind of number, as kernels that take two want them."""
    if one.pixels.dtype == other.pixels.dtype:
        return one, other
    return Stored(one.values), Stored(other.values)
