"""Amend a study that is being read: a reader more, cases more, a further round of pairs.

What an existing reader has never changes; everything new comes after it. Each amendment is
an event on the record, with the fingerprints of what the study holds from then on.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.image import Window
from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.domain.protocol import Protocol
from app.domain.trial import Key, Trial
from app.errors import ProtocolError
from app.store.key_file import unseal
from app.store.protocol_file import read_protocol
from app.store.record import CASES_ADDED, READER_ADDED
from app.store.study_folder import StudyFolder
from app.study.design import READER_CODE, arms_shown
from app.study.extras import cases_of
from app.study.orders import draw_distinct
from app.study.schedule import extended, schedule_for
from app.study.variants import SHOWN
from app.workflows.amending import Amendable, amending, coordinators
from app.workflows.blinding import blind_case, missing_of, pairs_of
from app.workflows.extent import extent_of
from app.workflows.pair import pair as find_pairs


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
    with amending(study) as held:
        folder, protocol = held.folder, held.protocol
        _check_code(folder, protocol, reader)
        yield Progress(0, 2, "opening the key")
        key = unseal(folder.sealed_key, passphrase)
        readers = (*extent_of(folder, protocol).readers, reader)
        all_read = replace(protocol, readers=readers)
        own = schedule_for(all_read, reader, seed=key.seed)
        added = added_cases(protocol, key)
        if added:
            own += extended(all_read, own, added, seed=key.seed)
        yield Progress(1, 2, "writing the screens")
        held.put(
            replace(key, trials=(*key.trials, *own)),
            passphrase,
            windows_of(folder, key),
            event=READER_ADDED,
            readers=readers,
            planned=(reader,),
            reader=reader,
        )
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
    wanted_cases = tuple(dict.fromkeys(cases))
    if not wanted_cases:
        raise ProtocolError("No case is named.", remedy="Name them with commas between.")
    with amending(study) as held:
        yield Progress(0, len(wanted_cases), "opening the key")
        key = unseal(held.folder.sealed_key, passphrase)
        _check_new(held.protocol, key, wanted_cases)
        pairing = yield from find_pairs(
            source or Path(held.protocol.source), reference=held.protocol.reference or None
        )
        counts = yield from _add_cases(held, key, passphrase, wanted_cases, pairing)
    return counts


def _check_new(protocol: Protocol, key: Key, cases: Sequence[str]) -> None:
    known = {*cases_of(protocol), *added_cases(protocol, key)}
    for case in cases:
        if case in known:
            raise ProtocolError(
                f"The case '{case}' is in the study already.", remedy="Leave it out."
            )


def _add_cases(
    held: Amendable, key: Key, passphrase: str, cases: Sequence[str], pairing: Pairing
) -> Generator[Progress, None, dict[str, int]]:
    protocol = held.protocol
    wanted = pairs_of(_only(protocol, cases), pairing)
    arms = (*arms_shown(protocol), *(f"{one.arm}{SHOWN}" for one in protocol.declared))
    cells = [(case, arm) for case in cases for arm in arms]
    begun = len(key.images)
    codes = draw_distinct(begun + len(cells), 8, key.seed, "", "pictures")[begun:]
    images = dict(sorted(zip(codes, cells, strict=True)))
    readers = extent_of(held.folder, protocol).readers
    added: list[Trial] = []
    for reader in readers:
        own = [trial for trial in key.trials if trial.reader == reader]
        added += extended(replace(protocol, readers=readers), own, cases, seed=key.seed)
    windows = windows_of(held.folder, key)
    for done, case in enumerate(cases):
        yield Progress(done, len(cases), f"blinding {case}")
        windows[case] = blind_case(held.new.pixels, protocol, case, wanted, images)
    return held.put(
        replace(key, images={**key.images, **images}, trials=(*key.trials, *added)),
        passphrase,
        windows,
        event=CASES_ADDED,
        readers=readers,
        planned=readers,
        count=len(cases),
    )


def append_trials(
    study: Amendable, key: Key, passphrase: str, added: Sequence[Trial], *, event: str
) -> dict[str, int]:
    """Give readers further trials; return how many screens each has now."""
    readers = extent_of(study.folder, study.protocol).readers
    windows = windows_of(study.folder, key)
    key = replace(key, trials=(*key.trials, *added))
    return study.put(
        key,
        passphrase,
        windows,
        event=event,
        readers=readers,
        planned=readers,
        screens=len(added),
    )


def added_cases(protocol: Protocol, key: Key) -> tuple[str, ...]:
    """Return the cases that a study got after it was locked, in the order of their trials."""
    own = set(cases_of(protocol))
    shown = dict.fromkeys(trial.case for trial in key.trials if trial.case not in own)
    return tuple(shown)


def windows_of(folder: StudyFolder, key: Key) -> dict[str, Window]:
    """Return the opening window of each case that is planned."""
    return {
        key.images[code][0]: shown.window
        for reader in folder.readers()
        for shown in folder.read_plan(reader).presentations
        for code in shown.images
    }


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
