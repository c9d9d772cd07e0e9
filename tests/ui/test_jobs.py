import sys
import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject

from app.domain.progress import Progress
from app.errors import BlindReadError, NotAnImage, WorkerDied
from app.ui import jobs, process_job
from app.ui.errand import Errand
from app.ui.jobs import Job, LatestJob, ProcessJob, ask_all_to_stop, explained, one_step


class Endings:
    """Counts the endings of a job."""

    def __init__(self, job):
        self.seen = []
        job.succeeded.connect(lambda result: self.seen.append(("succeeded", result)))
        job.failed.connect(lambda error: self.seen.append(("failed", error)))
        job.cancelled.connect(lambda: self.seen.append(("cancelled", None)))


def run(qtbot, job):
    endings = Endings(job)
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.start()
    job.wait()
    qtbot.waitUntil(lambda: bool(endings.seen))
    assert len(endings.seen) == 1
    return endings.seen[0]


def steps(count):
    for index in range(count):
        yield Progress(index, count, "")
    return "done"


def test_a_workflow_that_ends_succeeds_once(qtbot):
    assert run(qtbot, Job(lambda: steps(3))) == ("succeeded", "done")


def test_a_workflow_that_cannot_even_start_fails_with_a_remedy(qtbot):
    def broken():
        raise ImportError("no module")

    name, error = run(qtbot, Job(broken))

    assert name == "failed"
    assert isinstance(error, BlindReadError)
    assert error.remedy


def test_an_expected_failure_arrives_as_it_is(qtbot):
    def failing():
        yield Progress(0, 1, "")
        raise NotAnImage("x.dcm holds no image.", remedy="Remove it.")

    assert isinstance(run(qtbot, Job(failing))[1], NotAnImage)


def test_cancel_ends_the_job_between_steps_and_closes_the_workflow(qtbot):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield Progress(0, 0, "")
        finally:
            closed.set()

    job = Job(endless)
    job.progressed.connect(job.cancel)

    assert run(qtbot, job) == ("cancelled", None)
    assert closed.is_set()


def test_a_workflow_that_fails_while_it_closes_still_ends_once(qtbot):
    def stubborn():
        try:
            while True:
                yield Progress(0, 0, "")
        finally:
            raise OSError("the disk is full")

    job = Job(stubborn)
    job.progressed.connect(job.cancel)

    assert run(qtbot, job)[0] == "failed"


def test_of_many_requests_only_the_newest_is_told(qtbot):
    latest, told = LatestJob(), []
    latest.ready.connect(lambda key, result: told.append((key, result)))
    gate = threading.Event()

    def slow():
        gate.wait(5)
        return "old"

    latest.request(1, one_step(slow))
    latest.request(2, one_step(lambda: "skipped"))
    latest.request(3, one_step(lambda: "new"))
    gate.set()
    qtbot.waitUntil(lambda: not latest.busy)

    assert told == [(3, "new")]


def test_a_dropped_request_tells_nothing(qtbot):
    latest, told = LatestJob(), []
    latest.ready.connect(lambda *both: told.append(both))
    latest.request(1, one_step(lambda: "x"))
    latest.drop()
    qtbot.waitUntil(lambda: not latest.busy)

    assert told == []


def test_any_failure_is_explained():
    assert explained(ValueError("two\nlines")).remedy
    assert "\n" not in explained(ValueError("two\nlines")).sentence
    assert "memory" in explained(MemoryError()).sentence


# ---- another process ------------------------------------------------------------------

TALK = """
import json, sys, time
def say(**what): print(json.dumps(what), flush=True)
"""


def process(qtbot, code, act=None):
    job = ProcessJob([sys.executable, "-c", TALK + code], remedy="Press Measure again.")
    endings, heard = Endings(job), []
    job.progressed.connect(heard.append)
    if act is not None:
        job.progressed.connect(lambda _: act(job))
    job.start()
    qtbot.waitUntil(lambda: bool(endings.seen) and not job.running, timeout=20000)
    assert len(endings.seen) == 1
    return *endings.seen[0], heard


def test_a_process_tells_progress_and_a_result(qtbot):
    name, result, heard = process(
        qtbot,
        "print('a library says hello'); say(done=1, total=2, what='läuft')\n"
        "say(result={'rows': 7}); sys.exit(3)",
    )

    assert (name, result) == ("succeeded", {"rows": 7})
    assert heard == [Progress(1, 2, "läuft")]


