"""Means of ratings and preference rates, against numbers known by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from app.analysis.cells import preference_cells, rating_cells
from app.analysis.preference import preference_rates
from app.analysis.scores import mean_scores
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
