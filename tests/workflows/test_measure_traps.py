"""No file, arm or thread decides over the values of another."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest

from app.domain.metric import IntensityRange
from app.metrics import registry
from app.metrics.phase import features
from app.metrics.spaces import parse_space
from app.workflows import measure_worker
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.images.dicom_files import phantom, write_ct
from tests.workflows.conftest import finish

MR = {"Modality": "MR", "RescaleIntercept": None, "RescaleSlope": None, "RescaleType": None}


class Here:
    """Does every item at once in this process, which is quicker than to start another."""

    width = 1

    def share(self, value):
        return value

    def start(self, work, *arguments):
        done = Future()
        done.set_result(work(*arguments))
        return done


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("app.workflows.measure.pool", lambda _: nullcontext(Here()))


@pytest.fixture
def folder(tmp_path):
    """Twelve slices of a reference."""
    write_ct(tmp_path / "in" / "case" / "reference", pixels=phantom(slices=12, seed=1))
    return tmp_path / "in"


def add_arm(folder, name, noise=20.0, slices=slice(None)):
    truth = phantom(slices=12, seed=1)
    noisy = truth + np.random.default_rng(2).normal(0, noise, truth.shape)
    start = (-8.0, -8.0, 100.0 + 5.0 * (slices.start or 0))
    pixels = np.clip(noisy, 0, 4095).astype("u2")[slices]
    return write_ct(folder / "case" / name, pixels=pixels, start=start)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-500])


def values_of(pairing, tmp_path, **request):
    request = {"metrics": ("mse", "psnr"), "regions": ("whole",), "jobs": 1} | request
    measure_worker._read_reference.cache_clear()  # as in a process of its own
    found = finish(measure(pairing, Request(fresh=True, **request), tmp_path / "m.csv"))
    return {
        (v.arm, v.metric, v.slice): v for v in found.values if v.pooling in ("", "distribution")
    }


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_a_reference_slice_that_cannot_be_read_does_not_change_the_range(tmp_path, modality):
    more = MR if modality == "MR" else {}
    truth = phantom(slices=6, seed=1)
    files = write_ct(tmp_path / "in" / "case" / "reference", pixels=truth, **more)
    write_ct(tmp_path / "in" / "case" / "arm", pixels=truth + 9, **more)
    pairing = finish(pair(tmp_path / "in"))
    whole = values_of(pairing, tmp_path)
    cut_short(files[3])

    found = values_of(pairing, tmp_path)

    lost = {number for (_, metric, number), one in found.items() if one.value is None}
    assert lost == {4}
    ranges = {one.data_range for one in found.values()}
    if modality == "CT":
        assert ranges == {4095.0}
        assert {k: v.value for k, v in found.items() if k[2] != 4} == {
            k: v.value for k, v in whole.items() if k[2] != 4
        }
    else:
        assert ranges == {float(np.delete(truth, 3, axis=0).max() - np.delete(truth, 3, 0).min())}


def test_where_no_reference_can_be_read_the_range_given_still_holds(folder, tmp_path):
    files = sorted((folder / "case" / "reference").glob("*.dcm"))
    add_arm(folder, "arm")
    pairing = finish(pair(folder))
    for file in files:
        cut_short(file)

    found = values_of(pairing, tmp_path, data_range="-1024..3071")

    assert {one.data_range for one in found.values()} == {4095.0}
    assert all(one.value is None for one in found.values())


@pytest.mark.parametrize("damaged", ["arm", "reference"])
def test_one_bad_file_costs_one_slice(folder, tmp_path, damaged):
    add_arm(folder, "arm")
    pairing = finish(pair(folder))
    cut_short(sorted((folder / "case" / damaged).glob("*.dcm"))[2])

    found = values_of(pairing, tmp_path)

    assert {number for (*_, number), one in found.items() if one.value is None} == {3}
    assert {one.flags for (*_, number), one in found.items() if number == 3} == {("unreadable",)}


@pytest.mark.parametrize("space", ["minmax", "percentile:1/99", "zscore"])
def test_an_arm_of_fewer_slices_has_the_values_that_it_has_alone(folder, tmp_path, space):
    spaces = (parse_space(space),)
    add_arm(folder, "few", noise=0, slices=slice(0, 3))
    alone = values_of(finish(pair(folder)), tmp_path, spaces=spaces)
    add_arm(folder, "all", noise=0)

    found = values_of(finish(pair(folder)), tmp_path, spaces=spaces)

    few = {key: one.value for key, one in found.items() if key[0] == "few"}
    assert few == {key: one.value for key, one in alone.items()}
    assert {value for (_, metric, _), value in few.items() if metric == "mse"} == {0.0}


def test_a_mask_counts_only_where_it_has_pixels(folder, tmp_path):
    add_arm(folder, "arm")
    write_ct(tmp_path / "mask", pixels=np.ones((12, 26, 26), "u2"), RescaleIntercept=0)
    lines = ["case,arm,role,path", "case,reference,reference,in/case/reference",
             "case,arm,reconstruction,in/case/arm", "case,part,mask,mask"]  # fmt: skip
    (tmp_path / "manifest.csv").write_text("\n".join(lines) + "\n")
    pairing = finish(pair(tmp_path / "manifest.csv"))

    by_mask = values_of(pairing, tmp_path, regions=("mask:part",))
    by_place = values_of(pairing, tmp_path, regions=("roi:26x26+0+0",))

    assert {k: v.value for k, v in by_mask.items()} == {k: v.value for k, v in by_place.items()}


@pytest.mark.skipif(bool(registry.available("fid")), reason="needs the weights of VGG16")
def test_an_arm_equal_to_its_references_lies_where_they_lie(tmp_path):
    """Slices of air at the end count on both sides, however often they come."""
    truth = phantom(slices=12, rows=40, columns=40, seed=3)
    truth[8:] = 0
    for name in ("reference", "copy"):
        write_ct(tmp_path / "in" / "case" / name, pixels=truth)

    found = values_of(finish(pair(tmp_path / "in")), tmp_path, metrics=("fid",))

    one = found["copy", "fid", None]
    assert one.value == pytest.approx(0, abs=1e-9)
    assert "identical" in one.flags


def test_fsim_has_the_same_features_in_two_threads_as_in_one():
    shown = IntensityRange(0.0, 255.0, "given")
    planes = [np.random.default_rng(seed).uniform(0, 255, (96, 96)) for seed in range(24)]
    alone = [features(plane, range=shown).congruency for plane in planes]

    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda plane: features(plane, range=shown).congruency, planes)

    assert all(np.array_equal(one, other) for one, other in zip(alone, found, strict=True))
