"""The spread of one edge that a person drew a line across, and its MTF."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.shape import Place
from app.metrics.inputs import Plane, Refusal

HALF_WIDTH = 12
"""Pixels to either side of the line that belong to the edge."""

SHORTEST = 12.0
"""Pixels of length below which a line does not show both sides of an edge."""

LEAST_CONTRAST = 5.0
"""Step of the edge over the noise of its two sides, below which it is too noisy."""

CROOKED = 1.0
"""Pixels by which the edge may leave a straight line (root mean square)."""

FILLED = 0.8
"""Share of the bins across the edge that must hold a pixel."""

_BIN = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class EdgeSpread:
    """One edge, across and in frequencies.

    ``distances`` are pixels from the edge, ``spread`` the values there; ``frequencies``
    are cycles a pixel up to 0.5, ``mtf`` 1 at 0. ``rise`` is the distance from 10 to
    90 % in pixels, NaN where it is not crossed; ``mtf50`` the frequency where half of the
    contrast is left, NaN where that lies beyond 0.5. ``contrast`` is step over noise.
    """

    distances: NDArray[np.float64]
    spread: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    mtf: NDArray[np.float64]
    rise: float
    mtf50: float
    contrast: float


def edge_spread(plane: Plane, start: Place, end: Place) -> EdgeSpread:
    """Return the edge spread and the MTF of the edge that a line crosses.

    The slanted-edge method: 12 pixels to either side of the line, the place of the edge
    is found on each parallel by the centroid of the derivative, and a straight line
    is laid through them; every pixel is put into a quarter-pixel bin by its distance from
    that line. The derivative of the bins under a Hann window is Fourier transformed, and
    divided by what the derivative and the width of a bin take away themselves.

    Parameters
    ----------
    plane
        Finite values with square pixels, ``(rows, columns)``.
    start, end
        The line, in parts of pixels; it must cross the edge.

    Raises
    ------
    MetricRefused
        The line is too short or leaves the image, the edge is too noisy, is not straight,
        or runs so exactly along the pixels that they do not fill the bins.

    References
    ----------
    ISO 12233:2017, annex D (edge-based spatial frequency response); Judy (1976), Medical
    Physics 3:233.
    """
    reach = math.dist(start, end)
    if reach < SHORTEST:
        raise _refusal(
            f"The line is {reach:.0f} pixels long; an edge needs {SHORTEST:.0f}.",
            "Draw it longer, so that it shows both sides of the edge.",
        )
    along = ((end[0] - start[0]) / reach, (end[1] - start[1]) / reach)
    aside = (-along[1], along[0])
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    half = reach / 2
    u, t, values = _band(plane, middle, along, aside, half)
    place, slope = _straight_edge(plane, middle, along, aside, half)
    tilt = 1 / math.hypot(1, slope)
    distances = (u - place - slope * t) * tilt
    limit = (half - abs(place)) * tilt - HALF_WIDTH * abs(slope) * tilt
    if limit < SHORTEST / 3:
        raise _refusal(
            "The line does not reach far enough beyond the edge on both sides.",
            "Draw it across the edge with its middle on it.",
        )
    centres, spread = _binned(distances, values, limit)
    outer = np.abs(centres) > limit / 2
    low, high = (float(np.median(spread[outer & (centres * sign > 0)])) for sign in (-1, 1))
    share = (spread - low) / (high - low) if high != low else np.zeros_like(spread)
    noise = _noise(distances, values, limit)
    step = abs(high - low)
    contrast = step / noise if noise > 0 else math.inf
    if contrast < LEAST_CONTRAST or step == 0:
        raise _refusal(
            f"The edge is too noisy: its step is {contrast:.1f} times the noise beside it; "
            f"{LEAST_CONTRAST:.0f} times is needed.",
            "Draw across a clearer edge, or average more slices.",
            "refused:noisy",
        )
    frequencies, mtf = _mtf(share)
    return EdgeSpread(
        centres,
        spread,
        frequencies,
        mtf,
        _rise(centres, share),
        _crossing_down(frequencies, mtf, 0.5),
        contrast,
    )


def _band(
    plane: Plane, middle: Place, along: Place, aside: Place, half: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return for each pixel of the band how far along and aside its centre lies, and its value."""
    corners = [
        (
            middle[0] + u * along[0] + t * aside[0],
            middle[1] + u * along[1] + t * aside[1],
        )
        for u in (-half, half)
        for t in (-HALF_WIDTH, HALF_WIDTH)
    ]
    top, left = (math.floor(min(corner[axis] for corner in corners)) for axis in (0, 1))
    bottom, right = (math.ceil(max(corner[axis] for corner in corners)) for axis in (0, 1))
    if top < 0 or left < 0 or bottom > plane.shape[0] or right > plane.shape[1]:
        raise _refusal(
            f"The {2 * HALF_WIDTH} pixels around the line leave the image.",
            "Draw it further inside.",
        )
    rows = np.arange(top, bottom)[:, None] + 0.5 - middle[0]
    columns = np.arange(left, right)[None, :] + 0.5 - middle[1]
    u = rows * along[0] + columns * along[1]
    t = rows * aside[0] + columns * aside[1]
    inside = (np.abs(u) <= half) & (np.abs(t) <= HALF_WIDTH)
    values = plane[top:bottom, left:right][inside]
    if not np.isfinite(values).all():
        raise _refusal(
            "There are pixels without a value beside the line.",
            "Draw it where every pixel has one.",
            "not-finite",
        )
    return u[inside], t[inside], values


