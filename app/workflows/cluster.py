"""Work on the computers of a Dask cluster, as ``processes`` does on this one."""

import asyncio
import contextlib
import logging
import os
import platform
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from app import SOFTWARE
from app.errors import BlindReadError, MetricUnavailable, WorkerDied
from app.workflows.measure_keys import library_versions

PATIENCE = 10.0
"""Seconds that the scheduler has to answer, and then a first worker to be there."""

ABANDONED = 60.0
"""Seconds without any worker after which the work is given up."""

START_WORKERS = "OMP_NUM_THREADS=1 dask worker {address} --nthreads 1 --nworkers N"

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_KEPT = "Run again with --resume: finished values are kept."

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Versions:
    """What must be equal everywhere for the table to be the same."""

    blindread: str
    python: str
    libraries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _State:
    """What one worker says of itself."""

    versions: _Versions
    many_threads: bool
    absent: tuple[str, ...]
    unavailable: Mapping[str, str]
    weights: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Plain:
    """An argument that Dask hands on as it is and does not look into."""

    value: Any


class DaskCrew:
    """The worker processes of a Dask cluster."""

    def __init__(self, client: Any, address: str, width: int) -> None:
        self._client = client
        self._address = address
        self._executor = client.get_executor(pure=False)
        self._shared: list[Any] = []
        self._waiting: set[Future[Any]] = set()
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._watch_workers, daemon=True)
        self._watch.start()
        self.width = width

    def share(self, value: object) -> Any:
        """Send a value to the cluster once; workers get it from each other.

        It is a task without work and not scattered data: where every worker
        that holds it is lost, the scheduler can make it again.
        """
        import dask

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "8 GiB"}):
            held = self._client.submit(_unwrap, _Plain(value), pure=False)
        self._shared.append(held)  # the cluster forgets what nobody holds
        return held

    def start(self, work: Callable[..., Answer], *arguments: Any) -> "Future[Answer]":
        """Hand one item to the scheduler, which starts it again where its worker is lost."""
        from distributed import Future as Held

        given = [one if isinstance(one, Held) else _Plain(one) for one in arguments]
        answer: Future[Answer] = Future()
        answer.set_running_or_notify_cancel()
        self._waiting.add(answer)
        done = self._executor.submit(_work, _versions(), work, *given)
        done.add_done_callback(partial(self._pass_on, answer))
        return answer

    def close(self) -> None:
        """Forget all work; nothing of it stays on the scheduler."""
        self._closed.set()
        self._watch.join()
        self._shared.clear()
        self._executor.shutdown(wait=False)

    def _pass_on(self, answer: "Future[Any]", done: "Future[Any]") -> None:
        self._waiting.discard(answer)
        with contextlib.suppress(InvalidStateError):  # the watch gave it up already
            if done.cancelled():
                answer.set_exception(self._connection_lost())
                return
            error = done.exception()
            if error is None:
                answer.set_result(done.result())
            else:
                answer.set_exception(self._translate(error))

    def _translate(self, error: BaseException) -> BaseException:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            told = WorkerDied(
                "A piece of work ended the worker that did it again and again "
                "(often: not enough memory).",
                remedy="Give the workers more memory (dask worker --memory-limit), "
                "then run again with --resume: finished values are kept.",
            )
        elif isinstance(error, BlindReadError) or "distributed" not in type(error).__module__:
            return error
        else:
            told = WorkerDied(
                f"The Dask cluster at {self._address} failed: "
                f"{type(error).__name__}: {_one_line(error)}.",
                remedy=_KEPT,
            )
        told.__cause__ = error
        return told

    def _connection_lost(self) -> WorkerDied:
        return WorkerDied(
            f"The connection to the Dask scheduler at {self._address} was lost.", remedy=_KEPT
        )

    def _watch_workers(self) -> None:
        """Give up what waits where no worker is left and none comes back."""
        seen = time.monotonic()
        while not self._closed.wait(min(2.0, ABANDONED / 4)):
            try:
                threads = self._client.nthreads()
            except Exception:  # noqa: S112 - the scheduler is gone: what waits is told by Dask
                continue
            if threads:
                seen = time.monotonic()
            elif time.monotonic() - seen > ABANDONED:
                for answer in list(self._waiting):
                    with contextlib.suppress(InvalidStateError):
                        answer.set_exception(_no_workers(self._address, remedy=_KEPT))


