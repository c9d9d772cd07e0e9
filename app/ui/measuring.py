"""The measuring process as the Inspect room sees it: a button, a bar, a sentence."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.progress import Progress
from app.errors import BlindReadError
from app.ui.process_job import ProcessJob
from app.ui.time_left import TimeLeft, in_words


class Measuring(QObject):
    """One run of the measuring process at a time.

    Signals
    -------
    changed()
        It began, went on or ended.
    succeeded(Path)
        The table is complete; here it lies.
    failed(BlindReadError)
        It ended without a table.
    """

    changed = Signal()
    succeeded = Signal(object)
    failed = Signal(object)

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._job: ProcessJob | None = None
        self._time_left = TimeLeft(clock)
        self._output = Path()
        self._progress = Progress(0, 0, "")
        self._left: float | None = None
        self._cancelling = self._forgotten = False
        self._told = ""
        self._problems: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether the process is at work."""
        return self._job is not None

    @property
    def cancelling(self) -> bool:
        """Whether the process was asked to end and has not ended yet."""
        return self._cancelling

    @property
    def progress(self) -> Progress:
        """How far it has come; a total of 0 means unknown."""
        return self._progress

    @property
    def problems(self) -> tuple[str, ...]:
        """What the last finished run could not do, one sentence each."""
        return self._problems

    @property
    def sentence(self) -> str:
        """What is going on, in a few words."""
        if self._cancelling:
            return "Stopping…"
        if self.running:
            parts = (self._progress.what or "Starting…", in_words(self._left))
            return "  ·  ".join(part for part in parts if part)
        return self._told

    def start(self, command: Sequence[str], output: Path) -> None:
        """Run the command that writes ``output``; nothing happens while one runs."""
        if self._job is not None:
            return
        self._output, self._cancelling, self._forgotten = output, False, False
        self._time_left, self._left = TimeLeft(self._clock), None
        self._progress = Progress(0, 0, "")
        job = self._job = ProcessJob(command, parent=self)
        job.progressed.connect(self._step)
        job.succeeded.connect(self._succeed)
        job.failed.connect(self._fail)
        job.cancelled.connect(self._cancel_done)
        job.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Ask the process to end; finished values are kept."""
        if self._job is not None:
            self._cancelling = True
            self._job.cancel()
            self.changed.emit()

    def stop(self) -> None:
        """End the process and wait; for when the window closes."""
        if self._job is not None:
            self._job.stop()

    def forget(self) -> None:
        """Stop, and say nothing about the last run any more, nor when it has stopped."""
        self.cancel()
        self._forgotten = self.running
        self._told, self._problems = "", ()
        self.changed.emit()

    def _step(self, progress: Progress) -> None:
        self._progress = progress
        self._left = self._time_left.update(progress)
        self.changed.emit()

    def _over(self, told: str) -> None:
        if self._job is not None:
            self._job.deleteLater()
        self._job, self._cancelling = None, False
        self._told = "" if self._forgotten else told
        self.changed.emit()

    def _succeed(self, result: dict[str, Any]) -> None:
        listed = result.get("problems")
        told = isinstance(listed, list) and not self._forgotten
        self._problems = tuple(map(str, listed)) if told else ()
        count = len(self._problems)
        self._over(
            f"Finished, {count} problem{'s' * (count != 1)} listed." if count else "Finished."
        )
        self.succeeded.emit(self._output)

    def _fail(self, error: BlindReadError) -> None:
        self._over("Not finished; Measure goes on from here.")
        if not self._forgotten:
            self.failed.emit(error)

    def _cancel_done(self) -> None:
        self._over("Stopped; Measure goes on from here.")
