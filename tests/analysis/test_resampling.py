"""The bootstrap: honest draws, honest intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.analysis import resampling
from app.analysis.resampling import draw, exact_bound, interval, totals, weighted_means


def table(generator, readers, cases, *, reader_sd=0.4, case_sd=0.8):
    """Scores with a true mean of 3, from readers and cases that differ."""
    values = (
        3
        + generator.normal(0, reader_sd, (readers, 1, 1))
        + generator.normal(0, case_sd, (1, cases, 1))
        + generator.normal(0, 0.5, (readers, cases, 1))
    )
    return values, np.ones_like(values)


@given(readers=st.integers(1, 6), cases=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_every_resample_draws_as_many_as_there_are(readers, cases, seed):
    draws = draw(readers, cases, seed=seed, resamples=20)
    assert (draws.readers.sum(1) == readers).all()
    assert (draws.cases.sum(1) == cases).all()
    again = draw(readers, cases, seed=seed, resamples=20)
    assert np.array_equal(draws.cases, again.cases)


def test_a_resampled_mean_equals_the_mean_of_the_drawn_rows():
    sums, counts = table(np.random.default_rng(4), 3, 5)
    draws = draw(3, 5, seed=1, resamples=7)
    fast = weighted_means(sums, counts, draws)[:, 0]
    for index in range(7):
        readers = np.repeat(np.arange(3), draws.readers[index].astype(int))
        cases = np.repeat(np.arange(5), draws.cases[index].astype(int))
        assert fast[index] == pytest.approx(sums[np.ix_(readers, cases, [0])].mean())


def test_the_interval_holds_the_mean_and_narrows_with_more_cases():
    generator = np.random.default_rng(5)
    widths = []
    for cases in (8, 80):
        sums, counts = table(generator, 4, cases, reader_sd=0.0)
        draws = draw(4, cases, seed=2, resamples=500)
        low, high, _ = interval(weighted_means(sums, counts, draws)[:, 0])
        assert low < sums.mean() < high
        widths.append(high - low)
    assert widths[1] < 0.6 * widths[0]


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """200 small studies of 10 readers and 30 cases with a true mean of 3."""
    generator = np.random.default_rng(6)
    covered = 0
    for study in range(200):
        sums, counts = table(generator, 10, 30)
        draws = draw(10, 30, seed=study, resamples=300)
        low, high, _ = interval(weighted_means(sums, counts, draws)[:, 0])
        covered += low <= 3 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_undefined_resamples_are_counted_or_cost_the_interval():
    values = np.linspace(0, 1, 100)
    values[:3] = np.nan
    assert interval(values)[2] == "3 of 100 resamples undefined"
    values[:50] = np.nan
    assert interval(values) == (None, None, "no interval: undefined in too many resamples")


def test_resamples_that_are_alike_give_no_interval():
    """Also where they differ by rounding only."""
    assert interval(np.full(50, 3.0)) == (None, None, "no interval: no variation in the data")
    nearly = np.full(50, 1 / 3) + np.linspace(0, 1e-15, 50)
    assert interval(nearly)[0] is None


@given(n=st.integers(1, 200))
def test_the_exact_bound_is_scipys_and_ends_at_its_level(n):
    """What happens with this probability happens n times in n with the probability 0.025."""
    bound = exact_bound(n)
    assert bound**n == pytest.approx(0.025)
    assert bound == pytest.approx(binomtest(n, n).proportion_ci(method="exact").low)


def test_sums_of_many_columns_are_those_of_each_alone(monkeypatch):
    sums = np.random.default_rng(1).normal(size=(3, 5, 7))
    draws = draw(3, 5, seed=1, resamples=11)
    whole = totals(sums, draws)
    monkeypatch.setattr(resampling, "_BLOCK", 60)
    assert totals(sums, draws) == pytest.approx(whole)
