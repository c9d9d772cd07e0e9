"""Planes in 0..1 on which metrics are tried."""

import numpy as np
from scipy import ndimage

from app.domain.metric import IntensityRange
from app.metrics.inputs import Prepared

UNIT = IntensityRange(0.0, 1.0, "given")


def smooth(seed, shape=(64, 57)):
    """Return a random smooth plane in 0..1."""
    rng = np.random.default_rng(seed)
    plane = ndimage.gaussian_filter(rng.normal(size=shape), 2)
    return (plane - plane.min()) / np.ptp(plane)


def prepared(reference, reconstruction, *, body=None):
    """Return two planes as metrics get them, whole and, if given, inside a body."""
    masks = {"whole": None} if body is None else {"whole": None, "body": body}
    return Prepared(reference, reconstruction, UNIT, None, body, masks)


def noisy_outside(seed):
    """Return a plane, the same with noise outside a body, and the body."""
    truth, body = smooth(seed), np.zeros((64, 57), dtype=bool)
    body[10:50, 10:40] = True
    noise = 0.1 * np.random.default_rng(seed).normal(size=truth.shape)
    return truth, np.where(body, truth, truth + noise), body


def edge_case(reference_values, case):
    """Return both planes of a published edge case."""
    with np.load(reference_values.folder / "edge_cases.npz") as stored:
        return tuple(stored[f"{case}__{side}"].astype(float) for side in ("gt", "pred"))