@contextlib.contextmanager
def cluster(
    address: str, *, needs: Sequence[Path] = (), metrics: Sequence[str] = ()
) -> Iterator[DaskCrew]:
    """Join a Dask cluster; on leaving, none of our work stays on it.

    The scheduler and its workers must have the same BlindRead as this computer
    and see the images at the same paths. The connection is as safe as the
    cluster's own: Dask's configuration says whether it is TLS.

    Parameters
    ----------
    address
        Of the scheduler, e.g. ``tcp://10.0.0.5:8786``.
    needs
        Files and folders that every worker must see.
    metrics
        Ids that every worker must have available.

    Raises
    ------
    MetricUnavailable
        Dask is not installed, or a worker has other versions, more than one
        thread for each sum, or lacks a file or a metric.
    WorkerDied
        The scheduler does not answer, or has no workers.
    """
    with _connected(address) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            start = f"Start some with: {START_WORKERS.format(address=address)}"
            raise _no_workers(address, remedy=start) from error
        wanted = tuple(str(path.resolve()) for path in needs)
        _check(client, address, wanted, tuple(metrics))
        width = max(1, sum(client.nthreads().values()))
        crew = DaskCrew(client, address, width)
        try:
            yield crew
        finally:
            crew.close()


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError as error:
        raise MetricUnavailable(
            "A Dask cluster needs the package distributed, which is not installed.",
            remedy="Run: pip install 'blindread[dask]'.",
        ) from error
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # our sentences say it
    no_scheduler = WorkerDied(
        f"No Dask scheduler answers at {address}.",
        remedy="Start one with `dask scheduler`, and give the address that it prints "
        "(tcp://HOST:8786).",
    )
    try:
        # The client itself waits for ever where something takes its call and says nothing.
        kind = asyncio.run(asyncio.wait_for(_kind(address), PATIENCE))
    except Exception as error:  # an address can be wrong in as many ways as Dask has exceptions
        raise no_scheduler from error
    if kind != "Scheduler":
        raise no_scheduler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other versions are refused below, in our words
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    try:
        yield client
    finally:
        client.close(timeout=PATIENCE)


async def _kind(address: str) -> object:
    """Ask what listens at an address."""
    from distributed import Security
    from distributed.core import rpc

    secured = Security().get_connection_args("client")
    async with rpc(address, timeout=PATIENCE, connection_args=secured) as there:
        return (await there.identity()).get("type")


def _check(client: Any, address: str, paths: tuple[str, ...], metrics: tuple[str, ...]) -> None:
    """Refuse a cluster that would not give the same table."""
    states: dict[str, Any] = client.run(_state, paths, metrics, on_error="return")
    try:
        states["the scheduler"] = client.run_on_scheduler(_state, (), ())
    except Exception as error:  # whatever went wrong there, it is told below
        states["the scheduler"] = error
    ours, our_weights = _versions(), _marks(metrics)
    for where, state in sorted(states.items()):
        name = where if where == "the scheduler" else f"the worker {where}"
        if not isinstance(state, _State):
            raise MetricUnavailable(
                f"{name[0].upper()}{name[1:]} cannot load BlindRead: {_one_line(state)}.",
                remedy=f"Install {SOFTWARE} there, in the same Python as Dask.",
            )
        if state.versions != ours:
            raise MetricUnavailable(
                f"{name[0].upper()}{name[1:]} has {_difference(state.versions, ours)}.",
                remedy="Install the same versions everywhere, so that the table is the same.",
            )
        if where == "the scheduler":
            continue
        if state.many_threads:
            raise _threads(name, address)
        if state.absent:
            raise MetricUnavailable(
                f"{name[0].upper()}{name[1:]} does not see {state.absent[0]}.",
                remedy="Put the images where every worker sees them at the same path.",
            )
        for metric, reason in state.unavailable.items():
            raise MetricUnavailable(
                f"The metric {metric} is not available to {name}: {reason}.",
                remedy="Run `blindread weights` there, or leave this metric out of --metrics.",
            )
        for metric, mark in state.weights.items():
            if mark != our_weights[metric]:
                raise MetricUnavailable(
                    f"{name[0].upper()}{name[1:]} has other weights of {metric}.",
                    remedy="Install the same file there (blindread weights --from FILE), "
                    "so that the table is the same.",
                )


