"""A waiting call on a thread of its own, so that whoever asked can stop waiting."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from app.archive.base import Archive, Stopped
from app.domain.progress import Progress
from app.errors import BlindReadError

Answer = TypeVar("Answer")
Tell = Callable[[Progress], None]

TICK = 0.1
"""Seconds between two looks at the archive's watch."""
PATIENCE = 5.0
"""Seconds for a stopped thread to end; it writes nothing after it was stopped."""


def aside(
    archive: Archive, first: Progress, work: Callable[[Tell], Answer]
) -> Generator[Progress, None, Answer]:
    """Run ``work(tell)`` on a thread and yield what it tells, and the same again while it waits.

    Closing the generator cuts the connection. The archive's watch is looked at
    between the steps, so that no archive can keep anybody waiting.
    """
    told: queue.Queue[Progress | None] = queue.Queue()
    answer: list[Answer] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(work(told.put))
        except BaseException as error:  # told on the other thread
            failure.append(error)
        finally:
            told.put(None)

    thread = threading.Thread(target=run, name="archive", daemon=True)
    last = first
    thread.start()
    trouble: BlindReadError | None = None
    try:
        yield last
        while True:
            try:
                step = told.get(timeout=TICK)
            except queue.Empty:
                trouble = archive.watch.trouble()
                if trouble is not None:
                    break
                yield last
                continue
            if step is None:
                break
            last = step
            yield last
    finally:
        archive.stop()
        thread.join(PATIENCE)
    if trouble is not None:
        raise trouble
    if failure and not isinstance(failure[0], Stopped):
        raise failure[0]
    return answer[0]
