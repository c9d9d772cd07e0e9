"""The whole analysis: a published study, simulated readers, and studies with gaps."""

import csv
import json

import numpy as np
import pytest

from app.analysis.study import analyse
from tests.analysis.builders import metric, pick, preference, rating

CRITERIA = ("noise_reduction", "contrast_retention", "structure_preservation")
SCALES = {"noise_reduction": 14, "contrast_retention": 5, "structure_preservation": 5}


def small_study(kind="test"):
    return [
        rating(reader, case, arm, value, kind=kind)
        for reader in ("R1", "R2")
        for case in ("1", "2", "3")
        for arm, value in (("a", 4), ("b", 2), ("c", 1))
    ]


@pytest.mark.shared
def test_a_published_reader_study_is_reproduced(shared):
    folder = shared / "data" / "ldct-reader-study"
    expected = json.loads((folder / "expected_analysis.json").read_text("utf-8"))
    scores, metrics = published(folder)

    found = analyse(scores, metrics, resamples=200)

    for method, means in expected["method_mean"].items():
        for criterion, mean in means.items():
            estimate = pick(found.estimates, f"mean {criterion}", method)
            assert estimate.value == pytest.approx(mean, abs=1e-6)
            assert estimate.low <= estimate.value <= estimate.high
    for key, values in expected["metric_vs_reader"].items():
        name, criterion = key.split("~")
        estimate = pick(found.estimates, "srocc", f"{name} whole ~ {criterion}")
        assert estimate.n == expected["n_images"]
        assert estimate.value == pytest.approx(values["srocc"], abs=1e-6)
        assert estimate.low < estimate.value < estimate.high
    assert len(found.points["ssim whole ~ contrast_retention"]) == 180


def published(folder):
    """Read the study as its README says: mend the label, leave out what is off its scale."""

    def read(name):
        return list(csv.DictReader((folder / name).read_text("utf-8").splitlines()))

    methods = {(row["set"], row["code"]): row["method"] for row in read("answer_key.csv")}
    scores = []
    for row in read("reader_scores.csv"):
        label = row["set"].replace("Set112", "Set12")
        case = f"set{int(label.removeprefix('Set')):02d}"
        arm = methods.get((case, row["code"]), row["code"])
        for criterion in CRITERIA:
            value = float(row[criterion])
            if 1 <= value <= SCALES[criterion]:
                scores.append(rating(row["reader"], case, arm, value, criterion=criterion))
    better = {"mse": "lower", "psnr": "higher", "ssim": "higher"}
    metrics = [
        metric(row["set"], row["method"], float(row[name]), name=name, better=better[name])
        for row in read("expected_metrics.csv")
        for name in better
        if row["method"] not in ("LDCT", "NDCT")
    ]
    return scores, metrics


def test_repeats_catches_and_training_are_no_part_of_a_mean():
    extra = [rating("R1", "1", "a", 1, kind=kind) for kind in ("repeat", "catch", "training")]
    found = analyse(small_study() + extra, [], resamples=50)
    assert pick(found.estimates, "mean quality", "a").value == 4.0
    assert not found.simulated


def test_simulated_readers_are_marked_in_every_note():
    metrics = [metric(c, a, v) for c in "123" for a, v in (("a", 30), ("b", 20), ("c", 10))]
    found = analyse(small_study("simulated"), metrics, resamples=50)
    assert found.simulated
    assert found.estimates
    assert all(one.note.startswith("SIMULATED") for one in found.estimates)


def test_simulated_scores_give_way_to_real_ones():
    found = analyse([*small_study(), rating("S", "1", "a", 1, kind="simulated")], [], resamples=50)
    assert pick(found.estimates, "mean quality", "a").n_readers == 2
    assert found.warnings == ("1 simulated scores are left out: real ones exist.",)
    assert not any(one.note.startswith("SIMULATED") for one in found.estimates)


def test_without_ratings_metrics_are_set_against_preference():
    scores = [
        preference("R1", case, first, second, 1)
        for case in "1234"
        for first, second in (("a", "b"), ("b", "c"), ("a", "c"))
    ]
    metrics = [metric(c, a, v) for c in "1234" for a, v in (("a", 30), ("b", 20), ("c", 10))]
    found = analyse(scores, metrics, resamples=50)
    assert pick(found.estimates, "srocc", "psnr whole ~ preference").value == pytest.approx(1.0)
    assert pick(found.estimates, "rate preference", "b").value == 0.5


def test_a_metric_of_which_lower_is_better_keeps_its_sign_and_says_so():
    metrics = [
        metric(c, a, v, name="mse", better="lower")
        for c in "123"
        for a, v in (("a", 1), ("b", 2), ("c", 3))
    ]
    found = analyse(small_study(), metrics, resamples=50)
    estimate = pick(found.estimates, "srocc", "mse whole ~ quality")
    assert estimate.value == pytest.approx(-1.0)
    assert "lower values of this metric are better" in estimate.note


def test_an_empty_study_is_empty_and_says_so():
    found = analyse([], [metric("1", "a", 1.0)])
    assert found.estimates == ()
    assert found.warnings == ("There is no score to analyse.",)


def test_scores_that_cannot_count_are_told():
    rows = [*small_study(), rating("R1", "1", "a", np.nan), preference("R1", "1", "a", "a", 1)]
    found = analyse(rows, [], resamples=50)
    assert found.warnings[0].startswith("2 scores without a finite value")


def test_the_same_seed_gives_the_same_findings():
    rows = small_study()
    first, again = analyse(rows, [], seed=7), analyse(rows[::-1], [], seed=7)
    assert first == again
