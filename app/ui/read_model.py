"""What the Read room shows and allows: a study, its readers, and the way in."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.errand import Errand
from app.ui.jobs import LatestJob, one_step
from app.ui.study_work import ReadWork, told


class ReadModel(QObject):
    """Choose a locked study and a reader, and open the reading.

    Signals
    -------
    changed()
        Something that the page shows is another one now.
    failed(BlindReadError)
        A step did not work.
    opened(session)
        A reading is open; show it.
    """

    changed = Signal()
    failed = Signal(object)
    opened = Signal(object)

    def __init__(self, work: ReadWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or ReadWork()
        self._look = LatestJob(self)
        self._look.ready.connect(self._take)
        self._look.failed.connect(self._lose)
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.failed.connect(self.failed)
        self.study: Path | None = None
        self.status: Any = None
        self.chosen = ""

    @property
    def readers(self) -> tuple[Any, ...]:
        """The progress of the people who read; simulated readers are not among them."""
        if self.status is None:
            return ()
        return tuple(reader for reader in self.status.readers if not reader.simulated)

    @property
    def sentence(self) -> str:
        """What the room has to say about the study."""
        if self.study is None:
            return "Open a locked study to read it."
        if self.status is None:
            return "Opening the study …"
        return {
            "draft": "This study is not locked yet. Lock it in the Study room.",
            "unblinded": "This study is unblinded; its reading has ended.",
        }.get(self.status.state, "Choose your code, then start.")

    @property
    def can_start(self) -> bool:
        """Whether the chosen reader can read now."""
        return (
            self.status is not None
            and self.status.state == "locked"
            and any(reader.reader == self.chosen for reader in self.readers)
            and not self._errand.busy
        )

    def open_study(self, study: Path | None) -> None:
        """Look at another study, or again at the same one."""
        if study != self.study:
            self.status, self.chosen = None, ""
        self.study = study
        self.refresh()
        self.changed.emit()

    def refresh(self) -> None:
        """Look again how far the readers are."""
        study = self.study
        if study is not None:
            self._look.request(object(), one_step(lambda: told(study, self._work.status)))

    def choose(self, reader: str) -> None:
        """Choose who reads."""
        self.chosen = reader
        self.changed.emit()

    def start(self) -> None:
        """Open the reading of the chosen reader; ``opened`` follows."""
        study, reader = self.study, self.chosen
        if study is not None and self.can_start:
            self._errand.start(
                "Opening the reading",
                one_step(lambda: self._work.open_session(study, reader)),
                self.opened.emit,
            )

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._look.stop()
        self._errand.stop()

    def _take(self, _key: object, status: object) -> None:
        self.status = status
        if len(self.readers) == 1:
            self.chosen = self.readers[0].reader
        self.changed.emit()

    def _lose(self, error: object) -> None:
        self.status = self.study = None
        self.failed.emit(error)
        self.changed.emit()
