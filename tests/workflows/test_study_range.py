"""The numbers of the Inspect room take the range of the study, as those of metrics.csv do."""

import os

import numpy as np
import pytest

from app.domain.metric import IntensityRange, MapDefinition
from app.domain.shape import Shape
from app.domain.study_range import StudyRanges
from app.domain.worst_place import PlacesFound
from app.errors import InputError, MetricRefused, WorkerDied
from app.workflows import study_range
from app.workflows.contact_sheet import SheetSlice, sheet_slices
from app.workflows.inspect import load
from app.workflows.inspect_maps import find_body, make_map, slice_inputs
from app.workflows.inspect_measure import end_process, metrics_inside
from app.workflows.inspect_sides import Side
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from app.workflows.study_range import study_ranges
from app.workflows.worst_places import _of_pair, find_places
from tests.images.dicom_files import write_ct
from tests.workflows.conftest import finish
from tests.workflows.mr_study import PLAIN, write_mr

SSIM = MapDefinition("ssim", "SSIM", "", "higher", 1.0, 0.0, 1.0)
FULL = IntensityRange(0.0, 3000.0, "references")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mr(tmp_path):
    return finish(pair(write_mr(tmp_path / "mr")))


def test_the_range_is_that_of_metrics_csv_and_is_read_once(mr, tmp_path, monkeypatch):
    values = finish(measure(mr, Request(metrics=("psnr",), jobs=1), tmp_path / "m.csv")).values
    monkeypatch.setattr(study_range, "limits_of", None)  # no process could be asked

    found = finish(study_ranges(mr))

    assert found.ranges == {"MR": FULL}
    assert not found.refused
    assert {one.data_range for one in values} == {FULL.width}


def test_references_that_were_never_measured_are_read_by_another_process(mr):
    assert finish(study_ranges(mr)).ranges == {"MR": FULL}


def test_what_could_not_be_read_for_a_moment_is_read_the_next_time(tmp_path):
    ramp = np.linspace(0, 1, 32 * 32).reshape(32, 32)
    truth = np.stack([1000 * ramp, 3000 * ramp]).astype("u2")
    for arm in ("reference", "net"):
        files = write_ct(tmp_path / "in" / "a" / arm, pixels=truth, series=arm, **PLAIN)
    found = finish(pair(tmp_path / "in"))
    path = found.pairs[0].reference.slices[1].path
    content, stamp = path.read_bytes(), path.stat().st_mtime_ns
    assert path.name == files[1].name

    path.write_bytes(bytes(len(content)))
    os.utime(path, ns=(stamp, stamp))
    assert finish(study_ranges(found)).ranges["MR"].high == 1000
    path.write_bytes(content)
    os.utime(path, ns=(stamp, stamp))

    assert finish(study_ranges(found)).ranges["MR"].high == 3000


def test_a_region_over_a_whole_slice_has_the_values_of_metrics_csv(mr, tmp_path):
    wanted = ("psnr", "mae", "ssim")
    request = Request(metrics=wanted, regions=("whole",), jobs=1)
    values = finish(measure(mr, request, tmp_path / "m.csv")).values
    ranges = finish(study_ranges(mr)).ranges
    try:
        for one in mr.pairs:
            view = finish(load(one))
            assert view.range is None  # it is nothing that one reference could tell
            grid = view.reference.grid
            shape = Shape(1, "rectangle", ((0.0, 0.0), (grid.columns, grid.rows)))
            sides = (Side("Reference", view.reference, 1), Side("net", view.reconstruction, 1))
            inside = metrics_inside(shape, sides, grid, ranges["MR"], "MR", metrics=wanted)
            rows = {row.title: row for row in finish(inside)}
            measured = {v.metric: v.value for v in values if (v.case, v.slice) == (one.case, 2)}
            for id in ("psnr", "mae"):
                assert rows[id.upper()].values[1] == pytest.approx(measured[id], rel=1e-12), id
            assert rows["SSIM"].values[1] == pytest.approx(measured["ssim"], abs=1e-12)
            assert "0 to 3000 (of all references)" in rows["PSNR"].tip
    finally:
        end_process()


