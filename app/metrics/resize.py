"""Shrinking of a plane as MATLAB's ``imresize`` does it: bicubic, antialiased."""

from functools import cache

import numba
import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Plane


def halve(plane: Plane) -> Plane:
    """Return the plane at half its size, as ``imresize(plane, 0.5)``.

    The kernel is Keys' cubic with a = -0.5 (1981, doi:10.1109/TASSP.1981.1163711),
    stretched by two so that it also removes what the coarser grid cannot hold.
    The plane is mirrored at its edges. An odd side is rounded up.
    """
    rows, columns = plane.shape
    return _resample(plane, _taps(rows, -(-rows // 2), 0.5), _taps(columns, -(-columns // 2), 0.5))


def shrink(plane: Plane, shape: tuple[int, int]) -> Plane:
    """Return the plane at a smaller size, as ``imresize(plane, shape)``.

    As :func:`halve`, with the kernel stretched along each side by how much that
    side shrinks.

    Raises
    ------
    ValueError
        A side would grow.
    """
    if any(small > large for small, large in zip(shape, plane.shape, strict=True)):
        raise ValueError(f"{plane.shape} does not shrink to {shape}")
    rows, columns = (
        _taps(large, small, small / large) for small, large in zip(shape, plane.shape, strict=True)
    )
    return _resample(plane, rows, columns)


_Taps = tuple[NDArray[np.int64], NDArray[np.float64]]


@cache
def _taps(large: int, small: int, scale: float) -> _Taps:
    """Return for each place of the small side which places it is made of, and their weights."""
    centres = (np.arange(small) + 0.5) / scale - 0.5
    reach = 2 / scale
    places = np.floor(centres - reach).astype(np.int64)[:, None] + np.arange(1, 2 * reach + 1.5)
    places = places.astype(np.int64)
    weights = _cubic((centres[:, None] - places) * scale)
    weights /= weights.sum(axis=1, keepdims=True)
    mirror = np.concatenate([np.arange(large), np.arange(large)[::-1]])
    return mirror[places % (2 * large)], weights


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _resample(plane: Plane, rows: _Taps, columns: _Taps) -> Plane:
    plane = np.ascontiguousarray(plane, dtype=np.float64)
    small: Plane = _along_columns(_along_rows(plane, *rows), *columns)
    return small


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _along_rows(plane: Plane, places: NDArray[np.int64], weights: NDArray[np.float64]) -> Plane:
    small = np.zeros((places.shape[0], plane.shape[1]))
    for row in range(places.shape[0]):
        for tap in range(places.shape[1]):
            weight, place = weights[row, tap], places[row, tap]
            for column in range(plane.shape[1]):
                small[row, column] += weight * plane[place, column]
    return small


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _along_columns(plane: Plane, places: NDArray[np.int64], weights: NDArray[np.float64]) -> Plane:
    small = np.empty((plane.shape[0], places.shape[0]))
    for row in range(plane.shape[0]):
        for column in range(places.shape[0]):
            total = 0.0
            for tap in range(places.shape[1]):
                total += weights[column, tap] * plane[row, places[column, tap]]
            small[row, column] = total
    return small
