"""The arms of the sample: which simulation makes each, in words and in numbers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.images.sample import physics
from app.images.sample.sources import Field, Source

Stack = NDArray[np.float64]

ARMS: Mapping[str, str] = {
    "bicubic-4x": "4x4 pixels averaged, then interpolated back by cubic splines",
    "invented": "stand-in for a generative model: smoothed, untrue where inventions.csv says",
    "kspace-iterative": "1 of 4 k-space lines, iterative soft thresholding of Haar wavelets",
    "kspace-zero-filled": "1 of 4 k-space lines, the others zero",
    "low-dose-tv": "Poisson noise of a low dose in the projections, then total-variation smoothing",
    "sparse-view-fbp": "filtered back-projection from 72 views",
}
"""Every arm with its derivation, in the order of their names."""


def scale_of(source: Source, field: Field) -> tuple[float, float]:
    """Return the stored number that counts as nothing, and the step to soft tissue.

    CT: air, and 1000 HU. Otherwise 0 and the 99th percentile, or the way back
    where low numbers are bright: projections of such pictures are a simulation only.
    """
    if source.modality == "CT":
        return (-1000.0 - field.intercept) / field.slope, 1000.0 / field.slope
    full = float(np.percentile(field.pixels, 99.0))
    return (full, -full) if field.photometric == "MONOCHROME1" else (0.0, full)


def simulate(source: Source, field: Field, arm: str) -> Stack:
    """Return one arm of a whole field in stored numbers, not yet rounded.

    The arm ``invented`` is made case by case elsewhere.
    """
    nothing, step = scale_of(source, field)
    planes = np.maximum((field.pixels - nothing) / step, 0.0)
    rng = np.random.default_rng([*source.file.encode(), *arm.encode()])
    made = np.empty_like(planes)
    for index, plane in enumerate(planes):
        if arm == "sparse-view-fbp":
            made[index] = physics.sparse_view_fbp(plane)
        elif arm == "low-dose-tv":
            water = physics.WATER_PER_PIXEL if source.modality == "CT" else None
            noisy = physics.low_dose(plane, rng, photons=150_000.0, attenuation=water)
            made[index] = physics.total_variation(noisy, weight=0.05)
        elif arm == "bicubic-4x":
            made[index] = physics.bicubic(plane)
        else:
            lines = physics.sampled_lines(plane.shape[0], rng)
            rebuild = physics.iterative if arm == "kspace-iterative" else physics.zero_filled
            made[index] = rebuild(plane, lines)
    return made * step + nothing
