"""What a study found, after unblinding."""

from dataclasses import dataclass

from app.domain.presentation import Response
from app.domain.trial import Trial


@dataclass(frozen=True, slots=True)
class Observation:
    """A Response joined to its Trial: the true case, arm and opponent."""

    study: str
    protocol_sha256: str
    response: Response
    trial: Trial
    arm: str
    opponent: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score for analysis, from ``observations.csv`` or an import."""

    reader: str
    case: str
    arm: str
    opponent: str
    criterion: str
    value: float
    kind: str = "test"
    presentation: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """An answer that a reader could not give, and why; ``reason`` is empty where none is said."""

    reader: str
    case: str
    arm: str
    opponent: str
    criterion: str
    reason: str
    kind: str = "test"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of ``estimates.csv``: value, interval, counts and method."""

    analysis: str
    quantity: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    n_cases: int
    n_readers: int
    n: int
    method: str
    note: str = ""
