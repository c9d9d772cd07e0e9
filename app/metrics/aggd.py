"""The statistics of natural scenes behind NIQE and BRISQUE: local contrast and its distribution.

The asymmetric generalised Gaussian distribution (AGGD) is fitted by moments
after Lasmar, Stitou & Berthoumieu (2009), doi:10.1109/ICIP.2009.5414165.
One line of blocks is taken after the other, because fetching memory for whole planes
takes longer than the arithmetic. Sums run down the columns first, so that they
vectorise in one fixed order.
"""

from functools import cache
from typing import Literal, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Plane

FEATURES = 18
"""Numbers that describe one block at one scale."""

ZERO = 1e-9
"""Contrast and its products this near to zero are zero: below lies rounding noise."""

QUANTITIES = 5
"""The contrast itself, and its products with the left, upper and both upper diagonal neighbours."""

_ABSOLUTE, _LEFT, _RIGHT, _LEFT_COUNT, _RIGHT_COUNT = range(5)
_REACH = 3


class Fit(NamedTuple):
    """AGGDs fitted to any number of samples: all of one shape, NaN where not defined.

    ``left`` and ``right`` are the root mean squares on either side of zero, and
    ``scale`` brings them to the scale parameters of the distribution.
    """

    shape: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    scale: NDArray[np.float64]
    mean: NDArray[np.float64]


class Scene(NamedTuple):
    """Blocks of local contrast in numbers.

    ``moments`` are what :func:`fit` needs, ``(blocks, 5 quantities, 5 sums)``: of
    the absolute values, of the squares left and right of zero (beyond 1e-9), and
    how many these are. ``sharpness`` is the mean local deviation of each block.
    """

    moments: NDArray[np.float64]
    sharpness: NDArray[np.float64]


def describe(
    plane: Plane, rows: int, columns: int, *, edges: Literal["edge", "constant"] = "edge"
) -> Scene:
    """Return the statistics of ``(I - mu) / (sigma + 1)`` in blocks, mu and sigma being local.

    Equations 1 to 3 of the NIQE paper: mean and deviation in a Gaussian window of
    7 x 7 with sigma 7/6. Each block wraps around for the products of neighbours.

    Parameters
    ----------
    plane
        On 0..255, ``(rows, columns)``; continued by its edge values (``edge``) or
        by zeros (``constant``).
    rows, columns
        Size of a block. Blocks lie row by row from the upper left corner, full ones only.
    """
    offsets = np.arange(-_REACH, _REACH + 1)
    weights = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    weights /= weights.sum()
    padded = np.pad(np.asarray(plane, dtype=np.float64), _REACH, mode=edges)
    moments, sharpness = _describe(padded, weights[_REACH:], rows, columns)
    return Scene(moments, sharpness)


def block_features(scene: Scene, count: int) -> NDArray[np.float64]:
    """Return the 18 features of each block of ``count`` pixels, ``(blocks, 18)``.

    Shape and spread of the contrast, then shape, mean, left and right spread of
    its products with its four neighbours; NaN where not defined.
    """
    found = fit(scene.moments, count)
    left, right = found.left * found.scale, found.right * found.scale
    own = np.stack([found.shape[:, 0], (left[:, 0] + right[:, 0]) / 2], axis=-1)
    products = np.stack([found.shape, found.mean, left, right], axis=-1)[:, 1:]
    return np.concatenate([own, products.reshape(len(own), FEATURES - 2)], axis=1)


def fit(moments: NDArray[np.float64], count: int) -> Fit:
    """Fit AGGDs by the moments of samples of ``count`` values: ``(..., 5 sums)``.

    The shape is found on a grid from 0.2 to 10 in steps of 0.001. All are NaN
    where one side holds no value beyond 1e-9.
    """
    table = shape_table()
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.sqrt(moments[..., _LEFT] / moments[..., _LEFT_COUNT])
        right = np.sqrt(moments[..., _RIGHT] / moments[..., _RIGHT_COUNT])
        ratio = left / right
        square = (moments[..., _LEFT] + moments[..., _RIGHT]) / count
        peaked = (moments[..., _ABSOLUTE] / count) ** 2 / square
        wanted = peaked * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    defined = np.isfinite(wanted) & (ratio > 0)
    at = nearest(table.ratios, np.where(defined, wanted, 0.5))
    given = np.where(defined, 1.0, np.nan)
    scale = table.scales[at] * given
    mean = (right - left) * scale * table.means[at]
    return Fit(table.shapes[at] * given, left * given, right * given, scale, mean)


