"""Metrics of single pixels, in float64: every sum of a pair is taken in one pass."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal
from app.metrics.kernels.compiled import stack
from app.metrics.kernels.errors import error_sums
from app.metrics.stacked import stacked
from app.metrics.stored import Stored, alike

PIQ_FLOOR = 1e-8
"""What piq adds to the mean squared error of values in 0..1."""


class Errors(NamedTuple):
    """Sums over the pixels of a region; ``reference`` of its squared, shifted values."""

    pixels: float
    squared: float
    absolute: float
    reference: float


def errors(
    reference: Plane, reconstruction: Plane, *, low: float = 0.0, mask: Mask | None = None
) -> Errors:
    """Return the sums that every metric of this family is made of.

    ``low`` is taken off the reference before it is squared: with the lower end of the
    range, air in HU counts as nothing rather than as much as bone.
    """
    masks = stack([] if mask is None else [mask], reference.shape)
    return _all_errors(Stored.of(reference), Stored.of(reconstruction), low, masks)[-1]


def mean_squared_error(
    reference: Plane, reconstruction: Plane, *, mask: Mask | None = None
) -> float:
    """Return the mean squared difference, in squared units of the values.

    Lower is better; 0 for identical planes. ``mask`` limits the mean to its
    pixels, of which there must be one at least.
    """
    found = errors(reference, reconstruction, mask=mask)
    return found.squared / found.pixels


def mean_absolute_error(
    reference: Plane, reconstruction: Plane, *, mask: Mask | None = None
) -> float:
    """Return the mean absolute difference, in units of the values; lower is better."""
    found = errors(reference, reconstruction, mask=mask)
    return found.absolute / found.pixels


def normalised_squared_error(
    reference: Plane, reconstruction: Plane, *, low: float = 0.0, mask: Mask | None = None
) -> float:
    """Return the squared error as a share of the squared reference, both summed.

    Lower is better; 0 for identical planes. ``low`` is the value that counts as
    nothing, see :func:`errors`. Its square root is scikit-image's ``nrmse``.

    Raises
    ------
    MetricRefused
        The reference is ``low`` everywhere.

    References
    ----------
    Zbontar et al. (2018), arXiv:1811.08839, section 5.2.
    """
    found = errors(reference, reconstruction, low=low, mask=mask)
    if found.reference == 0:
        raise _NOTHING
    return found.squared / found.reference


def peak_signal_to_noise_ratio(
    reference: Plane, reconstruction: Plane, *, data_range: float, mask: Mask | None = None
) -> float:
    """Return the peak signal-to-noise ratio in decibels.

    ``10 log10(data_range**2 / MSE)``, where the mean squared error is taken over
    the mask. Higher is better; ``inf`` for identical planes.

    References
    ----------
    Wang & Bovik (2009), doi:10.1109/MSP.2008.930649.
    """
    return _decibel(mean_squared_error(reference, reconstruction, mask=mask), data_range)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return one metric of this family for each region of a prepared slice."""
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        found = _errors(prepared, region)
        extent = _extent(prepared, mask) if metric in _OF_EXTENT else 0.0
        try:
            value = _value(metric, found, prepared.range.width, extent)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outside = _outside(metric, prepared, found) if region == "whole" else None
        flags = () if found.absolute else ("identical",)
        outcomes[region] = Outcome(value, flags, "", outside, _weight(metric, found))
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the absolute error of every pixel."""
    return np.abs(prepared.reference - prepared.reconstruction)


_OF_EXTENT = ("nrmse@minmax", "psnr@gt-minmax")

_NOTHING = Refusal(
    "The reference holds nothing but the lower end of the range, so there is nothing to divide by.",
    remedy="Leave the normalised errors out for such slices.",
    flag="refused:undefined",
)
_FLAT = Refusal(
    "The reference holds one single value, so it has no extent to divide by.",
    remedy="Leave the metrics that divide by the reference's extent out for such slices.",
    flag="refused:undefined",
)


def _errors(prepared: Prepared, region: str) -> Errors:
    """Return the sums in a region, of those made once for all metrics and regions of a pair."""
    rows, masks = stacked(prepared)

    def make() -> list[Errors]:
        low = prepared.range.low
        return _all_errors(prepared.stored_reference, prepared.stored_reconstruction, low, masks)

    return prepared.of_pair.once("errors", make)[rows[region]]


def _all_errors(reference: Stored, reconstruction: Stored, low: float, masks: Mask) -> list[Errors]:
    sums = np.empty((len(masks) + 1, 3))
    one, other = alike(reference, reconstruction)
    error_sums(one.pixels, one.scale, other.pixels, other.scale, low, masks, sums)
    pixels = [float(one.pixels.size), *(float(np.count_nonzero(mask)) for mask in masks)]
    return [
        Errors(count, float(row[0]), float(row[1]), float(row[2]))
        for count, row in zip(pixels, sums, strict=True)
    ]


def _extent(prepared: Prepared, mask: Mask | None) -> float:
    values = prepared.reference if mask is None else prepared.reference[mask]
    return float(values.max() - values.min())


def _value(metric: str, found: Errors, data_range: float, extent: float) -> float:
    mean = found.squared / found.pixels
    if metric in ("nmse", "nrmse"):
        if found.reference == 0:
            raise _NOTHING
        share = found.squared / found.reference
        return share if metric == "nmse" else math.sqrt(share)
    if metric in _OF_EXTENT:
        if extent == 0:
            raise _FLAT
        return math.sqrt(mean) / extent if metric == "nrmse@minmax" else _decibel(mean, extent)
    if metric == "psnr@piq":
        return -10 * math.log10(mean / data_range**2 + PIQ_FLOOR)
    if metric == "psnr":
        return _decibel(mean, data_range)
    if metric == "mae":
        return found.absolute / found.pixels
    return math.sqrt(mean) if metric == "rmse" else mean


def _weight(metric: str, found: Errors) -> float | None:
    if metric in _OF_EXTENT:
        return None
    return found.reference if metric in ("nmse", "nrmse") else found.pixels


def _outside(metric: str, prepared: Prepared, found: Errors) -> float | None:
    """Return the share of the summed error that lies outside the body."""
    if prepared.body is None or not prepared.body.any():
        return None
    body = _errors(prepared, "body")
    total, inside = (
        (found.absolute, body.absolute) if metric == "mae" else (found.squared, body.squared)
    )
    return 1 - inside / total if total > 0 else None


def _decibel(mean: float, data_range: float) -> float:
    return math.inf if mean == 0 else 20 * math.log10(data_range) - 10 * math.log10(mean)
