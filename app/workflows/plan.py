"""Design a study, and lock it."""

import secrets
import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.domain.image import Window
from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.domain.protocol import Protocol
from app.domain.trial import Key
from app.errors import ProtocolError, StudyStateError
from app.store.key_file import check_passphrase, seal
from app.store.ledger import Ledger
from app.store.protocol_file import (
    load_template,
    protocol_sha256,
    read_protocol,
    template_fields,
    template_names,
    write_protocol,
)
from app.store.record import LOCKED
from app.store.study_folder import StudyCard, StudyFolder, StudyState, level_times
from app.study import design
from app.study.design import StudySize, arms_shown
from app.study.extras import cases_of, variants
from app.study.schedule import blind, build_schedule, draw_codes, extended
from app.workflows.blinding import blind_case, pairs_of
from app.workflows.clock import now
from app.workflows.extent import Extent, extent_of
from app.workflows.pair import pair as find_pairs
from app.workflows.read import ReaderProgress, open_ledger, progress, protocol_changed
from app.workflows.verify import fingerprints


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """How far a study has come; no arm, no score.

    ``records`` counts what stands on its record and ``head`` is the hash of the last of
    them; a draft has none. ``needs_key`` tells that it is unblinded, and its open key missing:
    unblinding again writes it.
    """

    state: str
    title: str
    readers: tuple[ReaderProgress, ...]
    problems: tuple[str, ...] = ()
    records: int = 0
    head: str = ""
    needs_key: bool = False


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """What a template is for, and where it comes from."""

    name: str
    summary: str
    basis: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a design asks for.

    ``hours_per_reader`` follows from ``seconds_per_read``, which are the protocol's, or,
    where ``measured_reads`` is not 0, the mean of so many screens that people have read.
    ``extent`` is what amendments have added.
    """

    protocol: Protocol
    reads_per_reader: int
    hours_per_reader: float
    balance: tuple[design.ArmBalance, ...]
    seconds_per_read: float
    extent: Extent
    measured_reads: int = 0


def templates() -> tuple[TemplateWords, ...]:
    """Return the shipped designs."""
    loaded = [load_template(name) for name in template_names()]
    return tuple(TemplateWords(one["template"], one["summary"], one["basis"]) for one in loaded)


def design_of(
    pairing: Pairing,
    /,
    *,
    template: str,
    title: str,
    arms: Sequence[str],
    cases: Sequence[str],
    readers: Sequence[str],
    reference_as_arm: bool | None = None,
    seconds_per_read: float | None = None,
    **rules: Any,
) -> Protocol:
    """Return the protocol of a design on paired images, checked.

    Parameters
    ----------
    reference_as_arm, seconds_per_read, rules
        Fields of the Protocol that shall not be the template's; None leaves it as it is there.

    Raises
    ------
    ProtocolError
        The design contradicts itself, or names a case or arm that is not paired.
    """
    for word, chosen, known in (("arm", arms, pairing.arms), ("case", cases, pairing.cases)):
        for name in chosen:
            if name not in known:
                raise ProtocolError(
                    f"There is no {word} '{name}' in {pairing.source}.",
                    remedy=f"Choose from: {', '.join(known)}.",
                )
    protocol = design.from_template(
        template_fields(template, pairing.reference_name),
        title=title,
        source=str(pairing.source.resolve()),
        reference=pairing.reference_name,
        cases=tuple(cases),
        arms=tuple(arms),
        readers=tuple(readers),
        seed=secrets.randbits(32),
        reference_as_arm=reference_as_arm,
        seconds_per_read=seconds_per_read,
        **rules,
    )
    pairs_of(protocol, pairing)
    return protocol


def preview(pairing: Pairing, /, **choices: object) -> Preview:
    """Return how much reading a design asks for, and how balanced a schedule of it is."""
    protocol = design_of(pairing, **choices)  # type: ignore[arg-type]
    return _preview_of(protocol, Extent(protocol.readers))


def outlook(study: Path) -> Preview | None:
    """Return how much reading the study in a folder asks for, by the time measured so far.

    The balance is that of a schedule drawn by the same rules: the real one is sealed. It has
    the readers and cases that were added, but no further rounds of pairs: only the key knows
    them. None where there is no protocol, as in a reader's package.
    """
    folder = StudyFolder.open(study)
    if not folder.protocol.is_file():
        return None
    protocol = read_protocol(folder.protocol)
    seen = _preview_of(protocol, extent_of(folder, protocol))
    if folder.state == "draft":
        return seen
    record = folder.read_record()
    people = [name for name in folder.readers(record) if name not in record.simulated]
    plans = [folder.read_plan(name) for name in people]
    reads = max((len(plan.presentations) for plan in plans), default=seen.reads_per_reader)
    with open_ledger(folder) as ledger:
        spent = [
            one.viewing.active_ms / 1000
            for plan in plans
            for one in ledger.submissions(plan.reader)
            if one.viewing.active_ms > 0
        ]
    seconds = sum(spent) / len(spent) if spent else seen.seconds_per_read
    return replace(
        seen,
        reads_per_reader=reads,
        hours_per_reader=reads * seconds / 3600,
        seconds_per_read=seconds,
        measured_reads=len(spent),
    )


def _preview_of(protocol: Protocol, extent: Extent) -> Preview:
    size = design.size(protocol)
    all_read = replace(protocol, readers=extent.readers)
    trials = build_schedule(all_read, seed=protocol.seed)
    if extent.added_cases:
        new = [f"added case {number}" for number in range(1, extent.added_cases + 1)]
        for reader in extent.readers:
            own = [trial for trial in trials if trial.reader == reader]
            trials += extended(all_read, own, new, seed=protocol.seed)
    return Preview(
        protocol,
        size.reads_per_reader,
        size.hours_per_reader,
        design.balance(trials),
        protocol.seconds_per_read,
        extent,
    )


def template_choices(name: str, reference: str) -> dict[str, Any]:
    """Return the fields of a protocol that a template fills in, which the choices may change."""
    return template_fields(name, reference)


def new_study(
    pairing: Pairing,
    /,
    *,
    template: str,
    title: str,
    arms: Sequence[str],
    cases: Sequence[str],
    readers: Sequence[str],
    folder: Path,
    reference_as_arm: bool | None = None,
    seconds_per_read: float | None = None,
    **rules: Any,
) -> Protocol:
    """Write the protocol of a new study; until it is locked it can be edited.

    Raises
    ------
    ProtocolError
        The design contradicts itself.
    ProtocolFrozen, StoreError
        Something else lies in the folder.
    """
    protocol = design_of(
        pairing,
        template=template,
        title=title,
        arms=arms,
        cases=cases,
        readers=readers,
        reference_as_arm=reference_as_arm,
        seconds_per_read=seconds_per_read,
        **rules,
    )
    place = StudyFolder.create(folder)
    write_protocol(protocol, place.protocol)
    return protocol


def size_of(protocol: Protocol) -> StudySize:
    """Return how many screens and hours a protocol asks of each reader."""
    return design.size(protocol)


def status(study: Path) -> StudyStatus:
    """Return how far a study has come."""
    folder = StudyFolder.open(study)
    state = folder.state
    if state == "draft":
        protocol = read_protocol(folder.protocol)
        reads = design.size(protocol).reads_per_reader
        planned = tuple(ReaderProgress(reader, 0, reads) for reader in protocol.readers)
        return StudyStatus("draft", protocol.title, planned)
    needs_key = state == "unblinded" and not folder.open_key.is_file()
    problems = [sentence for sentence in (protocol_changed(folder),) if sentence]
    if needs_key:
        problems.append(f"{folder.open_key.name} is missing; unblind the study again to write it.")
    elif state == "locked" and folder.open_key.is_file():
        problems.append(f"{folder.open_key.name} is there, but the record tells of no unblinding.")
    with open_ledger(folder) as ledger:
        records, head = ledger.head
    return StudyStatus(
        state=state,
        title=folder.read_card().title,
        readers=progress(folder),
        problems=tuple(problems),
        records=records,
        head=head,
        needs_key=needs_key,
    )


def must_be(study: Path, *states: StudyState) -> None:
    """Refuse a step that does not fit the state of a study, before a passphrase is asked for.

    Raises
    ------
    InputError
        There is no study.
    ProtocolFrozen, StudyStateError
        The study is in none of the states.
    """
    folder = StudyFolder.open(study)
    if states == ("draft",):
        folder.must_be_draft()
    elif folder.state == "unblinded" and "unblinded" not in states:
        raise StudyStateError(
            f"The study in {study} is unblinded already.",
            remedy="Its observations are in observations.csv beside its protocol.",
        )
    else:
        folder.must_be(*states)


def lock(study: Path, passphrase: str) -> Generator[Progress, None, str]:
    """Freeze the protocol, draw the schedule, blind the pixels and seal the key.

    The sealed key is written last: a lock that was cut short leaves a draft.

    Returns
    -------
    str
        The hash of the protocol, which stands beside every answer.

    Raises
    ------
    ProtocolError
        The protocol, or the images, or the passphrase will not do.
    ProtocolFrozen
        The study is locked already.
    """
    folder = StudyFolder.open(study)
    folder.must_be_draft()
    protocol = read_protocol(folder.protocol)
    design.check(protocol)
    check_passphrase(passphrase)
    pairing = yield from find_pairs(Path(protocol.source), reference=protocol.reference or None)
    wanted = pairs_of(protocol, pairing)
    mark = protocol_sha256(protocol)
    card = StudyCard(study=uuid.uuid4().hex, title=protocol.title, protocol_sha256=mark)
    seed = secrets.randbits(128)
    arms, cases = arms_shown(protocol), cases_of(protocol)
    codes = draw_codes(cases, arms, seed, more=variants(protocol, seed))
    trials = build_schedule(protocol, seed=seed)
    folder.clear_reading()
    windows: dict[str, Window] = {}
    for done, case in enumerate(cases):
        yield Progress(done, len(cases), f"blinding {case}")
        windows[case] = blind_case(folder.pixels, protocol, case, wanted, codes)
    plans = blind(trials, codes, windows, protocol, study=card.study, protocol_sha256=mark)
    for plan in plans.values():
        folder.write_plan(plan)
    folder.write_card(card)
    level_times(path for path in folder.reading.rglob("*") if path.is_file())
    yield Progress(len(cases), len(cases), "sealing the key")
    folder.prepared_responses.unlink(missing_ok=True)
    with Ledger(
        folder.prepared_responses, study=card.study, protocol_sha256=mark, create=True
    ) as ledger:
        marks = fingerprints(folder, protocol.readers)
        ledger.event(LOCKED, at=now(), protocol=mark, readers=list(protocol.readers), **marks)
    seal(Key(card.study, mark, seed, codes, trials), passphrase, folder.sealed_key)
    folder.adopt_prepared()
    return mark
