"""Open the key, once and on the record."""

from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from app.domain.progress import Progress
from app.domain.trial import Key
from app.errors import StoreError, StudyStateError
from app.store.amendment import hold_amendments
from app.store.key_file import unseal, write_open_key
from app.store.ledger import UNBLINDED
from app.store.study_folder import StudyFolder
from app.store.tables import write_observations
from app.study.unblinding import observe
from app.workflows.clock import now
from app.workflows.opened import key_marks, recorded_key_marks
from app.workflows.read import ReaderProgress, hold_reading, open_ledger, progress
from app.workflows.verify import verify


def unblind(study: Path, passphrase: str, *, reason: str = "") -> Generator[Progress, None, Path]:
    """Open the sealed key and write ``observations.csv``; no answer can follow.

    Where the key's file is missing after the unblinding, as after a power cut, it is
    written again; nothing more is recorded.

    Parameters
    ----------
    reason
        Why the study is unblinded before every reader has read it all; kept on
        the record.

    Raises
    ------
    StudyStateError
        The study is not locked, unblinded already, or not read to its end.
    WrongPassphrase
        The key stays closed.
    StoreError
        The answers, the key or the protocol were altered since the lock, or somebody
        is reading or amending the study.
    """
    check_unblindable(study)
    folder = StudyFolder.open(study)
    with _nobody_at_work(folder):
        again = folder.state == "unblinded"
        yield Progress(0, 3, "checking the evidence")
        readers = () if again else _ready(folder, reason)
        yield Progress(1, 3, "opening the key")
        key = _unsealed(folder, passphrase)
        with open_ledger(folder) as ledger:
            observations = observe(ledger.responses(), key)
            yield Progress(2, 3, "writing the observations")
            # No pause from here on: whoever cancels leaves the study locked or unblinded wholly.
            if not again:
                state = ", ".join(f"{one.reader} {one.done} of {one.total}" for one in readers)
                marks = key_marks(folder, key)
                ledger.event(UNBLINDED, at=now(), read=state, reason=reason, **marks)
        write_open_key(key, folder.open_key)
        write_observations(folder.observations, observations)
    yield Progress(3, 3, "done")
    return folder.observations


def check_unblindable(study: Path) -> None:
    """Refuse a study that cannot be unblinded now, before a passphrase is asked for.

    Raises
    ------
    InputError
        There is no study.
    StudyStateError
        It is a draft, or unblinded already and its key is there.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked", "unblinded")
    if folder.open_key.is_file() and folder.state == "unblinded":
        raise StudyStateError(
            f"The study in {study} is unblinded already.",
            remedy=f"Its observations are in {folder.observations}.",
        )


@contextmanager
def _nobody_at_work(folder: StudyFolder) -> Generator[None]:
    """Keep every reader and every amendment out; refuse where one is at work."""
    with ExitStack() as held:
        held.enter_context(closing(hold_amendments(folder.path)))
        for reader in folder.readers():
            reading = hold_reading(
                folder,
                reader,
                busy=f"{reader} has the reading room of {folder.path} open.",
                remedy=f"Unblind when {reader} has closed it.",
            )
            held.enter_context(closing(reading))
        yield


def _ready(folder: StudyFolder, reason: str) -> tuple[ReaderProgress, ...]:
    """Return how far the readers are; refuse a study that is altered, or not read to its end."""
    problems = verify(folder.path)
    if problems:
        raise StoreError(
            f"The study in {folder.path} was altered: {problems[0]}",
            remedy="Keep the folder as it is and compare it with your backup.",
        )
    readers = progress(folder)
    _check_complete(folder.path, readers, reason)
    return readers


def _unsealed(folder: StudyFolder, passphrase: str) -> Key:
    """Return the key; refuse one of another study, or another than unblinding has recorded."""
    key, card = unseal(folder.sealed_key, passphrase), folder.read_card()
    recorded = recorded_key_marks(folder.read_record())
    same_study = (key.study, key.protocol_sha256) == (card.study, card.protocol_sha256)
    if not same_study or (recorded and recorded != key_marks(folder, key)):
        raise StoreError(
            f"{folder.sealed_key} is the key of another study.",
            remedy="Put the key back that was sealed when this study was locked.",
        )
    return key


def _check_complete(study: Path, readers: tuple[ReaderProgress, ...], reason: str) -> None:
    """Refuse to unblind a study that is being read; a dry run needs only its simulated readers."""
    real = [one for one in readers if not one.simulated]
    asked = real if any(one.done for one in real) else [one for one in readers if one.simulated]
    if not any(one.done for one in readers):
        raise StudyStateError(
            f"Nobody has read the study in {study} yet.",
            remedy="Unblind it after the readers have read it.",
        )
    open_readers = [one for one in asked if one.done < one.total]
    if open_readers and not reason.strip():
        who = ", ".join(f"{one.reader} ({one.done} of {one.total})" for one in open_readers)
        raise StudyStateError(
            f"Not everyone has read the whole study: {who}.",
            remedy="Wait for them, or give a reason, which goes on the record; "
            "on the command line: --incomplete REASON.",
        )
