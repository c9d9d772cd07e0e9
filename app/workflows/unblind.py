"""Open the key, once and on the record."""

from collections.abc import Generator
from pathlib import Path

from app.domain.progress import Progress
from app.errors import StoreError, StudyStateError
from app.store.key_file import read_open_key, unseal, write_open_key
from app.store.study_folder import StudyFolder
from app.store.tables import write_observations
from app.study.unblinding import observe
from app.workflows.clock import now
from app.workflows.read import ReaderProgress, open_ledger, progress
from app.workflows.verify import verify

OBSERVATIONS = "observations.csv"


def unblind(study: Path, passphrase: str, *, reason: str = "") -> Generator[Progress, None, Path]:
    """Open the sealed key and write ``observations.csv``; no answer can follow.

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
        The answers, the key or the protocol were altered since the lock.
    """
    folder = StudyFolder.open(study)
    if folder.state == "unblinded":
        raise StudyStateError(
            f"The study in {study} is unblinded already.",
            remedy=f"Its observations are in {study / OBSERVATIONS}.",
        )
    folder.must_be("locked")
    yield Progress(0, 3, "checking the evidence")
    problems = verify(study)
    if problems:
        raise StoreError(
            f"The study in {study} was altered: {problems[0]}",
            remedy="Keep the folder as it is and compare it with your backup.",
        )
    readers = progress(folder)
    _check_complete(study, readers, reason)
    with open_ledger(folder) as ledger:
        yield Progress(1, 3, "opening the key")
        key = unseal(folder.sealed_key, passphrase)
        card = folder.read_card()
        if (key.study, key.protocol_sha256) != (card.study, card.protocol_sha256):
            raise StoreError(
                f"{folder.sealed_key} is the key of another study.",
                remedy="Put the key back that was sealed when this study was locked.",
            )
        observations = observe(ledger.responses(), key)
        state = ", ".join(f"{one.reader} {one.done} of {one.total}" for one in readers)
        ledger.event("unblinded", at=now(), read=state, reason=reason)
    yield Progress(2, 3, "writing the observations")
    write_open_key(key, folder.open_key)
    output = study / OBSERVATIONS
    write_observations(output, observations)
    yield Progress(3, 3, "done")
    return output


def observations_file(study: Path) -> Path:
    """Return the observations of an unblinded study, written again where they are missing."""
    folder = StudyFolder.open(study)
    folder.must_be("unblinded")
    output = study / OBSERVATIONS
    if not output.is_file():
        with open_ledger(folder) as ledger:
            observed = observe(ledger.responses(), read_open_key(folder.open_key))
        write_observations(output, observed)
    return output


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
