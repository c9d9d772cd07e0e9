"""The worst place of every slice is found in another process, and kept."""

import multiprocessing
import time

import numpy as np
import pytest

from app.domain.worst_place import PlacesFound
from app.images.pairing import pair as match
from app.store import body_masks
from app.workflows import worst_places
from app.workflows.worst_places import find_places, worst_place
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import scanned


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def pairs(tmp_path):
    """One arm with noise, and a hole in slice 3 of it."""
    source = tmp_path / "source"
    reference = phantom(4, rows=64, columns=64)
    broken = reference + np.random.default_rng(1).integers(0, 4, reference.shape).astype("u2")
    broken[2, 28:38, 22:32] = 0
    for name, pixels, uid in (("reference", reference, "1.2.0"), ("arm", broken, "1.2.1")):
        write_ct(source / "case" / name, pixels=pixels, SeriesInstanceUID=uid)
    return match(scanned(source), source, reference=None).pairs


def places_of(workflow):
    return [place for step in workflow if isinstance(step, PlacesFound) for place in step.places]


def test_the_worst_mean_is_that_of_the_window_over_the_hole():
    """By hand: 11 x 11 values of 0.2 among ones; only the window on them all has the mean 0.2."""
    values = np.ones((40, 50))
    values[10:21, 20:31] = 0.2
    everywhere = np.ones(values.shape, bool)

    value, row, column = worst_place(values, everywhere, lowest=True)
    assert (value, row, column) == (pytest.approx(0.2), 15.5, 25.5)

    value, row, column = worst_place(-values, everywhere, lowest=False)
    assert (value, row, column) == (pytest.approx(-0.2), 15.5, 25.5)


def test_what_lies_outside_the_body_or_is_not_defined_counts_nothing():
    values = np.ones((40, 50))
    values[10:21, 20:31] = 0.2
    body = np.zeros(values.shape, bool)
    body[30:, :] = True

    assert worst_place(values, body, lowest=True)[0] == pytest.approx(1.0)
    assert worst_place(values, np.zeros_like(body), lowest=True)[0] is None
    assert worst_place(np.full_like(values, np.nan), ~body, lowest=True)[0] is None
    values[:21, :31] = np.nan
    assert worst_place(values, ~body, lowest=True)[0] == pytest.approx(1.0)


def test_a_window_that_leaves_the_image_counts_only_where_no_other_can_be_had():
    values = np.ones((40, 50))
    values[:3, :] = 0.0
    rim = np.zeros(values.shape, bool)
    rim[:4, :] = True

    value, row, _ = worst_place(values, np.ones_like(rim), lowest=True)
    assert (value, row) == (pytest.approx(8 / 11), 5.5)
    value, row, _ = worst_place(values, rim, lowest=True)
    assert (value, row) == (pytest.approx(3 / 6), 0.5)


def test_the_hole_is_found_in_its_slice_and_is_there_at_once_the_next_time(
    pairs, tmp_path, monkeypatch
):
    found = places_of(find_places(pairs, tmp_path / "bodies"))

    ssim = {place.slice: place for place in found if place.rule == "local-ssim"}
    assert sorted(ssim) == [1, 2, 3, 4]
    worst = min(ssim.values(), key=lambda place: place.value)
    assert worst.slice == 3
    assert abs(worst.row - 33) < 8
    assert abs(worst.column - 27) < 8
    error = [place for place in found if place.rule == "local-error"]
    assert max(error, key=lambda place: place.value).slice == 3

    def no_process(*_):
        raise AssertionError("nothing is left to do")

    monkeypatch.setattr(worst_places, "_elsewhere", no_process)
    again = places_of(find_places(pairs, tmp_path / "bodies"))
    assert sorted(again) == sorted(found)


def test_a_body_drawn_by_hand_asks_anew_and_decides_where_is_looked(pairs, tmp_path):
    folder = tmp_path / "bodies"
    places_of(find_places(pairs, folder))
    mask = np.zeros((64, 64), bool)
    mask[20:26, 30:50] = True
    body_masks.save(folder, pairs[0].reference.uid, 3, mask)

    kept = places_of(find_places(pairs, folder, only_kept=True))
    assert {place.slice for place in kept} == {1, 2, 4}
    found = places_of(find_places(pairs, folder))
    (ssim,) = (one for one in found if (one.rule, one.slice) == ("local-ssim", 3))
    assert mask[int(ssim.row), int(ssim.column)]


def test_closing_it_leaves_no_process_behind_and_keeps_what_was_found(pairs, tmp_path):
    workflow = find_places(pairs, tmp_path / "bodies")
    first = next(step for step in workflow if isinstance(step, PlacesFound))
    workflow.close()

    end = time.monotonic() + 10
    while multiprocessing.active_children() and time.monotonic() < end:
        pass
    assert not multiprocessing.active_children()
    kept = places_of(find_places(pairs, tmp_path / "bodies", only_kept=True))
    assert set(first.places) <= set(kept)


def test_a_slice_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path):
    source = tmp_path / "source"
    for case in ("a", "b"):
        for seed, name in enumerate(("reference", "arm")):
            write_ct(
                source / case / name,
                pixels=phantom(2, rows=64, columns=64, seed=seed),
                SeriesInstanceUID=f"1.2.{case == 'a':d}.{seed}",
                patient_number=2 + (case == "a"),
            )
    pairs = match(scanned(source), source, reference=None).pairs
    damaged = pairs[0].reconstruction.slices[1].path
    damaged.write_bytes(damaged.read_bytes()[:-100])

    steps = [one for one in find_places(pairs, tmp_path) if isinstance(one, PlacesFound)]

    (problem,) = [one.problem for one in steps if one.problem]
    assert damaged.name in problem
    found = {(place.case, place.slice) for one in steps for place in one.places}
    assert found == {("a", 1), ("b", 1), ("b", 2)}
    assert (steps[-1].done, steps[-1].total) == (4, 4)


def test_files_that_are_gone_are_passed_over(pairs, tmp_path):
    for one in pairs[0].reference.slices:
        one.path.unlink()

    assert places_of(find_places(pairs, tmp_path)) == []
