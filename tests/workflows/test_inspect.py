"""A pair is opened for looking: at once where it can be, slice by slice where it cannot."""

import numpy as np
import pytest
from pydicom.uid import RLELossless

from app.display import grey_levels
from app.domain.windows import automatic_window
from app.errors import NotAnImage, WorkerDied
from app.images import gradual
from app.images.pairing import pair as match
from app.ui.view_state import ViewState
from app.workflows import inspect
from app.workflows.inspect import Glimpse, load, read_ahead
from app.workflows.pair import pair as find_pairs
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


def test_mr_opens_with_its_automatic_window_also_while_slices_come(tmp_path, monkeypatch):
    monkeypatch.setattr(inspect, "BETWEEN_GLIMPSES", 0.0)
    for seed, name in enumerate(("reference", "mild")):
        write_ct(
            tmp_path / "case" / name,
            pixels=phantom(6, seed=seed),
            syntax=RLELossless,
            Modality="MR",
            RescaleSlope=0.001,
            RescaleIntercept=0,
            WindowCenter=None,
            WindowWidth=None,
        )
    (one,) = match(scanned(tmp_path), tmp_path, reference=None).pairs

    told, view = steps(load(one))
    first = next(step.window for step in told if isinstance(step, Glimpse))

    assert view.window == automatic_window(view.reference)
    whole = view.window
    assert (first.center, first.width) == pytest.approx((whole.center, whole.width), 0.1)
    assert view.window.width < 1.1  # the values go from 0 to 1.1


def arrays(folder, reference):
    """Write a reference and a reconstruction as NumPy files."""
    noise = np.random.default_rng(1).normal(0, 0.01, reference.shape).astype(reference.dtype)
    (folder / "case").mkdir(parents=True)
    np.save(folder / "case" / "reference.npy", reference)
    np.save(folder / "case" / "mild.npy", reference + noise)
    return finish(find_pairs(folder)).pairs[0]


def test_values_from_0_to_1_are_not_shown_black_and_white(tmp_path):
    ramp = np.linspace(0, 1, 3 * 64 * 64, dtype=np.float32).reshape(3, 64, 64)

    view = finish(load(arrays(tmp_path, ramp)))
    greys = grey_levels(view.reference.pixels[1], 1.0, 0.0, view.window)

    assert len(np.unique(greys)) > 80


def test_a_window_below_1_can_be_dragged(tmp_path):
    ramp = np.linspace(0, 1, 3 * 64 * 64, dtype=np.float32).reshape(3, 64, 64)
    state = ViewState()
    state.set_home(finish(load(arrays(tmp_path, ramp))).window)

    state.move_window(-125.0, 0.0)
    assert state.window.width == pytest.approx(state.home.width / 2)
    state.reset()
    assert state.window == state.home


def test_a_reference_of_one_single_value_can_be_looked_at(tmp_path):
    view = finish(load(arrays(tmp_path, np.full((3, 16, 16), 7, np.float32))))

    assert view.window.width > 0


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


def test_there_is_no_difference_where_one_of_the_two_has_no_tissue(tmp_path):
    plane = np.full((3, 32, 32), 100, np.int16)
    padded = plane.copy()
    padded[:, :, :4] = -2000
    write_ct(tmp_path / "case" / "reference", pixels=padded, PixelPaddingValue=-2000)
    write_ct(tmp_path / "case" / "mild", pixels=plane + 7, SeriesInstanceUID="1.2.1")
    (one,) = match(scanned(tmp_path), tmp_path, reference=None).pairs

    found = inspect.difference(finish(load(one)), 1)

    assert np.isnan(found[:, :4]).all()
    assert (found[:, 4:] == 7).all()


def broken(pair, index):
    """Cut the file of one slice of a reconstruction short."""
    path = pair.reconstruction.slices[index].path
    path.write_bytes(path.read_bytes()[:-200])
    return path.name


@pytest.mark.parametrize("syntax", [RLELossless, "1.2.840.10008.1.2.1"])
def test_a_slice_that_cannot_be_read_leaves_the_others_to_be_looked_at(tmp_path, syntax):
    one, _ = pairs(tmp_path, syntax=syntax)
    whole = finish(load(one))
    inspect._images().clear()
    name = broken(one, 2)

    view = finish(load(one))

    assert [bool(view.unread(index)) for index in range(6)] == [index == 2 for index in range(6)]
    assert name in view.unread(2)
    assert not view.reconstruction.valid(2).any()
    assert view.reconstruction.grid == whole.reconstruction.grid
    for index in (0, 1, 3, 4, 5):
        there = view.reconstruction.valid(index)
        assert there is None or there.all()
        np.testing.assert_array_equal(
            view.reconstruction.values(index), whole.reconstruction.values(index)
        )


@pytest.mark.parametrize("syntax", [RLELossless, "1.2.840.10008.1.2.1"])
def test_a_slice_that_could_not_be_read_once_is_tried_again(tmp_path, monkeypatch, syntax):
    one, _ = pairs(tmp_path, syntax=syntax)
    late = one.reconstruction.slices[2].path
    really = gradual.read_image

    def read_late(series, numbers=None):
        if series is one.reconstruction and 2 in numbers:
            raise WorkerDied(f"{late.name}: the decoder was late.", remedy="Try again.")
        return really(series, numbers)

    monkeypatch.setattr(gradual, "read_image", read_late)
    assert late.name in finish(load(one)).unread(2)
    monkeypatch.undo()

    view = finish(load(one))

    assert not view.reconstruction.unread
    assert view.reconstruction.valid(2) is None


def test_a_series_of_which_nothing_can_be_read_is_refused(tmp_path):
    one, _ = pairs(tmp_path)
    names = [broken(one, index) for index in range(6)]

    with pytest.raises(NotAnImage, match=f"({'|'.join(names)})"):
        finish(load(one))


def test_slices_that_mark_padding_differently_come_as_they_are_read_at_once(tmp_path):
    pixels = phantom(4).astype(np.int16)
    for seed, name in enumerate(("reference", "mild")):
        for index, plane in enumerate(pixels):
            plane = plane.copy()
            plane[0] = -100 - index
            write_ct(
                tmp_path / "case" / name,
                pixels=plane[None],
                positions=[(-8, -8, 100 + 5 * index)],
                instance_numbers=[index + 1],
                names=[f"{index}.dcm"],
                series=name,
                syntax=RLELossless,
                SeriesInstanceUID=f"1.2.{seed}",
                PixelPaddingValue=-100 - index,
            )
    (one,) = match(scanned(tmp_path), tmp_path, reference=None).pairs

    view = finish(load(one))

    for index in range(4):
        assert not view.reference.valid(index)[0].any()
        assert view.reference.valid(index)[1:].all()


def test_a_slow_drive_can_be_left_while_it_is_asked_about_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr(inspect, "LONGEST_S", -1)
    (one, *_) = pairs(tmp_path, syntax="1.2.840.10008.1.2.1")

    told = [step.what for step in load(one)]

    assert told.count("looking at the files") == 2 * 6
    read = finish(load(one))
    assert read.reference.grid.slices == 6
