"""The design of a reader study: what is asked, how much work it is, how balanced it is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

from app.domain.presentation import SLOTS
from app.domain.protocol import Choice, Criterion, Protocol
from app.domain.trial import Trial
from app.errors import ProtocolError

READER_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
_CRITERION_ID = re.compile(r"[a-z][a-z0-9_-]{0,31}")
NUMBER_KEYS = 10
_EDIT = "Change it in protocol.yaml."


@dataclass(frozen=True, slots=True)
class StudySize:
    """How much reading a protocol asks for."""

    cases: int
    arms: int
    readers: int
    reads_per_reader: int
    hours_per_reader: float

    @property
    def reads(self) -> int:
        """Screens of all readers together."""
        return self.reads_per_reader * self.readers


@dataclass(frozen=True, slots=True)
class ArmBalance:
    """How often one reader sees one arm on each side and in each half of the reading."""

    reader: str
    arm: str
    left: int
    right: int
    first_half: int
    second_half: int


def comparison(
    template: Mapping[str, Any],
    *,
    title: str,
    source: str,
    reference: str,
    cases: Sequence[str],
    arms: Sequence[str],
    readers: Sequence[str],
    seed: int,
    reference_as_arm: bool | None = None,
    seconds_per_read: float | None = None,
) -> Protocol:
    """Return the protocol of a side-by-side comparison, checked.

    Parameters
    ----------
    template
        Data of a template file, as ``app.store.protocol_file.load_template``
        returns it.
    source, reference
        The folder of images, and the name of the reference in it.
    seed
        The public design seed. The schedule is drawn from a secret one.
    reference_as_arm, seconds_per_read
        Replace the template's choice where given.

    Raises
    ------
    ProtocolError
        The design contradicts itself.
    """
    criteria = tuple(
        Criterion(
            id=criterion["id"],
            kind=criterion["kind"],
            prompt=criterion["prompt"],
            choices=tuple(Choice(**choice) for choice in criterion["choices"]),
        )
        for criterion in template["criteria"]
    )
    seconds = template["seconds_per_read"] if seconds_per_read is None else seconds_per_read
    takes_part = template["reference_as_arm"] if reference_as_arm is None else reference_as_arm
    protocol = Protocol(
        title=title,
        template=template["template"],
        source=source,
        reference=reference,
        cases=tuple(cases),
        arms=tuple(arms),
        readers=tuple(readers),
        criteria=criteria,
        seed=seed,
        slots=template["slots"],
        ask_comment=template["ask_comment"],
        seconds_per_read=float(seconds),
        reference_as_arm=takes_part,
        instructions=template["instructions"],
    )
    check(protocol)
    return protocol


def arms_shown(protocol: Protocol) -> tuple[str, ...]:
    """Return the arms that readers see: the reference too where it takes part, blinded."""
    return (*protocol.arms, protocol.reference) if protocol.reference_as_arm else protocol.arms


def check(protocol: Protocol) -> None:
    """Refuse a protocol that contradicts itself.

    Raises
    ------
    ProtocolError
        Names the field at fault and what to change.
    """
    if not protocol.title.strip():
        raise ProtocolError("The study has no title.", remedy="Give it one in protocol.yaml.")
    _check_names("case", protocol.cases, least=1)
    _check_names("arm", arms_shown(protocol), least=2)
    _check_readers(protocol.readers)
    if protocol.slots != 2:
        raise ProtocolError(
            f"A comparison shows 2 images side by side, not {protocol.slots}.",
            remedy="Set slots: 2 in protocol.yaml.",
        )
    if not (isfinite(protocol.seconds_per_read) and protocol.seconds_per_read > 0):
        raise ProtocolError(
            f"seconds_per_read is {protocol.seconds_per_read:g}; a read takes some time.",
            remedy="Set it to the seconds that one screen will take, e.g. 30.",
        )
    _check_criteria(protocol)
    _check_wording(protocol)


def size(protocol: Protocol) -> StudySize:
    """Return how many screens and hours a protocol asks of each reader."""
    arms = len(arms_shown(protocol))
    reads = len(protocol.cases) * arms * (arms - 1) // 2
    return StudySize(
        cases=len(protocol.cases),
        arms=arms,
        readers=len(protocol.readers),
        reads_per_reader=reads,
        hours_per_reader=reads * protocol.seconds_per_read / 3600,
    )


def balance(trials: Iterable[Trial]) -> tuple[ArmBalance, ...]:
    """Return how evenly a schedule treats the arms, one row per reader and arm."""
    planned = tuple(trials)
    last = Counter(trial.reader for trial in planned)
    seen: dict[tuple[str, str], Counter[str]] = {}
    for trial in planned:
        half = "first" if trial.position * 2 <= last[trial.reader] + 1 else "second"
        for side, arm in zip(("left", "right"), trial.arms, strict=False):
            seen.setdefault((trial.reader, arm), Counter()).update((side, half))
    return tuple(
        ArmBalance(reader, arm, count["left"], count["right"], count["first"], count["second"])
        for (reader, arm), count in sorted(seen.items())
    )


def _check_names(word: str, names: Sequence[str], *, least: int) -> None:
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


def _check_readers(readers: Sequence[str]) -> None:
    _check_names("reader", readers, least=1)
    for reader in readers:
        if not READER_CODE.fullmatch(reader):
            raise ProtocolError(
                f"The reader code '{reader}' is not a safe file name.",
                remedy="Use 1 to 32 letters, digits, '-' or '_', e.g. R1.",
            )
    for first, second in combinations(readers, 2):
        if first.lower() == second.lower():
            raise ProtocolError(
                f"The reader codes '{first}' and '{second}' differ only in capitals.",
                remedy="Give one of them another code; some disks see one file there.",
            )


def _check_criteria(protocol: Protocol) -> None:
    if not protocol.criteria:
        raise ProtocolError("The study asks no question.", remedy="Add a criterion.")
    _check_names("criterion", [criterion.id for criterion in protocol.criteria], least=1)
    for criterion in protocol.criteria:
        if not _CRITERION_ID.fullmatch(criterion.id) or criterion.id == "comment":
            raise ProtocolError(
                f"The criterion id '{criterion.id}' cannot be used.",
                remedy="Use lower-case letters, digits, '-' or '_'; 'comment' is taken.",
            )
        values = [choice.value for choice in criterion.choices]
        if len(values) < 2 or len(set(values)) != len(values):
            raise ProtocolError(
                f"The criterion {criterion.id} needs two or more choices of different value.",
                remedy=_EDIT,
            )
        if len(values) > NUMBER_KEYS:
            raise ProtocolError(
                f"The criterion {criterion.id} has {len(values)} choices; "
                f"the number keys give {NUMBER_KEYS}.",
                remedy=_EDIT,
            )
        if criterion.kind == "preference" and set(values) != {-value for value in values}:
            raise ProtocolError(
                f"The values of {criterion.id} are not the same on both sides of 0.",
                remedy="Use e.g. 2, 1, 0, -1, -2: positive where A is better.",
            )


def _check_wording(protocol: Protocol) -> None:
    """Refuse a text shown to readers that names an arm."""
    shown = {"title": protocol.title, "instructions": protocol.instructions}
    shown |= {f"prompt of {criterion.id}": criterion.prompt for criterion in protocol.criteria}
    for arm in arms_shown(protocol):
        if arm in SLOTS or len(arm) < 3:
            continue
        name = re.compile(rf"(?<!\w){re.escape(arm)}(?!\w)", re.IGNORECASE)
        for field, text in shown.items():
            if name.search(text):
                raise ProtocolError(
                    f"The {field} names the arm '{arm}', and readers see it.",
                    remedy="Word it without the arm's name.",
                )
