"""The window that an image is opened with where its file names none."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Window
from app.domain.metric import IntensityRange

AUTOMATIC_PERCENTILES = (1.0, 99.0)
"""Of the reference's real-world values; black and white of the automatic window.

Units of MR, ultrasound and their like are arbitrary, so that no fixed window fits them.
"""
_LOOKED_AT = 200_000
"""Pixels, evenly from the whole reference, that are enough for two percentiles."""


def opening_window(reference: Image, full: IntensityRange) -> Window:
    """Return the first view of a reference: its file's own window where there is one.

    Otherwise CT and pictures of 8 bits show their full range, and everything else
    the automatic window.
    """
    if reference.windows:
        return reference.windows[0]
    if reference.modality == "CT" or full.origin == "8-bit":
        return range_window(full.low, full.high)
    return automatic_window(reference)


def range_window(low: float, high: float) -> Window:
    """Return the window from one value to another, in whatever unit, of any width above 0."""
    return Window((low + high) / 2, (high - low) or max(abs(high), 1.0), "LINEAR_EXACT")


@lru_cache(maxsize=1)  # the presets are asked for before every key
def automatic_window(reference: Image) -> Window:
    """Return the window between two percentiles of the reference's tissue."""
    slices, rows, columns = reference.grid.shape
    shown = np.unique(np.linspace(0, slices - 1, 16).round().astype(int))
    step = max(1, int(np.sqrt(rows * columns * len(shown) / _LOOKED_AT)))
    sample = []
    for index in shown:
        stored: NDArray[Any] = reference.pixels[index, ::step, ::step].copy()  # fetched once
        values = stored.astype(np.float64) * reference.slopes[index] + reference.intercepts[index]
        inside = np.isfinite(values)
        if reference.padding is not None:
            low, high = reference.padding
            inside &= (stored < low) | (stored > high)
        if reference.covered is not None:
            inside &= reference.covered[index, ::step, ::step]
        sample.append(values[inside])
    found = np.concatenate(sample)
    if not found.size:
        return range_window(0.0, 1.0)
    low, high = (float(end) for end in np.percentile(found, AUTOMATIC_PERCENTILES))
    if low == high:  # nearly all of it is ground
        low, high = float(found.min()), float(found.max())
    return range_window(low, high)