def nearest(ascending: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where an ascending table is nearest to each value; the lower of two equally near."""
    above = np.clip(np.searchsorted(ascending, wanted), 1, ascending.size - 1)
    lower = (ascending[above - 1] - wanted) ** 2 <= (ascending[above] - wanted) ** 2
    return above - lower


class ShapeTable(NamedTuple):
    """What follows from a shape, for each shape of the grid."""

    shapes: NDArray[np.float64]
    ratios: NDArray[np.float64]
    scales: NDArray[np.float64]
    means: NDArray[np.float64]


@cache
def shape_table() -> ShapeTable:
    """Return the grid of shapes with their squared mean over mean square, and two factors."""
    from scipy.special import gamma, gammaln

    shapes = np.arange(200, 10001) / 1000
    ratios = np.exp(2 * gammaln(2 / shapes) - gammaln(1 / shapes) - gammaln(3 / shapes))
    scales = np.sqrt(gamma(1 / shapes) / gamma(3 / shapes))
    return ShapeTable(shapes, ratios, scales, gamma(2 / shapes) / gamma(1 / shapes))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _wrap(row: NDArray[np.float64], wide: NDArray[np.float64]) -> None:
    wide[1:-1] = row
    wide[0], wide[-1] = row[-1], row[0]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add(own: NDArray[np.float64], other: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Add a row of products to its sums; three short loops vectorise where one does not."""
    for column in range(own.size):
        sums[_ABSOLUTE, column] += abs(own[column] * other[column])
    for column in range(own.size):
        value = own[column] * other[column]
        below = value if value < -ZERO else 0.0
        sums[_LEFT, column] += below * below
        sums[_LEFT_COUNT, column] += 1.0 if value < -ZERO else 0.0
    for column in range(own.size):
        value = own[column] * other[column]
        above = value if value > ZERO else 0.0
        sums[_RIGHT, column] += above * above
        sums[_RIGHT_COUNT, column] += 1.0 if value > ZERO else 0.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _contrast(
    padded: Plane, weights: NDArray[np.float64], top: int, contrast: Plane, deviation: Plane
) -> None:
    """Filter down the columns and along the rows, one row at a time, from one row on."""
    columns = padded.shape[1] - 2 * _REACH
    value = np.empty(columns + 2 * _REACH)
    square = np.empty(columns + 2 * _REACH)
    for row in range(contrast.shape[0]):
        centre = padded[top + row + _REACH]
        for column in range(columns + 2 * _REACH):
            value[column] = centre[column] * weights[0]
            square[column] = centre[column] * centre[column] * weights[0]
        for away in range(_REACH, 0, -1):
            upper, lower, weight = (
                padded[top + row + _REACH - away],
                padded[top + row + _REACH + away],
                weights[away],
            )
            for column in range(columns + 2 * _REACH):
                above, below = upper[column], lower[column]
                value[column] += (above + below) * weight
                square[column] += (above * above + below * below) * weight
        for column in range(columns):
            mean = (
                value[column + 3] * weights[0]
                + (value[column] + value[column + 6]) * weights[3]
                + (value[column + 1] + value[column + 5]) * weights[2]
                + (value[column + 2] + value[column + 4]) * weights[1]
            )
            mean_square = (
                square[column + 3] * weights[0]
                + (square[column] + square[column + 6]) * weights[3]
                + (square[column + 1] + square[column + 5]) * weights[2]
                + (square[column + 2] + square[column + 4]) * weights[1]
            )
            sigma = np.sqrt(np.abs(mean_square - mean * mean))
            deviation[row, column] = sigma
            contrast[row, column] = (centre[column + _REACH] - mean) / (sigma + 1)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_moments(contrast: Plane, columns: int, moments: NDArray[np.float64]) -> None:
    """Sum each quantity of each block of a line; ``sums`` holds one sum for each column."""
    rows = contrast.shape[0]
    sums = np.empty((QUANTITIES, 5, columns))
    above = np.empty(columns + 2)  # the row before, with one neighbour on each side
    here = np.empty(columns + 2)
    one = np.ones(columns)
    for block in range(moments.shape[0]):
        left = block * columns
        sums[:] = 0.0
        _wrap(contrast[rows - 1, left : left + columns], above)
        for row in range(rows):
            _wrap(contrast[row, left : left + columns], here)
            own = here[1:-1]
            _add(own, one, sums[0])
            _add(own, here[:-2], sums[1])
            _add(own, above[1:-1], sums[2])
            _add(own, above[:-2], sums[3])
            _add(own, above[2:], sums[4])
            above, here = here, above
        for quantity in range(QUANTITIES):
            for which in range(5):
                total = 0.0
                for column in range(columns):
                    total += sums[quantity, which, column]
                moments[block, quantity, which] = total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _describe(
    padded: Plane, weights: NDArray[np.float64], rows: int, columns: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take one line of blocks after the other, in the same memory."""
    width = padded.shape[1] - 2 * _REACH
    down, across = (padded.shape[0] - 2 * _REACH) // rows, width // columns
    moments = np.empty((down * across, QUANTITIES, 5))
    sharpness = np.empty(down * across)
    contrast = np.empty((rows, width))
    deviation = np.empty((rows, width))
    for line in range(down):
        _contrast(padded, weights, line * rows, contrast, deviation)
        _add_moments(contrast, columns, moments[line * across : (line + 1) * across])
        for block in range(across):
            total = 0.0
            for row in range(rows):
                for column in range(block * columns, (block + 1) * columns):
                    total += deviation[row, column]
            sharpness[line * across + block] = total / (rows * columns)
    return moments, sharpness
