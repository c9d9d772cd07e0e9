"""What goes to a measuring process, and what it tells of a reference."""

from dataclasses import dataclass

from app.domain.metric import IntensityRange, Space
from app.domain.pair import Pair


@dataclass(frozen=True, slots=True)
class Task:
    """Some slices of one pair, for a worker process."""

    pair: Pair
    slices: tuple[int, ...]
    metrics: tuple[str, ...]
    regions: tuple[str, ...]
    space: Space
    range: IntensityRange
    device: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the choice of an intensity range needs to know of one reference."""

    unit: str
    bits_stored: int
    low: float
    high: float
