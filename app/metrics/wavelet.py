"""Haar wavelet-based perceptual similarity (HaarPSI)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.coarse import averaged, averaged_mask, spread
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, share_outside, too_small
from app.metrics.stored import Stored

SIDE = 16
"""Pixels on a side that the largest wavelet needs."""

C, ALPHA = 30.0, 4.2
"""The constants of the paper."""

_STEP = 2
_WIDEST = 8


@dataclass(frozen=True, slots=True)
class Local:
    """What each pixel of the coarse grid adds to the weighed mean, and its weight."""

    weighed: Plane
    weight: Plane


def haar_similarity(
    reference: Plane,
    reconstruction: Plane,
    *,
    range: IntensityRange,
    mask: Mask | None = None,
) -> float:
    """Return the similarity of two planes in their Haar wavelets.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study, brought to 0..255. Values beyond it are not cut off.
    mask
        Where to take the weighed mean, brought to the halved grid; everywhere if None.

    Returns
    -------
    float
        Higher is better; 1 for identical planes. Symmetric.

    Raises
    ------
    MetricRefused
        A side is shorter than 16 pixels, the mask is empty, or no pixel in it
        has a weight although the planes differ.

    References
    ----------
    Reisenhofer et al. (2018), doi:10.1016/j.image.2017.11.001, as piq has it:
    both planes averaged over 2 x 2 pixels first, zero (the range's low end) outside.
    """
    local = local_similarity(
        haar_coefficients(reference, range=range), haar_coefficients(reconstruction, range=range)
    )
    return _pooled(local, mask)


def haar_coefficients(plane: Plane | Stored, *, range: IntensityRange) -> Plane:
    """Return the magnitudes of three scales in two directions, ``(3, 2, rows, columns)``.

    Raises
    ------
    MetricRefused
        A side is shorter than 16 pixels.
    """
    if min(plane.shape) < SIDE:
        raise too_small(plane.shape, SIDE, "HaarPSI")
    odd = [(0, side % _STEP) for side in plane.shape]
    if any(more for _, more in odd):
        plane = np.pad(Stored.of(plane).values, odd, constant_values=range.low)
    before, after = _WIDEST // 2 - 1, _WIDEST // 2
    framed = averaged(plane, _STEP, range=range, before=before, after=after)
    rows, columns = (side // _STEP for side in plane.shape)
    magnitudes = np.empty((3, 2, rows, columns))
    _haar(framed, magnitudes)
    return magnitudes


def local_similarity(reference: Plane, reconstruction: Plane) -> Local:
    """Return the similarity and the weight of each pixel from two sets of coefficients."""
    weighed, weight = np.empty(reference.shape[2:]), np.empty(reference.shape[2:])
    _compare(reference, reconstruction, weighed, weight)
    return Local(weighed, weight)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return HaarPSI of each region of a prepared slice."""
    local = _local(prepared)
    flags = ("identical",) if prepared.identical else ()
    outcomes = {}
    for region, mask in prepared.masks.items():
        try:
            value = _pooled(local, mask)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outside = None
        if region == "whole" and prepared.body is not None:
            best = _sigmoid(ALPHA) * local.weight - local.weighed
            outside = share_outside(spread(best, _STEP, prepared.shape), mask, prepared.body)
        outcomes[region] = Outcome(value, flags, outside=outside)
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the local similarity of a prepared slice; 1 where neither plane has a weight."""
    local = _local(prepared)
    share = np.full(local.weight.shape, _sigmoid(ALPHA))
    np.divide(local.weighed, local.weight, out=share, where=local.weight > 0)
    coarse = np.minimum((np.log(share / (1 - share)) / ALPHA) ** 2, 1.0)
    return spread(coarse, _STEP, prepared.shape)


def _local(prepared: Prepared) -> Local:
    known = prepared.of_reference.once(
        "haarpsi", lambda: haar_coefficients(prepared.stored_reference, range=prepared.range)
    )
    return prepared.of_pair.once(
        "haarpsi",
        lambda: local_similarity(
            known, haar_coefficients(prepared.stored_reconstruction, range=prepared.range)
        ),
    )


def _pooled(local: Local, mask: Mask | None) -> float:
    weighed, weight = local.weighed, local.weight
    if mask is not None:
        if any(side % _STEP for side in mask.shape):
            mask = np.pad(mask, [(0, side % _STEP) for side in mask.shape])
        inside = averaged_mask(mask, _STEP)
        weighed, weight = weighed[inside], weight[inside]
    if not weight.size:
        raise Refusal(
            "The region is too thin for HaarPSI's grid of every second pixel.",
            remedy="Measure a larger region, or leave HaarPSI out.",
            flag="refused:too-small",
        )
    total = float(weight.sum())
    if total <= 0:
        return 1.0  # neither plane holds an edge here: they agree
    share = float(weighed.sum()) / total
    return min((math.log(share / (1 - share)) / ALPHA) ** 2, 1.0)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _haar(framed: Plane, magnitudes: Plane) -> None:
    """Write the magnitudes of each wavelet: upper less lower half, left less right half.

    ``framed`` has three lines before and four after the plane, enough for the
    widest wavelet. A wavelet is four squares, its window begins ``half - 1``
    before its pixel, and four squares of one scale make a square of the next.
    """
    squares = framed
    rows, columns = magnitudes.shape[2:]
    for scale in range(magnitudes.shape[0]):
        half = 2**scale
        share = 0.5 / half
        if scale:
            squares = _four(squares, half // 2)
        first = _WIDEST // 2 - half
        for row in range(rows):
            upper, lower = squares[row + first], squares[row + first + half]
            left = slice(first, first + columns)
            right = slice(first + half, first + half + columns)
            a, b, c, d = upper[left], upper[right], lower[left], lower[right]
            down, across = magnitudes[scale, 0, row], magnitudes[scale, 1, row]
            for column in range(columns):
                down[column] = abs((a[column] + b[column]) - (c[column] + d[column])) * share
                across[column] = abs((a[column] + c[column]) - (b[column] + d[column])) * share


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _four(squares: Plane, step: int) -> Any:
    """Return the sums of four squares that make one of twice the side."""
    rows, columns = squares.shape[0] - step, squares.shape[1] - step
    larger = np.empty((rows, columns))
    for row in range(rows):
        upper, lower, into = squares[row], squares[row + step], larger[row]
        a, b, c, d = upper[:columns], upper[step:], lower[:columns], lower[step:]
        for column in range(columns):
            into[column] = (a[column] + b[column]) + (c[column] + d[column])
    return larger


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _exponential(exponent: float) -> float:
    """Return exp of a number from -ALPHA to 0, to 1e-13 of itself.

    The series of a sixteenth of it, to the 16th power: unlike the library's function
    it works in vector registers.
    """
    x = exponent * 0.0625
    series = 1.0 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720
             + x * (1 / 5040 + x * (1 / 40320 + x * (1 / 362880 + x * (1 / 3628800
             + x * (1 / 39916800))))))))))  # fmt: skip
    power = 1.0 + x * series
    power *= power
    power *= power
    power *= power
    return power * power


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _compare(x: Plane, y: Plane, weighed: Plane, weight: Plane) -> None:
    """Write the sigmoid of the two fine scales' similarity, weighed by the coarse scale."""
    rows, columns = weight.shape
    similarity = np.empty(columns)
    for row in range(rows):
        total, importance = weighed[row], weight[row]
        total[:] = 0.0
        importance[:] = 0.0
        for direction in range(2):
            similarity[:] = 0.0
            for scale in range(2):
                a, b = x[scale, direction, row], y[scale, direction, row]
                for column in range(columns):
                    similarity[column] += (2.0 * a[column] * b[column] + C) / (
                        a[column] * a[column] + b[column] * b[column] + C
                    )
            for column in range(columns):
                similarity[column] = _exponential(-ALPHA / 2.0 * similarity[column])
            a, b = x[2, direction, row], y[2, direction, row]
            for column in range(columns):
                heavy = max(a[column], b[column])
                total[column] += heavy / (1.0 + similarity[column])
                importance[column] += heavy
