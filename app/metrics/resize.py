"""Halving of a plane as MATLAB's ``imresize(plane, 0.5)`` does it."""

import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Plane


def halve(plane: Plane) -> Plane:
    """Return the plane at half its size: bicubic, antialiased, mirrored at the edges.

    The kernel is Keys' cubic with a = -0.5 (1981, doi:10.1109/TASSP.1981.1163711),
    stretched by two so that it also removes what the coarser grid cannot hold.
    An odd side is rounded up.
    """
    return _halve_rows(_halve_rows(plane).T).T


def _halve_rows(plane: Plane) -> Plane:
    rows = plane.shape[0]
    centres = 2 * np.arange(-(-rows // 2)) + 0.5
    taps = np.floor(centres - 4).astype(np.int64)[:, None] + np.arange(1, 10)
    weights = _cubic((centres[:, None] - taps) / 2)
    weights /= weights.sum(axis=1, keepdims=True)
    mirror = np.concatenate([np.arange(rows), np.arange(rows)[::-1]])
    gathered = plane[mirror[taps % (2 * rows)]]
    half: Plane = np.einsum("ot,otc->oc", weights, gathered)
    return half


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))
