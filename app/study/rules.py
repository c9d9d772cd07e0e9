"""What a protocol's questions and rules must be like."""

import re
from collections import Counter
from collections.abc import Sequence
from math import isfinite

from app.domain.protocol import Criterion, Protocol
from app.errors import ProtocolError

MOST_CHOICES = 20
"""More words than that are no scale but a slider."""

_CRITERION_ID = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_EDIT = "Change it in protocol.yaml."


def check_names(word: str, names: Sequence[str], *, least: int) -> None:
    """Refuse too few names, empty names, and names given twice.

    Raises
    ------
    ProtocolError
        Says which.
    """
    if len(names) < least:
        raise ProtocolError(
            f"The study has {len(names)} {word}{'' if len(names) == 1 else 's'}; "
            f"it needs at least {least}.",
            remedy=f"Name more {word}s in protocol.yaml, or choose another source.",
        )
    for name, count in Counter(names).items():
        if not name.strip():
            raise ProtocolError(f"The name of one {word} is empty.", remedy=_EDIT)
        if count > 1:
            raise ProtocolError(f"The {word} '{name}' is named {count} times.", remedy=_EDIT)


def check_criteria(protocol: Protocol) -> None:
    """Refuse questions that cannot be asked on the screens of a protocol.

    Raises
    ------
    ProtocolError
        Names the criterion and what to change.
    """
    if not protocol.criteria:
        raise ProtocolError("The study asks no question.", remedy="Add a criterion.")
    check_names("criterion", [criterion.id for criterion in protocol.criteria], least=1)
    for criterion in protocol.criteria:
        if not _CRITERION_ID.fullmatch(criterion.id) or criterion.id == "comment":
            raise ProtocolError(
                f"The criterion id '{criterion.id}' cannot be used.",
                remedy="Use lower-case letters, digits, '-' or '_'; 'comment' is taken.",
            )
        _check_scale(criterion)
        _check_fit(criterion, protocol.slots)


def check_rules(protocol: Protocol) -> None:
    """Refuse rules of screens and sessions that contradict each other.

    Raises
    ------
    ProtocolError
        Names the field at fault and what to change.
    """
    for name in ("session_minutes", "break_minutes", "washout_hours"):
        number = getattr(protocol, name)
        if not (isfinite(number) and number >= 0):
            raise _wrong(name, f"is {number:g}", "a number of at least 0, where 0 is no limit")
    if not 0 <= protocol.repeat_share <= 1:
        raise _wrong("repeat_share", f"is {protocol.repeat_share:g}", "a share from 0 to 1")
    if protocol.repeat_distance < 1:
        raise _wrong("repeat_distance", f"is {protocol.repeat_distance}", "1 or more")
    if protocol.pairing == "adaptive" and protocol.slots != 2:
        raise _wrong("pairing", "is adaptive", "'all' where a screen does not show 2 images")
    check_names("declared label", [one.label for one in protocol.declared], least=0)
    _check_catches(protocol)
    cases = set(protocol.cases)
    check_names("training case", [one.case for one in protocol.training], least=0)
    for one in protocol.training:
        if one.case in cases:
            raise ProtocolError(
                f"The case '{one.case}' is both trained on and tested.",
                remedy="Leave it out of cases, or out of training, in protocol.yaml.",
            )
    if protocol.anchor_arm and protocol.anchor_arm not in protocol.arms:
        raise _wrong("anchor_arm", f"is '{protocol.anchor_arm}'", "one of the arms, or empty")
    if protocol.anchor_arm and protocol.slots < 3:
        raise _wrong("anchor_arm", "is given", "empty where a screen shows fewer than 3 images")


def _check_catches(protocol: Protocol) -> None:
    for kind, count in protocol.catches:
        if count < 0:
            raise _wrong(f"catches.{kind}", f"is {count}", "0 or more")
        if count and kind == "identical" and protocol.slots == 1 and not protocol.declared:
            raise ProtocolError(
                "An identical pair needs two images, and a screen shows one.",
                remedy="Leave catches.identical out, or show the reference beside (declared).",
            )
        if count and kind == "swapped" and len(protocol.cases) < 2:
            raise ProtocolError(
                "A swapped case needs a second case.", remedy="Leave catches.swapped out."
            )


def _check_scale(criterion: Criterion) -> None:
    values = [choice.value for choice in criterion.choices]
    if len(set(values)) != len(values):
        raise ProtocolError(
            f"The criterion {criterion.id} needs two or more choices of different value.",
            remedy=_EDIT,
        )
    if criterion.kind == "ranking":
        if values:
            raise ProtocolError(
                f"The criterion {criterion.id} is a ranking: its answers are places.",
                remedy="Leave its choices out.",
            )
    elif criterion.kind == "marks":
        if not criterion.mark_types or not criterion.mark_shapes:
            raise ProtocolError(
                f"The criterion {criterion.id} needs mark_types and mark_shapes.",
                remedy="E.g. mark_types: [lesion], mark_shapes: [point].",
            )
        check_names("mark type", criterion.mark_types, least=1)
    elif len(values) < 2:
        raise ProtocolError(
            f"The criterion {criterion.id} needs two or more choices of different value.",
            remedy=_EDIT,
        )
    if len(values) > MOST_CHOICES:
        raise ProtocolError(
            f"The criterion {criterion.id} has {len(values)} choices; "
            f"more than {MOST_CHOICES} cannot be told apart.",
            remedy="Make it a slider, with its two ends as choices.",
        )
    if criterion.kind == "preference" and set(values) != {-value for value in values}:
        raise ProtocolError(
            f"The values of {criterion.id} are not the same on both sides of 0.",
            remedy="Use e.g. 2, 1, 0, -1, -2: positive where A is better.",
        )
    _check_direction(criterion)
    for name, value in [("neutral", criterion.neutral), *_anchored(criterion)]:
        if value is not None and values and not min(values) <= value <= max(values):
            raise ProtocolError(
                f"The {name} {value} of {criterion.id} lies outside its scale.", remedy=_EDIT
            )


def _check_direction(criterion: Criterion) -> None:
    """Refuse a direction where the answers say it already."""
    says = {
        "preference": "a positive answer means that A is better",
        "ranking": "its first place is the best",
    }
    told = says.get(criterion.kind)
    if told is None and criterion.neutral is not None:
        told = f"its neutral value {criterion.neutral} is the best"
    if criterion.better != "higher" and told is not None:
        raise ProtocolError(
            f"The criterion {criterion.id} says that {criterion.better} is better, but {told}.",
            remedy="Leave 'better' out; if need be, turn the question round.",
        )


def _anchored(criterion: Criterion) -> list[tuple[str, int]]:
    return [(f"anchor '{anchor.label}' at", anchor.value) for anchor in criterion.anchors]


def _check_fit(criterion: Criterion, slots: int) -> None:
    if criterion.kind == "preference" and slots != 2:
        raise ProtocolError(
            f"The criterion {criterion.id} compares A with B, and a screen shows {slots}.",
            remedy="Set slots: 2, or make it a rating or a ranking.",
        )
    if criterion.kind == "ranking" and slots < 2:
        raise ProtocolError(
            f"The criterion {criterion.id} ranks images, and a screen shows one.",
            remedy="Set slots to 3 or more.",
        )


def _wrong(field: str, what: str, wanted: str) -> ProtocolError:
    return ProtocolError(f"{field} {what}; it must be {wanted}.", remedy="Set it in protocol.yaml.")
