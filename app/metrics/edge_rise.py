"""How far an edge of the reference takes to rise in the reconstruction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal

REACH = 8.0
"""Pixels to either side of an edge that its profile covers."""

PLATEAU = 5.0
"""A profile's outer part from here on gives the level of its side."""

STRONGEST = 400
"""Edges that are looked at, at most."""

FEWEST = 30
"""Clean edges below which a median says little."""

CLEAN = 0.75
"""An edge is clean where its step is at least this share of its profile's whole span."""

LOST = 0.1
"""An edge of which less than this share of its step is left counts as wider than its profile."""

_STEP = 0.25
_SMOOTH = 1.0
_ALONG = np.arange(-REACH, REACH + _STEP / 2, _STEP)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Clean edges of a reference: where they are and which way they rise.

    ``places`` and ``directions`` are ``(edges, 2)`` in rows and columns; the
    directions are unit vectors. ``steps`` is how far each rises, in the values.
    """

    places: Plane
    directions: Plane
    steps: Plane


def find_edges(reference: Plane, *, mask: Mask | None = None) -> Edges:
    """Return the strongest clean edges of a reference.

    Its gradient is taken after smoothing by a Gaussian of 1 pixel; of the pixels
    where it is greatest along its own direction, the 400 strongest inside the mask
    and 10 pixels or more inside the slice are looked at. An edge is clean where the
    levels on its two sides (5 to 8 pixels away) differ by three quarters of all that
    the profile spans, so that no line or second edge is taken for it.
    """
    from scipy import ndimage

    slope = np.stack(
        [
            ndimage.gaussian_filter(reference, _SMOOTH, order=order, truncate=4.0)
            for order in ((1, 0), (0, 1))
        ],
        axis=-1,
    )
    strength = np.hypot(slope[..., 0], slope[..., 1])
    edge = int(REACH) + 2
    inner = np.zeros(reference.shape, np.bool_)
    inner[edge:-edge, edge:-edge] = True
    if mask is not None:
        inner &= mask
    inner &= strength > 1e-9 * max(float(np.abs(reference).max()), 1e-300)
    places = np.argwhere(inner)
    directions = slope[inner] / strength[inner][:, None]
    here = strength[inner]
    ridge = (here >= _sample(strength, places + directions)) & (
        here > _sample(strength, places - directions)
    )
    places, directions, here = places[ridge], directions[ridge], here[ridge]
    strongest = np.argsort(-here, kind="stable")[:STRONGEST]
    places, directions = places[strongest].astype(np.float64), directions[strongest]
    profiles = _profiles(reference, places, directions)
    low, high = _levels(profiles)
    span = profiles.max(axis=1, initial=-np.inf) - profiles.min(axis=1, initial=np.inf)
    clean = high - low >= CLEAN * span
    return Edges(places[clean], directions[clean], (high - low)[clean])


def edge_rise(reconstruction: Plane, edges: Edges) -> float:
    """Return the median distance over which edges rise from 10 to 90 %, in pixels.

    Each profile runs 8 pixels to either side along the reference's gradient, by
    cubic convolution; its own outer parts (5 to 8 pixels away) are 0 and 100 %.
    The distance lies between the crossings of 10 and 90 % nearest to that of 50 %.
    An edge that is lost, or does not cross them, counts as 16 pixels. A step
    blurred by a Gaussian of sigma s rises over 2.563 s.

    Raises
    ------
    MetricRefused
        There are fewer than 30 edges.

    References
    ----------
    ISO 12233:2017, annex on edge spread; Judy (1976), Medical Physics 3:233; for the
    interpolation Keys (1981), doi:10.1109/TASSP.1981.1163711.
    """
    if len(edges.places) < FEWEST:
        raise Refusal(
            f"The reference has {len(edges.places)} clean edges in the region; "
            f"{FEWEST} are needed.",
            remedy="Choose a region with clear borders, or the whole slice.",
            flag="refused:too-few-edges",
        )
    profiles = _profiles(reconstruction, edges.places, edges.directions)
    low, high = _levels(profiles)
    step = high - low
    there = step > LOST * edges.steps
    share = (profiles - low[:, None]) / np.where(there, step, 1.0)[:, None]
    distances = [_rise(one) if seen else 2 * REACH for one, seen in zip(share, there, strict=True)]
    return float(np.median(distances))


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the edge rise distance of each region of a prepared slice."""
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            edges = _edges(prepared, region, mask)
            outcomes[region] = Outcome(edge_rise(prepared.reconstruction, edges))
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
    return outcomes