def test_references_of_one_single_value_are_told_and_can_be_looked_at(tmp_path):
    source = tmp_path / "flat"
    for arm in ("reference", "net"):
        write_ct(source / "a" / arm, pixels=np.full((2, 32, 32), 7, "u2"), series=arm, **PLAIN)
    pairing = finish(pair(source))

    found = finish(study_ranges(pairing))
    view = finish(load(pairing.pairs[0]))

    assert found.ranges == {}
    assert "one single value" in found.refused["MR"].sentence
    assert view.range is None
    assert view.full.width > 0
    with pytest.raises(InputError, match="not known"):
        slice_inputs(view, 0)


def test_worst_places_are_those_of_the_range_of_the_study(mr, tmp_path):
    one = mr.pairs[0]

    def worst(*ends):
        ranges = {"MR": IntensityRange(*ends, "references")} if ends else {}
        _, found = next(_of_pair(one, (0,), tmp_path, StudyRanges(ranges)))
        return next(value for rule, value, _, _ in found if rule == "local-ssim")

    wide, narrow = worst(0.0, 3000.0), worst(0.0, 1200.0)
    assert wide > narrow + 0.01  # the same noise counts less
    with pytest.raises(InputError, match="not known"):
        worst()
    for _ in range(2):  # looked for, then kept
        steps = list(find_places([one], tmp_path, StudyRanges({"MR": FULL})))
        places = [p for step in steps if isinstance(step, PlacesFound) for p in step.places]
        assert [p.value for p in places if (p.rule, p.slice) == ("local-ssim", 1)] == [wide]
    other = StudyRanges({"MR": IntensityRange(0.0, 1200.0, "references")})
    assert not [x for x in find_places([one], tmp_path, other, only_kept=True)
                if isinstance(x, PlacesFound)]  # fmt: skip


def test_maps_of_a_contact_sheet_and_bodies_take_it_too(mr):
    wanted, known = [(one, 1) for one in mr.pairs], StudyRanges({"MR": FULL})

    refused = [x for x in sheet_slices(wanted, SSIM) if isinstance(x, SheetSlice)]
    made = [x for x in sheet_slices(wanted, SSIM, known) if isinstance(x, SheetSlice)]

    assert all(x.values is None and "not known" in x.problem for x in refused)
    for sheet in made:
        assert sheet.view.range == FULL
        np.testing.assert_array_equal(sheet.values, make_map("ssim", slice_inputs(sheet.view, 0)))
        assert find_body(sheet.view, 0).any()


FLAT = MetricRefused("All hold one single value.", remedy="Take others.")
REFUSED = StudyRanges({}, {"MR": FLAT})


def test_a_sheet_says_why_a_modality_has_no_range(mr):
    wanted = [(one, 1) for one in mr.pairs]

    told = [x for x in sheet_slices(wanted, SSIM, REFUSED) if isinstance(x, SheetSlice)]
    plain = [x for x in sheet_slices(wanted, None, REFUSED) if isinstance(x, SheetSlice)]

    assert [x.problem for x in told] == [FLAT.sentence] * len(wanted)
    assert all(x.view is not None for x in told)
    assert all(x.values is not None and not x.problem for x in plain)


def test_worst_places_of_a_modality_without_a_range_are_refused_unread(mr, tmp_path, monkeypatch):
    def reads(*_):
        raise AssertionError("nothing is to be read")

    told = [x.problem for x in find_places(mr.pairs, tmp_path, REFUSED)
            if isinstance(x, PlacesFound)]  # fmt: skip
    assert told == [FLAT.sentence] * len(mr.pairs)

    monkeypatch.setattr("app.workflows.inspect.load", reads)
    with pytest.raises(MetricRefused, match="one single value"):
        next(_of_pair(mr.pairs[0], (0,), tmp_path, REFUSED))


def test_worst_places_of_ct_in_hu_need_no_range_that_was_refused(pairing, tmp_path):
    refused = StudyRanges({}, {"CT": WorkerDied("It died.", remedy="Again.")})

    index, _ = next(_of_pair(pairing.pairs[0], (1,), tmp_path, refused))

    assert index == 1


def test_ct_in_hu_needs_no_other_reference(pairing):
    assert finish(load(pairing.pairs[0])).range == IntensityRange(-1024.0, 3071.0, "CT 12-bit")
