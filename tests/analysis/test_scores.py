"""Means of ratings and preference rates, against numbers known by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.analysis.cells import preference_cells, rating_cells
from app.analysis.precision import Plan, Spread, _differences, expected_precision
from app.analysis.preference import preference_differences, preference_rates, unevenness
from app.analysis.scores import mean_scores, score_differences
from tests.analysis.builders import pick, preference, rating


def test_a_mean_weighs_every_reader_and_case_the_same():
    """R1 saw case 1 twice: ((2 + 4) / 2 + 5 + 1 + 3) / 4 = 3."""
    rows = [
        rating("R1", "1", "a", 2, presentation="p1"),
        rating("R1", "1", "a", 4, presentation="p2"),
        rating("R1", "2", "a", 5),
        rating("R2", "1", "a", 1),
        rating("R2", "2", "a", 3),
    ]
    (found,) = mean_scores(rating_cells(rows), "quality")
    assert found.value == pytest.approx(3.0)
    assert (found.n_cases, found.n_readers, found.n) == (2, 2, 5)
    assert (found.analysis, found.quantity, found.group) == ("scores", "mean quality", "a")


def test_a_tie_counts_half_to_both():
    """The arm a: won, tied, lost, won = 2.5 of 4; against b alone 1.5 of 2."""
    rows = [
        preference("R1", "1", "a", "b", 2),
        preference("R1", "2", "b", "a", 0),
        preference("R1", "1", "c", "a", 1),
        preference("R1", "2", "a", "c", 1),
    ]
    found = preference_rates(rows, "preference")
    assert pick(found, "rate preference", "a").value == pytest.approx(2.5 / 4)
    assert pick(found, "rate preference", "b").value == pytest.approx(0.5 / 2)
    assert pick(found, "pair_rate preference", "a vs b").value == pytest.approx(1.5 / 2)
    assert pick(found, "pair_rate preference", "a vs c").n == 2


def test_preference_rates_average_one_half_in_a_balanced_study():
    generator = np.random.default_rng(0)
    rows = [
        preference(reader, str(case), first, second, generator.integers(-2, 3))
        for reader in ("R1", "R2")
        for case in range(6)
        for first, second in (("a", "b"), ("c", "a"), ("b", "c"))
    ]
    cells = preference_cells(rows)
    assert (cells.sums.sum((0, 1)) / cells.counts.sum((0, 1))).mean() == pytest.approx(0.5)


def test_scores_that_do_not_vary_have_no_interval_rather_than_one_of_no_width():
    """Six equal scores do not make the mean of all readers and cases certain."""
    rows = [rating(r, c, "a", 4) for r in ("R1", "R2") for c in "123"]
    (found,) = mean_scores(rating_cells(rows), "quality", resamples=200)
    assert (found.low, found.value, found.high) == (None, 4.0, None)
    assert found.note == "no interval: no variation in the data"


@pytest.mark.parametrize("cases", [2, 6, 20])
def test_six_wins_of_six_have_the_exact_interval_over_cases(cases):
    """Clopper and Pearson, as SciPy has it; two readers of a case are not two trials."""
    rows = [
        preference(reader, str(case), "a", "b", 1)
        for reader in ("R1", "R2")
        for case in range(cases)
    ]
    exact = binomtest(cases, cases).proportion_ci(method="exact")

    found = preference_rates(rows, "preference", resamples=100)

    for name, quantity in (("a", "rate preference"), ("a vs b", "pair_rate preference")):
        won = pick(found, quantity, name)
        assert (won.value, won.high) == (1.0, 1.0)
        assert won.low == pytest.approx(exact.low)
        assert "Clopper-Pearson" in won.method
    lost = pick(found, "rate preference", "b")
    assert (lost.value, lost.low) == (0.0, 0.0)
    assert lost.high == pytest.approx(1 - exact.low)


def test_nothing_but_ties_has_no_interval():
    rows = [preference("R1", case, "a", "b", 0) for case in "1234"]
    found = pick(preference_rates(rows, "preference", resamples=100), "rate preference", "a")
    assert (found.value, found.low, found.high) == (0.5, None, None)
    assert "no variation" in found.note


def test_one_case_gives_no_interval_and_says_so():
    (found,) = mean_scores(rating_cells([rating("R1", "1", "a", 4)]), "quality")
    assert (found.value, found.low, found.high) == (4.0, None, None)
    assert found.note == "no interval: one case"


def test_one_reader_gets_an_interval_with_a_warning():
    rows = [rating("R1", str(case), "a", case % 5) for case in range(10)]
    (found,) = mean_scores(rating_cells(rows), "quality", resamples=300)
    assert found.low < found.value < found.high
    assert "this reader only" in found.note


def test_a_difference_is_taken_within_reader_and_case():
    """By hand: of a - b there are 4 - 1 and 5 - 3, so 2.5; R2 scored b of case 2 alone."""
    rows = [
        rating("R1", "1", "a", 4),
        rating("R1", "1", "b", 1),
        rating("R1", "2", "a", 5),
        rating("R1", "2", "b", 3),
        rating("R2", "2", "b", 1),
    ]
    (found,) = score_differences(rating_cells(rows), "quality", resamples=200)
    assert (found.quantity, found.group) == ("difference quality", "a - b")
    assert found.value == pytest.approx(2.5)
    assert (found.n, found.n_cases, found.n_readers) == (2, 2, 1)
    assert "1 scores of a reader and case left out" in found.note


@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=4, max_size=4))
def test_where_every_cell_is_scored_a_difference_is_that_of_the_means(table):
    """Two readers, two cases, three arms."""
    rows = [
        rating(f"R{line // 2}", str(line % 2), arm, value)
        for line, scores in enumerate(table)
        for arm, value in zip("abc", scores, strict=True)
    ]
    cells = rating_cells(rows)
    means = {one.group: one.value for one in mean_scores(cells, "q", resamples=20)}
    for one in score_differences(cells, "q", resamples=20):
        first, second = one.group.split(" - ")
        assert one.value == pytest.approx(means[first] - means[second], abs=1e-12)
        assert not one.note.count("left out")


def test_a_difference_is_known_better_than_either_mean_where_cases_differ_most():
    generator = np.random.default_rng(3)
    rows = [
        rating(reader, str(case), arm, level + better + generator.normal(0, 0.1))
        for case, level in enumerate(generator.normal(0, 2, 20))
        for reader in ("R1", "R2", "R3")
        for arm, better in (("a", 0.5), ("b", 0.0))
    ]
    cells = rating_cells(rows)
    (difference,) = score_differences(cells, "q", resamples=400)
    mean, _ = mean_scores(cells, "q", resamples=400)
    assert 0 < difference.low < 0.5 < difference.high < 1
    assert difference.high - difference.low < 0.2 * (mean.high - mean.low)


def test_arms_that_no_reader_scored_on_one_case_have_no_difference():
    rows = [rating("R1", "1", "a", 4), rating("R1", "2", "b", 3)]
    (found,) = score_differences(rating_cells(rows), "quality", resamples=20)
    assert (found.value, found.low, found.n) == (None, None, 0)
    assert found.note.startswith("undefined: no reader scored both")


def test_one_arm_alone_has_no_difference():
    assert score_differences(rating_cells([rating("R1", "1", "a", 4)]), "q") == []


def test_a_preference_difference_is_the_mean_answer_in_points():
    """By hand: a over b by 2, then b over a by 1: (2 - 1) / 2; the reader's twice counts once."""
    rows = [
        preference("R1", "1", "a", "b", 2),
        preference("R1", "2", "b", "a", 1),
        preference("R1", "2", "a", "b", -1),
    ]
    (found,) = preference_differences(rows, "preference", resamples=50)
    assert (found.quantity, found.group) == ("difference preference", "a - b")
    assert found.value == pytest.approx(0.5)
    assert (found.n, found.n_cases) == (3, 2)


