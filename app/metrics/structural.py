"""Structural similarity (SSIM), as its authors define it."""

from collections.abc import Mapping

import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, share_outside, too_small

WINDOW = 11
"""Pixels on a side of the Gaussian window; the map is valid this half away from the edges."""

SIGMA = 1.5
K1, K2 = 0.01, 0.03
_EDGE = WINDOW // 2


def ssim_map(reference: Plane, reconstruction: Plane, *, range: IntensityRange) -> Plane:
    """Return the local structural similarity of every pixel, same shape as the planes.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study: its low end is taken off first (the luminance term
        asks for values from zero), its width is the constant L of the paper.

    Returns
    -------
    ndarray
        At most 1, which means equal. NaN in the five outermost rows and columns,
        where the 11 x 11 window leaves the slice. Symmetric in the two planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 11 pixels.

    References
    ----------
    Wang, Bovik, Sheikh & Simoncelli (2004), doi:10.1109/TIP.2003.819861, equation 13:
    Gaussian window with sigma 1.5, K1 = 0.01, K2 = 0.03, population covariance.
    """
    if min(reference.shape) < WINDOW:
        raise too_small(reference.shape, WINDOW, "SSIM")
    x, y = reference - range.low, reconstruction - range.low
    mean_x, mean_y = _smooth(x), _smooth(y)
    product = mean_x * mean_y
    squares = mean_x**2 + mean_y**2
    covariance = _smooth(x * y) - product
    variances = _smooth(x * x + y * y) - squares
    c1, c2 = (K1 * range.width) ** 2, (K2 * range.width) ** 2
    numerator = (2 * product + c1) * (2 * covariance + c2)
    full = np.full(reference.shape, np.nan)
    full[_EDGE:-_EDGE, _EDGE:-_EDGE] = numerator / ((squares + c1) * (variances + c2))
    return full


def structural_similarity(
    reference: Plane,
    reconstruction: Plane,
    *,
    range: IntensityRange,
    mask: Mask | None = None,
) -> float:
    """Return the mean of :func:`ssim_map` over its valid area, inside a mask if one is given.

    Higher is better; 1 for identical planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 11 pixels, or the mask misses the valid area.
    """
    local = ssim_map(reference, reconstruction, range=range)
    value = _mean(local, mask)
    if value is None:
        raise _no_valid_area("mask")
    return value


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the SSIM of each region of a prepared slice."""
    local = ssim_map(prepared.reference, prepared.reconstruction, range=prepared.range)
    deficit = np.nan_to_num(1 - local, nan=0.0)
    flags = ("identical",) if prepared.identical else ()
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        value = _mean(local, mask)
        if value is None:
            refusal = _no_valid_area(region)
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outside = share_outside(deficit, mask, prepared.body) if region == "whole" else None
        outcomes[region] = Outcome(value, flags, "", outside)
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return :func:`ssim_map` of a prepared slice."""
    return ssim_map(prepared.reference, prepared.reconstruction, range=prepared.range)


def _mean(local: Plane, mask: Mask | None) -> float | None:
    inner = local[_EDGE:-_EDGE, _EDGE:-_EDGE]
    values = inner.ravel() if mask is None else inner[mask[_EDGE:-_EDGE, _EDGE:-_EDGE]]
    return float(values.mean()) if values.size else None


def _no_valid_area(region: str) -> Refusal:
    return Refusal(
        f"No pixel of the region '{region}' lies five pixels or more inside the slice.",
        remedy="Measure the whole slice, or leave SSIM out.",
        flag="refused:too-small",
    )


def _smooth(plane: Plane) -> Plane:
    """Return the Gaussian local mean, only where the window lies inside the plane."""
    from scipy import ndimage

    offsets = np.arange(-_EDGE, _EDGE + 1)
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    rows = ndimage.correlate1d(plane, weights, axis=0)[_EDGE:-_EDGE]
    smooth: Plane = ndimage.correlate1d(rows, weights, axis=1)[:, _EDGE:-_EDGE]
    return smooth
