"""An amendment of a locked study, in place wholly or not at all.

::

    STUDY/.amendment-new/     being prepared: nothing of it counts
    STUDY/amendment/          decided: act.json says what is recorded, files/ holds what
                              goes to the same place of the study

Renaming the first to the second decides. What is decided is finished by whoever opens the
study next, without the passphrase: the key in it is sealed already.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from app.errors import StoreError
from app.store.files import atomic_write, canonical_json, read_json, sync_folder
from app.store.ledger import Ledger
from app.store.lock import HeldFile

_NEW, _DECIDED, _LOCK = ".amendment-new", "amendment", ".amendment.lock"
_LIMIT = 2**20
_REMEDY = "Check the free space and your rights on the folder, then open the study again."


@dataclass(frozen=True, slots=True)
class Act:
    """What the record says of an amendment."""

    study: str
    protocol_sha256: str
    what: str
    at: str
    reader: str
    details: dict[str, Any]


class Amendment:
    """One amendment at a time: what is written under ``files`` takes its place by ``decide``.

    ``files`` is laid out as the study is. Left without ``decide``, nothing has happened.

    Raises
    ------
    StoreError
        The study is being amended by another program, or the disk refused.
    """

    def __init__(self, study: Path) -> None:
        self._study = study
        self.files = study / _NEW / "files"

    def __enter__(self) -> "Amendment":
        self._held = hold_amendments(self._study)
        try:
            _remove(self._study / _NEW)
            self.files.mkdir(parents=True)
        except BaseException as error:
            self._held.close()
            if isinstance(error, OSError):
                raise _refused(self._study, error) from error
            raise
        return self

    def decide(self, act: Act) -> None:
        """Put the files in their place and record the act: from here on, whatever happens.

        Raises
        ------
        StoreError
            The disk refused. Before the decision nothing has happened; after it the next
            opening goes on.
        """
        new, decided = self._study / _NEW, self._study / _DECIDED
        atomic_write(new / "act.json", canonical_json(asdict(act)) + "\n")
        try:
            _sync(new)
            new.replace(decided)
            sync_folder(self._study)
        except OSError as error:
            raise _refused(self._study, error) from error
        _finish(self._study)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            shutil.rmtree(self._study / _NEW, ignore_errors=True)
        finally:
            self._held.close()


def finish_amendment(study: Path) -> None:
    """Finish an amendment that was decided and then cut short; else do nothing.

    Raises
    ------
    StoreError
        The study is being amended at this moment, or the disk refused.
    """
    if not (study / _DECIDED).is_dir():
        return
    held = hold_amendments(study)
    try:
        if (study / _DECIDED).is_dir():  # else another program has finished it meanwhile
            _finish(study)
    finally:
        held.close()


def _finish(study: Path) -> None:
    decided = study / _DECIDED
    act = _read(decided / "act.json")
    files = decided / "files"
    try:
        touched = set()
        for file in sorted(path for path in files.rglob("*") if path.is_file()):
            target = study / file.relative_to(files)
            file.replace(target)
            touched.add(target.parent)
        for folder in sorted(touched):
            sync_folder(folder)
        with Ledger(
            study / "responses.db", study=act.study, protocol_sha256=act.protocol_sha256
        ) as ledger:
            recorded = ((one.what, one.at, one.details) for one in ledger.events())
            if (act.what, act.at, act.details) not in recorded:
                ledger.event(act.what, at=act.at, reader=act.reader, **act.details)
        _remove(study / _NEW)
        decided.replace(study / _NEW)
        _remove(study / _NEW)
    except OSError as error:
        raise _refused(study, error) from error


def _read(path: Path) -> Act:
    remedy = "Keep the folder as it is and compare it with your backup."
    data = read_json(path, limit=_LIMIT, remedy=remedy)
    try:
        return Act(**data)
    except TypeError as error:
        raise StoreError(f"{path} is damaged: it holds no amendment.", remedy=remedy) from error


def hold_amendments(study: Path) -> HeldFile:
    """Hold the one right to amend a study until it is let go.

    Raises
    ------
    StoreError
        Another program amends it at this moment.
    """
    return HeldFile(
        study / _LOCK,
        busy=f"The study in {study} is being amended at this moment.",
        remedy="Try again when that is done.",
    )


def _sync(folder: Path) -> None:
    """Make sure that everything prepared is on the disk before it is decided."""
    for path in _below(folder):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def _below(folder: Path) -> Iterable[Path]:
    return (folder, *folder.rglob("*"))


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _refused(study: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The study in {study} could not be amended: {error.strerror or error}.", remedy=_REMEDY
    )
