"""NIQE: naturalness of one image, without a reference.

After Mittal, Soundararajan & Bovik (2013), doi:10.1109/LSP.2012.2227726, with
the pristine model that the authors published. The model was learned from
photographs: on medical images the value orders images of one kind, no more.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.errors import StoreError
from app.metrics.aggd import FEATURES, block_features, local_contrast
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal
from app.metrics.resize import halve
from app.resources import resource

BLOCK = 96
"""Side of a block in pixels; the model was learned at this size."""

LEAST_BLOCKS = 2
"""A covariance needs two blocks."""

FEW_BLOCKS = 9
"""Below this number of blocks the covariance is poorly known, and the value is flagged."""

MODEL = "niqe_official_model"
_MODEL_SHA256 = "e4490af668656d2e256b02bb704859f991204535c127a545e777f344b0570502"


def naturalness(scaled: Plane, *, mask: Mask | None = None) -> float:
    """Return the NIQE of one plane; lower is more like the pristine photographs.

    The plane is scaled to 0..255 and rounded half up. Blocks of 96 x 96 pixels
    from the upper left corner are described by 18 features at two scales (the
    second by antialiased bicubic halving), and the distance of their mean from
    the model is ``sqrt(d @ pinv((S1 + S2) / 2) @ d)`` (equation 10 of the paper).

    Products of contrast below 1e-9 count as zero: in exactly flat areas they are
    rounding noise, which would decide the value otherwise. A block in which a
    feature is not defined (all flat) is left out.

    Parameters
    ----------
    scaled
        Values in 0..1, ``(rows, columns)``.
    mask
        Take only blocks with at least half of their pixels inside.

    Raises
    ------
    MetricRefused
        Fewer than two full blocks lie in the plane or the mask, or fewer than
        two of them hold any structure.
    """
    value, _ = _distance(_features(scaled), _chosen(scaled.shape, mask))
    return value


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the NIQE of the reconstruction for each region of a prepared slice."""
    plane = prepared.scaled[1]
    _refuse_small(plane)
    features = _features(plane)
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            value, flags = _distance(
                features, _chosen(plane.shape, mask if region == "body" else None)
            )
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        if prepared.reconstruction_clipped:
            flags = (*flags, "clipped")
        outcomes[region] = Outcome(value, flags)
    return outcomes


@cache
def pristine_model() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the published model: mean (36) and covariance (36, 36).

    Raises
    ------
    StoreError
        The shipped file is missing or was altered.
    """
    path = resource("reference", f"{MODEL}.npz")
    try:
        intact = hashlib.sha256(path.read_bytes()).hexdigest() == _MODEL_SHA256
    except OSError:
        intact = False
    if not intact:
        raise StoreError(
            f"The model of NIQE, {path.name}, is missing or was altered.",
            remedy="Install BlindRead again.",
        )
    with np.load(path, allow_pickle=False) as stored:
        return stored["mean"], stored["covariance"]


def _refuse_small(plane: Plane) -> None:
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    if rows * columns < LEAST_BLOCKS:
        raise Refusal(
            f"NIQE needs at least {LEAST_BLOCKS} full blocks of {BLOCK} x {BLOCK} pixels; "
            f"a slice of {plane.shape[0]} x {plane.shape[1]} holds {rows * columns}.",
            remedy="Measure larger slices, or leave this metric out.",
            flag="refused:too-small",
        )


def _features(scaled: Plane) -> NDArray[np.float64]:
    """Return the 36 features of each block, (blocks, 36), NaN where not defined."""
    _refuse_small(scaled)
    rows, columns = scaled.shape[0] // BLOCK, scaled.shape[1] // BLOCK
    plane = np.floor(scaled[: rows * BLOCK, : columns * BLOCK] * 255 + 0.5)
    described = np.empty((rows * columns, 2 * FEATURES))
    for scale in (0, 1):
        side = BLOCK >> scale
        contrast = local_contrast(plane)
        blocks = contrast.reshape(rows, side, columns, side).swapaxes(1, 2)
        described[:, scale * FEATURES : (scale + 1) * FEATURES] = [
            block_features(block) for block in blocks.reshape(-1, side, side)
        ]
        if scale == 0:
            plane = halve(plane)
    return described


def _chosen(shape: tuple[int, ...], mask: Mask | None) -> Mask:
    rows, columns = shape[0] // BLOCK, shape[1] // BLOCK
    if mask is None:
        return np.ones(rows * columns, dtype=np.bool_)
    tiles = mask[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    inside: Mask = tiles.mean(axis=(1, 3)).ravel() >= 0.5
    return inside


def _distance(features: NDArray[np.float64], chosen: Mask) -> tuple[float, tuple[str, ...]]:
    if chosen.sum() < LEAST_BLOCKS:
        raise Refusal(
            f"NIQE needs at least {LEAST_BLOCKS} blocks of {BLOCK} x {BLOCK} pixels in the region; "
            f"{int(chosen.sum())} lie in it.",
            remedy="Measure the whole slice, or leave this metric out.",
            flag="refused:few-blocks",
        )
    usable = chosen & np.isfinite(features).all(axis=1)
    if usable.sum() < LEAST_BLOCKS:
        raise Refusal(
            f"NIQE needs structure in at least {LEAST_BLOCKS} blocks; "
            f"{int(usable.sum())} of {int(chosen.sum())} hold any.",
            remedy="Choose a range or window in which the slice is not flat, or leave NIQE out.",
            flag="refused:constant",
        )
    mean, covariance = pristine_model()
    taken = features[usable]
    offset = mean - taken.mean(axis=0)
    spread = np.linalg.pinv((covariance + np.cov(taken, rowvar=False)) / 2)
    flags = (
        *(("few-blocks",) if usable.sum() < FEW_BLOCKS else ()),
        *(("flat-blocks-left-out",) if usable.sum() < chosen.sum() else ()),
    )
    return float(np.sqrt(max(0.0, float(offset @ spread @ offset)))), flags
