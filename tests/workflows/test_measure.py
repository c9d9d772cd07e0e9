"""Measuring: the same table every time, whatever happens on the way."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.metric import Space
from app.errors import InputError, WorkerDied
from app.images.regrid import read_pair
from app.metrics.spaces import parse_space
from app.store.body_masks import save
from app.workflows.measure import Request, measure
from app.workflows.measure_items import at_once
from app.workflows.pair import pair
from app.workflows.processes import pool, run_all
from tests.images.dicom_files import write_ct
from tests.workflows.conftest import ARMS, CASES, finish

CLASSIC = Request(metrics=("mse", "psnr", "ssim"), jobs=1)
FRESH = replace(CLASSIC, fresh=True)


def halt(work, after):
    """Close a run when so many slices are measured."""
    for step in work:
        if step.total == 18 and step.done >= after:
            work.close()
            return


def refuse_work(_crew, _work, tasks, *_shared):
    assert not list(tasks), "there should be nothing to do"
    return iter(())


def test_every_pair_gets_three_volume_values_and_one_for_each_slice(pairing, tmp_path):
    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    seen = [(v.case, v.arm, v.slice, v.pooling, v.region, v.metric) for v in measured.values]
    assert len(seen) == len(set(seen)) == len(CASES) * len(ARMS) * 5 * 2 * 3
    assert measured.rows == len(seen)
    assert [v.pooling for v in measured.values[:5]] == ["mean", "worst", "volume", "", ""]


def test_the_volume_values_are_mean_worst_and_all_at_once(pairing, tmp_path):
    values = finish(measure(pairing, CLASSIC, tmp_path / "m.csv")).values
    for metric, region in (("psnr", "whole"), ("mse", "body"), ("ssim", "whole")):
        one = [v for v in values if (v.case, v.arm, v.region) == ("case1", ARMS[0], region)]
        slices = [v.value for v in one if v.metric == metric and v.slice is not None]
        mean, worst, volume = (v for v in one if v.metric == metric and v.slice is None)

        assert mean.value == pytest.approx(np.mean(slices), abs=1e-12)
        assert worst.value == (max(slices) if metric == "mse" else min(slices))
        assert min(slices) <= volume.value <= max(slices)


def test_the_psnr_of_a_volume_is_that_of_all_its_voxels(pairing, tmp_path):
    values = finish(measure(pairing, CLASSIC, tmp_path / "m.csv")).values
    volume = {
        v.metric: v for v in values
        if (v.case, v.arm, v.region, v.pooling) == ("case1", ARMS[0], "whole", "volume")
    }  # fmt: skip
    one = next(pair for pair in pairing.pairs if (pair.case, pair.arm) == ("case1", ARMS[0]))
    reference, reconstruction = read_pair(one)
    voxels = [reference.values(i) - reconstruction.values(i) for i in range(2)]
    mse = np.mean(np.square(voxels))

    assert volume["mse"].value == pytest.approx(mse, rel=1e-12)
    assert volume["psnr"].value == pytest.approx(
        10 * np.log10(volume["psnr"].data_range ** 2 / mse), rel=1e-12
    )


def test_the_number_of_processes_does_not_change_a_byte(pairing, tmp_path):
    finish(measure(pairing, FRESH, tmp_path / "one.csv"))
    finish(measure(pairing, replace(FRESH, jobs=2), tmp_path / "two.csv"))

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_cancelled_run_goes_on_where_it_was(pairing, tmp_path, monkeypatch):
    whole, halted = tmp_path / "whole.csv", tmp_path / "halted.csv"
    finish(measure(pairing, FRESH, whole))
    halt(measure(pairing, CLASSIC, halted), after=4)
    assert not halted.exists()

    resumed = finish(measure(pairing, CLASSIC, halted))

    assert 4 <= resumed.resumed < 18
    assert halted.read_bytes() == whole.read_bytes()


def test_a_second_run_reads_and_does_not_compute(pairing, tmp_path, monkeypatch):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    finish(measure(pairing, CLASSIC, first))
    monkeypatch.setattr("app.workflows.measure.run_all", refuse_work)

    again = finish(measure(pairing, CLASSIC, second))

    assert again.resumed == 18
    assert second.read_bytes() == first.read_bytes()


def test_files_that_moved_are_known_by_their_pixels(source, tmp_path):
    first = finish(measure(finish(pair(source)), CLASSIC, tmp_path / "m.csv"))
    moved = source.rename(tmp_path / "elsewhere")
    found = finish(pair(moved))
    plan_store = tmp_path / "moved.csv"

    again = finish(measure(found, CLASSIC, plan_store))

    assert again.values == first.values


def test_another_metric_is_added_to_what_is_known(pairing, tmp_path):
    finish(measure(pairing, CLASSIC, tmp_path / "three.csv"))
    more = replace(CLASSIC, metrics=(*CLASSIC.metrics, "mae"))
    added = finish(measure(pairing, more, tmp_path / "four.csv"))
    fresh = finish(measure(pairing, replace(more, fresh=True), tmp_path / "fresh.csv"))

    assert added.values == fresh.values


def test_values_of_another_space_are_not_taken_over(pairing, tmp_path):
    finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    windowed = replace(CLASSIC, spaces=(Space.window(40, 400),))

    assert finish(measure(pairing, windowed, tmp_path / "w.csv")).resumed == 0


def test_several_spaces_stand_in_one_table(pairing, tmp_path):
    spaces = tuple(map(parse_space, ("native", "window:40/400", "percentile:1/99", "minmax",
                                     "zscore", "8bit")))  # fmt: skip
    values = finish(measure(pairing, replace(CLASSIC, spaces=spaces), tmp_path / "m.csv")).values
    volume = {
        v.space: v for v in values
        if (v.case, v.arm, v.region, v.metric, v.pooling)
        == ("case1", ARMS[0], "whole", "psnr", "mean")
    }  # fmt: skip

    assert list(volume) == [space.label for space in spaces]
    assert {v.data_range for v in volume.values()} == {4095.0, 1.0, 8.0, 255.0}
    assert all(np.isfinite(v.value) for v in volume.values())
    assert "reference_low" in volume["percentile:1/99"].parameters
    assert "reconstruction_sd" in volume["zscore"].parameters
    assert 0 < volume["native"].value - volume["8bit"].value < 1  # rounding is noise


def test_a_changed_file_is_measured_again(source, tmp_path):
    output = tmp_path / "m.csv"
    finish(measure(finish(pair(source)), CLASSIC, output))
    changed = source / "case1" / ARMS[0]
    write_ct(changed, slices=2, rows=48, columns=48, seed=99, patient_number=0)

    resumed = finish(measure(finish(pair(source)), CLASSIC, output)).values
    known = finish(measure(finish(pair(source)), CLASSIC, output)).resumed
    fresh = finish(measure(finish(pair(source)), FRESH, tmp_path / "fresh.csv")).values

    assert known == 18
    assert resumed == fresh


def test_a_damaged_store_of_values_is_begun_anew(pairing, tmp_path):
    first = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))
    store = Path(os.environ["BLINDREAD_CACHE"]) / "values.sqlite"
    store.write_bytes(b"no database at all" * 1000)

    assert finish(measure(pairing, CLASSIC, tmp_path / "m.csv")).values == first.values


def test_a_cache_folder_that_cannot_be_written_is_told(pairing, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "file"))

    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    assert all(v.value is not None for v in measured.values)
    assert any("BLINDREAD_CACHE" in note for note in measured.notes)


def test_an_unreadable_image_is_told_and_the_rest_goes_on(source, tmp_path):
    broken = next((source / "case2" / ARMS[1]).glob("*.dcm"))
    pairing = finish(pair(source))
    broken.write_bytes(broken.read_bytes()[:-2000])

    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))

    missing = {(v.case, v.arm) for v in measured.values if v.value is None}
    assert missing == {("case2", ARMS[1])}
    assert len(measured.notes) == 1
    assert broken.name in measured.notes[0]


def meanwhile(work, change, *, at):
    """Run a measurement to its end, and do something when so many slices are measured."""
    while True:
        try:
            step = next(work)
        except StopIteration as finished:
            return finished.value
        if step.total == 18 and step.done == at:
            change()
            at = -1


def age(path):
    """Change when a file was written, as a copy made anew does."""
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))


@pytest.mark.parametrize("change", [age, Path.unlink])
def test_a_file_that_changes_after_it_was_measured_has_its_values(
    source, pairing, tmp_path, change
):
    one = sorted((source / "case2" / ARMS[1]).glob("*.dcm"))[0]
    finish(measure(pairing, FRESH, tmp_path / "before.csv"))

    work = measure(pairing, FRESH, tmp_path / "m.csv")
    measured = meanwhile(work, lambda: change(one), at=18)

    assert not measured.notes
    assert (tmp_path / "m.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()


def test_a_file_that_changes_before_it_is_measured_is_told_and_measured_the_next_time(
    source, pairing, tmp_path
):
    one = sorted((source / "case2" / ARMS[1]).glob("*.dcm"))[0]

    work = measure(pairing, CLASSIC, tmp_path / "m.csv")
    measured = meanwhile(work, lambda: age(one), at=0)

    missing = {(v.case, v.arm, v.slice) for v in measured.values if v.value is None}
    assert len(missing) == 1
    (place,) = missing
    assert place[:2] == ("case2", ARMS[1])
    flags = {v.flags for v in measured.values if (v.case, v.arm, v.slice) == place}
    assert flags == {("changed",)}
    assert len(measured.notes) == 1
    assert "changed while it was measured; measure again" in measured.notes[0]
    assert f"case2/{ARMS[1]}" in measured.notes[0]

    again = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))
    finish(measure(pairing, FRESH, tmp_path / "fresh.csv"))

    assert again.resumed == 17
    assert not again.notes
    assert (tmp_path / "m.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()


@pytest.mark.parametrize("at", [0, 18])
def test_a_body_drawn_while_the_run_goes_on_is_told_or_waits_for_the_next(pairing, tmp_path, at):
    request = replace(CLASSIC, body_masks=tmp_path / "masks")
    uid = next(one.reference.uid for one in pairing.pairs if one.case == "case3")
    mask = np.zeros((48, 48), bool)
    mask[10:30, 10:30] = True
    save(tmp_path / "masks", "another", 1, mask)  # the folder is there

    def draw():
        save(tmp_path / "masks", uid, 1, mask)

    measured = meanwhile(measure(pairing, request, tmp_path / "m.csv"), draw, at=at)

    missing = {(v.case, v.slice) for v in measured.values if v.value is None}
    assert missing == (set() if at else {("case3", 1)})
    assert len(measured.notes) == len(missing)
    again = finish(measure(pairing, request, tmp_path / "m.csv"))
    edited = {(v.case, v.slice) for v in again.values if "body-edited" in v.flags}
    assert edited == {("case3", None), ("case3", 1)}


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


def test_cheap_metrics_go_several_slices_at_once_and_learned_ones_one_by_one():
    assert at_once(("mse", "gmsd"), 1) == (8, 8)
    assert at_once(("mse", "gmsd"), 4) == (2, 8)
    assert at_once(("mse", "lpips-vgg"), 1) == (1, 4)
