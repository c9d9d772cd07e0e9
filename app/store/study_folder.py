"""The folder of a study: where everything lies, and how far the study has come.

::

    STUDY/protocol.yaml              the design; names cases and arms
    STUDY/reading/study.json         which study this is        } all that a reader's
    STUDY/reading/plan-READER.json   a reader's screens         } machine gets
    STUDY/reading/pixels/            the blinded pictures       }
    STUDY/key.sealed                 the encrypted key; its presence means locked
    STUDY/responses.db               the record: the answers, who reads, whether it is unblinded
    STUDY/amendment/                 what an amendment cut short has still to put in place
    STUDY/key.json                   the open key, after unblinding
    STUDY/observations.csv           the answers with their true cases and arms, likewise

A reader's package has ``reading/`` and the answers, and nothing else.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from app.domain.presentation import ReadingPlan
from app.errors import InputError, ProtocolFrozen, StoreError, StudyStateError
from app.store.amendment import finish_amendment
from app.store.files import atomic_write, canonical_json, read_json
from app.store.ledger import Ledger
from app.store.plan_file import plan_from_json, plan_to_json
from app.store.record import Record

StudyState = Literal["draft", "locked", "unblinded"]

# 1 January 1990: every file that readers get has this time, so that none tells its arm.
LEVEL_TIME = 631_152_000
_LIMIT = 64 * 2**20
_DAMAGED = "Take the reading folder from the coordinator's copy again."


@dataclass(frozen=True, slots=True)
class StudyCard:
    """Which study a reading folder belongs to, for a reader's machine."""

    study: str
    title: str
    protocol_sha256: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Paths and state of one study folder."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> "StudyFolder":
        """Return a folder for a new study, made where it is missing.

        Raises
        ------
        ProtocolFrozen
            A locked study lies there.
        StoreError
            Other files lie there, it lies inside another study, or the disk refused.
        """
        folder = cls(path)
        around = next((one for one in path.resolve().parents if cls(one).is_study), None)
        if around is not None:
            raise StoreError(
                f"{path} lies inside the study {around}.",
                remedy="Choose a folder outside of it.",
            )
        try:
            path.mkdir(parents=True, exist_ok=True)
            content = [entry.name for entry in path.iterdir()]
        except OSError as error:
            raise StoreError(
                f"{path} could not be made: {error.strerror or error}.",
                remedy="Choose a folder that you may write to.",
            ) from error
        if content and not folder.is_study:
            raise StoreError(
                f"{path} is not empty and holds no study.",
                remedy="Choose a new or empty folder.",
            )
        if content:
            folder.must_be_draft()
        return folder

    @classmethod
    def open(cls, path: Path) -> "StudyFolder":
        """Return the folder of a study that exists; an amendment cut short is finished first.

        Raises
        ------
        InputError
            No study lies there.
        StoreError
            An amendment was cut short, and cannot be finished now.
        """
        folder = cls(path)
        if not folder.is_study:
            raise InputError(
                f"{path} holds no study.",
                remedy="Name the study's own folder, or make one with 'blindread study new'.",
            )
        finish_amendment(path)
        return folder

    @property
    def protocol(self) -> Path:
        """The design."""
        return self.path / "protocol.yaml"

    @property
    def reading(self) -> Path:
        """All that a reader's machine gets."""
        return self.path / "reading"

    @property
    def card(self) -> Path:
        """Which study the reading folder belongs to."""
        return self.reading / "study.json"

    @property
    def pixels(self) -> Path:
        """The blinded pictures."""
        return self.reading / "pixels"

    @property
    def sealed_key(self) -> Path:
        """The encrypted key."""
        return self.path / "key.sealed"

    @property
    def open_key(self) -> Path:
        """The key in the clear, after unblinding."""
        return self.path / "key.json"

    @property
    def observations(self) -> Path:
        """The answers with their true cases and arms, after unblinding."""
        return self.path / "observations.csv"

    @property
    def responses(self) -> Path:
        """The answers."""
        return self.path / "responses.db"

    @property
    def prepared_responses(self) -> Path:
        """The ledger that locking prepares; sealing the key makes it the answers."""
        return self.path / "responses.db.prepared"

    def adopt_prepared(self) -> None:
        """Finish a lock that was cut short between sealing the key and its last step.

        A ledger that is missing for any other reason is never replaced.
        """
        prepared = self.prepared_responses
        if self.sealed_key.is_file() and prepared.is_file() and not self.responses.exists():
            prepared.replace(self.responses)

    def open_ledger(self) -> Ledger:
        """Open the answers of a locked study.

        Raises
        ------
        StoreError
            They are missing, damaged or of another study.
        """
        self.adopt_prepared()
        card = self.read_card()
        return Ledger(self.responses, study=card.study, protocol_sha256=card.protocol_sha256)

    def read_record(self) -> Record:
        """Return what the record of a locked study says.

        Raises
        ------
        StoreError
            It is missing, damaged or of another study.
        """
        with self.open_ledger() as ledger:
            return Record(ledger.events())

    def plan(self, reader: str) -> Path:
        """Return where a reader's screens lie."""
        return self.reading / f"plan-{reader}.json"

    @property
    def is_study(self) -> bool:
        """Whether a study, or a reader's package of one, lies here."""
        return self.protocol.is_file() or self.card.is_file() or self.sealed_key.is_file()

    @property
    def is_package(self) -> bool:
        """Whether this is a reader's package: the blind side alone."""
        return self.card.is_file() and not self.protocol.exists() and not self.sealed_key.exists()

    @property
    def state(self) -> StudyState:
        """How far the study has come.

        The sealed key is the last file that locking writes: a lock that was cut
        short leaves a draft. Unblinded is what the record calls so: neither
        writing nor deleting a file makes it another.

        Raises
        ------
        StoreError
            The record cannot be read.
        """
        if not (self.sealed_key.is_file() or self.is_package or self.responses.exists()):
            return "draft"
        if not self.responses.is_file():
            return "locked"
        with self.open_ledger() as ledger:
            return "unblinded" if ledger.unblinded else "locked"

    @property
    def planned(self) -> tuple[str, ...]:
        """The names that plans lie here under, sorted; whether they read, the record says."""
        plans = self.reading.glob("plan-*.json")
        return tuple(sorted(path.stem.removeprefix("plan-") for path in plans))

    def readers(self, record: Record | None = None) -> tuple[str, ...]:
        """Return the codes of the readers on the record who have a plan here, sorted.

        Parameters
        ----------
        record
            The record, where it is read already.
        """
        record = record or self.read_record()
        real = self.planned if record.readers is None else record.readers
        return tuple(name for name in self.planned if name in {*real, *record.simulated})

    def must_be_draft(self) -> None:
        """Refuse to change a study that is locked.

        Raises
        ------
        ProtocolFrozen
            The study is locked.
        """
        if self.state != "draft":
            raise ProtocolFrozen(
                f"The study in {self.path} is locked.",
                remedy="A locked study cannot change; make a new one in another folder.",
            )

    def must_be(self, *states: StudyState) -> None:
        """Refuse a step that does not fit the state of the study.

        Raises
        ------
        StudyStateError
            The study is in none of the states.
        """
        remedies = {
            "draft": "Lock it first with 'blindread study lock'.",
            "locked": "Unblind it first with 'blindread study unblind'.",
            "unblinded": "This is possible only before unblinding.",
        }
        state = self.state
        if state not in states:
            raise StudyStateError(
                f"The study in {self.path} is {state}, not {' or '.join(states)}.",
                remedy=remedies[state],
            )

    def clear_reading(self) -> None:
        """Remove the blind side that a lock cut short has left in a draft."""
        self.must_be_draft()
        try:
            if self.reading.exists():
                shutil.rmtree(self.reading)
            self.pixels.mkdir(parents=True)
        except OSError as error:
            raise StoreError(
                f"{self.reading} could not be emptied: {error.strerror or error}.",
                remedy="Close programs that use it, then try again.",
            ) from error

    def write_card(self, card: StudyCard) -> None:
        """Write which study the reading folder belongs to."""
        atomic_write(self.card, canonical_json(asdict(card)) + "\n")

    def read_card(self) -> StudyCard:
        """Return which study the reading folder belongs to.

        Raises
        ------
        StoreError
            The file is missing or damaged.
        """
        data = read_json(self.card, limit=_LIMIT, remedy=_DAMAGED)
        try:
            return StudyCard(**data)
        except TypeError as error:
            raise StoreError(f"{self.card} is damaged.", remedy=_DAMAGED) from error

    def write_plan(self, plan: ReadingPlan) -> None:
        """Write a reader's screens."""
        atomic_write(self.plan(plan.reader), plan_to_json(plan))

    def read_plan(self, reader: str) -> ReadingPlan:
        """Return a reader's screens.

        Raises
        ------
        InputError
            No plan of such a reader lies here.
        StoreError
            The file is damaged, or holds the screens of another reader.
        """
        if reader not in self.planned:
            raise no_such_reader(self.path, reader, self.planned)
        path = self.plan(reader)
        data = read_json(path, limit=_LIMIT, remedy=_DAMAGED)
        try:
            plan = plan_from_json(data)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise StoreError(f"{path} is damaged: it holds no plan.", remedy=_DAMAGED) from error
        if plan.reader != reader:
            raise StoreError(f"{path} holds the screens of {plan.reader}.", remedy=_DAMAGED)
        return plan


def no_such_reader(study: Path, reader: str, known: Iterable[str]) -> InputError:
    """Return the error for a code that nobody reads under."""
    return InputError(
        f"The study in {study} has no reader '{reader}'.",
        remedy=f"Its readers are: {', '.join(known) or 'none yet'}.",
    )


def level_times(paths: Iterable[Path]) -> None:
    """Give files one and the same time, so that none tells when it was made."""
    for path in paths:
        os.utime(path, (LEVEL_TIME, LEVEL_TIME))
