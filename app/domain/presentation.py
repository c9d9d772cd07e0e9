"""The blind side of a study: what a reader's machine may know."""

from dataclasses import dataclass

from app.domain.image import Image, Window
from app.domain.protocol import Criterion, DisplayCheck

SLOTS = tuple("ABCDEFGHIJKLMNOP")
"""The names of the places on a screen."""


@dataclass(frozen=True, slots=True)
class PlannedPresentation:
    """One screen to come: which blinded pictures stand in which slot.

    There is no field here, nor in anything it names, for the case, the arm, a
    path, or whether the screen is a test, a repeat or a catch. ``declared`` are the
    pictures that stand beside under a label that the protocol shows. ``training`` is
    told to the reader, and ``feedback`` after the answer. ``session`` counts from 1.
    """

    id: str
    position: int
    images: tuple[str, ...]
    window: Window
    declared: tuple[str, ...] = ()
    session: int = 1
    training: bool = False
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Presentation:
    """One screen of the study with every hint of its origin removed."""

    id: str
    position: int
    total: int
    slots: tuple[str, ...]
    images: tuple[Image, ...]
    window: Window
    declared: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """One reader's screens in their order, the questions asked on each, and the rules.

    ``labels`` name the declared pictures of every screen. ``rests`` says of a session
    after which former ones at least ``washout_hours`` must have passed, as they show the
    same anatomy. ``arms`` are the arms of the pictures by their code: only where the
    protocol says that the study is not ``blinded``. The other fields are those of the
    protocol.

    Raises
    ------
    ValueError
        A blinded plan names arms.
    """

    study: str
    title: str
    protocol_sha256: str
    reader: str
    criteria: tuple[Criterion, ...]
    ask_comment: bool
    instructions: str
    presentations: tuple[PlannedPresentation, ...]
    simulated: bool = False
    labels: tuple[str, ...] = ()
    session_minutes: float = 0.0
    break_minutes: float = 0.0
    washout_hours: float = 0.0
    rests: tuple[tuple[int, ...], ...] = ()
    see_every_slice: bool = False
    may_amend: bool = True
    display_check: DisplayCheck = "none"
    consent: str = ""
    blinded: bool = True
    arms: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would break the blind, whoever made it."""
        if self.blinded is not False and self.arms:
            raise ValueError("a blinded plan names no arm")


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
    first_interaction_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, never edited; a change of mind is a new one that ``amends`` it.

    ``slot`` is the slot judged; ``opponent`` the other slot of a comparison.
    A comment is a Response of the criterion ``comment`` without a value. An answer that
    cannot be given has no value and its reason in ``comment``; of marks ``value`` is their
    number and ``comment`` holds them as JSON.
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
