"""The blind side of a study: what a reader's machine may know."""

from dataclasses import dataclass

from app.domain.image import Image, Window
from app.domain.protocol import Criterion

SLOTS = ("A", "B", "C", "D", "E", "F")


@dataclass(frozen=True, slots=True)
class PlannedPresentation:
    """One screen to come: which blinded pictures stand in which slot.

    There is no field here, nor in anything it names, for the case, the arm, a
    path, or whether the screen is a test, a repeat or a catch.
    """

    id: str
    position: int
    images: tuple[str, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class Presentation:
    """One screen of the study with every hint of its origin removed."""

    id: str
    position: int
    total: int
    slots: tuple[str, ...]
    images: tuple[Image, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """One reader's screens in their order, and the questions asked on each."""

    study: str
    title: str
    protocol_sha256: str
    reader: str
    criteria: tuple[Criterion, ...]
    ask_comment: bool
    instructions: str
    presentations: tuple[PlannedPresentation, ...]
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Viewing:
    """How a screen was looked at when an answer was given."""

    shown_at: str
    answered_at: str
    active_ms: int = 0
    idle_ms: int = 0
    window_center: float | None = None
    window_width: float | None = None
    zoom: float | None = None
    slices_viewed: int = 0
    interactions: int = 0
    display: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, never edited; a change of mind is a new one that ``amends`` it.

    ``slot`` is the slot judged; ``opponent`` the other slot of a comparison.
    A comment is a Response of the criterion ``comment`` without a value.
    """

    id: str
    reader: str
    session: str
    position: int
    presentation: str
    slot: str
    opponent: str
    criterion: str
    value: int | None
    label: str
    viewing: Viewing
    amends: str = ""
    comment: str = ""
    simulated: bool = False
    software: str = ""
