"""What is asked on a screen, and how a reader is told of a failure."""

import re
from dataclasses import dataclass

from app.domain.presentation import SLOTS, ReadingPlan
from app.domain.protocol import Choice, Criterion
from app.errors import BlindReadError

NUMBER_KEYS = 10
_SIDE_BY_SIDE = 4
"""Questions of so many slots stand beside each other."""


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that is asked for: a criterion, about a slot of a screen with so many."""

    criterion: Criterion
    slot: str
    slots: int = 2

    @property
    def about_slot(self) -> bool:
        """Whether the question is about one image rather than the screen."""
        return self.criterion.per_slot

    @property
    def prompt(self) -> str:
        """The question as it stands on the screen."""
        named = self.about_slot and self.slots > 1
        return f"{self.slot}: {self.criterion.prompt}" if named else self.criterion.prompt

    @property
    def name(self) -> str:
        """The question in the fewest words, for hints."""
        words = re.sub("[-_]", " ", self.criterion.id)
        return f"{words} of {self.slot}" if self.about_slot and self.slots > 1 else words

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answers to choose from; the places of a ranking."""
        if self.criterion.kind == "ranking":
            return tuple(Choice(place, f"{place}.") for place in range(1, self.slots + 1))
        return self.criterion.choices

    @property
    def numbers(self) -> range:
        """What may be typed: the value of a slider, else which choice it is, from 1."""
        if self.criterion.kind == "slider":
            values = [choice.value for choice in self.criterion.choices]
            return range(min(values), max(values) + 1)
        return range(1, len(self.choices) + 1)

    def value_of(self, number: int) -> int:
        """Return the value that a typed number stands for."""
        if self.criterion.kind == "slider":
            return number
        return self.choices[number - 1].value


class TypedNumber:
    """Digits typed one after the other, until no other number can begin with them."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, digit: int, numbers: range) -> int | None:
        """Return the number that is complete now; None while it may go on, or fits nothing."""
        for text in (f"{self.text}{digit}", f"{digit}"):  # a digit that does not fit begins anew
            longer = [n for n in numbers if str(n).startswith(text) and str(n) != text]
            fits = int(text) in numbers and str(int(text)) == text
            if fits and not longer:
                self.text = ""
                return int(text)
            if fits or longer:
                self.text = text
                return None
        self.text = ""
        return None

    def take(self, numbers: range) -> int | None:
        """Return the number typed so far, and begin anew; None where it is none."""
        text, self.text = self.text, ""
        return int(text) if text and int(text) in numbers else None


def slots_of(plan: ReadingPlan) -> tuple[str, ...]:
    """Return the slots of a screen: A, B, ..."""
    count = max((len(planned.images) for planned in plan.presentations), default=0)
    return SLOTS[:count]


def asked_slot_by_slot(plan: ReadingPlan, slots: tuple[str, ...]) -> bool:
    """Return whether all questions about a slot come together, before those about the next.

    So it is where a screen has too many slots for their questions to stand side by side.
    """
    lines = len(_about_one_slot(plan))
    return lines > 0 and (len(slots) > _SIDE_BY_SIDE or (len(slots) > 2 and lines > 1))


def questions_of(plan: ReadingPlan, slots: tuple[str, ...]) -> tuple[Question, ...]:
    """Return the questions of a screen in the order in which they are asked."""
    together = _about_one_slot(plan) if asked_slot_by_slot(plan, slots) else ()
    order: list[tuple[Criterion, str]] = []
    for criterion in plan.criteria:
        if criterion in together:
            if criterion is together[0]:
                order += [(one, slot) for slot in slots for one in together]
        else:
            order += [(criterion, slot) for slot in (slots if criterion.per_slot else slots[:1])]
    return tuple(Question(criterion, slot, len(slots)) for criterion, slot in order)


def _about_one_slot(plan: ReadingPlan) -> tuple[Criterion, ...]:
    return tuple(one for one in plan.criteria if one.per_slot and one.kind != "ranking")


def noun_of(slots: tuple[str, ...]) -> str:
    """Return what a screen shows, in a word."""
    return {1: "image", 2: "pair"}.get(len(slots), "screen")


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
