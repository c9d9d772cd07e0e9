"""Visual information fidelity in the pixel domain (VIF-p)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, share_outside, too_small

SIDE = 41
"""Pixels on a side that the four scales need."""

WINDOWS = (17, 9, 5, 3)
"""Pixels on a side of the Gaussian window of each scale; its sigma is a fifth of that."""

NOISE = 2.0
"""Variance of the visual noise, on a scale of 0..255."""

FLAT = 1e-8
"""A local variance below this is taken as none: what rounding leaves of a flat area is smaller."""

_CENTRES = (8, 12, 16, 20)
"""The pixel of the slice under the first place of each scale's map; the step is 2 to the scale."""


@dataclass(frozen=True, slots=True)
class Wide:
    """A plane whose rows are longer in memory than ``columns``: an odd number of cache lines.

    Rows of 512 pixels would all fall into the same few places of the cache and
    drive each other out: it takes two to three times as long.
    """

    pixels: Plane
    columns: int


@dataclass(frozen=True, slots=True)
class Information:
    """One scale of a reference: its local statistics, and the information that they hold."""

    plane: Wide
    mean: Plane
    variance: Plane
    held: Plane


def visual_information_fidelity(
    reference: Plane,
    reconstruction: Plane,
    *,
    range: IntensityRange,
    mask: Mask | None = None,
) -> float:
    """Return the share of the reference's information that the reconstruction keeps.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units. Not interchangeable.
    range
        The range of the study, brought to 0..255. Values beyond it are not cut off.
    mask
        Where to sum the information, at each scale by the pixel under the
        window's centre; everywhere if None.

    Returns
    -------
    float
        Higher is better; 1 for identical planes, above 1 where the
        reconstruction has more contrast than the reference.

    Raises
    ------
    MetricRefused
        A side is shorter than 41 pixels, the mask misses every window, or the
        reference is constant there: it then holds no information to keep.

    References
    ----------
    Sheikh & Bovik (2006), doi:10.1109/TIP.2005.859378, and the authors' release
    for the pixel domain (vifp_mscale): four scales, sigma_n^2 = 2.
    """
    known = reference_information(reference, range=range)
    kept = kept_information(known, reconstruction, range=range)
    numerator, denominator = _summed(kept, known, mask)
    if denominator <= 0:
        raise _undefined()
    return numerator / denominator


def reference_information(reference: Plane, *, range: IntensityRange) -> tuple[Information, ...]:
    """Return what VIF-p needs to know of a reference, finest scale first.

    Raises
    ------
    MetricRefused
        A side is shorter than 41 pixels.
    """
    if min(reference.shape) < SIDE:
        raise too_small(reference.shape, SIDE, "VIF-p")
    known = []
    for level, plane in enumerate(_scales(reference, range)):
        mean, variance = _moments(plane.pixels, plane.columns, gaussian(WINDOWS[level]))
        held = _held(variance)
        known.append(Information(plane, mean, variance, np.log(held, out=held)))
    return tuple(known)


def kept_information(
    known: tuple[Information, ...], reconstruction: Plane, *, range: IntensityRange
) -> tuple[Plane, ...]:
    """Return the information that reaches the eye through a reconstruction, at each scale."""
    kept = []
    for level, plane in enumerate(_scales(reconstruction, range)):
        truth, weights = known[level], gaussian(WINDOWS[level])
        mean, variance = _moments(plane.pixels, plane.columns, weights)
        product = _product(plane.pixels, truth.plane.pixels, plane.columns, weights)
        passed = _passed(truth.mean, truth.variance, mean, variance, product)
        kept.append(np.log(passed, out=passed))
    return tuple(kept)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return VIF-p of each region of a prepared slice."""
    known, kept = _both(prepared)
    flags = ("identical",) if prepared.identical else ()
    outcomes = {}
    for region, mask in prepared.masks.items():
        numerator, denominator = _summed(kept, known, mask)
        if denominator <= 0:
            refusal = _undefined()
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outside = None
        if region == "whole" and prepared.body is not None:
            lost = known[0].held - kept[0]
            outside = share_outside(
                lost, None if mask is None else _at(mask, 0, lost), _at(prepared.body, 0, lost)
            )
        outcomes[region] = Outcome(
            numerator / denominator, flags, outside=outside, weight=denominator
        )
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the share of the information kept around each pixel at the finest scale.

    NaN in the eight outermost rows and columns, and where the reference is flat.
    """
    known, kept = _both(prepared)
    held = known[0].held
    full = np.full(prepared.reference.shape, np.nan)
    first = _CENTRES[0]
    inner = full[first:-first, first:-first]
    np.divide(kept[0], held, out=inner, where=held > 0)
    return full


