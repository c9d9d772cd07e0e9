"""What is asked on a screen, and how a reader is told of a failure."""

import re
from dataclasses import dataclass

from app.domain.presentation import SLOTS, ReadingPlan
from app.domain.protocol import Criterion
from app.errors import BlindReadError


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that is asked for: a criterion, about a slot."""

    criterion: Criterion
    slot: str

    @property
    def about_slot(self) -> bool:
        """Whether the question is about one image rather than the screen."""
        return self.criterion.kind == "rating"

    @property
    def prompt(self) -> str:
        """The question as it stands on the screen."""
        return f"{self.slot}: {self.criterion.prompt}" if self.about_slot else self.criterion.prompt

    @property
    def name(self) -> str:
        """The question in the fewest words, for hints."""
        words = re.sub("[-_]", " ", self.criterion.id)
        return f"{words} of {self.slot}" if self.about_slot else words


def slots_of(plan: ReadingPlan) -> tuple[str, ...]:
    """Return the slots of a screen: A, B, ..."""
    count = max((len(planned.images) for planned in plan.presentations), default=0)
    return SLOTS[:count]


def questions_of(plan: ReadingPlan, slots: tuple[str, ...]) -> tuple[Question, ...]:
    """Return the questions of a screen in the order in which they are asked."""
    return tuple(
        Question(criterion, slot)
        for criterion in plan.criteria
        for slot in (slots if criterion.kind == "rating" else slots[:1])
    )


def for_a_reader(error: Exception) -> str:
    """Return what happened and what to do, or a plain sentence where that would name a path."""
    if not isinstance(error, BlindReadError):
        return "Something unexpected happened, so this step is not recorded. Do it again."
    if any(mark in error.sentence for mark in "/\\"):
        return (
            "The disk refused, so this step is not recorded. "
            "Make room or reconnect the drive, then do it again; earlier answers are safe."
        )
    return error.sentence
