"""A pair is opened for looking: at once where it can be, slice by slice where it cannot."""

import numpy as np
import pytest
from pydicom.uid import RLELossless

from app.images.pairing import pair as match
from app.workflows import inspect
from app.workflows.inspect import Glimpse, load, read_ahead
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import finish, scanned


@pytest.fixture(autouse=True)
def empty_cache():
    inspect._images().clear()
    inspect._begun.clear()


def pairs(folder, syntax=RLELossless, arms=("mild", "strong")):
    for seed, name in enumerate(("reference", *arms)):
        where = folder / "case" / name
        write_ct(
            where, pixels=phantom(6, seed=seed), syntax=syntax, SeriesInstanceUID=f"1.2.{seed}"
        )
    return match(scanned(folder), folder, reference=None).pairs


def steps(workflow):
    """Return what a workflow yields and what it returns."""
    told = []
    while True:
        try:
            told.append(next(workflow))
        except StopIteration as finished:
            return told, finished.value


def test_the_slice_in_view_comes_first_and_the_whole_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(inspect, "BETWEEN_GLIMPSES", 0.0)
    (one, _) = pairs(tmp_path / "packed")
    (plain, _) = pairs(tmp_path / "plain", syntax="1.2.840.10008.1.2.1")

    told, view = steps(load(one, lambda _: 4))

    glimpses = [step for step in told if isinstance(step, Glimpse)]
    assert glimpses[0].there == (False, False, False, False, True, False)
    assert [sum(step.there) for step in glimpses] == [1, 2, 3, 4, 5, 6]
    expected = finish(load(plain))
    np.testing.assert_array_equal(glimpses[0].reference.values(4), expected.reference.values(4))
    for index in range(6):
        for side in ("reference", "reconstruction"):
            np.testing.assert_array_equal(
                getattr(view, side).values(index), getattr(expected, side).values(index)
            )
    assert view.range == expected.range
    assert view.window == glimpses[0].window == expected.window


def test_going_back_and_going_on_decode_nothing_twice(tmp_path, monkeypatch):
    from app.images import worker

    mild, strong = pairs(tmp_path)
    frames = []
    decode = worker.decode
    monkeypatch.setattr(worker, "decode", lambda *them: frames.append(them) or decode(*them))

    first = finish(load(mild))
    assert len(frames) == 12
    begun = read_ahead(strong)
    next(begun)
    begun.close()
    second = finish(load(strong))
    assert len(frames) == 18
    assert second.reference is first.reference
    again, view = steps(load(mild))
    assert len(frames) == 18
    assert view.reconstruction is first.reconstruction
    assert not any(isinstance(step, Glimpse) for step in again)


def test_reading_ahead_tells_of_no_failure(tmp_path):
    mild, _ = pairs(tmp_path)
    for one in mild.reconstruction.slices:
        one.path.unlink()

    assert finish(read_ahead(mild)) is None
