"""Statistics and histograms of the pixels in a region."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import MetricRefused
from app.metrics.inputs import Mask, Plane, Refusal
from app.metrics.medical import contrast_to_noise, signal_to_noise

BINS = 64


@dataclass(frozen=True, slots=True)
class RegionStatistics:
    """What the pixels of one region of one image are like.

    ``deviation`` is that of a sample (n - 1), NaN for a single pixel. ``snr`` and ``cnr`` are
    dimensionless and None where they are not defined; ``reasons`` then say why.
    ``left_out`` counts pixels of the region without a tissue value.
    """

    pixels: int
    mean: float
    deviation: float
    low: float
    high: float
    left_out: int = 0
    snr: float | None = None
    cnr: float | None = None
    reasons: tuple[str, ...] = ()


def region_statistics(
    plane: Plane,
    mask: Mask,
    *,
    valid: Mask | None = None,
    background: Mask | None = None,
) -> RegionStatistics:
    """Return the statistics of a region, in the units of the values.

    Parameters
    ----------
    plane
        Real-world values, ``(rows, columns)``.
    mask
        The pixels of the region.
    valid
        Where there are tissue values; None where everywhere. Others are left out.
    background
        The pixels that the contrast is taken against; None gives no CNR.

    Raises
    ------
    MetricRefused
        The region holds no pixel with a value.

    References
    ----------
    SNR and CNR as in :mod:`app.metrics.medical` (Welvaert & Rosseel 2013).
    """
    values = _values(plane, mask, valid)
    if not values.size:
        raise Refusal(
            "The region holds no pixel with a value.",
            remedy="Draw it where the image has tissue.",
            flag="refused:no-region",
        )
    reasons = []
    snr = cnr = None
    everywhere = np.ones(values.shape, np.bool_)
    try:
        snr = signal_to_noise(values, everywhere)
    except MetricRefused as refusal:
        reasons.append(f"No SNR: {refusal}")
    if background is not None:
        around = _values(plane, background, valid)
        inside = np.arange(values.size + around.size) < values.size
        try:
            cnr = contrast_to_noise(np.concatenate([values, around]), inside, ~inside)
        except MetricRefused as refusal:
            reasons.append(f"No CNR: {refusal}")
    return RegionStatistics(
        int(values.size),
        float(values.mean()),
        float(values.std(ddof=1)) if values.size > 1 else math.nan,
        float(values.min()),
        float(values.max()),
        int(np.count_nonzero(mask)) - int(values.size),
        snr,
        cnr,
        tuple(reasons),
    )


def _values(plane: Plane, mask: Mask, valid: Mask | None) -> NDArray[np.float64]:
    """Return the finite tissue values of a region, in the order of the pixels."""
    values = plane[mask if valid is None else mask & valid]
    if values.size and not math.isfinite(float(values.sum())):  # seldom; spares a mask
        values = values[np.isfinite(values)]
    return values


def histograms(
    samples: Sequence[NDArray[np.float64]], bins: int = BINS
) -> tuple[NDArray[np.float64], tuple[NDArray[np.int64], ...]]:
    """Return the edges of common bins, and how many values of each sample lie in each bin.

    The bins are equally wide, from the least to the greatest finite value of all samples.
    Where all values are whole numbers, every bin holds equally many of them, so there may be
    fewer bins: otherwise some would hold one number more than others, and the counts a comb.

    Raises
    ------
    MetricRefused
        No sample holds a finite value.
    """
    finite = [sample[np.isfinite(sample)] for sample in samples]
    ends = [(float(one.min()), float(one.max())) for one in finite if one.size]
    if not ends:
        raise Refusal(
            "The region holds no pixel with a value.",
            remedy="Draw it where the image has tissue.",
            flag="refused:no-region",
        )
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if high > low and all(np.array_equal(one, np.rint(one)) for one in finite):
        each = math.ceil((high - low + 1) / bins)
        bins = math.ceil((high - low + 1) / each)
        low, high = low - 0.5, low - 0.5 + bins * each
    edges: NDArray[np.float64] = np.histogram_bin_edges(
        np.array([low, high]), bins=bins, range=(low, high)
    ).astype(np.float64)
    # By number and range, not by edges: the same counts without a search for every value.
    counts = tuple(
        np.histogram(one, bins=bins, range=(low, high))[0].astype(np.int64) for one in finite
    )
    return edges, counts
