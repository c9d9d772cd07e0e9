"""The open study: its state, its progress, and the long work that is done on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.errors import BlindReadError, ProtocolError
from app.ui.errand import Errand
from app.ui.jobs import LatestJob, Workflow, one_step
from app.ui.study_work import StudyWork, told


class OpenStudy(QObject):
    """Watch a study, lock it and unblind it; whoever inherits designs one.

    Signals
    -------
    changed()
        Something that the page shows is another one now.
    progressed(Progress)
        The long work under way has come further.
    failed(BlindReadError)
        A step did not work; nothing else has changed.
    study_made(Path)
        The study in this folder is new or has changed its state.
    notice(str)
        Good news in one sentence.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    study_made = Signal(object)
    notice = Signal(str)

    def __init__(self, work: StudyWork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.work = work
        self._jobs: list[LatestJob] = []
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.progressed.connect(self.progressed)
        self._errand.failed.connect(self.failed)
        self._status_job = self._latest(self._take_status, self._lose_status)
        self._outlook_job = self._latest(self._take_outlook, self._lose_outlook)
        self.study: Path | None = None
        self.protocol_file: Path | None = None
        """The protocol of the open study, where there is one to read."""
        self.status: Any = None
        self.outlook: Any = None
        self.outlook_objection = ""
        self.designing = True
        """Whether the design is looked at, not the open study."""

    # What is allowed now

    @property
    def busy(self) -> bool:
        """Whether long work is under way."""
        return self._errand.busy

    @property
    def computing(self) -> bool:
        """Whether an answer to the newest choices is still to come."""
        return any(job.busy for job in self._jobs)

    @property
    def doing(self) -> str:
        """The long work under way, in a few words."""
        return self._errand.doing

    @property
    def state(self) -> str:
        """The state of the open study: ``draft``, ``locked``, ``unblinded`` or empty."""
        return str(self.status.state) if self.status is not None else ""

    @property
    def study_title(self) -> str:
        """The title of the open study, or what stands for it."""
        if self.status is not None:
            return str(self.status.title)
        if self._status_job.busy:
            return "Opening …"
        return "No study is open."

    @property
    def can_lock(self) -> bool:
        """Whether the open study waits to be locked."""
        return self.state == "draft" and not self.busy

    @property
    def can_simulate(self) -> bool:
        """Whether simulated readers may read the open study."""
        return self.state == "locked" and not self.busy

    @property
    def needs_key(self) -> bool:
        """Whether the open study is unblinded and its key has still to be written."""
        return self.status is not None and bool(self.status.needs_key)

    @property
    def can_unblind(self) -> bool:
        """Whether the open study may be unblinded (perhaps with a reason)."""
        return (self.state == "locked" or self.needs_key) and not self.busy

    @property
    def dry_run(self) -> bool:
        """Whether only simulated readers have read the open study."""
        readers = self.status.readers if self.status is not None else ()
        begun = [reader for reader in readers if reader.done]
        return bool(begun) and all(reader.simulated for reader in begun)

    @property
    def missing_reads(self) -> int:
        """How many reads are still to come, of the simulated readers in a dry run."""
        readers = self.status.readers if self.status is not None and not self.needs_key else ()
        asked = [reader for reader in readers if reader.simulated == self.dry_run]
        return sum(reader.total - reader.done for reader in asked)

    # What is done

    def open_study(self, folder: Path | None) -> None:
        """Watch another study, or look again at the same one."""
        if folder != self.study:
            self.status = self.outlook = self.protocol_file = None
            self.designing = folder is None
            self._expect()
        self.study = folder
        self.refresh()
        self.changed.emit()

    def refresh(self) -> None:
        """Look again at the progress of the readers."""
        folder = self.study
        if folder is None:
            self.status = self.outlook = None
        else:
            self._status_job.request(object(), one_step(lambda: self._look_at(folder)))
            self._outlook_job.request(folder, one_step(lambda: told(folder, self.work.outlook)))

    def lock(self, passphrase: str) -> None:
        """Freeze the protocol, blind the pixels and seal the key."""
        if self.can_lock:
            self.carry_out(
                "Locking the study",
                lambda folder: self.work.lock(folder, passphrase),
                lambda sha256: f"Locked. The protocol is {str(sha256)[:12]}….",
            )

    @property
    def metrics_at_hand(self) -> Path | None:
        """The metric values that lie in the open study's folder or beside it."""
        return self.work.metrics_of(self.study) if self.study is not None else None

    def simulate(self, asked: Any) -> None:
        """Let simulated readers read the open study; all of it says so."""
        if self.can_simulate:
            self.carry_out(
                "Simulated readers are reading",
                lambda folder: self.work.simulate(folder, asked),
                lambda names: f"SIMULATED readers {', '.join(names)} have read the study.",
            )

    def unblind(self, passphrase: str, reason: str) -> None:
        """Open the key, on the record."""
        if self.can_unblind:
            self.carry_out(
                "Opening the key",
                lambda folder: self.work.unblind(folder, passphrase, reason),
                lambda _: "Unblinded. The results are in the Results room.",
            )

    def carry_out(
        self, doing: str, start: Callable[[Path], Workflow], tell: Callable[[Any], str]
    ) -> None:
        """Do long work on the open study; then look at it again, and let others look.

        Where another study is open by then, that one stays open.

        Parameters
        ----------
        tell
            Says in one sentence what has come of it.
        """
        folder = self.study
        if folder is None:
            return

        def done(result: Any) -> None:
            if self.study != folder:  # meanwhile the person has gone on to another study
                self.notice.emit(f"{folder}: {tell(result)}")
                return
            self.notice.emit(tell(result))
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start(doing, lambda: start(folder), done)

    def cancel(self) -> None:
        """Ask the long work to stop."""
        self._errand.cancel()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        for job in self._jobs:
            job.stop()
        self._errand.stop()

    # Inside

    def _expect(self) -> None:
        """Ask for the precision of what is looked at."""
        raise NotImplementedError

    def _latest(
        self, take: Callable[[object, Any], None], lose: Callable[[Any], None]
    ) -> LatestJob:
        job = LatestJob(self)
        job.ready.connect(take)
        job.failed.connect(lose)
        self._jobs.append(job)
        return job

    def _look_at(self, folder: Path) -> tuple[Path | None, Any]:
        """Return the protocol in a folder, and the state of the study or what is wrong with it."""
        protocol = told(folder, self.work.protocol_of)
        try:
            return protocol, told(folder, self.work.status)
        except ProtocolError as error:  # it can be mended in an editor, then looked at again
            return protocol, error

    def _take_status(self, _key: object, found: tuple[Path | None, Any]) -> None:
        self.protocol_file, status = found
        if isinstance(status, BlindReadError):
            self._lose_status(status)
            return
        self.status = status
        self.changed.emit()

    def _lose_status(self, error: object) -> None:
        self.status = None
        if not isinstance(error, ProtocolError):
            self.study = self.protocol_file = None
        self.failed.emit(error)
        self.changed.emit()

    def _take_outlook(self, folder: object, outlook: object) -> None:
        if folder == self.study:
            self.outlook, self.outlook_objection = outlook, ""
            self._expect()
            self.changed.emit()

    def _lose_outlook(self, error: Any) -> None:
        self.outlook, self.outlook_objection = None, error.sentence
        self.changed.emit()
