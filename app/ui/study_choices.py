"""What the coordinator has chosen for a new study, and what the precision is asked for."""

from dataclasses import dataclass, fields, replace
from typing import Any

from app.domain.protocol import CatchKind, Criterion, Pairing, TrainingCase
from app.study.scale_words import choices_from_text

NEW_SCALE = "1 Bad; 2 Poor; 3 Fair; 4 Good; 5 Excellent"

PLAIN = ("template", "title", "arms", "cases", "readers")
"""Choices that every study makes; the others stay as the template has them until changed."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen so far; None leaves a rule as the template has it."""

    title: str = ""
    template: str = "comparison"
    arms: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    readers: tuple[str, ...] = ("R1", "R2")
    reference_as_arm: bool | None = None
    seconds_per_read: float | None = None
    slots: int | None = None
    pairing: Pairing | None = None
    repeat_share: float | None = None
    catches: tuple[tuple[CatchKind, int], ...] | None = None
    session_minutes: float | None = None
    washout_hours: float | None = None
    training: tuple[TrainingCase, ...] | None = None
    criteria: tuple[Criterion, ...] | None = None

    def as_arguments(self) -> dict[str, Any]:
        """Return the choices as the workflows take them."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in given.items() if value is not None}

    def with_template(self, name: str) -> "Choices":
        """Return the choices with another template and all of its rules."""
        kept = {plain: getattr(self, plain) for plain in PLAIN}
        return Choices(**{**kept, "template": name})


@dataclass(frozen=True, slots=True)
class Assumed:
    """The difference that one wants to see and the deviations that are assumed, in steps."""

    difference: float = 0.5
    case_arm: float = 0.5
    reader_arm: float = 0.3
    error: float = 0.6


def with_words(
    criteria: tuple[Criterion, ...], index: int, *, prompt: str | None, choices: str | None
) -> tuple[Criterion, ...]:
    """Return the questions with one of them, or its choices, worded anew.

    Raises
    ------
    ProtocolError
        The text is no choice.
    """
    asked = criteria[index]
    if prompt is not None:
        asked = replace(asked, prompt=prompt)
    if choices is not None:
        asked = replace(asked, choices=choices_from_text(choices))
    return (*criteria[:index], asked, *criteria[index + 1 :])


def with_one_more(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    """Return the questions and a rating that is still to be worded."""
    taken = {one.id for one in criteria}
    name = next(f"question-{n}" for n in range(1, 99) if f"question-{n}" not in taken)
    return (*criteria, Criterion(name, "rating", "A new question", choices_from_text(NEW_SCALE)))


def reader_codes(line: str) -> tuple[str, ...]:
    """Return the codes in a line such as ``R1, R2, R3``, each once."""
    words = line.replace(";", ",").split(",")
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
