"""Where the frequencies of an image went: radial power spectra and their ratio."""

import math

import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Plane, Refusal

LEAST_SIDE = 16
"""Pixels on the shorter side below which a spectrum has too few rings to tell."""


def radial_power(
    plane: Plane, spacing: tuple[float, float] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the power spectrum of a rectangle of values, averaged around the circle.

    The mean is taken off and a Hann window laid on; the squared magnitudes of the
    Fourier transform, divided by the sum of the squared window, are averaged over
    rings of one frequency step of the shorter side, up to half a cycle a pixel of
    the coarser direction. White noise of variance v has the power v (times the area of
    a pixel where ``spacing`` is given) at every frequency.

    Parameters
    ----------
    plane
        Finite values, ``(rows, columns)``.
    spacing
        Size of a pixel in millimetres (between rows, between columns); None counts in pixels.

    Returns
    -------
    frequencies, power
        In cycles a millimetre and squared units times square millimetres, or in
        cycles a pixel and squared units times square pixels.

    Raises
    ------
    MetricRefused
        A side has fewer than 16 pixels, or a value is not finite.
    """
    rows, columns = plane.shape
    if min(rows, columns) < LEAST_SIDE:
        raise Refusal(
            f"The region has {columns} x {rows} pixels; a spectrum needs "
            f"{LEAST_SIDE} x {LEAST_SIDE}.",
            remedy="Draw a larger rectangle.",
            flag="refused:too-small",
        )
    if not np.isfinite(plane).all():
        raise Refusal(
            "The region holds pixels without a value.",
            remedy="Draw it where every pixel has one.",
            flag="not-finite",
        )
    down, across = spacing or (1.0, 1.0)
    window = np.hanning(rows + 2)[1:-1, None] * np.hanning(columns + 2)[None, 1:-1]
    spectrum = np.abs(np.fft.fft2((plane - plane.mean()) * window)) ** 2
    spectrum *= down * across / float((window**2).sum())
    away = np.hypot(np.fft.fftfreq(rows, down)[:, None], np.fft.fftfreq(columns, across))
    step = 1 / min(rows * down, columns * across)
    rings = np.rint(away / step).astype(np.intp).ravel()
    last = math.floor(0.5 / max(down, across) / step + 1e-9)
    chosen = np.arange(1, last + 1)
    sums = np.bincount(rings, weights=spectrum.ravel(), minlength=last + 1)[chosen]
    counts = np.bincount(rings, minlength=last + 1)[chosen]
    return chosen * step, sums / counts


def power_ratio(
    reference_power: NDArray[np.float64], reconstruction_power: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the power of a reconstruction over that of its reference, ring by ring.

    1 where a frequency is as strong as in the reference, below 1 where it was lost, above 1
    where it was added; NaN where the reference has no power beyond rounding.
    """
    floor = 1e-12 * float(reference_power.max(initial=0.0))
    there = reference_power > floor
    found: NDArray[np.float64] = np.full(reference_power.shape, np.nan)
    np.divide(reconstruction_power, reference_power, out=found, where=there)
    return found
