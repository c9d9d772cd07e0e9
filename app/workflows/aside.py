"""One question at a time to a process of its own, which is started when first asked."""

import multiprocessing
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app.domain.progress import Progress
from app.errors import BlindReadError, WorkerDied

BETWEEN_LOOKS = 0.05
"""Seconds between two looks whether the other process has answered."""


class Aside:
    """A function that runs in another process, so that the screen and this process stay light.

    One question is answered at a time. Threads that ask while another waits for its
    answer wait for their turn; who gives up leaves an answer behind, which is taken out
    of the way before the next question goes: a pipe that nobody empties would stop both
    processes for ever. Any thread may end the process.

    Parameters
    ----------
    function
        At the top of a module, so that the other process finds it.
    what
        What it makes, for sentences, e.g. ``these values``.
    """

    def __init__(self, function: Callable[..., Any], what: str) -> None:
        self._function, self._what = function, what
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._turn = threading.Lock()
        self._owed = 0  # answers that have not been taken yet

    @property
    def pid(self) -> int | None:
        """The process's number while it is there."""
        return self._process.pid if self._process is not None else None

    def ask(self, *question: object) -> Generator[Progress, None, Any]:
        """Call the function there with these arguments; closing the generator drops the question.

        Raises
        ------
        BlindReadError
            What the function raised.
        WorkerDied
            The process ended.
        """
        while not self._turn.acquire(timeout=BETWEEN_LOOKS):
            yield Progress(0, 1, "")
        try:
            return (yield from self._ask(question))
        finally:
            self._turn.release()

    def _ask(self, question: tuple[object, ...]) -> Generator[Progress, None, Any]:
        try:
            connection = self._connected()
            while self._owed:
                yield from self._take(connection)
            connection.send(question)
            self._owed += 1
            yield Progress(0, 1, "")
            answer = yield from self._take(connection)
        except (EOFError, OSError) as error:
            self.end()
            raise WorkerDied(
                f"The process that makes {self._what} ended unexpectedly "
                "(often: not enough memory).",
                remedy="Ask again; everything else goes on.",
            ) from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _take(self, connection: Connection) -> Generator[Progress, None, Any]:
        while not connection.poll(BETWEEN_LOOKS):
            yield Progress(0, 1, "")
        answer = connection.recv()
        self._owed -= 1
        return answer

    def settle(self) -> None:
        """Wait until it has answered what nobody waits for: what was begun is then finished."""
        with self._turn, suppress(EOFError, OSError):
            while self._owed and self._connection is not None:
                self._connection.recv()
                self._owed -= 1

    def end(self) -> None:
        """End the process now, without waiting; the next question starts another."""
        process = self._process
        self._process = self._connection = None  # who still waits there sees the end of it
        if process is not None:
            process.kill()
            # The system takes back its memory first, for longer than the screen may stand still.
            threading.Thread(target=process.join, daemon=True).start()

    def _connected(self) -> Connection:
        if self._process is None or not self._process.is_alive() or self._connection is None:
            self.end()
            context = multiprocessing.get_context("spawn")  # nothing of Qt's goes along
            ours, theirs = context.Pipe()
            process = context.Process(target=_answer, args=(theirs, self._function), daemon=True)
            process.start()
            theirs.close()
            self._process, self._connection, self._owed = process, ours, 0
        return self._connection


def _answer(connection: Connection, function: Callable[..., Any]) -> None:
    """Answer one question after the other until nobody is left to ask."""
    try:
        while True:
            question = connection.recv()
            try:
                answer = function(*question)
            except BlindReadError as error:
                answer = error
            except MemoryError:
                answer = WorkerDied(
                    "There is not enough memory for this.",
                    remedy="Close other programs, or ask for less.",
                )
            connection.send(answer)
    except (EOFError, OSError, KeyboardInterrupt):
        return
