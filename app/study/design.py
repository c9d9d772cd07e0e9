"""The design of a reader study: what is asked, how much work it is, how balanced it is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

from app.domain.presentation import SLOTS
from app.domain.protocol import Criterion, Protocol
from app.domain.trial import Trial
from app.errors import ProtocolError
from app.study.rules import check_criteria, check_names, check_rules
from app.study.variants import VARIANTS

READER_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")


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


def from_template(fields: Mapping[str, Any], **changes: Any) -> Protocol:
    """Return a protocol made of a template's fields and the choices of a study, checked.

    Parameters
    ----------
    fields
        Fields of the Protocol, as ``app.store.protocol_file.template_fields`` returns them.
    changes
        Title, source, reference, cases, arms, readers and seed, and any other field
        that shall not be the template's. None leaves the template's.

    Raises
    ------
    ProtocolError
        The design contradicts itself.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    for name in ("cases", "arms", "readers"):
        given[name] = tuple(given[name])
    protocol = Protocol(**{**fields, **given})
    check(protocol)
    return protocol


def arms_shown(protocol: Protocol) -> tuple[str, ...]:
    """Return the arms that readers see: the reference too where it takes part, blinded."""
    return (*protocol.arms, protocol.reference) if protocol.reference_as_arm else protocol.arms


def check(protocol: Protocol) -> None:
    """Refuse a protocol that contradicts itself, or whose words give an arm away.

    Raises
    ------
    ProtocolError
        Names the field at fault and what to change.
    """
    check_design(protocol)
    if protocol.blinded:
        _check_wording(protocol)


def check_design(protocol: Protocol) -> None:
    """Refuse a protocol that contradicts itself, whatever its words: those of a locked study stand.

    Raises
    ------
    ProtocolError
        Names the field at fault and what to change.
    """
    if not protocol.title.strip():
        raise ProtocolError("The study has no title.", remedy="Give it one in protocol.yaml.")
    check_names("case", protocol.cases, least=1)
    check_names("arm", arms_shown(protocol), least=max(1, protocol.slots))
    _check_readers(protocol.readers)
    if not 1 <= protocol.slots <= len(SLOTS):
        raise ProtocolError(
            f"A screen shows 1 to {len(SLOTS)} images, not {protocol.slots}.",
            remedy="Set slots in protocol.yaml.",
        )
    if not (isfinite(protocol.seconds_per_read) and protocol.seconds_per_read > 0):
        raise ProtocolError(
            f"seconds_per_read is {protocol.seconds_per_read:g}; a read takes some time.",
            remedy="Set it to the seconds that one screen will take, e.g. 30.",
        )
    _check_variants(protocol)
    check_criteria(protocol)
    check_rules(protocol)


def size(protocol: Protocol) -> StudySize:
    """Return how many screens and hours a protocol asks of each reader."""
    tests = len(protocol.cases) * screens_of_a_case(protocol)
    catches = sum(count for _, count in protocol.catches)
    reads = tests + repeats_of(protocol, tests) + catches + len(protocol.training)
    return StudySize(
        cases=len(protocol.cases),
        arms=len(arms_shown(protocol)),
        readers=len(protocol.readers),
        reads_per_reader=reads,
        hours_per_reader=reads * protocol.seconds_per_read / 3600,
    )


def screens_of_a_case(protocol: Protocol) -> int:
    """Return how many test screens a reader sees of each case."""
    arms = len(arms_shown(protocol))
    if protocol.slots == 1:
        return arms
    if protocol.slots == 2:
        return arms // 2 if protocol.pairing == "adaptive" else arms * (arms - 1) // 2
    if protocol.anchor_arm:  # stands on every screen
        return -(-(arms - 1) // (protocol.slots - 1))
    return -(-arms // protocol.slots)


def repeats_of(protocol: Protocol, screens: int) -> int:
    """Return how many of so many test screens come again."""
    possible = max(0, screens - protocol.repeat_distance)
    return min(round(protocol.repeat_share * screens), possible)


def balance(trials: Iterable[Trial]) -> tuple[ArmBalance, ...]:
    """Return how evenly a schedule treats the arms, one row per reader and arm."""
    planned = tuple(trial for trial in trials if trial.kind in ("test", "simulated"))
    total = Counter(trial.reader for trial in planned)
    place: Counter[str] = Counter()
    seen: dict[tuple[str, str], Counter[str]] = {}
    for trial in planned:
        place[trial.reader] += 1
        half = "first" if place[trial.reader] * 2 <= total[trial.reader] + 1 else "second"
        for side, arm in zip(("left", "right"), trial.arms, strict=False):
            seen.setdefault((trial.reader, arm), Counter()).update((side, half))
    return tuple(
        ArmBalance(reader, arm, count["left"], count["right"], count["first"], count["second"])
        for (reader, arm), count in sorted(seen.items())
    )


def _check_variants(protocol: Protocol) -> None:
    """Refuse arms whose names end as those of the pictures made for catch trials do."""
    for arm in (*protocol.arms, protocol.reference):
        ending = next((ending for ending in VARIANTS if arm.endswith(ending)), "")
        if ending:
            raise ProtocolError(
                f"The name of the arm '{arm}' ends in '{ending}', as those of made pictures do.",
                remedy="Give its folder or file another name.",
            )


def _check_readers(readers: Sequence[str]) -> None:
    check_names("reader", readers, least=1)
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


def _check_wording(protocol: Protocol) -> None:
    """Refuse a text shown to readers that names an arm."""
    shown = {"title": protocol.title, "instructions": protocol.instructions}
    for criterion in protocol.criteria:
        shown |= _words_of(criterion)
    shown |= {f"feedback on {one.case}": one.feedback for one in protocol.training}
    shown |= {"consent text": protocol.consent}
    told = {word.lower() for one in protocol.declared for word in (one.arm, one.label)}
    for arm in arms_shown(protocol):
        if arm in SLOTS or len(arm) < 3 or arm.lower() in told:
            continue
        name = re.compile(rf"(?<!\w){re.escape(arm)}(?!\w)", re.IGNORECASE)
        for field, text in shown.items():
            if name.search(text):
                raise ProtocolError(
                    f"The {field} names the arm '{arm}', and readers see it.",
                    remedy="Word it without the arm's name.",
                )


def _words_of(criterion: Criterion) -> dict[str, str]:
    """Return every text of a question that readers see, by what it is."""
    name = criterion.id
    spoken = re.sub("[-_]", " ", name)  # so it stands in hints
    shown = {
        f"prompt of {name}": criterion.prompt,
        f"help of {name}": criterion.help,
        f"criterion id {name}": f"{name}\n{spoken}",
    }
    for what, texts in (
        ("choice", [choice.label for choice in criterion.choices]),
        ("anchor", [anchor.label for anchor in criterion.anchors]),
        ("reason", criterion.cannot_judge),
        ("mark type", criterion.mark_types),
    ):
        shown |= {f"{what} '{text}' of {name}": text for text in texts}
    return shown
