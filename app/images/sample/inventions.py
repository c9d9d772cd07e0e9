"""The arm that lies: a lesion that is not there, a detail that is gone."""

import numpy as np
from numpy.typing import NDArray

from app.images.sample.sources import Invention

Plane = NDArray[np.float64]


def invent(plane: Plane, inventions: tuple[Invention, ...], rng: np.random.Generator) -> Plane:
    """Return a mildly smoothed plane with its inventions, in stored numbers.

    Stands in for a generative model: clean to look at, and untrue in places.
    """
    from scipy import ndimage

    smooth: Plane = ndimage.gaussian_filter(plane, 0.7)
    for invention in inventions:
        if invention.kind == "added":
            smooth = add_lesion(smooth, invention)
        else:
            smooth = remove_detail(smooth, invention, rng)
    return smooth


def weight_of(shape: tuple[int, int], invention: Invention) -> Plane:
    """Return 1 inside the invention, 0 outside, with an edge two pixels soft."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    distance = np.hypot(rows - invention.row, columns - invention.column)
    weight: Plane = np.clip((invention.radius - distance) / 2 + 0.5, 0.0, 1.0)
    return weight


def add_lesion(plane: Plane, invention: Invention) -> Plane:
    """Add a round lesion, a little uneven at its rim."""
    rows, columns = np.ogrid[: plane.shape[0], : plane.shape[1]]
    angle = np.arctan2(rows - invention.row, columns - invention.column)
    uneven = invention.radius * (1 + 0.12 * np.sin(3 * angle + 1) + 0.08 * np.sin(5 * angle))
    distance = np.hypot(rows - invention.row, columns - invention.column)
    inside = np.clip((uneven - distance) / 3 + 0.5, 0.0, 1.0)
    added: Plane = plane + invention.contrast * inside
    return added


def remove_detail(plane: Plane, invention: Invention, rng: np.random.Generator) -> Plane:
    """Fill a disc smoothly from its rim, with grain as around it.

    The fill solves Laplace's equation inside the disc (Jacobi steps on a
    coarse start), the grain is normal noise of the rim's own high frequencies.
    """
    from scipy import ndimage

    reach = invention.radius + 6
    top, left = max(invention.row - reach, 0), max(invention.column - reach, 0)
    window = (
        slice(top, invention.row + reach + 1),
        slice(left, invention.column + reach + 1),
    )
    weight = weight_of((plane.shape[0], plane.shape[1]), invention)[window]
    patch = plane[window]
    hole = weight > 0
    fill = np.where(hole, patch[~hole].mean(), patch)
    for _ in range(40 * invention.radius):
        around = ndimage.uniform_filter(fill, 3, mode="nearest")
        fill = np.where(hole, around, patch)
    fine = (patch - ndimage.gaussian_filter(patch, 1.5))[~hole]
    grain = 1.4826 * float(np.median(np.abs(fine - np.median(fine))))
    noise = ndimage.gaussian_filter(rng.normal(size=patch.shape), 0.8)
    fill = fill + hole * noise * grain / max(float(noise.std()), 1e-12)
    out = plane.copy()
    out[window] = weight * fill + (1 - weight) * patch
    return out