def _straight_edge(
    plane: Plane, middle: Place, along: Place, aside: Place, half: float
) -> tuple[float, float]:
    """Return where the edge crosses the line, and how far it runs along it for a pixel aside."""
    from scipy import ndimage

    u = np.linspace(-half, half, max(8, math.ceil(2 * half) + 1))
    t = np.arange(-HALF_WIDTH + 1, HALF_WIDTH, dtype=np.float64)
    rows = middle[0] + u[None, :] * along[0] + t[:, None] * aside[0] - 0.5
    columns = middle[1] + u[None, :] * along[1] + t[:, None] * aside[1] - 0.5
    band = ndimage.map_coordinates(plane, [rows, columns], order=1, mode="nearest")
    slope = np.abs(ndimage.gaussian_filter1d(band, 1.5, axis=1, order=1))
    mean = np.abs(ndimage.gaussian_filter1d(band.mean(axis=0), 2.0, order=1))
    peak = float(u[int(np.argmax(mean))])
    lean = 0.0
    for narrow in (half, 8.0, 5.0):
        near = np.abs(u[None, :] - peak - lean * t[:, None]) <= max(narrow, 3.0)
        weight = np.where(near, slope, 0.0)
        weight = np.maximum(weight - 0.3 * weight.max(axis=1, keepdims=True), 0.0)
        total = weight.sum(axis=1)
        seen = total > 0
        if np.count_nonzero(seen) < t.size // 2:
            raise _refusal("There is no edge across the line.", "Draw it across one.")
        places = (weight * u).sum(axis=1)[seen] / total[seen]
        lean, peak = (float(one) for one in np.polyfit(t[seen], places, 1))
    off = places - (peak + lean * t[seen])
    if math.sqrt(float(np.mean(off**2))) > CROOKED:
        raise _refusal(
            "The edge is too noisy, or not straight: its place varies by more than "
            f"{CROOKED:.0f} pixel beside the line.",
            "Draw across a clearer and straighter edge.",
            "refused:noisy",
        )
    return peak, lean


def _binned(
    distances: NDArray[np.float64], values: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centres of quarter-pixel bins across the edge, and the mean values there."""
    last = math.floor(limit / _BIN)
    number = np.floor(distances / _BIN).astype(np.intp) + last
    inside = (number >= 0) & (number < 2 * last)
    counts = np.bincount(number[inside], minlength=2 * last)
    sums = np.bincount(number[inside], weights=values[inside], minlength=2 * last)
    there = counts > 0
    if there.mean() < FILLED:
        raise _refusal(
            "The edge runs exactly along the pixels, so they do not show what lies between.",
            "Draw across an edge that is slanted by a few degrees.",
            "refused:not-slanted",
        )
    centres = (np.arange(2 * last) - last + 0.5) * _BIN
    spread: NDArray[np.float64] = np.interp(centres, centres[there], sums[there] / counts[there])
    return centres.astype(np.float64), spread


def _noise(distances: NDArray[np.float64], values: NDArray[np.float64], limit: float) -> float:
    """Return the deviation of the values on the two sides, each less its own trend."""
    squares, count = 0.0, 0
    for sign in (-1, 1):
        side = (distances * sign > limit / 2) & (distances * sign <= limit)
        if np.count_nonzero(side) < 4:
            continue
        trend = np.polyfit(distances[side], values[side], 1)
        squares += float(((values[side] - np.polyval(trend, distances[side])) ** 2).sum())
        count += int(np.count_nonzero(side)) - 2
    return math.sqrt(squares / count) if count > 0 else 0.0


def _mtf(rising: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return frequencies in cycles a pixel up to 0.5, and the MTF there."""
    line = (rising[2:] - rising[:-2]) / (2 * _BIN)
    window = np.hanning(line.size + 2)[1:-1]
    spectrum = np.abs(np.fft.rfft(line * window, n=max(256, line.size)))
    frequencies = np.fft.rfftfreq(max(256, line.size), _BIN)
    chosen = frequencies <= 0.5 + 1e-9
    filtered = np.sinc(2 * frequencies[chosen] * _BIN)  # of the difference over two bins
    filtered *= np.sinc(frequencies[chosen] * _BIN)  # of the bin itself
    mtf: NDArray[np.float64] = spectrum[chosen] / spectrum[0] / filtered
    return frequencies[chosen].astype(np.float64), mtf


def _rise(centres: NDArray[np.float64], share: NDArray[np.float64]) -> float:
    """Return the distance from the last 10 % before the middle to the first 90 % after it."""
    middle = share.size // 2
    below = np.flatnonzero(share[:middle] <= 0.1)
    above = np.flatnonzero(share[middle:] >= 0.9)
    if not below.size or not above.size:
        return math.nan
    first, last = int(below[-1]), middle + int(above[0])
    start = np.interp(0.1, share[first : first + 2], centres[first : first + 2])
    end = np.interp(0.9, share[last - 1 : last + 1], centres[last - 1 : last + 1])
    return float(end - start)


def _crossing_down(places: NDArray[np.float64], values: NDArray[np.float64], level: float) -> float:
    """Return where values first fall below a level; NaN where they never do."""
    below = np.flatnonzero(values < level)
    if not below.size or below[0] == 0:
        return math.nan
    after = int(below[0])
    part = (values[after - 1] - level) / (values[after - 1] - values[after])
    return float(places[after - 1] + part * (places[after] - places[after - 1]))


def _refusal(what: str, remedy: str, flag: str = "refused:edge") -> Refusal:
    return Refusal(what, remedy=remedy, flag=flag)
