"""The frozen design of a reader study."""

from dataclasses import dataclass
from typing import Literal

CriterionKind = Literal["preference", "rating"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed answer: its value and its words."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question and its allowed answers.

    A ``preference`` is asked once for the screen; a ``rating`` once for each
    slot. A preference's value is positive where slot A is better.
    """

    id: str
    kind: CriterionKind
    prompt: str
    choices: tuple[Choice, ...]

    def label_of(self, value: int) -> str:
        """Return the words for a value of the scale."""
        return next(choice.label for choice in self.choices if choice.value == value)


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a study asks, of whom, about which cases and arms.

    ``reference_as_arm`` lets the reference take part, blinded, as one more arm.
    """

    title: str
    template: str
    source: str
    reference: str
    cases: tuple[str, ...]
    arms: tuple[str, ...]
    readers: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    seed: int
    slots: int = 2
    ask_comment: bool = True
    seconds_per_read: float = 30.0
    reference_as_arm: bool = False
    instructions: str = ""
    version: int = 1
