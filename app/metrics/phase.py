"""Feature similarity (FSIM): agreement of phase congruency and of gradients."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from app.domain.metric import IntensityRange
from app.metrics.coarse import averaged, averaged_mask, spread
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, share_outside, too_small
from app.metrics.stored import Stored

SIDE = 6
"""Pixels on a side: the wavelength of the finest filter."""

SCALES, ORIENTATIONS = 4, 4
T1, T2 = 0.85, 160.0
"""The constants of the paper, for phase congruency and for gradients of 0..255."""

_FINEST, _RATIO, _SIGMA_F, _DELTA_THETA, _DEVIATIONS = 6, 2, 0.55, 1.2, 2.0
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Features:
    """What FSIM compares, on the coarse grid: phase congruency and gradient magnitude."""

    congruency: Plane
    gradient: Plane


@dataclass(frozen=True, slots=True)
class Local:
    """Similarity of the features of each pixel of the coarse grid, and its weight."""

    similarity: Plane
    weight: Plane


@dataclass(frozen=True, slots=True)
class Bank:
    """Log-Gabor filters ``(orientations * scales, rows, columns)``, and what noise does in them.

    ``noise`` times the median magnitude at the finest scale is the energy that
    noise would have, one number for each orientation.
    """

    filters: Plane
    noise: Plane


def feature_similarity(
    reference: Plane,
    reconstruction: Plane,
    *,
    range: IntensityRange,
    mask: Mask | None = None,
) -> float:
    """Return the similarity of the features of two planes.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study, brought to 0..255. Values beyond it are not cut off.
    mask
        Where to look; everywhere if None. Phase congruency sees the whole plane,
        so both hold the range's low end outside it, and the weighed mean is taken inside.

    Returns
    -------
    float
        Higher is better; 1 for identical planes. Symmetric.

    Raises
    ------
    MetricRefused
        A side is shorter than 6 pixels, or no square of the coarse grid lies in the mask.

    References
    ----------
    Zhang et al. (2011), doi:10.1109/TIP.2011.2109730, as piq has it: averaged
    over squares of ``round(shorter side / 256)`` pixels first.
    """
    planes = [
        plane if mask is None else np.where(mask, plane, range.low)
        for plane in (reference, reconstruction)
    ]
    local = compared(features(planes[0], range=range), features(planes[1], range=range))
    value, _ = _pooled(local, mask, step_of(reference.shape))
    return value


def step_of(shape: tuple[int, ...]) -> int:
    """Return the side of the squares that are averaged before anything else."""
    return max(1, round(min(shape) / 256))


def features(plane: Plane | Stored, *, range: IntensityRange) -> Features:
    """Return phase congruency and gradient magnitude of a plane, on the coarse grid.

    Raises
    ------
    MetricRefused
        A side is shorter than 6 pixels.
    """
    if min(plane.shape) < SIDE:
        raise too_small(plane.shape, SIDE, "FSIM")
    coarse = averaged(plane, step_of(plane.shape), range=range)
    gradient = np.empty_like(coarse)
    _scharr(np.pad(coarse, 1), gradient)
    return Features(phase_congruency(coarse), gradient)


def phase_congruency(plane: Plane) -> Plane:
    """Return the phase congruency of each pixel, from 0 to 1.

    The responses of the filters are held in float32, which takes half the time and moves
    FSIM by less than 1e-7; the spectrum of the plane and every sum over scales and
    orientations are in float64.

    References
    ----------
    Kovesi (1999), "Image features from phase congruency", Videre 1(3), PC2 with
    noise compensation.
    """
    bank = filters(plane.shape)
    # No filter passes the mean; without it a constant plane has no response at
    # all, where the rounding of a large mean would answer like a texture.
    spectrum = cv2.dft(plane - plane[0, 0], flags=cv2.DFT_COMPLEX_OUTPUT)
    amplitudes, energies = np.full(plane.shape, _EPS), np.full(plane.shape, _EPS)
    energy, finest = np.empty(plane.shape, np.float32), np.empty(plane.shape, np.float32)
    responses = _room((SCALES, *plane.shape, 2))
    for orientation, noise in enumerate(bank.noise):
        for scale in range(SCALES):
            _filter(spectrum, bank.filters[orientation * SCALES + scale], responses[scale])
            cv2.dft(responses[scale], responses[scale], cv2.DFT_INVERSE | cv2.DFT_SCALE)
        _energy(responses, energy, finest, amplitudes)
        middle = (finest.size - 1) // 2
        threshold = noise * math.sqrt(np.partition(finest, middle, axis=None)[middle])
        _add_above(energy, threshold, energies)
    congruency: Plane = energies / amplitudes
    return congruency


@lru_cache(maxsize=2)
def filters(shape: tuple[int, int]) -> Bank:
    """Return the filters of a shape; those of the two last shapes are kept."""
    rows, columns = np.meshgrid(*(_frequencies(side) for side in shape), indexing="ij")
    radius, angle = np.hypot(rows, columns), np.arctan2(-columns, rows)
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1.0
    bands = []
    for scale in np.arange(SCALES):
        wavelength = _FINEST * _RATIO**scale
        band = np.exp(-(np.log(radius * wavelength) ** 2) / (2 * math.log(_SIGMA_F) ** 2))
        band *= low_pass
        band[0, 0] = 0.0
        bands.append(band)
    width = math.pi / (ORIENTATIONS * _DELTA_THETA)
    made = []
    for orientation in np.arange(ORIENTATIONS):
        turned = angle - orientation * math.pi / ORIENTATIONS
        away = np.abs(np.arctan2(np.sin(turned), np.cos(turned)))
        made += [np.exp(-(away**2) / (2 * width**2)) * band for band in bands]
    bank = np.stack(made)
    return Bank(bank, _noise(bank))


_kept = threading.local()


def _room(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return room for the responses of one orientation, ``(scales, rows, columns, 2)``.

    Kept by each thread: its place in memory must be the same for every plane, lest a library
    takes another way through it, and no other thread may write there.
    """
    known: NDArray[np.float32] | None = getattr(_kept, "room", None)
    if known is None or known.shape != shape:
        known = _kept.room = _aligned(shape)
    return known


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an array that begins at a multiple of 64 bytes."""
    size = 4 * math.prod(shape)
    room = np.zeros(size + 64, np.uint8)
    first = -room.ctypes.data % 64
    return room[first : first + size].view(np.float32).reshape(shape)


def compared(reference: Features, reconstruction: Features) -> Local:
    """Return how alike the features of two planes are, and the larger phase congruency."""
    similarity, weight = np.empty_like(reference.gradient), np.empty_like(reference.gradient)
    _compare(
        reference.congruency,
        reconstruction.congruency,
        reference.gradient,
        reconstruction.gradient,
        similarity,
        weight,
    )
    return Local(similarity, weight)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return FSIM of each region of a prepared slice."""
    flags = ("identical",) if prepared.identical else ()
    step = step_of(prepared.shape)
    outcomes = {}
    for region, mask in prepared.masks.items():
        try:
            local = _local(prepared, region)
            value, weight = _pooled(local, mask, step)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outside = None
        if region == "whole" and prepared.body is not None:
            lost = (1 - local.similarity) * local.weight
            full = np.nan_to_num(spread(lost, step, prepared.shape))
            outside = share_outside(full, mask, prepared.body)
        outcomes[region] = Outcome(value, flags, outside=outside, weight=weight)
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the similarity of the features of each pixel; their weight is not in it."""
    local = _local(prepared, "whole")
    return spread(local.similarity, step_of(prepared.shape), prepared.shape)


def _local(prepared: Prepared, region: str) -> Local:
    reference: Plane | Stored = prepared.stored_reference
    reconstruction: Plane | Stored = prepared.stored_reconstruction
    seen = b""
    mask = prepared.masks.get(region)
    if region != "whole" and mask is not None:
        reference, reconstruction = prepared.filled(region)
        seen = np.packbits(mask).tobytes()
    known = prepared.of_reference.once(
        ("fsim", seen), lambda: features(reference, range=prepared.range)
    )
    return prepared.of_pair.once(
        ("fsim", seen), lambda: compared(known, features(reconstruction, range=prepared.range))
    )


def _pooled(local: Local, mask: Mask | None, step: int) -> tuple[float, float]:
    """Return the weighed mean and the sum of its weights."""
    similarity, weight = local.similarity, local.weight
    if mask is not None:
        inside = averaged_mask(mask, step)
        similarity, weight = similarity[inside], weight[inside]
    total = float(weight.sum())
    if not weight.size:
        raise Refusal(
            f"The region is too thin for FSIM's grid of squares of {step} pixels.",
            remedy="Measure a larger region, or leave FSIM out.",
            flag="refused:too-small",
        )
    if total <= 0:
        raise Refusal(
            "FSIM is not defined: neither plane holds a feature here.",
            remedy="Leave FSIM out for such slices, or measure a larger region.",
            flag="refused:undefined",
        )
    return float((similarity * weight).sum()) / total, total


def _frequencies(side: int) -> Plane:
    """Return the frequencies of one axis, zero first, in cycles for each pixel.

    An odd side is divided by one less, as the authors' code has it.
    """
    steps = np.fft.ifftshift(np.arange(side) - side // 2)
    frequencies: Plane = steps / (side - side % 2)
    return frequencies


def _noise(bank: Plane) -> Plane:
    """Return what times the root of the median squared response is the noise's energy."""
    kernels = fft.ifft2(bank, workers=1).real * math.sqrt(bank[0].size)
    factors = np.empty(ORIENTATIONS)
    for orientation in np.arange(ORIENTATIONS):
        own = slice(orientation * SCALES, (orientation + 1) * SCALES)
        finest = float((bank[own][0] ** 2).sum())
        squares = float((kernels[own] ** 2).sum())
        products = (float((kernels[own].sum(axis=0) ** 2).sum()) - squares) / 2
        power = 1 / (math.log(2) * finest)
        tau = math.sqrt(power * (squares + 2 * products))
        mean, deviation = tau * math.sqrt(math.pi / 2), tau * math.sqrt(2 - math.pi / 2)
        factors[orientation] = (mean + _DEVIATIONS * deviation) / 1.7
    return factors


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _filter(spectrum: Plane, passed: Plane, filtered: NDArray[np.float32]) -> None:
    """Write a spectrum ``(rows, columns, 2)`` as a filter lets it pass."""
    rows, columns = passed.shape
    for row in range(rows):
        source, share, target = spectrum[row], passed[row], filtered[row]
        for column in range(columns):
            target[column, 0] = source[column, 0] * share[column]
            target[column, 1] = source[column, 1] * share[column]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _energy(
    responses: NDArray[np.float32],
    energy: NDArray[np.float32],
    finest: NDArray[np.float32],
    amplitudes: Plane,
) -> None:
    """Write the energy of one orientation and its squared finest response; add its amplitudes.

    Of each response ``(scales, rows, columns, 2)`` the first number is the even one and
    the second the odd one.
    """
    scales, rows, columns = responses.shape[:3]
    even = np.empty((scales, columns), np.float32)
    odd = np.empty((scales, columns), np.float32)
    sum_even, sum_odd = np.empty(columns, np.float32), np.empty(columns, np.float32)
    sizes = np.empty(columns, np.float32)
    for row in range(rows):
        line, amplitude, fine = energy[row], amplitudes[row], finest[row]
        sum_even[:] = 0.0
        sum_odd[:] = 0.0
        sizes[:] = 0.0
        for scale in range(scales):
            a, b, response = even[scale], odd[scale], responses[scale, row]
            for column in range(columns):
                a[column] = response[column, 0]
                b[column] = response[column, 1]
            for column in range(columns):
                sum_even[column] += a[column]
                sum_odd[column] += b[column]
                sizes[column] += np.sqrt(a[column] * a[column] + b[column] * b[column])
        for column in range(columns):
            x, y = sum_even[column], sum_odd[column]
            size = np.sqrt(x * x + y * y) + np.float32(_EPS)
            sum_even[column], sum_odd[column] = x / size, y / size
            amplitude[column] += sizes[column]
        a, b = even[0], odd[0]
        for column in range(columns):
            fine[column] = a[column] * a[column] + b[column] * b[column]
        line[:] = 0.0
        for scale in range(scales):
            a, b = even[scale], odd[scale]
            for column in range(columns):
                x, y = sum_even[column], sum_odd[column]
                along = a[column] * x + b[column] * y
                line[column] += along - abs(a[column] * y - b[column] * x)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_above(energy: NDArray[np.float32], threshold: float, energies: Plane) -> None:
    """Add what an energy has above a threshold."""
    rows, columns = energy.shape
    for row in range(rows):
        source, target = energy[row], energies[row]
        for column in range(columns):
            target[column] += max(source[column] - threshold, 0.0)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _scharr(framed: Plane, gradient: Plane) -> None:
    """Write the gradient's magnitude of a plane framed by one line of zeros."""
    rows, columns = gradient.shape
    for row in range(rows):
        a, b, c, into = framed[row], framed[row + 1], framed[row + 2], gradient[row]
        for column in range(columns):
            left, middle, right = column, column + 1, column + 2
            across = 3 * (a[right] - a[left] + c[right] - c[left]) + 10 * (b[right] - b[left])
            down = 3 * (c[left] - a[left] + c[right] - a[right]) + 10 * (c[middle] - a[middle])
            into[column] = math.sqrt(across * across + down * down) / 16


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _compare(
    phase_x: Plane, phase_y: Plane, slope_x: Plane, slope_y: Plane, similarity: Plane, weight: Plane
) -> None:
    rows, columns = weight.shape
    for row in range(rows):
        for column in range(columns):
            p, q = phase_x[row, column], phase_y[row, column]
            g, h = slope_x[row, column], slope_y[row, column]
            phase = (2 * p * q + T1) / (p * p + q * q + T1)
            slope = (2 * g * h + T2) / (g * g + h * h + T2)
            similarity[row, column] = phase * slope
            weight[row, column] = max(p, q)
