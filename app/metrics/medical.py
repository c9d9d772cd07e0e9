"""What physicists measure: bias, signal and contrast against noise."""

import math
from collections.abc import Mapping

import numpy as np

from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal

LEAST = 16
"""Pixels below which a mean or a standard deviation says nothing."""

GAP, RING = 2, 10
"""The background of a region lies more than GAP and at most RING pixels away from it."""


def bias(reference: Plane, reconstruction: Plane, *, mask: Mask | None = None) -> float:
    """Return the mean of reconstruction - reference, in units of the values.

    Positive where the reconstruction is too bright; the nearer to 0 the better.
    ``mask`` limits the mean to its pixels, of which there must be one at least.
    """
    difference = reconstruction - reference
    return float(np.mean(difference if mask is None else difference[mask]))


def signal_to_noise(reconstruction: Plane, mask: Mask) -> float:
    """Return mean / standard deviation of the values in a region meant to be uniform.

    The values are taken as they are: Hounsfield units are not shifted, so that
    tissue near 0 HU has a ratio near 0 whatever its noise. The standard deviation is
    that of a sample (n - 1). Dimensionless; higher is better.

    Raises
    ------
    MetricRefused
        Fewer than 16 pixels, or all of one value.

    References
    ----------
    Welvaert & Rosseel (2013), doi:10.1371/journal.pone.0077089, equation 1.
    """
    mean, deviation = _statistics(reconstruction, mask, "region")
    return mean / deviation


def contrast_to_noise(reconstruction: Plane, mask: Mask, background: Mask) -> float:
    """Return |mean of a region - mean of its background| / standard deviation of the background.

    Dimensionless; higher is better. The standard deviation is that of a sample.

    Raises
    ------
    MetricRefused
        Fewer than 16 pixels in either, or a background of one single value.

    References
    ----------
    Welvaert & Rosseel (2013), doi:10.1371/journal.pone.0077089, equation 5.
    """
    mean, deviation = _statistics(reconstruction, background, "background")
    if np.count_nonzero(mask) < LEAST:
        raise _too_few(int(np.count_nonzero(mask)), "region")
    return abs(float(reconstruction[mask].mean()) - mean) / deviation


def surroundings(mask: Mask, valid: Mask | None = None) -> Mask:
    """Return the pixels more than 2 and at most 10 pixels away from a region.

    Distances are Euclidean, between the centres of pixels; valid pixels only.
    """
    from scipy import ndimage

    if not mask.any():
        return np.zeros_like(mask)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    near = (
        slice(max(0, rows[0] - RING), rows[-1] + RING + 1),
        slice(max(0, columns[0] - RING), columns[-1] + RING + 1),
    )
    away = ndimage.distance_transform_edt(~mask[near])
    ring = np.zeros_like(mask)
    ring[near] = (away > GAP) & (away <= RING)
    return ring if valid is None else ring & valid


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return one of ``hu-bias snr cnr`` for each region of a prepared slice."""
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            outcomes[region] = _outcome(metric, prepared, region, mask)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
    return outcomes


def _outcome(metric: str, prepared: Prepared, region: str, mask: Mask | None) -> Outcome:
    if metric == "hu-bias":
        value = bias(prepared.reference, prepared.reconstruction, mask=mask)
        pixels = prepared.reference.size if mask is None else int(np.count_nonzero(mask))
        flags = ("identical",) if prepared.identical else ()
        return Outcome(value, flags, weight=float(pixels))
    if region in ("whole", "body") or mask is None:
        raise Refusal(
            f"The {metric.upper()} of the region '{region}' would take anatomy for noise.",
            remedy="Choose a uniform region, roi:WxH+X+Y or mask:NAME.",
            flag="refused:region",
        )
    if metric == "snr":
        return Outcome(signal_to_noise(prepared.reconstruction, mask))
    around = surroundings(mask, prepared.valid)
    return Outcome(contrast_to_noise(prepared.reconstruction, mask, around))


def _statistics(plane: Plane, mask: Mask, name: str) -> tuple[float, float]:
    values = plane[mask]
    if values.size < LEAST:
        raise _too_few(values.size, name)
    mean = float(values.mean())
    deviation = math.sqrt(float(((values - mean) ** 2).sum()) / (values.size - 1))
    if values.min() == values.max():
        raise Refusal(
            f"The {name} holds one single value, so it has no noise to compare with.",
            remedy="Choose another region.",
            flag="refused:undefined",
        )
    return mean, deviation


def _too_few(pixels: int, name: str) -> Refusal:
    return Refusal(
        f"The {name} has {pixels} pixels; {LEAST} are needed.",
        remedy="Choose a larger region, further from the edge of the slice.",
        flag="refused:too-small",
    )
