"""Whether the evidence of a study is intact."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from app.store.key_file import read_header
from app.store.ledger import LedgerEvent
from app.store.study_folder import StudyFolder
from app.workflows.read import open_ledger, protocol_changed


def verify(study: Path) -> tuple[str, ...]:
    """Return what is wrong with a locked study, one sentence each; empty means intact.

    The protocol, the pictures and the readers' plans must be those that were
    locked, the sealed key must be whole and of this study, and every answer
    must stand in its chain of hashes.

    Raises
    ------
    StudyStateError
        The study is still a draft.
    StoreError
        A file is missing or cannot be read at all.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked", "unblinded")
    card = folder.read_card()
    problems = []
    changed = protocol_changed(folder)
    if changed:
        problems.append(changed)
    if folder.sealed_key.is_file():
        header = read_header(folder.sealed_key)
        if (header.study, header.protocol_sha256) != (card.study, card.protocol_sha256):
            problems.append(f"{folder.sealed_key.name} is the key of another study.")
    with open_ledger(folder) as ledger:
        problems.extend(ledger.verify())
        locked = recorded_marks(ledger.events())
    readers = locked.get("readers")
    marks = fingerprints(folder, readers if isinstance(readers, list) else [])
    for name, mark in marks.items():
        if locked.get(name, mark) != mark:
            problems.append(f"The {name} were changed after the study was locked.")
    return tuple(problems)


READER_ADDED, CASES_ADDED, ROUND_ADDED = AMENDED = ("reader added", "cases added", "round added")
"""Events that record what a locked study holds from then on: numbers, no case and no arm."""


def recorded_marks(events: Iterable[LedgerEvent]) -> dict[str, object]:
    """Return the readers and fingerprints that the record says a study has now.

    Locking records them; each amendment, a recorded act, records them anew.
    """
    marks: dict[str, object] = {}
    for event in events:
        if event.what == "locked" or event.what in AMENDED:
            marks.update(event.details)
    return marks


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
