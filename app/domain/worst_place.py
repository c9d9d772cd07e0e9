"""Where a local map is worst in one slice."""

from dataclasses import dataclass
from typing import NamedTuple

from app.domain.metric import Better
from app.domain.progress import Progress


@dataclass(frozen=True, slots=True)
class LocalRule:
    """Which local map is averaged in a moving window, and how to read the worst mean.

    ``id`` is that of the map with ``local-`` before it; ``map`` is the map's.
    """

    id: str
    map: str
    title: str
    better: Better


LOCAL_RULES = (
    LocalRule("local-ssim", "ssim", "Lowest local SSIM", "higher"),
    LocalRule("local-gmsd", "gmsd", "Lowest local gradient similarity", "higher"),
    LocalRule("local-error", "error", "Highest local absolute error", "lower"),
)
WINDOW = 11
"""Pixels on a side of the window in which a local map is averaged."""


class WorstPlace(NamedTuple):
    """The worst mean of one rule in one slice, and the middle of its window.

    ``slice`` is the number of the reference's slice, from 1. ``value`` None
    means not defined, e.g. where no body was found. ``row`` and ``column`` are
    in pixels from the upper left corner; the middle of the first is (0.5, 0.5).
    """

    case: str
    arm: str
    slice: int
    rule: str
    value: float | None
    row: float
    column: float


@dataclass(frozen=True, slots=True)
class PlacesFound(Progress):
    """How far the search has come, what was found since, and what could not be looked at."""

    places: tuple[WorstPlace, ...] = ()
    problem: str = ""
