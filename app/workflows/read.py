"""One reader's session: the blind side of a study and nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app import SOFTWARE
from app.domain.presentation import (
    SLOTS,
    PlannedPresentation,
    Presentation,
    ReadingPlan,
    Viewing,
)
from app.errors import ProtocolError, StoreError, StudyStateError
from app.store.ledger import Ledger
from app.store.lock import HeldFile
from app.store.pixels import load_blinded
from app.store.protocol_file import protocol_sha256, read_protocol
from app.store.record import Record
from app.store.study_folder import StudyFolder, no_such_reader
from app.study.reading import Reading
from app.workflows.clock import now


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """How far one reader is; nothing about arms or scores."""

    reader: str
    done: int
    total: int
    simulated: bool = False


class Session:
    """An open reading: what the reading room works with."""

    def __init__(self, folder: StudyFolder, plan: ReadingPlan, ledger: Ledger, held: HeldFile):
        self._folder = folder
        self._ledger = ledger
        self._held = held
        self.plan = plan
        opened = [
            event
            for event in ledger.events()
            if event.reader == plan.reader and event.what == "opened"
        ]
        self.reading = Reading(
            plan,
            record=ledger.record,
            submit=self._submit,
            responses=ledger.responses(plan.reader),
            submitted=ledger.submitted(plan.reader),
            session=str(len(opened) + 1),
            software=SOFTWARE,
        )
        self.note("opened", f"session {len(opened) + 1}")
        self._overridden: set[int] = set()

    def load(self, planned: PlannedPresentation) -> Presentation:
        """Read the blinded pixels of a screen; safe on any thread.

        Raises
        ------
        StoreError
            A blinded picture is missing or damaged.
        """
        images = tuple(load_blinded(self._folder.pixels, code) for code in planned.images)
        return Presentation(
            id=planned.id,
            position=planned.position,
            total=len(self.plan.presentations),
            slots=SLOTS[: len(images)],
            images=images,
            window=planned.window,
            declared=tuple(load_blinded(self._folder.pixels, code) for code in planned.declared),
        )

    def rest_until(self, session: int) -> datetime | None:
        """Return until when a session of the plan must wait; None where it may begin.

        Sessions that show the same anatomy lie ``washout_hours`` apart, by the clock.
        """
        former = self.plan.rests[session - 1] if session <= len(self.plan.rests) else ()
        if not former or session in self._overridden:
            return None
        seen = {one.id for one in self.plan.presentations if one.session in former}
        ended = [
            datetime.fromisoformat(one.viewing.answered_at)
            for one in self._ledger.submissions(self.plan.reader)
            if one.presentation in seen
        ]
        if not ended:
            return None
        until = max(ended) + timedelta(hours=self.plan.washout_hours)
        return until if until > datetime.fromisoformat(now()) else None

    def override_rest(self, session: int, reason: str) -> None:
        """Begin a session before its time; the act and its reason are recorded first."""
        self.note("rest overridden", f"session {session}: {reason}")
        self._overridden.add(session)

    def note(self, event: str, detail: str = "") -> None:
        """Add an event of the session to the record."""
        self._ledger.event(event, at=now(), reader=self.plan.reader, detail=detail)

    def close(self) -> None:
        """End the session; every answer is on disk already."""
        try:
            self.note("closed")
        finally:  # also where the disk is full: the next window must be able to open
            self._ledger.close()
            self._held.close()

    def _submit(self, presentation: str, viewing: Viewing) -> None:
        self._ledger.submit(self.plan.reader, presentation, viewing)


def open_session(study: Path, reader: str) -> Session:
    """Open the reading of one reader where it was left.

    Raises
    ------
    InputError
        There is no study, or no such reader in it.
    StudyStateError
        The study is not locked yet, or unblinded already.
    StoreError
        The same reading is open elsewhere, or a file was altered.
    """
    folder, plan = _readable(study, reader)
    held = hold_reading(
        folder,
        reader,
        busy=f"The reading of {reader} is open in another window.",
        remedy="Go on there, or close it first.",
    )
    try:
        return Session(folder, plan, open_ledger(folder), held)
    except BaseException:
        held.close()
        raise


def hold_reading(folder: StudyFolder, reader: str, *, busy: str, remedy: str) -> HeldFile:
    """Hold the reading of one reader: nobody else opens it until it is let go.

    Raises
    ------
    StoreError
        Somebody holds it: ``busy`` and ``remedy`` say so.
    """
    return HeldFile(folder.path / f".reading-{reader}.lock", busy=busy, remedy=remedy)


def check_readable(study: Path, reader: str) -> None:
    """Refuse a reading that cannot be opened, before any window appears."""
    _readable(study, reader)


def readers(study: Path) -> tuple[ReaderProgress, ...]:
    """Return the progress of every reader on the record."""
    folder = StudyFolder.open(study)
    folder.must_be("locked", "unblinded")
    return progress(folder)


def progress(folder: StudyFolder) -> tuple[ReaderProgress, ...]:
    """Return the progress of every reader of a locked study."""
    found = []
    with open_ledger(folder) as ledger:
        record = Record(ledger.events())
        for reader in folder.readers(record):
            shown = {one.id for one in folder.read_plan(reader).presentations}
            done = shown & set(ledger.submitted(reader))
            found.append(ReaderProgress(reader, len(done), len(shown), reader in record.simulated))
    return tuple(found)


def _readable(study: Path, reader: str) -> tuple[StudyFolder, ReadingPlan]:
    folder = StudyFolder.open(study)
    folder.must_be("locked")
    if protocol_changed(folder):
        raise StoreError(
            "This study was changed after it was locked, so its answers could not be used.",
            remedy="Tell the coordinator; 'blindread study verify' says what was changed.",
        )
    if folder.open_key.exists():
        raise StoreError(
            f"The key lies open in {folder.path}, but this study is not unblinded on the record.",
            remedy="Tell the coordinator; 'blindread study verify' says more.",
        )
    record = folder.read_record()
    if reader not in folder.readers(record):
        raise no_such_reader(folder.path, reader, folder.readers(record))
    plan = folder.read_plan(reader)
    if reader in record.simulated:
        raise StudyStateError(
            f"{reader} is a simulated reader.", remedy="Read under the code you were given."
        )
    if not plan.blinded and folder.protocol.is_file() and read_protocol(folder.protocol).blinded:
        raise StoreError(
            f"The screens of {reader} were changed: they name what this study hides.",
            remedy="Tell the coordinator; 'blindread study verify' says what was changed.",
        )
    return folder, plan


def protocol_changed(folder: StudyFolder) -> str:
    """Return a sentence where the protocol is not the one that was locked, else nothing."""
    if not folder.protocol.is_file():  # a reader's package has none
        return ""
    try:
        same = protocol_sha256(read_protocol(folder.protocol)) == folder.read_card().protocol_sha256
    except ProtocolError:
        same = False
    return "" if same else f"{folder.protocol.name} was changed after the study was locked."


def open_ledger(folder: StudyFolder) -> Ledger:
    """Open the answers of a locked study."""
    return folder.open_ledger()
