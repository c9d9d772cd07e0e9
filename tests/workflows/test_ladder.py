"""The whole ladder on one reference of a study."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from app.domain.metric import Space
from app.errors import InputError, MetricRefused
from app.metrics.ladder import LADDER
from app.store import body_masks, columns
from app.workflows.ladder import climb, table, write_ladder
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.images.dicom_files import phantom, write_ct
from tests.workflows.conftest import finish

REQUEST = Request(metrics=("mse", "psnr", "ssim"), jobs=1)
STEPS = 1 + sum(len(one.levels) for one in LADDER)


def test_every_metric_has_a_value_on_every_step_and_a_verdict_on_every_degradation(pairing):
    climbed = finish(climb(pairing, REQUEST))

    assert len(climbed.rows) == STEPS * 3 * 2
    assert {row.case for row in climbed.rows} == {"case1"}
    assert {row.slice for row in climbed.rows} == {2}
    assert len(climbed.verdicts) == len(LADDER) * 3 * 2
    mse = [row for row in climbed.rows if (row.metric, row.region) == ("mse", "whole")]
    assert mse[0].value == 0
    assert mse[0].unit == "HU²"
    assert max(row.response for row in mse) == 1
    noise = [row.value for row in mse if row.degradation == "noise"]
    assert noise == sorted(noise)
    assert noise[-1] == pytest.approx((0.08 * climbed.range.width) ** 2, rel=0.05)


def test_the_number_of_processes_does_not_change_a_byte(pairing, tmp_path):
    for jobs in (1, 2):
        climbed = finish(climb(pairing, Request(metrics=("mse", "ssim"), jobs=jobs)))
        write_ladder(tmp_path / f"{jobs}.csv", climbed)

    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_the_table_has_a_row_for_each_value_and_infinity_as_a_word(pairing, tmp_path):
    climbed = finish(climb(pairing, REQUEST, case="case3"))
    write_ladder(tmp_path / "ladder.csv", climbed)
    with (tmp_path / "ladder.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert tuple(rows[0]) == tuple(columns.LADDER)
    assert len(rows) == len(climbed.rows)
    first = next(row for row in rows if row["metric"] == "psnr")
    assert (first["case"], first["degradation"], first["value"]) == ("case3", "nothing", "inf")


def test_the_terminal_gets_one_line_for_each_metric_and_region(pairing):
    heading, lines = table(finish(climb(pairing, REQUEST)))

    assert heading[:3] == ("metric", "region", "space")
    assert [line[:2] for line in lines] == [
        (metric, region) for metric in ("mse", "psnr", "ssim") for region in ("whole", "body")
    ]
    assert all(len(line) == len(heading) for line in lines)
    assert any("from" in cell for cell in lines[0])
    assert any("blind" in cell for cell in lines[0])


def test_several_spaces_are_climbed_at_once(pairing):
    spaces = (Space.window(40, 400), Space("zscore"), Space("percentile", 1, 99))
    request = Request(metrics=("mse",), regions=("whole",), spaces=spaces, jobs=1)
    climbed = finish(climb(pairing, request))

    assert {row.space for row in climbed.rows} == {space.label for space in spaces}
    assert all(row.value is not None for row in climbed.rows)


def test_what_does_not_exist_is_refused_by_name(pairing):
    with pytest.raises(InputError, match="case9"):
        finish(climb(pairing, REQUEST, case="case9"))
    with pytest.raises(MetricRefused, match="sism"):
        finish(climb(pairing, Request(metrics=("sism",))))
    with pytest.raises(MetricRefused, match="bdoy"):
        finish(climb(pairing, Request(metrics=("mse",), regions=("bdoy",))))


def test_a_metric_that_refuses_says_why_and_the_others_go_on(pairing):
    climbed = finish(climb(pairing, Request(metrics=("mse", "snr"), regions=("whole",), jobs=1)))

    assert any("anatomy" in note for note in climbed.notes)
    assert all(row.value is None for row in climbed.rows if row.metric == "snr")
    assert all(row.value is not None for row in climbed.rows if row.metric == "mse")


@pytest.fixture
def masked(source, tmp_path):
    """A manifest in which the second case has a mask, 12 rows and columns of its reference."""
    mask = np.zeros((2, 48, 48), "u2")
    mask[:, 16:28, 20:32] = 1
    write_ct(tmp_path / "mask", pixels=mask, patient_number=1, RescaleIntercept=0)
    lines = ["case,arm,role,path"]
    for case in ("case1", "case2"):
        lines += [f"{case},reference,reference,source/{case}/reference"]
        lines += [f"{case},alpha-net,reconstruction,source/{case}/alpha-net"]
    lines += ["case2,lesion,mask,mask"]
    (tmp_path / "manifest.csv").write_text("\n".join(lines) + "\n")
    return finish(pair(tmp_path / "manifest.csv"))


def test_a_mask_is_a_region_and_the_first_case_that_has_it_is_taken(masked):
    request = Request(metrics=("mse",), regions=("whole", "mask:lesion"), jobs=1)
    climbed = finish(climb(masked, request))
    noise = {
        row.region: row.value
        for row in climbed.rows
        if (row.degradation, row.level) == ("noise", 8)
    }

    assert {row.case for row in climbed.rows} == {"case2"}
    assert all(row.value is not None for row in climbed.rows)
    assert noise["mask:lesion"] == pytest.approx((0.08 * climbed.range.width) ** 2, rel=0.4)
    assert noise["mask:lesion"] != noise["whole"]
    with pytest.raises(InputError, match="'case1' has no mask 'lesion'"):
        finish(climb(masked, request, case="case1"))
    with pytest.raises(InputError, match="No case has a mask 'nose'"):
        finish(climb(masked, Request(metrics=("mse",), regions=("mask:nose",), jobs=1)))


def test_a_body_that_a_person_drew_is_the_body(pairing, tmp_path):
    drawn = np.zeros((48, 48), bool)
    drawn[10:30, 12:34] = True
    body_masks.save(tmp_path / "bodies", pairing.pairs[0].reference.uid, 2, drawn)
    request = Request(metrics=("mse",), regions=("body",), jobs=1)
    found = finish(climb(pairing, request))
    edited = finish(climb(pairing, replace(request, body_masks=tmp_path / "bodies")))

    assert all("body-edited" in row.flags for row in edited.rows)
    assert [row.value for row in edited.rows] != [row.value for row in found.rows]


def test_niqe_of_the_cohort_is_that_of_measuring(tmp_path):
    """One arm is the reference itself: measuring it gives what the ladder starts from."""
    for number in range(5):
        truth = phantom(slices=1, rows=400, columns=400, seed=number).astype("u2")
        for name in ("reference", "same"):
            folder = tmp_path / "source" / f"case{number}" / name
            write_ct(folder, pixels=truth, patient_number=number)
    study = finish(pair(tmp_path / "source"))
    request = Request(metrics=("niqe@cohort",), regions=("whole",), jobs=1)

    measured = finish(measure(study, request, tmp_path / "m.csv")).values
    climbed = finish(climb(study, request))

    first = next(one for one in measured if one.case == "case0" and one.slice == 1)
    noisy = [row.value for row in climbed.rows if row.degradation == "noise"]
    assert first.value is not None
    assert climbed.rows[0].degradation == "nothing"
    assert climbed.rows[0].value == pytest.approx(first.value, rel=1e-9)
    assert noisy[-1] != climbed.rows[0].value


def test_what_cannot_be_had_of_one_slice_says_so(pairing):
    climbed = finish(climb(pairing, Request(metrics=("mse", "niqe@cohort", "fid"), jobs=1)))

    assert any("fid is left out" in note for note in climbed.notes)
    assert any("niqe@cohort" in note for note in climbed.notes)
    assert all(row.value is not None for row in climbed.rows if row.metric == "mse")
