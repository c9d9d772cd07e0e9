"""Whether the evidence of a study is intact."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import BlindReadError, InputError
from app.store.key_file import key_file_sha256, read_header
from app.store.record import Record
from app.store.study_folder import StudyCard, StudyFolder
from app.workflows.opened import SEALED_KEY, check_observations, observed, recorded_key_marks
from app.workflows.read import open_ledger, protocol_changed


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an examination of a study found.

    Parameters
    ----------
    problems
        What was altered or is missing, one sentence each; empty means intact.
    notes
        What could not be checked, and what lies there and counts for nothing.
    records, head
        The number of records and the hash of the last one. Kept elsewhere, they show
        later that the record was not cut short or replaced.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    records: int
    head: str


def verify(study: Path) -> tuple[str, ...]:
    """Return what is wrong with a locked study, one sentence each; see ``examine``."""
    return examine(study).problems


def examine(study: Path, *, head: str = "") -> Evidence:
    """Look whether a locked study is as its record says, and the record as it was made.

    The record must begin with the lock of this study and every answer must stand in its
    chain of hashes, none after the unblinding. The protocol, the pictures and the readers'
    plans must be those that the record vouches for, and so must the sealed key, and after
    unblinding the open key and the observations.

    Parameters
    ----------
    head
        The hash of the last record, as it was noted at an earlier time.

    Raises
    ------
    InputError
        The head is no hash.
    StudyStateError
        The study is still a draft.
    StoreError
        A file is missing or cannot be read at all.
    """
    head = head.strip().lower()
    if head and (len(head) != 64 or set(head) - set("0123456789abcdef")):
        raise InputError(
            f"'{head[:80]}' is no head of a record.",
            remedy="Give the 64 hexadecimal digits that 'blindread study verify' printed.",
        )
    folder = StudyFolder.open(study)
    folder.must_be("locked", "unblinded")
    card = folder.read_card()
    changed = protocol_changed(folder)
    problems = [changed] if changed else []
    with open_ledger(folder) as ledger:
        problems += ledger.verify()
        record = Record(ledger.events())
        records, last = ledger.head
        if head and not ledger.holds(head):
            problems.append(
                f"{folder.responses.name} does not hold the head {head[:12]}…: it was cut short "
                "or replaced since that head was noted, or the head is of another study."
            )
    problems += _altered_since_lock(folder, card, record)
    problems += _altered_keys(folder, card, record)
    return Evidence(tuple(problems), tuple(_notes(folder, record)), records, last)


def _altered_since_lock(folder: StudyFolder, card: StudyCard, record: Record) -> Iterator[str]:
    """Yield what is not as locking or an amendment has recorded it."""
    if record.lock is None:
        yield (
            f"{folder.responses.name} does not begin with the lock of the study: it is not the "
            "record that locking made, or was cut."
        )
        return
    if record.lock.details.get("protocol", card.protocol_sha256) != card.protocol_sha256:
        yield f"{folder.responses.name} records the lock of another protocol."
    marks = record.marks
    for name, mark in fingerprints(folder, record.readers or ()).items():
        if marks.get(name, mark) != mark:
            yield f"The {name} were changed after the study was locked."


def _altered_keys(folder: StudyFolder, card: StudyCard, record: Record) -> Iterator[str]:
    """Yield what is wrong with the sealed key, the open one and the observations."""
    if folder.is_package and record.unblinding is None:
        return
    if not folder.sealed_key.is_file():
        yield f"{folder.sealed_key.name} is missing: nothing else can prove what was shown."
    else:
        header, mark = read_header(folder.sealed_key), key_file_sha256(folder.sealed_key)
        if (header.study, header.protocol_sha256) != (card.study, card.protocol_sha256):
            yield f"{folder.sealed_key.name} is the key of another study."
        elif recorded_key_marks(record).get(SEALED_KEY, mark) != mark:
            yield f"{folder.sealed_key.name} was changed after the study was unblinded."
    if record.unblinding is None:
        if folder.open_key.exists():
            yield (
                f"{folder.open_key.name} lies in the folder, but the record tells of no "
                "unblinding: the blind may be broken, or the record was cut."
            )
        return
    try:
        observations = observed(folder)
        if folder.observations.is_file():
            check_observations(folder, observations)
    except BlindReadError as error:
        yield error.sentence


def _notes(folder: StudyFolder, record: Record) -> Iterator[str]:
    """Yield what an older record does not say, and which files count for nothing."""
    missing = {"protocol", "readers", "pictures", "plans"} - record.marks.keys()
    if record.lock is not None and missing:
        yield (
            f"Not checked: {', '.join(sorted(missing))}. The version that locked this study did "
            "not record them."
        )
    if record.unblinding is not None and len(recorded_key_marks(record)) < 2:
        yield (
            f"Not checked: whether {folder.open_key.name} is the key that was sealed. The version "
            "that unblinded this study did not record it. To be sure, delete "
            f"{folder.open_key.name} and run 'blindread study unblind' again."
        )
    for name in sorted({*folder.planned} - {*folder.readers(record)}):
        yield (
            f"{folder.plan(name).name} is of no reader on the record and counts for nothing; "
            "delete it if it is a copy."
        )


def fingerprints(
    folder: StudyFolder, readers: Iterable[str], *, instead: StudyFolder | None = None
) -> dict[str, str]:
    """Return one hash over all blinded pictures and one over the readers' plans.

    Parameters
    ----------
    instead
        A folder whose files count before those of the study: what it is going to hold.
    """
    pictures = {
        file.name: file
        for one in (folder, instead)
        if one is not None and one.pixels.is_dir()
        for file in one.pixels.iterdir()
    }
    plans = [
        instead.plan(reader)
        if instead is not None and instead.plan(reader).is_file()
        else folder.plan(reader)
        for reader in sorted(readers)
    ]
    return {"pictures": _hash(sorted(pictures.values(), key=_name)), "plans": _hash(plans)}


def _name(file: Path) -> str:
    return file.name


def _hash(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()
        whole.update(f"{file.name} {content}\n".encode())
    return whole.hexdigest()
