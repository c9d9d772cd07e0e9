"""Amend a study that is being read: a reader more, cases more, a further round of pairs.

What an existing reader has never changes; everything new comes after it. Each amendment is
an event on the record, with the fingerprints of what the study holds from then on.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.domain.image import Window
from app.domain.presentation import ReadingPlan
from app.domain.progress import Progress
from app.domain.protocol import Protocol
from app.domain.trial import Key, Trial
from app.errors import ProtocolError, StoreError
from app.store.key_file import reseal, unseal
from app.store.protocol_file import read_protocol
from app.store.study_folder import StudyFolder, level_times
from app.study.design import READER_CODE, arms_shown
from app.study.extras import cases_of
from app.study.orders import draw_distinct
from app.study.schedule import blind, extended, schedule_for
from app.study.variants import SHOWN
from app.workflows.blinding import blind_case, missing_of, pairs_of
from app.workflows.clock import now
from app.workflows.extent import extent_of
from app.workflows.pair import pair as find_pairs
from app.workflows.read import open_ledger
from app.workflows.verify import CASES_ADDED, READER_ADDED, fingerprints, verify


@dataclass(frozen=True, slots=True)
class NewCases:
    """Cases of a source that a study does not name, and those among them that lack an arm.

    ``added_before`` tells how many came by former amendments: which ones, only the key says.
    """

    source: Path
    cases: tuple[str, ...]
    incomplete: tuple[str, ...]
    added_before: int


def add_reader(study: Path, passphrase: str, reader: str) -> Generator[Progress, None, int]:
    """Give a locked study one more reader; return how many screens are planned.

    Raises
    ------
    StudyStateError
        The study is not locked.
    ProtocolError
        The code cannot be used, or is taken.
    WrongPassphrase
        The key stays closed.
    StoreError
        The study was altered, or the disk refused.
    """
    folder, protocol = amendable(study)
    _check_code(folder, protocol, reader)
    yield Progress(0, 2, "opening the key")
    key = unseal(folder.sealed_key, passphrase)
    own = tuple(trial for trial in key.trials if trial.reader == reader)
    if not own:  # else the act was cut short after the key was sealed
        own = schedule_for(protocol, reader, seed=key.seed)
        added = added_cases(protocol, key)
        if added:
            own += extended(protocol, own, added, seed=key.seed)
        key = replace(key, trials=key.trials + own)
        reseal(key, passphrase, folder.sealed_key)
    yield Progress(1, 2, "writing the screens")
    _write_plans(folder, protocol, key, (reader,), windows_of(folder, key))
    readers = extent_of(folder, protocol).readers
    record(folder, READER_ADDED, (*readers, reader), reader=reader)
    yield Progress(2, 2, "done")
    return len(own)


def find_new_cases(study: Path, source: Path | None = None) -> Generator[Progress, None, NewCases]:
    """Look for cases that a study could be given; without its key.

    Parameters
    ----------
    source
        A folder of cases or a manifest; None for that of the study itself.

    Raises
    ------
    StudyStateError, ProtocolError
        The study is not locked, or is a reader's package.
    InputError
        The source is not there, or nothing in it is called as the study's reference is.
    """
    folder = coordinators(study)
    protocol = read_protocol(folder.protocol)
    source = source or Path(protocol.source)
    pairing = yield from find_pairs(source, reference=protocol.reference or None)
    new = [case for case in pairing.cases if case not in cases_of(protocol)]
    complete = [case for case in new if not missing_of(_only(protocol, (case,)), pairing)]
    return NewCases(
        source=source,
        cases=tuple(complete),
        incomplete=tuple(case for case in new if case not in complete),
        added_before=extent_of(folder, protocol).added_cases,
    )


def add_cases(
    study: Path, passphrase: str, cases: Sequence[str], source: Path | None = None
) -> Generator[Progress, None, dict[str, int]]:
    """Give a locked study more cases, after all that its readers have.

    Parameters
    ----------
    source
        Where they lie; None for the source of the study itself.

    Returns
    -------
    dict of str to int
        How many screens each reader has now.

    Raises
    ------
    StudyStateError
        The study is not locked.
    ProtocolError
        A case is in the study already, or its images are not there.
    WrongPassphrase
        The key stays closed.
    StoreError
        The study was altered, or the disk refused.
    """
    folder, protocol = amendable(study)
    wanted_cases = tuple(dict.fromkeys(cases))
    if not wanted_cases:
        raise ProtocolError("No case is named.", remedy="Name them with commas between.")
    yield Progress(0, len(wanted_cases), "opening the key")
    key = unseal(folder.sealed_key, passphrase)
    known = {*cases_of(protocol), *added_cases(protocol, key)}
    for case in wanted_cases:
        if case in known:
            raise ProtocolError(
                f"The case '{case}' is in the study already.", remedy="Leave it out."
            )
    pairing = yield from find_pairs(
        source or Path(protocol.source), reference=protocol.reference or None
    )
    wanted = pairs_of(_only(protocol, wanted_cases), pairing)
    arms = (*arms_shown(protocol), *(f"{one.arm}{SHOWN}" for one in protocol.declared))
    cells = [(case, arm) for case in wanted_cases for arm in arms]
    begun = len(key.images)
    codes = draw_distinct(begun + len(cells), 8, key.seed, "", "pictures")[begun:]
    images = dict(sorted(zip(codes, cells, strict=True)))
    readers = extent_of(folder, protocol).readers
    added: list[Trial] = []
    for reader in readers:
        own = [trial for trial in key.trials if trial.reader == reader]
        added += extended(protocol, own, wanted_cases, seed=key.seed)
    windows = windows_of(folder, key)
    key = replace(key, images={**key.images, **images}, trials=(*key.trials, *added))
    # Aside, so that stopping here leaves the study as it was.
    with TemporaryDirectory(prefix=".amendment-", dir=folder.path) as aside:
        for done, case in enumerate(wanted_cases):
            yield Progress(done, len(wanted_cases), f"blinding {case}")
            windows[case] = blind_case(Path(aside), protocol, case, wanted, images)
        reseal(key, passphrase, folder.sealed_key)
        for picture in Path(aside).iterdir():
            picture.replace(folder.pixels / picture.name)
    counts = _write_plans(folder, protocol, key, readers, windows)
    record(folder, CASES_ADDED, readers, count=len(wanted_cases))
    yield Progress(len(wanted_cases), len(wanted_cases), "done")
    return counts


def append_trials(
    folder: StudyFolder,
    protocol: Protocol,
    key: Key,
    passphrase: str,
    added: Sequence[Trial],
    *,
    event: str,
) -> dict[str, int]:
    """Seal further trials of readers, write their screens and record the act."""
    readers = extent_of(folder, protocol).readers
    key = replace(key, trials=(*key.trials, *added))
    windows = windows_of(folder, key)
    reseal(key, passphrase, folder.sealed_key)
    counts = _write_plans(folder, protocol, key, readers, windows)
    record(folder, event, readers, screens=len(added))
    return counts


def added_cases(protocol: Protocol, key: Key) -> tuple[str, ...]:
    """Return the cases that a study got after it was locked, in the order of their trials."""
    own = set(cases_of(protocol))
    shown = dict.fromkeys(trial.case for trial in key.trials if trial.case not in own)
    return tuple(shown)


def windows_of(folder: StudyFolder, key: Key) -> dict[str, Window]:
    """Return the opening window of each case that is planned."""
    return {
        key.images[code][0]: shown.window
        for reader in folder.readers
        for shown in folder.read_plan(reader).presentations
        for code in shown.images
    }


def record(folder: StudyFolder, event: str, readers: Sequence[str], **details: object) -> None:
    """Record an amendment, with the fingerprints of what the study holds from now on."""
    marks = fingerprints(folder, readers)
    reader = str(details.pop("reader", ""))
    with open_ledger(folder) as ledger:
        ledger.event(event, at=now(), reader=reader, readers=list(readers), **marks, **details)


def coordinators(study: Path) -> StudyFolder:
    """Return the folder of a locked study that is the coordinator's.

    Raises
    ------
    StudyStateError, ProtocolError
        The study is not locked, or is a reader's package.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked")
    if folder.is_package:
        raise ProtocolError(
            f"{study} is a reader's package, not the study.",
            remedy="Amend the coordinator's folder.",
        )
    return folder


