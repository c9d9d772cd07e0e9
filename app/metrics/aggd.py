"""The statistics of natural scenes behind NIQE: local contrast and its distribution.

The asymmetric generalised Gaussian distribution (AGGD) is fitted by moments
after Lasmar, Stitou & Berthoumieu (2009), doi:10.1109/ICIP.2009.5414165.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Plane

FEATURES = 18
"""Numbers that describe one block at one scale."""

ZERO = 1e-9
"""Contrast and its products this near to zero are zero: below lies rounding noise."""

_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))


def local_contrast(plane: Plane) -> Plane:
    """Return ``(I - mu) / (sigma + 1)`` with a Gaussian local mean and deviation.

    Equations 1 to 3 of the NIQE paper: a 7 x 7 window with sigma 7/6, the plane
    continued by its edge values.
    """
    mean = _smooth(plane)
    deviation = np.sqrt(np.abs(_smooth(plane * plane) - mean * mean))
    contrast: Plane = (plane - mean) / (deviation + 1)
    return contrast


def block_features(block: Plane) -> tuple[float, ...]:
    """Return the 18 features of one block of local contrast; NaN where not defined.

    Shape and spread of the contrast, then shape, mean, left and right spread of
    its products with its four neighbours (the block wraps around).
    """
    shape, left, right, _ = fit(block.ravel())
    features = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        shape, left, right, mean = fit((block * np.roll(block, shift, axis=(0, 1))).ravel())
        features += [shape, mean, left, right]
    return tuple(features)


def fit(values: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Fit an AGGD by its moments: shape, left spread, right spread, mean.

    The shape is found on a grid from 0.2 to 10 in steps of 0.001. All are NaN
    where one side holds no value beyond 1e-9.
    """
    from scipy.special import gamma

    below, above = values[values < -ZERO], values[values > ZERO]
    if not below.size or not above.size:
        return np.nan, np.nan, np.nan, np.nan
    left = float(np.sqrt(np.mean(below**2)))
    right = float(np.sqrt(np.mean(above**2)))
    ratio = left / right
    peaked = float(np.mean(np.abs(values)) ** 2 / np.mean(values**2))
    wanted = peaked * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shapes, ratios = _shape_table()
    shape = float(shapes[np.argmin((ratios - wanted) ** 2)])
    spread = float(np.sqrt(gamma(1 / shape) / gamma(3 / shape)))
    mean = (right - left) * spread * float(gamma(2 / shape) / gamma(1 / shape))
    return shape, left * spread, right * spread, mean


@cache
def _shape_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.special import gammaln

    shapes = np.arange(200, 10001) / 1000
    ratios = np.exp(2 * gammaln(2 / shapes) - gammaln(1 / shapes) - gammaln(3 / shapes))
    return shapes, ratios


def _smooth(plane: Plane) -> Plane:
    from scipy import ndimage

    offsets = np.arange(-3, 4)
    weights = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    weights /= weights.sum()
    rows = ndimage.correlate1d(plane, weights, axis=0, mode="nearest")
    smooth: Plane = ndimage.correlate1d(rows, weights, axis=1, mode="nearest")
    return smooth
