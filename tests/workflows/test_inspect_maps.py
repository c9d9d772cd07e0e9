"""Local maps of a slice, made here or in another process; where their loss lies."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from app.domain.metric import IntensityRange, MapDefinition
from app.errors import MetricRefused, StoreError, WorkerDied
from app.metrics import registry
from app.metrics.structural import ssim_map
from app.workflows import inspect_maps
from app.workflows.inspect import PairView
from app.workflows.inspect_maps import (
    MapProcess,
    drawn_body,
    find_body,
    keep_body,
    list_maps,
    make_map,
    metric_map,
    shares,
    slice_inputs,
)
from tests.conftest import PROJECT
from tests.images.workflow import finish
from tests.ui.fakes import FULL, image, pair

ERROR = MapDefinition("error", "Absolute error", "", "lower", 0.0)
SSIM = MapDefinition("ssim", "SSIM", "", "higher", 1.0, 0.0, 1.0)


def view(**more):
    return PairView(pair("case", "arm"), image(), image(noise=25.0, **more), FULL)


@pytest.fixture
def process():
    process = MapProcess()
    yield process
    process.end()


def test_every_map_is_listed_and_those_without_weights_say_so(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))

    listed = list_maps()

    assert [one.id for one, _ in listed] == [one.id for one in registry.map_definitions()]
    for one, why in listed:
        assert bool(why) == one.needs_weights, one.id


def test_a_map_is_that_of_the_metric_and_empty_where_the_image_has_no_data():
    seen = view()
    covered = np.ones(seen.reconstruction.pixels.shape, bool)
    covered[:, :, 30:] = False
    partly = view(covered=covered)

    whole, part = (finish(metric_map(one, 3, SSIM)) for one in (seen, partly))

    planes = seen.reference.values(3), seen.reconstruction.values(3)
    np.testing.assert_allclose(whole, ssim_map(*planes, range=FULL), rtol=0, atol=1e-9)
    assert np.isnan(part[:, 30:]).all()
    np.testing.assert_allclose(part[:, :25], whole[:, :25], rtol=0, atol=1e-9)


def test_padding_of_either_image_is_left_out():
    inputs = slice_inputs(view(padding=(-1, 30)), 0)

    assert not inputs.valid.all()
    np.testing.assert_array_equal(np.isnan(make_map("error", inputs)), ~inputs.valid)


def test_another_process_makes_the_same_map(process):
    inputs = slice_inputs(view(), 1)

    for id in ("error", "ssim", "error"):
        np.testing.assert_array_equal(finish(process.make(id, inputs)), make_map(id, inputs))
    assert process.pid not in (None, os.getpid())


def test_a_refusal_travels_with_its_remedy(process):
    with pytest.raises(MetricRefused) as told:
        finish(process.make("nothing", slice_inputs(view(), 0)))
    assert "Known are" in told.value.remedy


def test_a_question_given_up_is_not_answered_to_the_next(process):
    seen = view()
    for index in range(3):
        given_up = process.make("ssim", slice_inputs(seen, index))
        next(given_up)
        given_up.close()

    inputs = slice_inputs(seen, 4)
    np.testing.assert_array_equal(finish(process.make("error", inputs)), make_map("error", inputs))


@pytest.mark.skipif(os.name != "posix", reason="signals are posix's")
def test_a_process_that_dies_is_told_and_another_takes_its_place(process):
    inputs = slice_inputs(view(), 0)
    finish(process.make("error", inputs))
    os.kill(process.pid, signal.SIGSTOP)  # so that it cannot answer first
    asking = process.make("error", inputs)
    next(asking)
    os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(WorkerDied):
        finish(asking)
    np.testing.assert_array_equal(finish(process.make("error", inputs)), make_map("error", inputs))


@pytest.mark.skipif(os.name != "posix", reason="signals are posix's")
def test_ending_the_process_frees_who_waits_for_it(process):
    inputs = slice_inputs(view(), 0)
    finish(process.make("error", inputs))
    os.kill(process.pid, signal.SIGSTOP)
    told = []

    def ask():
        try:
            finish(process.make("error", inputs))
        except WorkerDied as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.1)
    process.end()
    asking.join(5)

    assert not asking.is_alive()
    assert len(told) == 1


ELSEWHERE = """
import sys
from app.metrics import registry
from app.workflows import inspect_maps
from tests.images.workflow import finish
from tests.workflows.test_inspect_maps import view

if __name__ == "__main__":
    wanted = next(one for one in registry.map_definitions() if one.needs_weights)
    made = finish(inspect_maps.metric_map(view(), 2, wanted))
    pid = inspect_maps._elsewhere.pid
    assert made.shape == (64, 48) and (made > 0).any()
    assert pid
    print("torch" in sys.modules, pid)
"""


@pytest.mark.weights
def test_a_map_that_needs_a_network_never_brings_torch_into_this_process(tmp_path):
    script = tmp_path / "asks.py"
    script.write_text(ELSEWHERE)
    wanted = next(one for one in registry.map_definitions() if one.needs_weights)
    if registry.available(wanted.id.partition(":")[0]):
        pytest.skip("the weights are not installed")

    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )

    assert run.returncode == 0, run.stderr
    loaded, pid = run.stdout.split()
    assert loaded == "False"
    with pytest.raises(ProcessLookupError):  # it ended with the one that asked
        os.kill(int(pid), 0)


def test_the_shares_of_the_loss_add_up_by_hand():
    body = np.array([[True, True], [False, False]])
    error = np.array([[1.0, 2.0], [9.0, np.nan]])

    assert shares(error, ERROR, body) == pytest.approx((0.25, 0.75))
    assert shares(1 - error, SSIM, body) == pytest.approx((0.25, 0.75))
    assert shares(1 + error, SSIM, body) is None  # better than equal is no loss
    assert shares(np.zeros((2, 2)), ERROR, body) is None
    assert shares(error, ERROR, np.zeros((2, 2), bool)) is None
    niqe = MapDefinition("niqe", "NIQE", "", "lower", 0.0)
    assert shares(error, niqe, body) is None  # no loss against a reference


def test_a_drawn_body_is_kept_by_the_references_slice_and_refused_on_another_size(tmp_path):
    seen = view()
    found = find_body(seen, 1)
    assert found[32, 24]
    assert not found[0, 0]
    assert drawn_body(tmp_path, seen, 1) is None

    keep_body(tmp_path, seen, 1, ~found)
    np.testing.assert_array_equal(drawn_body(tmp_path, seen, 1), ~found)
    smaller = image(rows=32)
    with pytest.raises(StoreError, match="64 x 48"):
        drawn_body(tmp_path, PairView(seen.pair, smaller, smaller, FULL), 1)
    keep_body(tmp_path, seen, 1, None)
    assert drawn_body(tmp_path, seen, 1) is None


def test_a_slice_of_another_range_is_another_slice():
    inputs = slice_inputs(view(), 0)
    last = inspect_maps._LastSlice()
    first = last.prepared(inputs)

    assert last.prepared(slice_inputs(view(), 0)) is first
    narrower = PairView(pair("case", "arm"), image(), image(noise=25.0), IntensityRange(0, 1, "x"))
    assert last.prepared(slice_inputs(narrower, 0)) is not first
    assert last.prepared(slice_inputs(view(), 1)).reference is not first.reference
