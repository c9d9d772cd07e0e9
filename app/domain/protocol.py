"""The frozen design of a reader study."""

from dataclasses import dataclass
from typing import Literal

CriterionKind = Literal["preference", "rating", "question", "ranking", "slider", "marks"]
PER_SLOT: tuple[CriterionKind, ...] = ("rating", "ranking", "slider", "marks")
"""Kinds that are asked of every slot; the others are asked once for the screen."""

CatchKind = Literal["identical", "swapped", "blur"]
Pairing = Literal["all", "adaptive"]
DisplayCheck = Literal["none", "offered", "required"]
MarkShape = Literal["point", "box", "outline"]
Direction = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed answer: its value and its words."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A fixed point of a scale, told to the reader: what is shown as ``label`` has this value."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question and its allowed answers.

    Parameters
    ----------
    kind
        ``preference`` compares slots A and B, once for the screen: positive where A is
        better. ``rating`` is a choice for each slot, ``slider`` a whole number from the
        least to the greatest choice for each slot, ``ranking`` a place for each slot
        (1 is best, ties allowed). ``question`` is a choice for the screen. ``marks`` are
        places on the image of each slot.
    choices
        The scale. Of a slider its two ends and, if wanted, points between; of ``marks``
        the scale of each mark's confidence or severity, which may be empty; of a ranking
        empty.
    help
        What the reader is told about this question on request.
    anchors
        Fixed points of the scale.
    neutral
        The value that is best where more and less are both worse (7 of 14): the scores
        are then not monotone in quality. None for a scale that goes one way.
    cannot_judge
        Reasons that the reader may give instead of an answer; empty where one must answer.
    mark_types, mark_shapes
        What a mark can say, and how it can be drawn.
    better
        Whether ``higher`` or ``lower`` answers speak for an image, or ``neither``: how sure
        a reader is of a finding says nothing of quality. Of marks it is their number. A
        preference, a ranking and a scale with a neutral value say it themselves.
    """

    id: str
    kind: CriterionKind
    prompt: str
    choices: tuple[Choice, ...]
    help: str = ""
    anchors: tuple[Anchor, ...] = ()
    neutral: int | None = None
    cannot_judge: tuple[str, ...] = ()
    mark_types: tuple[str, ...] = ()
    mark_shapes: tuple[MarkShape, ...] = ()
    better: Direction = "higher"

    @property
    def per_slot(self) -> bool:
        """Whether it is asked of every slot rather than once for the screen."""
        return self.kind in PER_SLOT

    @property
    def values(self) -> tuple[int, ...]:
        """The values that an answer may have, where they are few; else empty."""
        return (
            ()
            if self.kind in ("slider", "ranking", "marks")
            else tuple(choice.value for choice in self.choices)
        )

    def label_of(self, value: int) -> str:
        """Return the words for a value of the scale; the number itself where it has none."""
        return next((choice.label for choice in self.choices if choice.value == value), str(value))


@dataclass(frozen=True, slots=True)
class TrainingCase:
    """A case shown before the test, apart from its data, and what the reader is told after it."""

    case: str
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """An arm shown beside the others under a name that the reader sees."""

    arm: str
    label: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a study asks, of whom, about which cases and arms.

    Parameters
    ----------
    slots
        How many blinded images stand on a screen: 1, 2, or as many as are compared at once.
    reference_as_arm
        Lets the reference take part, blinded, as one more arm (hidden reference).
    declared
        Arms, or the reference, that stand beside the blinded ones under their own label.
    pairing
        With two slots: ``all`` pairs of arms, or ``adaptive``: some at first, and further
        rounds where the ranking is least certain.
    repeat_share, repeat_distance
        Share of test screens that come once more, unannounced; the fewest screens between.
    catches
        How many catch screens of each kind.
    training
        Cases of the training block, apart from ``cases``.
    session_minutes, break_minutes
        Longest session, and after how much reading a break is proposed; 0 for no limit.
    washout_hours
        Least time between two sessions that show the same case; a session then never shows
        a case twice.
    see_every_slice
        Whether an answer is taken only when every slice was seen.
    may_amend
        Whether an answer may be changed before the next screen.
    display_check
        Whether a check of the display opens each session.
    blinded
        Whether the arms are hidden. Only an audit by engineers is not blinded.
    anchor_arm
        An arm that stands hidden on each screen of several as its low end; empty for none.
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
    declared: tuple[Declared, ...] = ()
    pairing: Pairing = "all"
    repeat_share: float = 0.0
    repeat_distance: int = 8
    catches: tuple[tuple[CatchKind, int], ...] = ()
    training: tuple[TrainingCase, ...] = ()
    session_minutes: float = 0.0
    break_minutes: float = 0.0
    washout_hours: float = 0.0
    see_every_slice: bool = False
    may_amend: bool = True
    display_check: DisplayCheck = "none"
    consent: str = ""
    blinded: bool = True
    anchor_arm: str = ""