def gaussian(side: int) -> Plane:
    """Return the weights of a Gaussian window whose sigma is a fifth of its side."""
    offsets = np.arange(side) - side // 2
    curve = np.exp(-(offsets**2) / (2 * (side / 5) ** 2))
    weights: Plane = curve / curve.sum()
    return weights


def _both(prepared: Prepared) -> tuple[tuple[Information, ...], tuple[Plane, ...]]:
    known = prepared.of_reference.once(
        "vif-p", lambda: reference_information(prepared.reference, range=prepared.range)
    )
    kept = prepared.of_pair.once(
        "vif-p", lambda: kept_information(known, prepared.reconstruction, range=prepared.range)
    )
    return known, kept


def _summed(
    kept: tuple[Plane, ...], known: tuple[Information, ...], mask: Mask | None
) -> tuple[float, float]:
    """Return the information kept and held, summed over a region and all scales."""
    numerator = denominator = 0.0
    for level, (passed, information) in enumerate(zip(kept, known, strict=True)):
        held = information.held
        if mask is not None:
            chosen = _at(mask, level, held)
            passed, held = passed[chosen], held[chosen]
        numerator += float(passed.sum())
        denominator += float(held.sum())
    return numerator, denominator


def _at(mask: Mask, level: int, local: Plane) -> Mask:
    """Return a mask at the centres of one scale's windows."""
    first, step = _CENTRES[level], 2**level
    rows, columns = local.shape
    return mask[first::step, first::step][:rows, :columns]


def _scales(plane: Plane, range: IntensityRange) -> Iterator[Wide]:
    """Yield a plane brought to 0..255 at each scale, finest first."""
    rows, columns = plane.shape
    wide = _wide(rows, columns)
    np.multiply(plane - range.low, 255.0 / range.width, out=wide.pixels[:, :columns])
    yield wide
    for side in WINDOWS[1:]:
        rows, columns = (wide.pixels.shape[0] - side) // 2 + 1, (wide.columns - side) // 2 + 1
        halved = _wide(rows, columns)
        _halve(wide.pixels, wide.columns, gaussian(side), halved.pixels)
        wide = halved
        yield wide


