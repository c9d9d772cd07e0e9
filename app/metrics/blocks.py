"""A plane as blocks of 96 x 96 pixels with their statistics, and their distance from a model.

What NIQE (Mittal, Soundararajan & Bovik 2013, doi:10.1109/LSP.2012.2227726) and
its models share.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from app.metrics import aggd
from app.metrics.aggd import FEATURES
from app.metrics.inputs import Mask, Plane, Refusal
from app.metrics.resize import halve

BLOCK = 96
"""Side of a block in pixels; the published model was learned at this size."""

LEAST_BLOCKS = 2
"""A covariance needs two blocks."""

FEW_BLOCKS = 9
"""Below this number of blocks the covariance is poorly known, and the value is flagged."""

Flags = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Mean (36) and covariance (36, 36) of the features of blocks as they ought to be."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The full blocks of one plane, row by row from the upper left corner.

    ``features`` are (blocks, 36), NaN where not defined; ``sharpness`` is the
    mean local deviation of each block (equation 11 of the paper, as a mean).
    """

    shape: tuple[int, int]
    features: NDArray[np.float64]
    sharpness: NDArray[np.float64]

    def inside(self, mask: Mask | None) -> Mask:
        """Return which blocks have at least half of their pixels in a mask; all without one."""
        rows, columns = grid(self.shape)
        if mask is None:
            return np.ones(rows * columns, dtype=np.bool_)
        tiles = mask[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        half: Mask = tiles.mean(axis=(1, 3)).ravel() >= 0.5
        return half

    def usable(self, chosen: Mask, *, name: str) -> tuple[Mask, Flags]:
        """Return which of the chosen blocks have all features, and what is to be flagged.

        Raises
        ------
        Refusal
            Fewer than two are chosen, or fewer than two of these hold structure.
        """
        if chosen.sum() < LEAST_BLOCKS:
            raise Refusal(
                f"{name} needs at least {LEAST_BLOCKS} blocks of {BLOCK} x {BLOCK} pixels in the "
                f"region; {int(chosen.sum())} lie in it.",
                remedy="Measure the whole slice, or leave this metric out.",
                flag="refused:few-blocks",
            )
        usable = chosen & np.isfinite(self.features).all(axis=1)
        if usable.sum() < LEAST_BLOCKS:
            raise Refusal(
                f"{name} needs structure in at least {LEAST_BLOCKS} blocks; "
                f"{int(usable.sum())} of {int(chosen.sum())} hold any.",
                remedy="Choose a range or window in which the slice is not flat, or leave "
                f"{name} out.",
                flag="refused:constant",
            )
        flags = (
            *(("few-blocks",) if usable.sum() < FEW_BLOCKS else ()),
            *(("flat-blocks-left-out",) if usable.sum() < chosen.sum() else ()),
        )
        return usable, flags

    def spread(self, values: NDArray[np.float64]) -> Plane:
        """Return one number a block as a plane, NaN beyond the full blocks."""
        rows, columns = grid(self.shape)
        plane = np.full(self.shape, np.nan)
        tiles = np.repeat(np.repeat(values.reshape(rows, columns), BLOCK, axis=0), BLOCK, axis=1)
        plane[: rows * BLOCK, : columns * BLOCK] = tiles
        return plane


def grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many full blocks a plane holds, down and across."""
    return shape[0] // BLOCK, shape[1] // BLOCK


def describe(scaled: Plane) -> Blocks:
    """Return the blocks of a plane in 0..1 at two scales.

    The plane is scaled to 0..255 and rounded half up. Each block is described by
    18 features at each scale, the second after antialiased bicubic halving of
    the area that the full blocks cover.
    """
    rows, columns = grid(scaled.shape)
    features = np.empty((rows * columns, 2 * FEATURES))
    plane = _rounded(scaled, rows * BLOCK, columns * BLOCK)
    scene = aggd.describe(plane, BLOCK, BLOCK)
    features[:, :FEATURES] = aggd.block_features(scene, BLOCK**2)
    half = aggd.describe(halve(plane), BLOCK // 2, BLOCK // 2)
    features[:, FEATURES:] = aggd.block_features(half, (BLOCK // 2) ** 2)
    return Blocks((scaled.shape[0], scaled.shape[1]), features, scene.sharpness)


def refuse_small(shape: tuple[int, ...], *, name: str) -> None:
    """Refuse a plane with fewer than two full blocks."""
    rows, columns = grid(shape)
    if rows * columns < LEAST_BLOCKS:
        raise Refusal(
            f"{name} needs at least {LEAST_BLOCKS} full blocks of {BLOCK} x {BLOCK} pixels; "
            f"a slice of {shape[0]} x {shape[1]} holds {rows * columns}.",
            remedy="Measure larger slices, or leave this metric out.",
            flag="refused:too-small",
        )


def distances(
    features: NDArray[np.float64], model: Model, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distance of each point, (n, 36), from a model.

    ``sqrt(d @ pinv((S1 + S2) / 2) @ d)`` with d the point less the model's mean,
    S1 the model's covariance and S2 that of ``features`` (equation 10).
    """
    inverse = np.linalg.pinv((model.covariance + np.cov(features, rowvar=False)) / 2)
    offsets = model.mean - points
    squares = np.array([offset @ inverse @ offset for offset in offsets])
    lengths: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
    return lengths


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _rounded(scaled: Plane, rows: int, columns: int) -> Plane:
    """Return the upper left corner of a plane on 0..255, rounded half up."""
    plane = np.empty((rows, columns))
    for row in range(rows):
        for column in range(columns):
            plane[row, column] = np.floor(scaled[row, column] * 255 + 0.5)
    return plane
