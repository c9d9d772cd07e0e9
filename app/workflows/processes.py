"""Work in other processes: a crash there is a sentence here."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import TypeVar

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


def default_jobs() -> int:
    """Return how many processes to use where the user does not say."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        cores = os.cpu_count() or 1
    return max(1, min(cores, 8))


@contextlib.contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Open worker processes; on leaving, none of them stays behind."""
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
    executor: ProcessPoolExecutor, work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Generator[tuple[Task, Answer], None, None]:
    """Yield every task with its answer, as they finish.

    Raises
    ------
    WorkerDied
        A process ended in the middle of its work.
    """
    waiting: dict[Future[Answer], Task] = {}
    queue = iter(tasks)
    try:
        for task in queue:
            waiting[executor.submit(work, task)] = task
            if len(waiting) > 2 * executor._max_workers:  # type: ignore[attr-defined]
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
