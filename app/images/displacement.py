"""How far one plane lies from another: cross-correlation, refined to parts of a pixel."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

_REACH = 0.75
"""Pixels around the best whole step in which the parts of one are looked for."""


def displacement(one: Plane, other: Plane, *, upsampling: int) -> tuple[float, float]:
    """Return by how much ``other`` lies down and to the right of ``one``, in pixels.

    Where the cross-correlation of both, under a window that fades to the edges, is
    largest in size; found in steps of ``1 / upsampling`` pixel by matrix products around
    the best whole step. It is what scikit-image's ``phase_cross_correlation`` without
    normalization finds, in half its time: real planes have half a spectrum.

    Parameters
    ----------
    one, other
        Same shape ``(rows, columns)``; finite.
    upsampling
        1 for whole pixels.

    Returns
    -------
    tuple of float
        Rows and columns; 0 where a plane holds one single value.

    References
    ----------
    Guizar-Sicairos, Thurman & Fienup (2008), doi:10.1364/OL.33.000156.
    """
    from scipy import fft

    if any((plane == plane[0, 0]).all() for plane in (one, other)):
        return 0.0, 0.0
    window, total = _window(one.shape[0], one.shape[1])
    here, there = (
        (plane - np.einsum("ij,ij", plane, window) / total) * window for plane in (one, other)
    )
    spectrum = fft.rfft2(here)
    np.conj(spectrum, out=spectrum)
    spectrum *= fft.rfft2(there)
    likeness = fft.irfft2(spectrum, s=one.shape)
    np.abs(likeness, out=likeness)
    best = divmod(int(likeness.argmax()), one.shape[1])
    rows, columns = (
        step - count if step > count // 2 else step
        for step, count in zip(best, one.shape, strict=True)
    )
    if upsampling == 1:
        return float(rows), float(columns)
    down, right = _waves(one.shape, (rows, columns), upsampling)
    likeness = np.abs((down @ spectrum @ right.T).real)
    row, column = (
        step - int(_REACH * upsampling) for step in divmod(int(likeness.argmax()), len(right))
    )
    return rows + row / upsampling, columns + column / upsampling


@lru_cache(maxsize=8)
def _waves(
    shape: tuple[int, int], place: tuple[int, int], upsampling: int
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return what each frequency of rows and of columns counts for around a place.

    Both are (parts of a pixel, frequencies).
    """
    reach = int(_REACH * upsampling)
    parts = np.arange(-reach, reach + 1) / upsampling
    counts = np.full(shape[1] // 2 + 1, 2.0)  # each stands for itself and its mirror image,
    counts[0] = 1.0
    if shape[1] % 2 == 0:
        counts[-1] = 1.0  # but for those that have none
    down = np.exp(2j * np.pi * np.outer(place[0] + parts, np.fft.fftfreq(shape[0])))
    right = np.exp(2j * np.pi * np.outer(place[1] + parts, np.fft.rfftfreq(shape[1])))
    return down, right * counts


@lru_cache(maxsize=8)
def _window(rows: int, columns: int) -> tuple[Plane, float]:
    """Return a window that fades to the edges, and its sum."""
    window = np.outer(*(np.hanning(count + 2)[1:-1] for count in (rows, columns)))
    return window, float(window.sum())
