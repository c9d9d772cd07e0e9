"""One question at a time to a process of its own, which is started when first asked."""

import multiprocessing
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app.domain.progress import Progress
from app.errors import BlindReadError, WorkerDied

BETWEEN_LOOKS = 0.05
"""Seconds between two looks whether the other process has answered."""


class Aside:
    """A function that runs in another process, so that the screen and this process stay light.

    Only the newest question is answered. One thread at a time may ask; any thread may
    end the process.

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
        self._number = 0

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
        self._number += 1
        mine = self._number
        try:
            connection = self._connected()
            connection.send((mine, question))
            yield Progress(0, 1, "")
            while True:
                while not connection.poll(BETWEEN_LOOKS):
                    yield Progress(0, 1, "")
                number, answer = connection.recv()
                if number == mine:
                    break
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

    def end(self) -> None:
        """End the process now; the next question starts another."""
        process = self._process
        self._process = self._connection = None  # who still waits there sees the end of it
        if process is not None:
            process.kill()
            process.join()

    def _connected(self) -> Connection:
        if self._process is None or not self._process.is_alive() or self._connection is None:
            self.end()
            context = multiprocessing.get_context("spawn")  # nothing of Qt's goes along
            ours, theirs = context.Pipe()
            process = context.Process(target=_answer, args=(theirs, self._function), daemon=True)
            process.start()
            theirs.close()
            self._process, self._connection = process, ours
        return self._connection


def _answer(connection: Connection, function: Callable[..., Any]) -> None:
    """Answer the newest question until nobody is left to ask."""
    try:
        while True:
            number, question = connection.recv()
            while connection.poll():
                number, question = connection.recv()
            try:
                answer = function(*question)
            except BlindReadError as error:
                answer = error
            except MemoryError:
                answer = WorkerDied(
                    "There is not enough memory for this.",
                    remedy="Close other programs, or ask for less.",
                )
            connection.send((number, answer))
    except (EOFError, OSError, KeyboardInterrupt):
        return
