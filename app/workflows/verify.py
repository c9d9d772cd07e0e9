"""Whether the evidence of a study is intact."""

from pathlib import Path

from app.store.key_file import read_header
from app.store.protocol_file import protocol_sha256, read_protocol
from app.store.study_folder import StudyFolder
from app.workflows.read import open_ledger


def verify(study: Path) -> tuple[str, ...]:
    """Return what is wrong with a locked study, one sentence each; empty means intact.

    The protocol must be the one that was locked, the sealed key must be whole
    and of this study, and every answer must stand in its chain of hashes.

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
    if (
        folder.protocol.is_file()
        and protocol_sha256(read_protocol(folder.protocol)) != card.protocol_sha256
    ):
        problems.append(f"{folder.protocol.name} was changed after the study was locked.")
    if folder.sealed_key.is_file():
        header = read_header(folder.sealed_key)
        if (header.study, header.protocol_sha256) != (card.study, card.protocol_sha256):
            problems.append(f"{folder.sealed_key.name} is the key of another study.")
    with open_ledger(folder) as ledger:
        problems.extend(ledger.verify())
    return tuple(problems)