def _wide(rows: int, columns: int) -> Wide:
    lines = -(-columns // 8) | 1  # of eight numbers each
    return Wide(np.zeros((rows, 8 * lines)), columns)


def _undefined() -> Refusal:
    return Refusal(
        "VIF-p is not defined: the reference is constant here and holds no information.",
        remedy="Leave VIF-p out for such slices, or measure a region with structure.",
        flag="refused:undefined",
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _moments(plane: Plane, columns: int, weights: Plane) -> Any:
    """Return the local mean and variance of a plane where the window fits.

    Row by row: columns first into one line, then along the line, so that
    nothing as large as the slice is made in between. Equal distances from the
    window's centre share their weight.
    """
    side = weights.size
    half = side // 2
    high, wide = plane.shape[0] - side + 1, columns - side + 1
    mean, variance = np.empty((high, wide)), np.empty((high, wide))
    line, square = np.empty(columns), np.empty(columns)
    for row in range(high):
        weight, middle = weights[half], plane[row + half]
        for column in range(columns):
            line[column] = weight * middle[column]
            square[column] = weight * (middle[column] * middle[column])
        for step in range(half):
            weight = weights[step]
            upper, lower = plane[row + step], plane[row + side - 1 - step]
            for column in range(columns):
                a, b = upper[column], lower[column]
                line[column] += weight * (a + b)
                square[column] += weight * (a * a + b * b)
        _along(line, weights, mean[row])
        _along(square, weights, variance[row])
        for column in range(wide):
            spread = variance[row, column] - mean[row, column] * mean[row, column]
            variance[row, column] = max(spread, 0.0)
    return mean, variance


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _product(plane: Plane, other: Plane, columns: int, weights: Plane) -> Any:
    """Return the local mean of the product of two planes where the window fits."""
    side = weights.size
    half = side // 2
    product = np.empty((plane.shape[0] - side + 1, columns - side + 1))
    line = np.empty(columns)
    for row in range(product.shape[0]):
        weight, a, b = weights[half], plane[row + half], other[row + half]
        for column in range(columns):
            line[column] = weight * (a[column] * b[column])
        for step in range(half):
            far = row + side - 1 - step
            weight, a, b = weights[step], plane[row + step], other[row + step]
            c, d = plane[far], other[far]
            for column in range(columns):
                line[column] += weight * (a[column] * b[column] + c[column] * d[column])
        _along(line, weights, product[row])
    return product


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _along(line: Plane, weights: Plane, into: Plane) -> None:
    """Write the weighed sums along one line, where the window fits."""
    half, wide = weights.size // 2, into.size
    weight, middle = weights[half], line[half : half + wide]
    for place in range(wide):
        into[place] = weight * middle[place]
    for step in range(half):
        far = weights.size - 1 - step
        weight, left, right = weights[step], line[step : step + wide], line[far : far + wide]
        for place in range(wide):
            into[place] += weight * (left[place] + right[place])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _halve(plane: Plane, columns: int, weights: Plane, halved: Plane) -> None:
    """Write every second pixel of the smoothed plane, where the window fits."""
    side = weights.size
    half = side // 2
    wide = columns - side + 1
    line, smooth = np.empty(columns), np.empty(wide)
    for row in range(halved.shape[0]):
        first = 2 * row
        weight, middle = weights[half], plane[first + half]
        for column in range(columns):
            line[column] = weight * middle[column]
        for step in range(half):
            weight = weights[step]
            upper, lower = plane[first + step], plane[first + side - 1 - step]
            for column in range(columns):
                line[column] += weight * (upper[column] + lower[column])
        _along(line, weights, smooth)
        for column in range((wide + 1) // 2):
            halved[row, column] = smooth[2 * column]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _held(variance: Plane) -> Any:
    """Return one plus the signal-to-noise ratio of the reference in the eye."""
    held = np.empty_like(variance)
    for row in range(variance.shape[0]):
        for column in range(variance.shape[1]):
            spread = variance[row, column]
            held[row, column] = 1.0 + (spread / NOISE if spread >= FLAT else 0.0)
    return held


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _passed(truth_mean: Plane, truth: Plane, mean: Plane, variance: Plane, product: Plane) -> Any:
    """Return one plus the signal-to-noise ratio of the reference seen through a reconstruction.

    The reconstruction is the reference times a gain, plus noise of its own.
    """
    passed = np.empty_like(mean)
    for row in range(mean.shape[0]):
        for column in range(mean.shape[1]):
            spread, own = truth[row, column], variance[row, column]
            shared = product[row, column] - mean[row, column] * truth_mean[row, column]
            if spread < FLAT or own < FLAT or shared <= 0.0:
                passed[row, column] = 1.0
            else:
                gain = shared / spread
                noise = max(own - gain * shared, 0.0)
                passed[row, column] = 1.0 + gain * gain * spread / (noise + NOISE)
    return passed
