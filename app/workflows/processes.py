"""Work in other processes: a crash there is a sentence here."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.errors import WorkerDied

WORKER_ENVIRONMENT = {
    # One thread a process keeps the sums in one order, so that the numbers do
    # not depend on how many processors there are.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc gives large arrays back to the system after every use; keeping them
    # spares the learned metrics most of their time in the kernel.
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
}

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Crew(Protocol):
    """Processes that do one work item each, here or on other computers."""

    @property
    def width(self) -> int:
        """How many items are worked on at once."""
        ...

    def share(self, value: object) -> Any:
        """Return what stands for a value that every item needs, sent once to each process."""
        ...

    def start(self, work: Callable[..., Answer], *arguments: Any) -> "Future[Answer]":
        """Begin one item; arguments that stand for a shared value become it."""
        ...


class LocalCrew:
    """Worker processes on this computer."""

    def __init__(self, executor: ProcessPoolExecutor, width: int, folder: Path) -> None:
        self._executor = executor
        self._folder = folder
        self._count = 0
        self.width = width

    def share(self, value: object) -> "_Shared":
        """Write a value to a file, which each process reads once."""
        self._count += 1
        path = self._folder / f"{self._count}.pickle"
        path.write_bytes(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
        return _Shared(str(path))

    def start(self, work: Callable[..., Answer], *arguments: Any) -> Future[Answer]:
        """Hand one item to a process."""
        return self._executor.submit(_work, work, arguments)


@dataclass(frozen=True, slots=True)
class _Shared:
    path: str


def _work(work: Callable[..., Answer], arguments: tuple[Any, ...]) -> Answer:
    return work(
        *(_read(given.path) if isinstance(given, _Shared) else given for given in arguments)
    )


@lru_cache(maxsize=2)
def _read(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301 - written by our own parent process


def default_jobs() -> int:
    """Return how many processes to use where the user does not say."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        cores = os.cpu_count() or 1
    return max(1, min(cores, 8))


@contextlib.contextmanager
def pool(jobs: int) -> Iterator[LocalCrew]:
    """Open worker processes; on leaving, none of them stays behind."""
    with (
        tempfile.TemporaryDirectory(prefix="blindread-", ignore_cleanup_errors=True) as folder,
        _executor(jobs) as executor,
    ):
        yield LocalCrew(executor, jobs, Path(folder))


@contextlib.contextmanager
def _executor(jobs: int) -> Iterator[ProcessPoolExecutor]:
    executor = ProcessPoolExecutor(
        max_workers=jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_settle
    )
    former = {name: os.environ.get(name) for name in WORKER_ENVIRONMENT}
    os.environ.update(WORKER_ENVIRONMENT)  # read by a worker's libraries as it starts
    try:
        yield executor
    except BaseException:
        processes = list((executor._processes or {}).values())
        executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    else:
        executor.shutdown(wait=True)
    finally:
        for name, value in former.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def run_all(
    crew: Crew, work: Callable[..., Answer], tasks: Sequence[Task], *shared: Any
) -> Generator[tuple[Task, Answer], None, None]:
    """Yield every task with its answer, as they finish.

    ``work`` is called with what is shared, if anything, and one task.

    Raises
    ------
    WorkerDied
        A process ended in the middle of its work.
    """
    waiting: dict[Future[Answer], Task] = {}
    queue = iter(tasks)
    try:
        for task in queue:
            waiting[crew.start(work, *shared, task)] = task
            if len(waiting) > 2 * crew.width:
                yield from _finished(waiting)
        while waiting:
            yield from _finished(waiting)
    except BrokenProcessPool as error:
        raise WorkerDied(
            "A measuring process ended unexpectedly (often: not enough memory).",
            remedy="Run again with --resume, and with --jobs 1 if memory is short: "
            "finished values are kept.",
        ) from error


def _finished(
    waiting: dict[Future[Answer], Task],
) -> Generator[tuple[Task, Answer], None, None]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        yield waiting.pop(future), future.result()


def _settle() -> None:
    """Start a worker: deaf to Ctrl-C, gone when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