def test_a_result_without_a_last_line_break_is_still_read(qtbot):
    assert process(qtbot, "sys.stdout.write(json.dumps({'result': {}}))")[0] == "succeeded"


def test_an_error_of_the_process_keeps_its_remedy(qtbot):
    name, error, _ = process(
        qtbot, "say(error={'what': 'No pairs.', 'remedy': 'Name the reference.'}); sys.exit(1)"
    )

    assert name == "failed"
    assert (str(error), error.remedy) == ("No pairs.", "Name the reference.")


def test_a_process_that_dies_is_told_with_its_last_words(qtbot):
    name, error, _ = process(qtbot, "say(done=0, total=9, what=''); raise SystemExit('no memory')")

    assert name == "failed"
    assert isinstance(error, WorkerDied)
    assert "no memory" in str(error)
    assert error.remedy == "Press Measure again."


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process on POSIX only")
def test_a_killed_process_is_told(qtbot):
    name, error, _ = process(qtbot, "import os; os.kill(os.getpid(), 9)")

    assert name == "failed"
    assert isinstance(error, WorkerDied)


def test_cancel_ends_the_process(qtbot):
    name, _, _ = process(
        qtbot, "say(done=0, total=9, what='')\ntime.sleep(600)", act=lambda job: job.cancel()
    )

    assert name == "cancelled"


def test_a_program_that_is_not_there_is_told(qtbot):
    job = ProcessJob(["/no/such/program"])
    endings = Endings(job)
    job.start()
    qtbot.waitUntil(lambda: bool(endings.seen))

    assert [name for name, _ in endings.seen] == ["failed"]


@pytest.mark.parametrize("owner", [LatestJob, Errand])
def test_work_goes_on_to_its_end_when_its_owner_is_deleted_in_the_middle(qtbot, owner):
    """A dialog that is closed while it reads must not take the program down."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def workflow():
        yield Progress(0, 1, "")
        begun.set()
        go_on.wait(5)
        ended.set()
        yield Progress(1, 1, "")

    dialog = QObject()
    work = owner(dialog)
    if owner is LatestJob:
        work.request("this", workflow)
    else:
        work.start("Reading", workflow, lambda _: None)
    qtbot.waitUntil(begun.is_set)
    shiboken6.delete(dialog)
    go_on.set()

    qtbot.waitUntil(lambda: ended.is_set() and not jobs._running.jobs)


def test_all_work_is_asked_to_stop_before_any_of_it_is_waited_for(qtbot):
    """Closing takes as long as the slowest step, not as long as all of them in turn."""
    begun, stopped, gate = set(), [], threading.Barrier(2, timeout=10)

    def endless(name):
        def workflow():
            try:
                while True:
                    yield Progress(0, 0, "")
                    begun.add(name)
            finally:
                gate.wait()  # until the other has been asked too
                stopped.append(name)

        return workflow

    parts = [LatestJob(), LatestJob()]
    for number, part in enumerate(parts):
        part.request(number, endless(number))
    qtbot.waitUntil(lambda: begun == {0, 1})

    ask_all_to_stop()
    for part in parts:
        part.stop()

    assert sorted(stopped) == [0, 1]
    qtbot.waitUntil(lambda: not jobs._running.jobs)


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process on POSIX only")
def test_a_process_is_asked_to_end_with_the_others_and_only_once(qtbot, monkeypatch):
    monkeypatch.setattr(process_job, "KILL_AFTER_MS", 1500)
    job = ProcessJob(
        [
            sys.executable,
            "-c",
            TALK + "import signal\n"
            "def asked(*_): say(done=1, total=2, what='asked')\n"
            "signal.signal(signal.SIGTERM, asked)\n"
            "say(done=0, total=2, what='ready')\n"
            "while True: time.sleep(0.05)",
        ]
    )
    heard = []
    job.progressed.connect(lambda progress: heard.append(progress.what))
    job.start()
    qtbot.waitUntil(lambda: heard == ["ready"], timeout=20000)

    ask_all_to_stop()
    qtbot.waitUntil(lambda: heard == ["ready", "asked"], timeout=5000)
    job.stop()

    assert not job.running
    assert heard == ["ready", "asked"]
    qtbot.waitUntil(lambda: job not in process_job._running)
