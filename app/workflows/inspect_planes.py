"""What is made of one slice of one image alone: its edges, its spatial frequencies."""

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image

Plane = NDArray[np.float64]


def edges(image: Image, index: int) -> Plane:
    """Return how steeply the values of one slice change (gradient magnitude).

    Returns
    -------
    array
        (rows, columns), in the image's unit per millimetre, or per pixel where the
        files state no spacing. Central differences, one-sided at the border; NaN
        where the image has no data, and beside it.
    """
    values = image.values(index)
    if min(values.shape) < 2:
        return np.zeros_like(values)
    valid = image.valid(index)
    if valid is not None:
        values = np.where(valid, values, np.nan)
    down, across = np.gradient(values, *(image.grid.spacing or (1.0, 1.0)))
    steepness: Plane = np.hypot(down, across)
    return steepness


def fourier(image: Image, index: int) -> Plane:
    """Return how strong each spatial frequency of one slice is.

    Returns
    -------
    array
        (rows, columns): log10(1 + magnitude) of the discrete Fourier transform of the
        values less their mean, frequency 0 in the middle (row rows // 2, column
        columns // 2). Pixels without data count as the mean.
    """
    values = image.values(index)
    there = np.isfinite(values)
    valid = image.valid(index)
    if valid is not None:
        there &= valid
    mean = float(values[there].mean()) if there.any() else 0.0
    values = np.where(there, values - mean, 0.0)
    magnitude = np.abs(np.fft.fftshift(np.fft.fft2(values)))
    strength: Plane = np.log10(1.0 + magnitude)
    return strength
