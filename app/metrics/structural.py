"""Structural similarity (SSIM), as its authors define it, and its three parts."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, too_small
from app.metrics.kernels.compiled import plain_mask, stack
from app.metrics.kernels.local import sums_inside
from app.metrics.kernels.structure import structure
from app.metrics.stacked import stacked
from app.metrics.stored import Stored, alike

WINDOW = 11
"""Pixels on a side of the Gaussian window; the map is valid this half away from the edges."""

SIGMA = 1.5
K1, K2 = 0.01, 0.03
EDGE = WINDOW // 2


_NOTHING = np.empty((0, 0))


class Similarity(NamedTuple):
    """Local SSIM, and its contrast and structure terms alone, each summed up and as maps.

    ``sums`` has a row for all pixels where the window fits and one for those in each
    mask that was handed in: pixels, SSIM, contrast times structure. The maps are five
    pixels smaller on every side than the planes, and empty where they were not wanted.
    """

    sums: Plane
    similar: Plane = _NOTHING
    contrast: Plane = _NOTHING


def similarity(
    reference: Plane | Stored,
    reconstruction: Plane | Stored,
    *,
    range: IntensityRange,
    masks: Mask | None = None,
    mapped: bool = False,
) -> Similarity:
    """Return the similarity of two planes of at least 11 x 11 pixels.

    ``masks`` has the shape (masks, rows, columns).
    """
    if masks is None:
        masks = stack((), reference.shape)
    inner = inner_shape(reference.shape)
    similar, contrast = (np.empty(inner), np.empty(inner)) if mapped else (_NOTHING, _NOTHING)
    sums = np.empty((len(masks) + 1, 2))
    c1, c2 = (K1 * range.width) ** 2, (K2 * range.width) ** 2
    one, other = alike(Stored.of(reference), Stored.of(reconstruction))
    structure(
        one.pixels, one.scale, other.pixels, other.scale, range.low, c1, c2,
        masks, sums, mapped, similar, contrast,
    )  # fmt: skip
    pixels = [float(inner[0] * inner[1])]
    pixels += [float(np.count_nonzero(mask[EDGE:-EDGE, EDGE:-EDGE])) for mask in masks]
    made = np.column_stack([np.asarray(pixels), sums])
    return Similarity(made, similar, contrast) if mapped else Similarity(made)


def inner_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how large the maps of a plane are."""
    return shape[0] - 2 * EDGE, shape[1] - 2 * EDGE


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
    made = similarity(reference, reconstruction, range=range, mapped=True)
    return within_edge(made.similar, EDGE)


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
    if min(reference.shape) < WINDOW:
        raise too_small(reference.shape, WINDOW, "SSIM")
    masks = stack([] if mask is None else [mask], reference.shape)
    pixels, total, _ = similarity(reference, reconstruction, range=range, masks=masks).sums[-1]
    if pixels == 0:
        raise _no_valid_area("mask", EDGE)
    return float(total / pixels)


def ssim_parts(
    reference: Plane, reconstruction: Plane, *, range: IntensityRange
) -> tuple[Plane, Plane, Plane]:
    """Return the luminance, contrast and structure terms, whose product is the SSIM.

    Each is as large as the planes, 1 where they agree, and NaN in the five outermost
    rows and columns; the structure term lies between -1 and 1.

    Raises
    ------
    MetricRefused
        A side is shorter than 11 pixels.

    References
    ----------
    Wang et al. (2004), equations 6, 9 and 10, with C3 = C2 / 2.
    """
    if min(reference.shape) < WINDOW:
        raise too_small(reference.shape, WINDOW, "SSIM")
    x, y = reference - range.low, reconstruction - range.low
    mean_x, mean_y = _smooth(x), _smooth(y)
    c1, c2 = (K1 * range.width) ** 2, (K2 * range.width) ** 2
    # Rounding can leave the variance of a flat area a little below zero.
    variance_x = np.maximum(_smooth(x * x) - mean_x**2, 0.0)
    variance_y = np.maximum(_smooth(y * y) - mean_y**2, 0.0)
    deviations = np.sqrt(variance_x * variance_y)
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    contrast = (2 * deviations + c2) / (variance_x + variance_y + c2)
    structural = (_smooth(x * y) - mean_x * mean_y + c2 / 2) / (deviations + c2 / 2)
    return (
        within_edge(luminance, EDGE),
        within_edge(contrast, EDGE),
        within_edge(structural, EDGE),
    )


