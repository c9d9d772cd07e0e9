"""Where the body is: the region that a radiologist looks at.

The mask is made from the reference alone, so that every arm is judged inside
the same pixels.
"""

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange
from app.metrics.ranges import is_hounsfield

BODY_HU = -400.0
"""Body starts here in Hounsfield units: halfway between air and fat or skin."""

BODY_SHARE = 0.03
"""Body starts at least this far above the darkest value elsewhere, as a share of the contrast."""

DARK_CORNER = 0.2
"""Corners brighter than this share of the contrast are anatomy, not air."""

SMALL_PART = 0.15
"""A part smaller than this share of the largest one is a table, a cable or a label."""

NEARLY_ALL = 0.995
"""A mask that covers more of the picture than this tells nothing apart."""


def body_rule(modality: str, intensity_range: IntensityRange, *, unit: str = "") -> str:
    """Return the rule of :func:`body_mask` in the words that stand beside a value."""
    threshold = (
        f"reference > {BODY_HU:g} HU"
        if _in_hounsfield(modality, unit, intensity_range)
        else "reference above the noise of its dark corners"
    )
    return f"{threshold}; holes filled; thin and small parts removed"


def body_mask(
    plane: NDArray[np.float64],
    modality: str,
    intensity_range: IntensityRange,
    *,
    unit: str = "",
    valid: NDArray[np.bool_] | None = None,
    inverted: bool = False,
) -> NDArray[np.bool_]:
    """Return where the body lies in one slice of the reference.

    The threshold is -400 HU for CT in Hounsfield units. Elsewhere (windowed
    8-bit pictures, MR, radiographs) it is the level of the two darkest corners
    plus five robust standard deviations, at least 3 % of the contrast above the
    darkest value and never above Otsu's threshold. Where all but one corner show
    anatomy there is no air to learn from, and only the 3 % count: the mask is then
    nearly the whole slice, which the evaluation flags. Gaps in the skin are closed,
    holes (lungs, bowel gas) filled, parts thinner than about 1/64 of the picture
    (the table) opened away, and parts below 15 % of the largest one dropped.

    Parameters
    ----------
    plane
        Real-world values of the reference, ``(rows, columns)``.
    modality
        DICOM Modality of the reference, e.g. ``CT``.
    intensity_range
        The range of the study, in the same values.
    unit
        Unit of the values. CT is in Hounsfield units where this says ``HU``, or is
        empty and the range begins below -200; never where the range is ``8-bit``.
    valid
        Where the slice holds tissue values; padding is never body.
    inverted
        Low values are shown bright (MONOCHROME1), so that air has the high ones.

    Returns
    -------
    ndarray of bool
        All False where nothing stands out, e.g. in a constant slice.
    """
    from scipy import ndimage

    if plane.ndim != 2 or plane.size == 0:
        return np.zeros(plane.shape, dtype=np.bool_)
    usable = np.isfinite(plane) if valid is None else np.isfinite(plane) & valid
    if not usable.any():
        return np.zeros(plane.shape, dtype=np.bool_)
    hounsfield = _in_hounsfield(modality, unit, intensity_range)
    bright = -plane if inverted and not hounsfield else plane
    darkest = float(bright[usable].min())
    filled = np.where(usable, bright, darkest)
    if filled.max() == darkest:
        return np.zeros(plane.shape, dtype=np.bool_)
    if hounsfield:
        smooth, threshold = filled, BODY_HU
    else:
        smooth = ndimage.median_filter(filled, size=3, mode="nearest")
        threshold = _dark_threshold(smooth)
    reach = max(1, round(min(plane.shape) / 128))
    mask = np.pad(smooth > threshold, reach)
    mask = ndimage.binary_closing(mask, iterations=reach)
    mask = ndimage.binary_fill_holes(mask)[reach:-reach, reach:-reach]
    mask = ndimage.binary_erosion(mask, iterations=reach, border_value=1)
    parts, count = ndimage.label(mask)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        mask = (sizes >= SMALL_PART * sizes.max())[parts]
    mask = ndimage.binary_dilation(mask, iterations=reach)
    result: NDArray[np.bool_] = mask & usable
    return result


def _in_hounsfield(modality: str, unit: str, intensity_range: IntensityRange) -> bool:
    limits = (intensity_range.low, intensity_range.high)
    return intensity_range.origin != "8-bit" and is_hounsfield(modality, unit=unit, limits=limits)


def _dark_threshold(plane: NDArray[np.float64]) -> float:
    rows, columns = (max(1, side // 12) for side in plane.shape)
    corners = sorted(
        (
            plane[:rows, :columns],
            plane[:rows, -columns:],
            plane[-rows:, :columns],
            plane[-rows:, -columns:],
        ),
        key=lambda corner: float(np.median(corner)),
    )
    background = np.concatenate([corner.ravel() for corner in corners[:2]])
    level = float(np.median(background))
    noise = 1.4826 * float(np.median(np.abs(background - level)))
    darkest, brightest = float(plane.min()), float(np.quantile(plane, 0.995))
    least = darkest + BODY_SHARE * (brightest - darkest)
    if level > darkest + DARK_CORNER * (brightest - darkest):
        return least
    return min(max(level + 5 * noise, least), _otsu(plane))


def _otsu(plane: NDArray[np.float64]) -> float:
    """Return the threshold that parts the histogram best.

    Otsu (1979), doi:10.1109/TSMC.1979.4310076.
    """
    counts, edges = np.histogram(plane, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * gap**2, nan=0.0)
    return float(centres[int(np.argmax(between))])
