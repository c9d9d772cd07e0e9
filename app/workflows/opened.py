"""The key and the observations of an unblinded study, as far as its record vouches for them."""

from pathlib import Path

from app.domain.result import Observation
from app.domain.trial import Key
from app.errors import StoreError
from app.store.key_file import (
    UNBLIND_AGAIN,
    key_file_sha256,
    open_key_sha256,
    read_open_key,
)
from app.store.record import Record
from app.store.study_folder import StudyFolder
from app.store.tables import difference_from, write_observations
from app.study.unblinding import observe
from app.workflows.read import open_ledger

OPEN_KEY, SEALED_KEY = "key_json", "key_sealed"
"""Details of the unblinding: the SHA-256 of the two files of the key."""


def key_marks(folder: StudyFolder, key: Key) -> dict[str, str]:
    """Return what the unblinding records of the key."""
    return {OPEN_KEY: open_key_sha256(key), SEALED_KEY: key_file_sha256(folder.sealed_key)}


def recorded_key_marks(record: Record) -> dict[str, object]:
    """Return what the unblinding has recorded of the key; nothing where it is an older one."""
    details = record.unblinding.details if record.unblinding else {}
    return {name: details[name] for name in (OPEN_KEY, SEALED_KEY) if name in details}


def opened_key(folder: StudyFolder, record: Record) -> Key:
    """Return the open key of an unblinded study.

    Raises
    ------
    StoreError
        The file is missing or damaged, or is not the key that the study was unblinded with.
    """
    key, card = read_open_key(folder.open_key), folder.read_card()
    mark = key_file_sha256(folder.open_key)
    same_study = (key.study, key.protocol_sha256) == (card.study, card.protocol_sha256)
    if not same_study or recorded_key_marks(record).get(OPEN_KEY, mark) != mark:
        raise StoreError(
            f"{folder.open_key} is not the key that this study was unblinded with.",
            remedy=UNBLIND_AGAIN,
        )
    return key


def observed(folder: StudyFolder) -> tuple[Observation, ...]:
    """Return every answer of an unblinded study with its true case and arm.

    Raises
    ------
    StoreError
        The key or the answers were altered.
    """
    with open_ledger(folder) as ledger:
        return observe(ledger.responses(), opened_key(folder, Record(ledger.events())))


def check_observations(folder: StudyFolder, observations: tuple[Observation, ...]) -> None:
    """Refuse an ``observations.csv`` that says something else than the record.

    Raises
    ------
    StoreError
        It was changed after the study was unblinded.
    InputError
        It cannot be read.
    """
    difference = difference_from(folder.observations, observations)
    if difference:
        raise StoreError(
            difference, remedy="Delete it: 'blindread analyze' writes it again from the record."
        )


def observations_file(study: Path) -> Path:
    """Return the observations of an unblinded study, written again where they are missing.

    Raises
    ------
    StudyStateError
        The study is not unblinded.
    StoreError, InputError
        The key, the answers or the table were altered.
    """
    folder = StudyFolder.open(study)
    folder.must_be("unblinded")
    observations = observed(folder)
    if folder.observations.is_file():
        check_observations(folder, observations)
    else:
        write_observations(folder.observations, observations)
    return folder.observations