@pytest.mark.parametrize("direct", [False, True])
def test_the_precision_that_was_promised_is_that_of_the_differences(direct):
    """Studies drawn from the model have, on average, the half width that is foretold."""
    plan, spread = Plan(24, 5, direct=direct), Spread(0.5, 0.2, 0.6)
    chance = np.random.default_rng(1)
    widths = []
    for study in range(40):
        apart = _differences(plan, spread, chance)
        places = [(r, c) for r in range(plan.readers) for c in range(plan.cases)]
        if direct:
            rows = [preference(f"R{r}", str(c), "a", "b", apart[r, c]) for r, c in places]
            (found,) = preference_differences(rows, "q", seed=study, resamples=200)
        else:
            levels = chance.normal(0, 1, plan.cases)
            rows = [rating(f"R{r}", str(c), "b", levels[c]) for r, c in places]
            rows += [rating(f"R{r}", str(c), "a", levels[c] + apart[r, c]) for r, c in places]
            (found,) = score_differences(rating_cells(rows), "q", seed=study, resamples=200)
        widths.append((found.high - found.low) / 2)

    promised = expected_precision(plan, spread).half_width

    assert np.mean(widths) == pytest.approx(promised, rel=0.08)


def test_rates_of_arms_that_met_different_opponents_say_so():
    """a met the weak c only and b the strong a too: their rates are of different things."""
    rows = [preference("R1", str(n), "a", "c", 1) for n in range(6)]
    rows += [preference("R1", str(n), "b", "c", 1) for n in range(6)]
    rows += [preference("R1", str(n), "a", "b", 1 if n else -1) for n in range(2)]
    found = preference_rates(rows, "preference", resamples=50)
    assert unevenness(rows).startswith("not comparable between arms")
    assert "(2 to 6 comparisons a pair)" in pick(found, "rate preference", "a").note
    assert "not comparable" not in pick(found, "pair_rate preference", "a vs b").note


def test_a_study_of_all_pairs_is_even():
    rows = [
        preference("R1", case, first, second, 1)
        for case in "123"
        for first, second in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    assert unevenness(rows) == ""
    assert unevenness(rows[:-1]) != ""
    assert unevenness([preference("R1", "1", "a", "b", 1)]) == ""
