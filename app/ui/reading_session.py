"""What the reading room asks of an open reading, and what it can show."""

from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from app.domain.presentation import PlannedPresentation, Presentation, ReadingPlan
from app.study.reading import Reading


class SessionLike(Protocol):
    """What the model asks of an open reading, `app.workflows.read.Session`."""

    @property
    def plan(self) -> ReadingPlan:
        """The screens to come and the questions."""

    @property
    def reading(self) -> Reading:
        """What is shown, what is answered, what comes next."""

    def load(self, planned: PlannedPresentation) -> Presentation:
        """Read the blinded pixels of a screen; called away from the screen's thread."""

    def note(self, event: str, detail: str) -> None:
        """Add an event of the session to the record."""

    def rest_until(self, session: int) -> datetime | None:
        """Return until when a session must wait; None where it may begin."""

    def override_rest(self, session: int, reason: str) -> None:
        """Record that a session begins before its time, and let it."""

    def close(self) -> None:
        """End the session."""


class Screen(Enum):
    """What the page shows."""

    CONSENT = auto()
    INSTRUCTIONS = auto()
    DISPLAY = auto()
    RESTING = auto()
    BREAK = auto()
    LOADING = auto()
    SHOWING = auto()
    UNREADABLE = auto()
    DONE = auto()