def _state(paths: tuple[str, ...], metrics: tuple[str, ...]) -> _State:
    """Tell what the process that runs this has and sees."""
    unavailable = {}
    if metrics:
        from app.metrics import registry

        found = {metric: registry.available(metric) for metric in metrics}
        unavailable = {metric: reason for metric, reason in found.items() if reason}
    absent = tuple(path for path in paths if not Path(path).exists())
    return _State(_versions(), _many_threads(), absent, unavailable, _marks(metrics))


def _marks(metrics: tuple[str, ...]) -> dict[str, str]:
    """Return the fingerprints of the weights that metrics need."""
    from app.metrics import registry, weights

    return {
        metric: weights.mark_of(metric)
        for metric in metrics
        if registry.definition(metric).needs_weights
    }


@lru_cache(maxsize=1)
def _versions() -> _Versions:
    python = ".".join(platform.python_version_tuple()[:2])
    return _Versions(SOFTWARE, f"Python {python}", library_versions())


def _many_threads() -> bool:
    """Whether a library may add up in several threads, in an order of its own.

    The libraries read this as they are loaded, so it cannot be mended from here.
    """
    return any(os.environ.get(name) != "1" for name in _THREADS)


def _work(expected: _Versions, work: Callable[..., Answer], *arguments: Any) -> Answer:
    """Do one item in a worker, which may have come after the others were looked at."""
    if _versions() != expected:
        raise MetricUnavailable(
            f"A worker has {_difference(_versions(), expected)}.",
            remedy="Install the same versions everywhere, so that the table is the same.",
        )
    if _many_threads():
        raise _threads("a worker", "ADDRESS")
    _settle()
    return work(*(given.value if isinstance(given, _Plain) else given for given in arguments))


def _settle() -> None:
    """Keep what is loaded to one thread, whatever was done to it since."""
    if "torch" in sys.modules and (torch := sys.modules["torch"]).get_num_threads() != 1:
        torch.set_num_threads(1)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


def _unwrap(given: _Plain) -> Any:
    return given.value


def _difference(theirs: _Versions, ours: _Versions) -> str:
    pairs = [
        (theirs.blindread, ours.blindread),
        (theirs.python, ours.python),
        *(
            (" ".join(there), " ".join(here))
            for there, here in zip(theirs.libraries, ours.libraries, strict=True)
        ),
    ]
    return next(f"{there} and this computer has {here}" for there, here in pairs if there != here)


def _threads(name: str, address: str) -> MetricUnavailable:
    return MetricUnavailable(
        f"{name[0].upper()}{name[1:]} may use several threads for one sum, "
        "and then the last digits depend on the computer.",
        remedy="Start workers with OMP_NUM_THREADS, MKL_NUM_THREADS and OPENBLAS_NUM_THREADS "
        f"set to 1, or with their nanny, which does so: {START_WORKERS.format(address=address)}",
    )


def _no_workers(address: str, *, remedy: str) -> WorkerDied:
    return WorkerDied(f"The Dask scheduler at {address} has no workers.", remedy=remedy)


def _one_line(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
