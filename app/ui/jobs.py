"""Long work away from the screen: on a thread, or in a process of its own."""

import atexit
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from app.domain.progress import Progress
from app.errors import BlindReadError
from app.ui import process_job
from app.ui.process_job import ProcessJob

__all__ = ["Job", "LatestJob", "ProcessJob", "Workflow", "ask_all_to_stop", "explained", "one_step"]

Workflow = Generator[Progress, None, Any]


def explained(error: BaseException) -> BlindReadError:
    """Return any failure as an expected one, so that the user is always told."""
    if isinstance(error, BlindReadError):
        return error
    if isinstance(error, MemoryError):
        return BlindReadError(
            "There is not enough memory for this.",
            remedy="Close other programs, or open fewer cases at once.",
        )
    words = " ".join(str(error).split())
    return BlindReadError(
        f"Something unexpected happened: {type(error).__name__}{': ' if words else ''}{words}",
        remedy="Your work is kept. Please report this with the output of blindread doctor.",
    )


class Job(QThread):
    """One workflow on its own thread; signals arrive on the thread of the receiver.

    Exactly one of ``succeeded``, ``failed`` and ``cancelled`` fires. A job that has begun
    outlives whoever asked for it: it belongs to no parent and is kept until its thread
    has ended, because a thread that is deleted while it runs takes the process down.

    Parameters
    ----------
    start_workflow
        Called on the new thread; returns the generator to run, so that whatever
        it imports costs the screen nothing.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, start_workflow: Callable[[], Workflow]) -> None:
        super().__init__()
        self._start_workflow = start_workflow
        self.finished.connect(_running.let_go)

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Begin."""
        _running.jobs.add(self)
        super().start(priority)

    def run(self) -> None:
        """Run the workflow to one of its three endings."""
        try:
            workflow = self._start_workflow()
            while not self.isInterruptionRequested():
                self.progressed.emit(next(workflow))
            workflow.close()
        except StopIteration as finished:
            self.succeeded.emit(finished.value)
        except Exception as error:  # the boundary: every failure reaches the user
            self.failed.emit(explained(error))
        else:
            self.cancelled.emit()

    def cancel(self) -> None:
        """Ask the workflow to stop after its present step."""
        self.requestInterruption()

    def stop(self) -> None:
        """Cancel and wait; for when the window closes."""
        self.requestInterruption()
        self.wait()


class _Running(QObject):
    """Keeps every job until its thread has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: set[Job] = set()

    def let_go(self) -> None:
        """Forget the jobs that have ended; called on the thread of the screen."""
        for job in [one for one in self.jobs if one.isFinished()]:
            job.wait()
            self.jobs.discard(job)

    def stop(self) -> None:
        """Cancel every job and wait; nothing may run on when the interpreter ends."""
        self.cancel()
        for job in list(self.jobs):
            job.stop()
        self.jobs.clear()

    def cancel(self) -> None:
        """Ask every job to stop after its present step."""
        for job in list(self.jobs):
            job.cancel()


_running = _Running()
atexit.register(_running.stop)


def ask_all_to_stop() -> None:
    """Ask all work to end, on threads and in processes, and wait for none of it.

    For when the program closes: who then waits for one after the other waits as long as
    the slowest takes, not as long as all of them together.
    """
    _running.cancel()
    process_job.ask_all_to_stop()


def one_step(function: Callable[[], Any]) -> Callable[[], Workflow]:
    """Return a plain function as a workflow of a single step, for a Job."""

    def workflow() -> Workflow:
        yield Progress(0, 1, "")
        return function()

    return workflow


class LatestJob(QObject):
    """Runs only the newest of many requests; results of older ones are dropped.

    For what follows the mouse or the wheel: at most one computation runs, at
    most one waits, and ``ready`` tells of the newest request alone.
    """

    ready = Signal(object, object)
    progressed = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._current: object = None
        self._waiting: tuple[object, Callable[[], Workflow]] | None = None
        self._dropped = False

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return self._job is not None

    def request(self, key: object, start_workflow: Callable[[], Workflow]) -> None:
        """Compute this next; ``ready(key, result)`` follows unless a newer request comes."""
        if self._job is None:
            self._begin(key, start_workflow)
        else:
            self._waiting = (key, start_workflow)
            self._dropped = True
            self._job.cancel()

    def drop(self) -> None:
        """Forget every request; nothing is told any more."""
        self._waiting = None
        self._dropped = True
        if self._job is not None:
            self._job.cancel()

    def stop(self) -> None:
        """Forget every request and wait for the thread to end."""
        self.drop()
        if self._job is not None:
            self._job.stop()

    def _begin(self, key: object, start_workflow: Callable[[], Workflow]) -> None:
        self._current, self._dropped, self._waiting = key, False, None
        job = self._job = Job(start_workflow)
        job.progressed.connect(self._step)
        job.succeeded.connect(self._succeed)
        job.failed.connect(self._fail)
        job.finished.connect(self._finish)
        job.start()

    def _step(self, progress: Progress) -> None:
        if not self._dropped:
            self.progressed.emit(progress)

    def _succeed(self, result: object) -> None:
        if not self._dropped:
            self.ready.emit(self._current, result)

    def _fail(self, error: BlindReadError) -> None:
        if not self._dropped:
            self.failed.emit(error)

    def _finish(self) -> None:
        self._job = None
        if self._waiting is not None:
            self._begin(*self._waiting)
