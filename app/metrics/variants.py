"""SSIM as other packages define it, each under an id of its own."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, too_small
from app.metrics.structural import (
    EDGE,
    K1,
    K2,
    WINDOW,
    means_of_map,
)
from app.metrics.structural import similarity as gaussian

UNIT = IntensityRange(0.0, 1.0, "scaled")
BYTES = IntensityRange(0.0, 255.0, "scaled")


class LocalMap(NamedTuple):
    """A map, how many pixels it lacks on each side, and how many of a slice's make one of its."""

    values: Plane
    edge: int
    factor: int = 1


def variant_map(
    metric: str, reference: Plane, reconstruction: Plane, *, range: IntensityRange
) -> LocalMap:
    """Return the local similarity of a variant of SSIM.

    Parameters
    ----------
    metric
        ``ssim@box7``: scikit-image's default (uniform 7 x 7, sample covariance);
        ``ssim@box11``: sewar's (uniform 11 x 11); ``ssim@avgpool256``: piq's (means of
        f x f pixels first, f the shorter side by 256, rounded); ``ssim@reflect``:
        torchmetrics' (mirrored at the border, which counts); ``ssim@uint8``: pyiqa's
        (rounded to 0..255, negative contrast and structure taken as zero).
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study; both planes are scaled to 0..1 by it, not clipped.

    Raises
    ------
    MetricRefused
        A side is shorter than the window.
    """
    _check_size(metric, reference)
    x, y = ((plane - range.low) / range.width for plane in (reference, reconstruction))
    return _VARIANTS[metric](x, y)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return a variant of SSIM for each region of a prepared slice."""
    local = variant_map(metric, prepared.reference, prepared.reconstruction, range=prepared.range)
    if local.factor == 1:
        return means_of_map(prepared, local.values, local.edge)
    return means_of_map(_coarse(prepared, local.factor), local.values, local.edge)


def _coarse(prepared: Prepared, factor: int) -> Prepared:
    """Return what the regions need, at a lower resolution: half of a pixel's area decides."""

    def coarse(mask: Mask | None) -> Mask | None:
        return None if mask is None else _means(mask.astype(np.float64), factor) >= 0.5

    return Prepared(
        reference=_means(prepared.reference, factor),
        reconstruction=_means(prepared.reconstruction, factor),
        range=prepared.range,
        valid=coarse(prepared.valid),
        body=coarse(prepared.body),
        masks={region: coarse(mask) for region, mask in prepared.masks.items()},
    )


def _check_size(metric: str, plane: Plane) -> None:
    least = 7 if metric == "ssim@box7" else WINDOW
    if min(plane.shape) < least:
        raise too_small(plane.shape, least, metric)


def _box(window: int, sample: bool) -> Callable[[Plane, Plane], LocalMap]:
    def local(x: Plane, y: Plane) -> LocalMap:
        from scipy import ndimage

        edge = window // 2

        def smooth(plane: Plane) -> Plane:
            means: Plane = ndimage.uniform_filter(plane, window)[edge:-edge, edge:-edge]
            return means

        pixels = window**2
        return LocalMap(_ratio(x, y, smooth, pixels / (pixels - 1) if sample else 1.0), edge)

    return local


def _reflect(x: Plane, y: Plane) -> LocalMap:
    padded = (np.pad(plane, EDGE, mode="reflect") for plane in (x, y))
    return LocalMap(gaussian(*padded, range=UNIT, mapped=True).similar, 0)


def _pooled(x: Plane, y: Plane) -> LocalMap:
    factor = max(1, round(min(x.shape) / 256))
    coarse = (_means(plane, factor) for plane in (x, y))
    return LocalMap(gaussian(*coarse, range=UNIT, mapped=True).similar, EDGE, factor)


def _rounded(x: Plane, y: Plane) -> LocalMap:
    made = gaussian(np.round(255 * x), np.round(255 * y), range=BYTES, mapped=True)
    return LocalMap(np.where(made.contrast < 0, 0.0, made.similar), EDGE)


_VARIANTS: Mapping[str, Callable[[Plane, Plane], LocalMap]] = {
    "ssim@box7": _box(7, sample=True),
    "ssim@box11": _box(11, sample=False),
    "ssim@avgpool256": _pooled,
    "ssim@reflect": _reflect,
    "ssim@uint8": _rounded,
}


def _ratio(x: Plane, y: Plane, smooth: Callable[[Plane], Plane], correction: float) -> Plane:
    c1, c2 = K1**2, K2**2
    mean_x, mean_y = smooth(x), smooth(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    covariance = correction * (smooth(x * y) - product)
    variances = correction * (smooth(x * x) + smooth(y * y) - squares)
    local: Plane = ((2 * product + c1) * (2 * covariance + c2)) / (
        (squares + c1) * (variances + c2)
    )
    return local


def _means(plane: Plane, factor: int) -> Plane:
    """Return means of ``factor`` x ``factor`` pixels; what does not fill one is left out."""
    rows, columns = (side // factor for side in plane.shape)
    blocks = plane[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    means: Plane = blocks.mean(axis=(1, 3))
    return means
