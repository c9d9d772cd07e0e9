"""Metrics of single pixels: MSE, RMSE, MAE and PSNR, in float64."""

import math
from collections.abc import Mapping

import numpy as np

from app.metrics.inputs import Mask, Outcome, Plane, Prepared, share_outside


def mean_squared_error(
    reference: Plane, reconstruction: Plane, *, mask: Mask | None = None
) -> float:
    """Return the mean squared difference, in squared units of the values.

    Lower is better; 0 for identical planes. ``mask`` limits the mean to its
    pixels, of which there must be one at least.
    """
    return float(np.mean(_inside((reference - reconstruction) ** 2, mask)))


def mean_absolute_error(
    reference: Plane, reconstruction: Plane, *, mask: Mask | None = None
) -> float:
    """Return the mean absolute difference, in units of the values; lower is better."""
    return float(np.mean(_inside(np.abs(reference - reconstruction), mask)))


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
    error = mean_squared_error(reference, reconstruction, mask=mask)
    return math.inf if error == 0 else 20 * math.log10(data_range) - 10 * math.log10(error)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return one of ``mse rmse mae psnr`` for each region of a prepared slice."""
    difference = prepared.reference - prepared.reconstruction
    deficit = np.abs(difference) if metric == "mae" else difference**2
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        mean = float(np.mean(_inside(deficit, mask)))
        outside = share_outside(deficit, mask, prepared.body) if region == "whole" else None
        flags = () if np.any(_inside(difference, mask)) else ("identical",)
        outcomes[region] = Outcome(_value(metric, mean, prepared.range.width), flags, "", outside)
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the absolute error of every pixel."""
    return np.abs(prepared.reference - prepared.reconstruction)


def _value(metric: str, mean: float, data_range: float) -> float:
    if metric == "rmse":
        return math.sqrt(mean)
    if metric == "psnr":
        return math.inf if mean == 0 else 20 * math.log10(data_range) - 10 * math.log10(mean)
    return mean


def _inside(plane: Plane, mask: Mask | None) -> Plane:
    return plane if mask is None else plane[mask]