def similarity_of(prepared: Prepared) -> Similarity:
    """Return the sums of a prepared pair over its ``stacked`` masks, made once for all.

    Raises
    ------
    MetricRefused
        A side is shorter than 11 pixels.
    """
    if min(prepared.shape) < WINDOW:
        raise too_small(prepared.shape, WINDOW, "SSIM")

    def make() -> Similarity:
        masks = stacked(prepared).masks
        return similarity(
            prepared.stored_reference,
            prepared.stored_reconstruction,
            range=prepared.range,
            masks=masks,
        )

    return prepared.of_pair.once("ssim", make)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the SSIM of each region of a prepared slice."""
    rows, _ = stacked(prepared)
    sums = similarity_of(prepared).sums
    body = sums[rows["body"]] if "body" in rows else None
    return {
        region: _outcome(prepared, region, sums[rows[region]], body, EDGE)
        for region in prepared.masks
    }


def means_of_map(prepared: Prepared, local: Plane, edge: int) -> Mapping[str, Outcome]:
    """Return the means over each region of a map that is best at 1.

    ``local`` is smaller than the slice by ``edge`` pixels on each side.
    """

    def sums(mask: Mask | None) -> Plane:
        inside = plain_mask(mask, prepared.reference.shape)
        return np.asarray(sums_inside(local, inside, edge, 1.0))

    body = None if prepared.body is None else sums(prepared.body)
    return {
        region: _outcome(prepared, region, sums(mask), body, edge)
        for region, mask in prepared.masks.items()
    }


def _outcome(
    prepared: Prepared, region: str, sums: Plane, body: Plane | None, edge: int
) -> Outcome:
    """Return the mean of a region from its pixels and sum, and those of the body."""
    pixels, total = float(sums[0]), float(sums[1])
    if pixels == 0:
        refusal = _no_valid_area(region, edge)
        return Outcome(None, (refusal.flag,), refusal.sentence)
    outside = None
    if region == "whole" and body is not None and body[0] > 0 and pixels > total:
        outside = float(1 - (body[0] - body[1]) / (pixels - total))
    flags = ("identical",) if prepared.identical else ()
    return Outcome(total / pixels, flags, "", outside, pixels)


def local_map(name: str, prepared: Prepared) -> Plane:
    """Return one of ``ssim ssim-luminance ssim-contrast ssim-structure`` of a prepared slice."""
    if name == "ssim":
        return ssim_map(prepared.reference, prepared.reconstruction, range=prepared.range)
    parts = prepared.of_pair.once(
        "ssim-parts",
        lambda: ssim_parts(prepared.reference, prepared.reconstruction, range=prepared.range),
    )
    return parts[("ssim-luminance", "ssim-contrast", "ssim-structure").index(name)]


def within_edge(inner: Plane, edge: int) -> Plane:
    """Return a map with an edge of NaN around it."""
    return np.pad(inner, edge, constant_values=np.nan)


def _no_valid_area(region: str, edge: int) -> Refusal:
    words = {5: "five", 3: "three"}.get(edge, str(edge))
    return Refusal(
        f"No pixel of the region '{region}' lies {words} pixels or more inside the slice.",
        remedy="Measure the whole slice, or leave SSIM out.",
        flag="refused:too-small",
    )


def _smooth(plane: Plane) -> Plane:
    """Return the Gaussian local mean, only where the window lies inside the plane."""
    from scipy import ndimage

    offsets = np.arange(-EDGE, EDGE + 1)
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    rows = ndimage.correlate1d(plane, weights, axis=0)[EDGE:-EDGE]
    smooth: Plane = ndimage.correlate1d(rows, weights, axis=1)[:, EDGE:-EDGE]
    return smooth