def _edges(prepared: Prepared, region: str, mask: Mask | None) -> Edges:
    return prepared.of_reference.once(
        ("edges", region), lambda: find_edges(prepared.reference, mask=mask)
    )


def _profiles(plane: Plane, places: Plane, directions: Plane) -> Plane:
    """Return the values along each direction, ``(edges, samples)``."""
    points = places[:, None, :] + _ALONG[None, :, None] * directions[:, None, :]
    return _sample_cubic(plane, points)


def _levels(profiles: Plane) -> tuple[Plane, Plane]:
    return (
        profiles[:, _ALONG <= -PLATEAU].mean(axis=1),
        profiles[:, _ALONG >= PLATEAU].mean(axis=1),
    )


def _rise(share: Plane) -> float:
    """Return the distance from 10 to 90 % around the crossing of 50 % nearest to the middle."""
    crossings = np.flatnonzero((share[:-1] < 0.5) & (share[1:] >= 0.5))
    if crossings.size == 0:
        return 2 * REACH
    middle = int(crossings[np.argmin(np.abs(crossings - share.size // 2))])
    below = np.flatnonzero(share[: middle + 1] <= 0.1)
    above = np.flatnonzero(share[middle + 1 :] >= 0.9)
    if below.size == 0 or above.size == 0:
        return 2 * REACH
    return _crossing(share, middle + int(above[0]), 0.9) - _crossing(share, int(below[-1]), 0.1)


def _crossing(share: Plane, before: int, level: float) -> float:
    """Return where a profile reaches a level between one sample and the next."""
    first, second = share[before], share[before + 1]
    part = (level - first) / (second - first)
    return float((before + part) * _STEP - REACH)


def _sample(plane: Plane, points: NDArray[Any]) -> Plane:
    """Return values at points (rows, columns), by linear interpolation; inside the plane."""
    whole = np.floor(points).astype(np.intp)
    row = np.clip(whole[..., 0], 0, plane.shape[0] - 2)
    column = np.clip(whole[..., 1], 0, plane.shape[1] - 2)
    down, across = points[..., 0] - row, points[..., 1] - column
    upper = plane[row, column] * (1 - across) + plane[row, column + 1] * across
    lower = plane[row + 1, column] * (1 - across) + plane[row + 1, column + 1] * across
    sampled: Plane = upper * (1 - down) + lower * down
    return sampled


def _sample_cubic(plane: Plane, points: Plane) -> Plane:
    """Return values at points two pixels inside the plane, by cubic convolution.

    It blurs far less than linear interpolation, and looks no further than two pixels.
    """
    whole = np.floor(points).astype(np.intp)
    down, across = _taps(points[..., 0] - whole[..., 0]), _taps(points[..., 1] - whole[..., 1])
    sampled = np.zeros(points.shape[:-1])
    for i in range(4):
        for j in range(4):
            row, column = whole[..., 0] + i - 1, whole[..., 1] + j - 1
            sampled += down[i] * across[j] * plane[row, column]
    return sampled


def _taps(part: Plane) -> tuple[Plane, Plane, Plane, Plane]:
    """Return the weights of the four pixels around a part of a pixel (0..1)."""
    return (
        part * (-0.5 + part * (1 - 0.5 * part)),
        1 + part * part * (-2.5 + 1.5 * part),
        part * (0.5 + part * (2 - 1.5 * part)),
        part * part * (-0.5 + 0.5 * part),
    )
