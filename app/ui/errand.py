"""One piece of long work at a time, for a room's model."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.jobs import Job, Workflow


class Errand(QObject):
    """Runs one job and hands its result on; a second one waits for nobody.

    Signals
    -------
    changed()
        Work has begun or ended.
    progressed(Progress)
        The work has come further.
    failed(BlindReadError)
        The work ended without a result.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._done: Callable[[Any], None] = _nothing
        self._result: tuple[Any] | None = None
        self._error: object = None
        self.doing = ""

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._job is not None

    def start(
        self, doing: str, workflow: Callable[[], Workflow], done: Callable[[Any], None]
    ) -> bool:
        """Start the work unless other work is under way; ``done(result)`` follows."""
        if self._job is not None:
            return False
        self._job = job = Job(workflow)
        self._done, self._result, self._error, self.doing = done, None, None, doing
        job.progressed.connect(self.progressed)
        job.succeeded.connect(self._succeed)
        job.failed.connect(self._fail)
        job.finished.connect(self._finish)
        job.start()
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """Ask the work to stop after its present step."""
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """Cancel and do not wait: the work ends after its present step. No result follows."""
        self._done = _nothing
        self.cancel()

    def stop(self) -> None:
        """Cancel and wait; for when the window closes. No result follows."""
        self._done = _nothing
        if self._job is not None:
            self._job.stop()

    def _succeed(self, result: object) -> None:
        self._result = (result,)

    def _fail(self, error: object) -> None:
        self._error = error

    def _finish(self) -> None:
        self._job, self.doing = None, ""
        if self._result is not None:
            self._done(self._result[0])
        elif self._error is not None:
            self.failed.emit(self._error)
        self.changed.emit()


def _nothing(_result: object) -> None:
    pass