def amendable(study: Path) -> tuple[StudyFolder, Protocol]:
    """Return the folder and protocol of a locked study that is intact.

    Raises
    ------
    StudyStateError, ProtocolError
        The study is not locked, or is a reader's package.
    StoreError
        It was altered since it was locked.
    """
    folder = coordinators(study)
    problems = verify(study)
    if problems:
        raise StoreError(
            f"The study in {study} was altered: {problems[0]}",
            remedy="Keep the folder as it is and compare it with your backup.",
        )
    return folder, read_protocol(folder.protocol)


def _only(protocol: Protocol, cases: Sequence[str]) -> Protocol:
    """Return the protocol as it would be for some cases alone."""
    return replace(protocol, cases=tuple(cases), training=())


def _check_code(folder: StudyFolder, protocol: Protocol, reader: str) -> None:
    if not READER_CODE.fullmatch(reader) or reader.upper().startswith("SIM"):
        raise ProtocolError(
            f"The reader code '{reader}' cannot be used.",
            remedy="Use 1 to 32 letters, digits, '-' or '_', e.g. R4; SIM is for simulated ones.",
        )
    taken = {name.lower(): name for name in extent_of(folder, protocol).readers}
    if reader.lower() in taken:
        raise ProtocolError(
            f"The study has a reader '{taken[reader.lower()]}' already.",
            remedy="Give the new one another code.",
        )


def _write_plans(
    folder: StudyFolder,
    protocol: Protocol,
    key: Key,
    readers: Sequence[str],
    windows: Mapping[str, Window],
) -> dict[str, int]:
    """Write the screens of readers; what a reader has already stays as it is."""
    card = folder.read_card()
    plans = blind(
        [trial for trial in key.trials if trial.reader in readers],
        key.images,
        windows,
        protocol,
        study=card.study,
        protocol_sha256=card.protocol_sha256,
    )
    for reader, plan in plans.items():
        if reader in folder.readers:
            _check_kept(folder.read_plan(reader), plan)
    for plan in plans.values():
        folder.write_plan(plan)
    level_times(folder.plan(reader) for reader in plans)
    return {reader: len(plan.presentations) for reader, plan in plans.items()}


def _check_kept(old: ReadingPlan, new: ReadingPlan) -> None:
    """Refuse to write a plan that would change what its reader has."""
    count = len(old.presentations)
    if new.presentations[:count] != old.presentations or new.rests[: len(old.rests)] != old.rests:
        raise StoreError(
            f"The screens of {old.reader} do not follow from the key.",
            remedy="Take the reading folder from a backup.",
        )
