"""Images made for catch trials: a reader who looks will not be fooled by them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image

BLUR_SHARE = 1 / 60
"""Standard deviation of a gross blur, as a share of the shorter side."""


def blurred(image: Image) -> Image:
    """Return an image as a gross Gaussian blur of its slices, in float32 real-world values.

    Values that are no tissue count as the least one that is. Where all values are whole
    numbers the blur's are too: a picture of broken numbers would change how exactly all
    pictures of its case are kept, and so tell which case has a catch trial.
    """
    from scipy import ndimage

    sigma = max(2.0, min(image.grid.rows, image.grid.columns) * BLUR_SHARE)
    planes = []
    for index in range(image.grid.slices):
        values, valid = image.values(index), image.valid(index)
        counted = np.isfinite(values) if valid is None else valid & np.isfinite(values)
        least = float(values[counted].min()) if counted.any() else 0.0
        smooth = ndimage.gaussian_filter(np.where(counted, values, least), sigma)
        whole = bool((values[counted] == np.rint(values[counted])).all())
        planes.append((np.rint(smooth) if whole else smooth).astype(np.float32))
    return _made_of(image, np.stack(planes))


def in_place_of(image: Image, other: Image) -> Image:
    """Return another case's image on the grid of an image, centred, cut or filled as it must.

    It has as many slices: the last one stands for those that it lacks.
    """
    slices, rows, columns = image.grid.shape
    planes = []
    for index in range(slices):
        theirs = min(index, other.grid.slices - 1)
        values, valid = other.values(theirs), other.valid(theirs)
        counted = np.isfinite(values) if valid is None else valid & np.isfinite(values)
        least = float(values[counted].min()) if counted.any() else 0.0
        planes.append(_centred(np.where(counted, values, least), (rows, columns)))
    return _made_of(image, np.stack(planes).astype(np.float32))


def _centred(plane: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    made = np.full(shape, float(plane.min()))
    (low, into), (left, beside) = (
        (max(0, (had - wanted) // 2), max(0, (wanted - had) // 2))
        for had, wanted in zip(plane.shape, shape, strict=True)
    )
    part = plane[low : low + shape[0], left : left + shape[1]]
    made[into : into + part.shape[0], beside : beside + part.shape[1]] = part
    return made


def _made_of(image: Image, pixels: NDArray[np.float32]) -> Image:
    count = image.grid.slices
    return replace(
        image, pixels=pixels, slopes=(1.0,) * count, intercepts=(0.0,) * count, padding=None
    )
