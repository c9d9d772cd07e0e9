"""What the Study room shows and allows; QtCore only, no widgets."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.pair import Pairing
from app.ui.errand import Errand
from app.ui.jobs import LatestJob, one_step
from app.ui.study_work import StudyWork


@dataclass(frozen=True, slots=True)
class Choices:
    """What the coordinator has chosen so far for a new study."""

    title: str = ""
    template: str = "comparison"
    arms: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    readers: tuple[str, ...] = ("R1", "R2")
    reference_as_arm: bool = False
    seconds_per_read: float = 30.0

    def as_arguments(self) -> dict[str, Any]:
        """Return the choices as the workflows take them."""
        return {
            "template": self.template,
            "title": self.title,
            "arms": self.arms,
            "cases": self.cases,
            "readers": self.readers,
            "reference_as_arm": self.reference_as_arm,
            "seconds_per_read": self.seconds_per_read,
        }


def reader_codes(line: str) -> tuple[str, ...]:
    """Return the codes in a line such as ``R1, R2, R3``, each once."""
    words = line.replace(";", ",").split(",")
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


class StudyModel(QObject):
    """Design a study from a source, lock it, watch it and unblind it.

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

    def __init__(self, work: StudyWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or StudyWork()
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.progressed.connect(self.progressed)
        self._errand.failed.connect(self.failed)
        self._size_job = LatestJob(self)
        self._size_job.ready.connect(self._take_size)
        self._size_job.failed.connect(self._take_objection)
        self._status_job = LatestJob(self)
        self._status_job.ready.connect(self._take_status)
        self._status_job.failed.connect(self._lose_status)
        self._pair_job = LatestJob(self)
        self._pair_job.ready.connect(self._take_pairs)
        self._pair_job.failed.connect(self._lose_pairs)
        self.templates = self._work.templates()
        self.choices = Choices()
        self.pairing: Pairing | None = None
        self.looking = False
        self.size: Any = None
        self.objection = ""
        self.study: Path | None = None
        self.status: Any = None

    # What is allowed now

    @property
    def busy(self) -> bool:
        """Whether long work is under way."""
        return self._errand.busy

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
    def can_create(self) -> bool:
        """Whether the choices make a study."""
        return self.pairing is not None and self.size is not None and not self.busy

    @property
    def can_lock(self) -> bool:
        """Whether the open study waits to be locked."""
        return self.state == "draft" and not self.busy

    @property
    def can_unblind(self) -> bool:
        """Whether the open study may be unblinded (perhaps with a reason)."""
        return self.state == "locked" and not self.busy

    @property
    def dry_run(self) -> bool:
        """Whether only simulated readers have read the open study."""
        readers = self.status.readers if self.status is not None else ()
        begun = [reader for reader in readers if reader.done]
        return bool(begun) and all(reader.simulated for reader in begun)

    @property
    def missing_reads(self) -> int:
        """How many reads are still to come, of the simulated readers in a dry run."""
        readers = self.status.readers if self.status is not None else ()
        asked = [reader for reader in readers if reader.simulated == self.dry_run]
        return sum(reader.total - reader.done for reader in asked)

    # The design

    def open_source(self, source: Path | None) -> None:
        """Pair a source; its cases and arms become the choices."""
        self.pairing = self.size = None
        self.objection = ""
        self.choices = replace(self.choices, title="", arms=(), cases=())
        self.looking = source is not None
        if source is None:
            self._pair_job.drop()
        else:
            self._pair_job.request(source, lambda: self._work.pair(source, None))
        self.changed.emit()

    def choose(self, **changes: Any) -> None:
        """Change some choices; the size of the study follows."""
        self.choices = replace(self.choices, **changes)
        self.size = None
        self.objection = ""
        pairing, choices = self.pairing, self.choices
        if pairing is not None:
            self._size_job.request(
                choices,
                one_step(lambda: self._work.preview(pairing, **choices.as_arguments())),
            )
        self.changed.emit()

    def create(self, folder: Path) -> None:
        """Write the study's protocol into a folder."""
        pairing, arguments = self.pairing, self.choices.as_arguments()

        def done(_protocol: object) -> None:
            self.notice.emit("The study is written. Check it, then lock it.")
            self.open_study(folder)
            self.study_made.emit(folder)

        self._errand.start(
            "Writing the protocol",
            one_step(lambda: self._work.new_study(pairing, folder=folder, **arguments)),
            done,
        )

    # The study

    def open_study(self, folder: Path | None) -> None:
        """Watch another study, or look again at the same one."""
        if folder != self.study:
            self.status = None
        self.study = folder
        self.refresh()
        self.changed.emit()

    def refresh(self) -> None:
        """Look again at the progress of the readers."""
        folder = self.study
        if folder is None:
            self.status = None
        else:
            self._status_job.request(object(), one_step(lambda: self._work.status(folder)))

    def lock(self, passphrase: str) -> None:
        """Freeze the protocol, blind the pixels and seal the key."""
        folder = self.study
        if folder is None or not self.can_lock:
            return

        def done(sha256: object) -> None:
            self.notice.emit(f"Locked. The protocol is {str(sha256)[:12]}….")
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start("Locking the study", lambda: self._work.lock(folder, passphrase), done)

    def unblind(self, passphrase: str, reason: str) -> None:
        """Open the key, on the record."""
        folder = self.study
        if folder is None or not self.can_unblind:
            return

        def done(_observations: object) -> None:
            self.notice.emit("Unblinded. The results are in the Results room.")
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start(
            "Opening the key", lambda: self._work.unblind(folder, passphrase, reason), done
        )

    def cancel(self) -> None:
        """Ask the long work to stop."""
        self._errand.cancel()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._pair_job.stop()
        self._size_job.stop()
        self._status_job.stop()
        self._errand.stop()

    # Inside

    def _take_pairs(self, _key: object, pairing: Pairing) -> None:
        self.pairing = pairing
        self.looking = False
        self.choose(
            title=f"{pairing.source.resolve().stem}: comparison",
            arms=pairing.arms,
            cases=pairing.cases,
        )

    def _lose_pairs(self, error: Any) -> None:
        self.looking = False
        self.objection = error.sentence
        self.changed.emit()

    def _take_size(self, _key: object, size: object) -> None:
        self.size = size
        self.changed.emit()

    def _take_objection(self, error: Any) -> None:
        self.size = None
        self.objection = error.sentence
        self.changed.emit()

    def _take_status(self, _key: object, status: object) -> None:
        self.status = status
        self.changed.emit()

    def _lose_status(self, error: object) -> None:
        self.status = self.study = None
        self.failed.emit(error)
        self.changed.emit()
