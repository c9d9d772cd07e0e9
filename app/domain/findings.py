"""All that the analysis of one study found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.result import Estimate


@dataclass(frozen=True, slots=True)
class Point:
    """One reconstruction: its metric value and its mean score over the readers."""

    case: str
    arm: str
    metric_value: float
    score: float


@dataclass(frozen=True, slots=True)
class Findings:
    """Estimates, the points behind the associations, and what a reader must know.

    ``points`` has the keys of the groups of the association estimates, e.g.
    ``psnr whole ~ quality``. ``simulated`` is true where no person has scored.
    """

    estimates: tuple[Estimate, ...]
    points: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    simulated: bool = False
