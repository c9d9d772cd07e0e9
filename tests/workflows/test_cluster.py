"""Measuring on a Dask cluster: the same table, whatever happens to its workers."""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.errors import InputError, MetricUnavailable, WorkerDied
from app.workflows import cluster as module
from app.workflows.cluster import cluster
from app.workflows.measure import Request, measure
from app.workflows.processes import WORKER_ENVIRONMENT, run_all
from tests.workflows.conftest import finish

PROJECT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def dask(folder, *, workers=2, nanny=True):
    """Start a scheduler and its workers on loopback, and end them."""
    pytest.importorskip("distributed")
    known = folder / "scheduler.json"
    log = (folder / "log.txt").open("wb")
    settings = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        **WORKER_ENVIRONMENT,
    }
    here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(known)]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", *here, "--port", "0"]
    worker = [
        *[sys.executable, "-m", "distributed.cli.dask_worker", *here, "--nthreads", "1"],
        *["--nworkers", str(workers), "--local-directory", str(folder)],
        *([] if nanny else ["--no-nanny"]),
    ]
    started = []
    try:
        for command in (scheduler, worker) if workers else (scheduler,):
            started.append(
                subprocess.Popen(command, env=settings, cwd=folder, stdout=log, stderr=log)
            )
            deadline = time.monotonic() + 30
            while not (known.exists() and known.read_text().endswith("}")):
                assert time.monotonic() < deadline, (folder / "log.txt").read_text()
                time.sleep(0.05)
        yield json.loads(known.read_text())["address"], started
    finally:
        for process in reversed(started):
            process.kill()  # worker processes leave with their nanny
            process.wait()
        log.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Two worker processes, each restarted where it ends; lost work is tried once more."""
    with dask(tmp_path_factory.mktemp("dask")) as (found, _):
        import distributed

        with distributed.Client(found, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield found


def plus(shared, number):
    return sum(shared) + number


def dies_once(mark, number):
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return repr(number / 7)


def always_dies(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuses(number):
    raise InputError(f"Number {number} is no image.", remedy="Give another.")


def stumbles(number):
    raise ZeroDivisionError(f"number {number}")


def sleeps(seconds):
    time.sleep(seconds)


def test_workers_elsewhere_get_what_is_shared_and_answer_every_item(address):
    with cluster(address) as crew:
        assert crew.width == 2
        shared = crew.share([1, 2, 3])
        answers = dict(run_all(crew, plus, [10, 20, 30], shared))

    assert answers == {10: 16, 20: 26, 30: 36}


def test_the_table_of_a_cluster_that_loses_a_worker_is_that_of_this_computer(
    address, pairing, tmp_path
):
    import distributed

    classic = ("mse", "psnr", "ssim")
    finish(measure(pairing, Request(metrics=classic, jobs=1), tmp_path / "here.csv"))
    with distributed.Client(address, set_as_default=False) as client:
        processes = list(client.run(os.getpid).values())
    work = measure(pairing, Request(metrics=classic, scheduler=address), tmp_path / "there.csv")
    next(work)

    os.kill(processes[0], signal.SIGKILL)
    finish(work)

    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_a_worker_lost_in_the_middle_changes_nothing(address, tmp_path):
    mark = tmp_path / "died"
    with cluster(address) as crew:
        answers = dict(run_all(crew, dies_once, list(range(12)), crew.share(mark)))

    assert mark.exists()
    assert answers == {number: repr(number / 7) for number in range(12)}


def test_an_item_that_ends_every_worker_ends_in_a_sentence(address):
    with cluster(address) as crew, pytest.raises(WorkerDied, match="again and again") as caught:
        list(run_all(crew, always_dies, [1]))

    assert "--resume" in caught.value.remedy


def test_our_own_errors_come_back_with_their_remedy(address):
    with cluster(address) as crew, pytest.raises(InputError, match="Number 5") as caught:
        list(run_all(crew, refuses, [5]))

    assert caught.value.remedy == "Give another."


def test_a_foreign_error_comes_back_as_itself(address):
    with cluster(address) as crew, pytest.raises(ZeroDivisionError, match="number 5"):
        list(run_all(crew, stumbles, [5]))


def test_leaving_early_leaves_no_work_behind(address):
    import distributed

    with cluster(address) as crew:
        crew.start(sleeps, 1)
    with distributed.Client(address, set_as_default=False) as client:
        assert client.run_on_scheduler(_tasks_known) == 0


def _tasks_known(dask_scheduler):
    deadline = time.monotonic() + 5
    while dask_scheduler.clients and time.monotonic() < deadline and dask_scheduler.tasks:
        time.sleep(0.05)
    return len(dask_scheduler.tasks)


def test_a_worker_that_does_not_see_the_images_is_named(address, tmp_path):
    with (
        pytest.raises(MetricUnavailable, match=r"worker tcp://127.*does not see .*elsewhere"),
        cluster(address, needs=(tmp_path / "elsewhere",)),
    ):
        pass


def test_other_versions_are_refused(address, monkeypatch):
    ours = dataclasses.replace(module._versions(), blindread="blindread 99")
    monkeypatch.setattr(module, "_versions", lambda: ours)

    with (
        pytest.raises(MetricUnavailable, match=r"has blindread .* this computer has blindread 99"),
        cluster(address),
    ):
        pass


def test_a_worker_that_came_later_is_looked_at_too(address, monkeypatch):
    with cluster(address) as crew:
        ours = dataclasses.replace(module._versions(), python="Python 2.7")
        monkeypatch.setattr(module, "_versions", lambda: ours)
        with pytest.raises(MetricUnavailable, match=r"this computer has Python 2\.7"):
            list(run_all(crew, refuses, [1]))


def test_an_address_where_nothing_answers_is_a_sentence_soon(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    with socket.socket() as silent:  # takes the connection and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        for address in (f"tcp://127.0.0.1:{silent.getsockname()[1]}", "tcp://127.0.0.1:9", "a b"):
            with pytest.raises(WorkerDied, match="No Dask scheduler answers"), cluster(address):
                pass

    assert time.monotonic() - began < 10


def test_without_the_package_the_remedy_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MetricUnavailable) as caught, cluster("tcp://127.0.0.1:9"):
        pass

    assert "blindread[dask]" in caught.value.remedy


def test_a_worker_that_may_add_up_in_several_threads_does_nothing(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "4")

    with pytest.raises(MetricUnavailable, match="several threads") as caught:
        module._work(module._versions(), plus, [1], 2)

    assert "OMP_NUM_THREADS=1 dask worker" in caught.value.remedy


def test_a_scheduler_without_workers_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 2.0)

    with (
        dask(tmp_path, workers=0) as (address, _),
        pytest.raises(WorkerDied, match="no workers") as caught,
        cluster(address),
    ):
        pass

    assert f"dask worker {address}" in caught.value.remedy


def test_a_cluster_that_comes_apart_ends_in_sentences(tmp_path, monkeypatch):
    """First the last worker is lost for good, then the scheduler."""
    monkeypatch.setattr(module, "ABANDONED", 0.5)
    small = dask(tmp_path, workers=1, nanny=False)
    with small as (address, (scheduler, worker)), cluster(address) as crew:
        lost = crew.start(sleeps, 30)
        worker.kill()
        with pytest.raises(WorkerDied, match="no workers"):
            lost.result(timeout=20)
        lost = crew.start(sleeps, 31)
        scheduler.kill()
        with pytest.raises(WorkerDied, match=r"no workers|connection .* was lost"):
            lost.result(timeout=20)
