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


def generated(better):
    scale = tuple(Choice(value, str(value)) for value in range(1, 7))
    return Criterion("generated", "rating", "Generated?", scale, better=better)


LOOKS = [
    rating(reader, case, arm, value, criterion="generated")
    for reader in ("R1", "R2")
    for case, more in (("1", 0), ("2", 1))
    for arm, value in (("real", 1 + more), ("good", 2 + more), ("poor", 5 + more))
]
PSNR = [metric(c, a, v) for c in "12" for a, v in (("real", 50), ("good", 40), ("poor", 20))]


def test_where_lower_is_better_a_good_metric_agrees_and_the_best_arm_is_first():
    """6 is 'Surely generated': the arm of 1 and 2 is the best, and PSNR says so too."""
    found = analyse(LOOKS, PSNR, criteria=(generated("lower"),), resamples=50)

    key = "psnr whole ~ generated, lower is better"
    within = pick(found.estimates, "srocc_within_case", key)
    assert within.value == pytest.approx(1.0)
    assert "scores negated" in within.note
    assert pick(found.estimates, "mean generated", "poor").value == 5.5
    assert pick(found.estimates, "difference generated", "good - poor").value == -3
    means = [one for one in found.estimates if one.quantity == "mean generated"]
    ordered = found.best_of("mean generated").first(means)
    assert [one.group for one in ordered] == ["real", "good", "poor"]
    best = max(found.points[key], key=lambda point: point.score)
    assert best.arm == "real"


def test_the_default_is_that_higher_is_better_named_or_not():
    named = analyse(LOOKS, PSNR, criteria=(generated("higher"),), resamples=50)
    unnamed = analyse(LOOKS, PSNR, resamples=50)
    assert named == unnamed
    within = pick(named.estimates, "srocc_within_case", "psnr whole ~ generated")
    assert within.value == pytest.approx(-1.0)


def test_where_nothing_is_better_no_metric_is_set_against_it():
    found = analyse(LOOKS, PSNR, criteria=(generated("neither"),), resamples=50)
    assert not [one for one in found.estimates if one.analysis == "association"]
    assert found.points == {}
    means = [one for one in found.estimates if one.quantity == "mean generated"]
    ordered = found.best_of("mean generated").first(means)
    assert [one.group for one in ordered] == ["good", "poor", "real"]


def test_the_direction_of_a_metric_is_that_of_its_table():
    """A metric of another program, which no registry of ours knows."""
    values = [
        metric(c, a, v, name="theirs@x", better="lower")
        for c in "123"
        for a, v in (("a", 1), ("b", 2), ("c", 3))
    ]
    found = analyse(small_study(), values, resamples=20)
    assert found.better == {"theirs@x whole ~ quality": "lower"}


def test_ties_of_a_ranking_are_midranks_in_the_analysis():
    """(1, 1, 2) of one reader and (1, 1, 3) of the other say the same."""
    rank = Criterion("rank", "ranking", "Order", ())
    scores = [
        rating(reader, case, arm, place, criterion="rank", presentation=f"{reader}{case}")
        for reader, places in (("R1", (1, 1, 2)), ("R2", (1, 1, 3)))
        for case in ("1", "2")
        for arm, place in zip("abc", places, strict=True)
    ]
    found = analyse(scores, [], criteria=(rank,), resamples=20)
    values = [one.value for one in found.estimates if one.quantity == "mean rank"]
    assert values == [1.5, 1.5, 3.0]
    assert found.best_of("mean rank").words == "1 is best"


def test_around_a_neutral_value_arms_stand_in_the_order_of_their_nearness():
    """The mean of 1 and 13 is 7, the best value, of an arm that is never near it."""
    scale = tuple(Choice(value, str(value)) for value in range(1, 15))
    noise = Criterion("noise", "rating", "Noise", scale, neutral=7)
    scores = [
        rating("R1", case, arm, value, criterion="noise")
        for arm, values in (("wild", (1, 13)), ("near", (8, 8)))
        for case, value in zip("12", values, strict=True)
    ]
    found = analyse(scores, [], criteria=(noise,), resamples=20)
    assert pick(found.estimates, "mean noise", "wild").value == 7
    assert pick(found.estimates, "mean noise, nearness to 7", "wild").value == -6
    assert pick(found.estimates, "difference noise, nearness to 7", "near - wild").value == 5
    means = [one for one in found.estimates if one.quantity == "mean noise"]
    assert [one.group for one in found.best_of("mean noise").first(means)] == ["near", "wild"]


def test_arms_that_met_different_opponents_stand_in_the_order_of_their_worths():
    """b lost mostly to the strong a, and c won mostly against the weak d: b is the better."""
    wins = (("ab", 9), ("ba", 3), ("cd", 9), ("dc", 3), ("bc", 7), ("cb", 5))
    scores = [
        preference("R1", f"case{n}", winner, loser, 1)
        for (winner, loser), often in wins
        for n in range(often)
    ]
    found = analyse(scores, [], resamples=50)
    rates = [one for one in found.estimates if one.quantity == "rate preference"]
    best = found.best_of("rate preference")
    assert not best.comparable
    assert [one.group for one in best.first(rates)] == ["a", "b", "c", "d"]
    assert pick(rates, "rate preference", "c").value > pick(rates, "rate preference", "b").value
