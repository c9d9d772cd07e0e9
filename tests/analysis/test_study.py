"""The whole analysis: a published study, simulated readers, and studies with gaps."""

import csv
import json

import numpy as np
import pytest

from app.analysis.study import analyse
from app.domain.protocol import Choice, Criterion
from tests.analysis.builders import metric, pick, preference, rating

CRITERIA = ("noise_reduction", "contrast_retention", "structure_preservation")
NAMED = ("LDCT", "NDCT")
# What all readers scored alike on all cases: the fixed anchors, and one arm's contrast.
ALIKE = [(c, arm) for c in CRITERIA for arm in NAMED] + [("contrast_retention", "WGAN-VGG")]
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
            if (criterion, method) in ALIKE:
                assert (estimate.low, estimate.high) == (None, None)
                assert "no variation" in estimate.note
            else:
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
        if row["method"] not in NAMED
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


def test_scores_with_a_neutral_value_go_with_metrics_by_their_nearness_to_it():
    """Known by hand: 7 of 14 is best; the arm at 13 is as bad as that at 1."""
    scale = tuple(Choice(value, str(value)) for value in range(1, 15))
    noise = Criterion("noise", "rating", "Noise", scale, neutral=7)
    scores = [
        rating("R1", case, arm, value, criterion="noise")
        for case in ("1", "2", "3")
        for arm, value in (("best", 7), ("near", 9), ("smooth", 13), ("noisy", 1))
    ]
    values = [
        metric(case, arm, level)
        for case in ("1", "2", "3")
        for arm, level in (("best", 40), ("near", 35), ("smooth", 20), ("noisy", 20))
    ]
    found = analyse(scores, values, criteria=(noise,), resamples=50)

    near = pick(found.estimates, "srocc", "psnr whole ~ noise, nearness to 7")
    assert near.value == pytest.approx(1.0)
    assert pick(found.estimates, "mean noise", "smooth").value == 13
    raw = analyse(scores, values, resamples=50)
    assert abs(pick(raw.estimates, "srocc", "psnr whole ~ noise").value) < 0.5


def test_the_first_place_of_a_ranking_is_the_best():
    rank = Criterion("rank", "ranking", "Order", ())
    scores = [
        rating("R1", case, arm, place, criterion="rank")
        for case in ("1", "2")
        for place, arm in enumerate("abc", 1)
    ]
    values = [
        metric(case, arm, 40 - 5 * place) for case in ("1", "2") for place, arm in enumerate("abc")
    ]
    found = analyse(scores, values, criteria=(rank,), resamples=50)

    assert pick(found.estimates, "srocc", "psnr whole ~ rank, first is best").value == 1
    assert pick(found.estimates, "mean rank", "a").value == 1


def test_an_answer_about_several_images_is_no_score_of_the_one_on_the_left():
    scores = [
        *small_study(),
        rating("R1", "1", "", 3, criterion="confidence", presentation="P1"),
    ]
    found = analyse(scores, [], resamples=20)

    assert not [one for one in found.estimates if "confidence" in one.quantity]
    assert found.warnings == ()
