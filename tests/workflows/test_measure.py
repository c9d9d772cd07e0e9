"""Measuring: the same table every time, whatever happens on the way."""

import os
import signal

import numpy as np
import pytest

from app.domain.metric import Space
from app.errors import InputError, WorkerDied
from app.store.tables import read_metrics
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from app.workflows.processes import pool, run_all
from tests.images.dicom_files import write_ct
from tests.workflows.conftest import ARMS, CASES, finish

CLASSIC = Request(metrics=("mse", "psnr", "ssim"), jobs=1)


def test_every_pair_gets_a_volume_value_and_one_for_each_slice(pairing, tmp_path):
    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    seen = [(v.case, v.arm, v.slice, v.region, v.metric) for v in measured.values]
    assert len(seen) == len(set(seen)) == len(CASES) * len(ARMS) * 3 * 2 * 3
    assert read_metrics(tmp_path / "m.csv") == measured.values


def test_the_volume_value_is_the_mean_of_its_slices(pairing, tmp_path):
    values = finish(measure(pairing, CLASSIC, tmp_path / "m.csv")).values
    one = [v for v in values if (v.case, v.arm, v.region) == ("case1", ARMS[0], "whole")]
    slices = [v.value for v in one if v.metric == "psnr" and v.slice is not None]
    volume = next(v.value for v in one if v.metric == "psnr" and v.slice is None)

    assert volume == pytest.approx(np.mean(slices), abs=1e-12)


def test_the_number_of_processes_does_not_change_a_byte(pairing, tmp_path):
    finish(measure(pairing, CLASSIC, tmp_path / "one.csv"))
    finish(measure(pairing, Request(metrics=CLASSIC.metrics, jobs=2), tmp_path / "two.csv"))

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_cancelled_run_goes_on_where_it_was(pairing, tmp_path):
    whole, halted = tmp_path / "whole.csv", tmp_path / "halted.csv"
    finish(measure(pairing, CLASSIC, whole))
    work = measure(pairing, CLASSIC, halted)
    while (step := next(work)).what == "intensity range of the references" or step.done < 4:
        pass
    work.close()
    assert not halted.exists()

    resumed = finish(measure(pairing, CLASSIC, halted, resume=True))

    assert resumed.resumed >= 4
    assert halted.read_bytes() == whole.read_bytes()
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_finished_slices_of_other_settings_are_not_taken_over(pairing, tmp_path):
    output = tmp_path / "m.csv"
    work = measure(pairing, CLASSIC, output)
    while next(work).what == "intensity range of the references":
        pass
    next(work)
    work.close()

    windowed = Request(metrics=CLASSIC.metrics, space=Space.window(40, 400), jobs=1)

    assert finish(measure(pairing, windowed, output, resume=True)).resumed == 0


def test_a_changed_file_is_measured_again(source, tmp_path):
    output = tmp_path / "m.csv"
    work = measure(finish(pair(source)), CLASSIC, output)
    while next(work).done < 18 or not (output.parent / "m.csv.partial").exists():
        pass
    work.close()
    changed = source / "case1" / ARMS[0]
    write_ct(changed, slices=2, rows=48, columns=48, seed=99, patient_number=0)

    resumed = finish(measure(finish(pair(source)), CLASSIC, output, resume=True))
    fresh = finish(measure(finish(pair(source)), CLASSIC, tmp_path / "fresh.csv"))

    assert resumed.resumed == 16
    assert resumed.values == fresh.values


def test_an_unreadable_image_is_told_and_the_rest_goes_on(source, tmp_path):
    broken = next((source / "case2" / ARMS[1]).glob("*.dcm"))
    pairing = finish(pair(source))
    broken.write_bytes(broken.read_bytes()[:-2000])

    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    missing = {(v.case, v.arm) for v in measured.values if v.value is None}
    assert missing == {("case2", ARMS[1])}
    assert len(measured.notes) == 1
    assert broken.name in measured.notes[0]


def test_nothing_paired_is_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    found = finish(pair(tmp_path / "empty"))

    with pytest.raises(InputError, match="could be paired"):
        finish(measure(found, CLASSIC, tmp_path / "m.csv"))


def test_a_killed_process_is_a_sentence():
    with pytest.raises(WorkerDied, match="ended unexpectedly"), pool(1) as executor:
        list(run_all(executor, _die, (1, 2)))


def _die(_task):
    os.kill(os.getpid(), signal.SIGKILL)
