"""Long work in another process, which a crash or a cancel cannot take the screen with."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import (
    QDeadlineTimer,
    QObject,
    QProcess,
    QProcessEnvironment,
    QTimer,
    Signal,
)

import app
from app.domain.progress import Progress
from app.errors import BlindReadError, WorkerDied

KILL_AFTER_MS = 3000
_TAIL = 2000


def blindread_command(*arguments: str) -> list[str]:
    """Return the command line that runs this very program as another process."""
    return [sys.executable, "-m", "app", *arguments]


class ProcessJob(QObject):
    """One command of BlindRead with ``--json``, read line by line while it runs.

    A line is one JSON object: ``{"done", "total", "what"}`` is progress,
    ``{"result": {...}}`` or ``{"error": {"what", "remedy"}}`` is the end; any
    other line is passed over. Exactly one of ``succeeded(dict)``,
    ``failed(BlindReadError)`` and ``cancelled()`` fires, when the process is gone.

    Parameters
    ----------
    command
        Program and arguments.
    remedy
        What to do where the process dies without a word.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        command: Sequence[str],
        *,
        remedy: str = "Press Measure again: finished values are kept.",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._remedy = remedy
        self._buffer = b""
        self._said = ""
        self._result: dict[str, Any] | None = None
        self._error: BlindReadError | None = None
        self._cancelling = False
        self._deadline = QDeadlineTimer(KILL_AFTER_MS)
        self._ended = False
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(list(command[1:]))
        self._process.setProcessEnvironment(_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.errorOccurred.connect(self._stumble)
        self._process.finished.connect(self._finish)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self) -> None:
        """Start the process and return at once."""
        _running.add(self)
        self._process.start()
        self._process.closeWriteChannel()

    def cancel(self) -> None:
        """Ask the process to end, and end it by force if it does not."""
        asked, self._cancelling = self._cancelling, True
        if self.running and not asked:
            self._deadline = QDeadlineTimer(KILL_AFTER_MS)
            self._process.terminate()
            QTimer.singleShot(KILL_AFTER_MS, self, self._kill)

    def stop(self) -> None:
        """Cancel and wait, no longer than since it was first asked; for when the window closes."""
        self.cancel()
        left = self._deadline.remainingTime()
        if self.running and not self._process.waitForFinished(left):
            self._process.kill()
            self._process.waitForFinished(KILL_AFTER_MS)

    def _kill(self) -> None:
        if self.running:
            self._process.kill()

    def _read(self) -> None:
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._take(line)

    def _listen(self) -> None:
        heard = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._said = (self._said + heard)[-_TAIL:]

    def _take(self, line: bytes) -> None:
        """Understand one line; what is no JSON object of ours is passed over."""
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(told, dict):
            return
        error = told.get("error")
        if isinstance(told.get("result"), dict):
            self._result = told["result"]
        elif isinstance(error, dict):
            self._error = BlindReadError(
                str(error.get("what", "The work failed.")),
                remedy=str(error.get("remedy", self._remedy)),
            )
        elif isinstance(told.get("done"), int) and isinstance(told.get("total"), int):
            what = str(told.get("what", ""))
            self.progressed.emit(Progress(told["done"], told["total"], what))

    def _stumble(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(
                WorkerDied(
                    f"The helper process did not start: {self._process.errorString()}.",
                    remedy="Run blindread doctor; it tells what is missing.",
                )
            )

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._listen()
        if self._buffer:
            self._take(self._buffer)
        crashed = status == QProcess.ExitStatus.CrashExit
        if self._result is not None:
            self._end(self._result)
        elif self._cancelling:
            self._end(None)
        elif self._error is not None:
            self._end(self._error)
        else:
            how = "was ended from outside" if crashed else f"ended with code {code}"
            last = self._said.strip().rsplit("\n", 1)[-1].strip()
            told = f" Its last words: {last[:300]}" if last else ""
            self._end(WorkerDied(f"The helper process {how}.{told}", remedy=self._remedy))

    def _end(self, outcome: "dict[str, Any] | BlindReadError | None") -> None:
        """Fire one ending, and no second one."""
        if self._ended:
            return
        self._ended = True
        _running.discard(self)
        if outcome is None:
            self.cancelled.emit()
        elif isinstance(outcome, BlindReadError):
            self.failed.emit(outcome)
        else:
            self.succeeded.emit(outcome)


_running: "WeakSet[ProcessJob]" = WeakSet()


def ask_all_to_stop() -> None:
    """Ask every process to end, and wait for none."""
    for job in [one for one in _running if shiboken6.isValid(one)]:
        job.cancel()


def _environment() -> QProcessEnvironment:
    """Return an environment in which ``-m app`` is this program, and speaks UTF-8 at once."""
    environment = QProcessEnvironment.systemEnvironment()
    root = str(Path(app.__file__).resolve().parents[1])
    known = environment.value("PYTHONPATH")
    separator = ";" if sys.platform == "win32" else ":"
    environment.insert("PYTHONPATH", separator.join(part for part in (root, known) if part))
    environment.insert("PYTHONUTF8", "1")
    environment.insert("PYTHONUNBUFFERED", "1")
    return environment
