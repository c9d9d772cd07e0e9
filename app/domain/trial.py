"""The secret side of a study: what only the sealed key knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TrialKind = Literal["test", "repeat", "catch", "training", "simulated"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One planned cell of a reader study: reader, case, arms and their order.

    ``arms`` of a catch trial may be variants made for it, e.g. ``arm+blur``; ``catch`` says
    of which kind it is. ``session`` counts from 1.
    """

    reader: str
    position: int
    presentation: str
    case: str
    arms: tuple[str, ...]
    kind: TrialKind = "test"
    repeat_of: str = ""
    catch: str = ""
    session: int = 1


@dataclass(frozen=True, slots=True)
class Key:
    """The map from what readers saw to what it was.

    ``images`` maps a blinded picture's code to its case and arm, or variant of an arm.
    """

    study: str
    protocol_sha256: str
    seed: int
    images: Mapping[str, tuple[str, str]]
    trials: tuple[Trial, ...]
