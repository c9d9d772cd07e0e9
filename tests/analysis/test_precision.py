"""What precision a planned study may expect: by hand, by the closed form, by simulation."""

import time
from math import sqrt

import numpy as np
import pytest

from app.analysis import precision
from app.analysis.precision import (
    Plan,
    Spread,
    closed_form,
    expected_precision,
    in_words,
    standard_error,
)
from app.errors import InputError


def test_the_standard_error_is_known_by_hand():
    """2 * 0.5**2 / 50 + 2 * 0.3**2 / 3 + 2 * 0.6**2 / 150 = 0.01 + 0.06 + 0.0048."""
    assert standard_error(Plan(50, 3), Spread(0.5, 0.3, 0.6)) == pytest.approx(sqrt(0.0748))


def test_an_answer_that_compares_two_arms_has_half_the_error():
    only_error = Spread(0.0, 0.0, 1.0)

    assert standard_error(Plan(10, 5, direct=True), only_error) == pytest.approx(sqrt(1 / 50))
    assert standard_error(Plan(10, 5), only_error) == pytest.approx(sqrt(2 / 50))
    assert standard_error(Plan(10, 5, answers=2), only_error) == pytest.approx(sqrt(1 / 50))


@pytest.mark.parametrize(
    ("plan", "spread"),
    [
        (Plan(30, 4), Spread()),
        (Plan(12, 6, direct=True), Spread(0.8, 0.1, 0.4)),
        (Plan(24, 4, share=0.5), Spread(0.6, 0.2, 0.5)),
    ],
)
def test_means_of_simulated_studies_vary_as_the_closed_form_says(plan, spread):
    chance = np.random.default_rng(1)
    means = []
    for _ in range(4000):
        answered = precision._answered(plan, chance)
        scores = precision._differences(plan, spread, chance) * answered
        means.append(scores.sum() / answered.sum())

    assert np.std(means) == pytest.approx(standard_error(plan, spread), rel=0.04)


def test_with_many_readers_and_cases_both_ways_agree():
    plan, spread = Plan(80, 30), Spread(0.5, 0.3, 0.3)
    half_width, power = closed_form(plan, spread, 0.2)

    seen = expected_precision(plan, spread, difference=0.2)

    assert seen.half_width == pytest.approx(half_width, rel=0.06)
    assert seen.power == pytest.approx(power, abs=0.08)
    assert seen.coverage == pytest.approx(0.95, abs=0.03)


def test_a_single_component_gives_the_interval_of_the_textbook():
    """Only cases vary: the t interval of 25 differences with deviation sqrt(2) * 0.5."""
    half_width, power = closed_form(Plan(25, 4), Spread(0.5, 0.0, 0.0), 0.0)

    assert half_width == pytest.approx(2.0639 * sqrt(0.5) / 5, rel=1e-3)
    assert power == pytest.approx(0.05, abs=1e-6)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_nearly_so():
    first = expected_precision(Plan(40, 5), seed=3)

    assert first == expected_precision(Plan(40, 5), seed=3)
    other = expected_precision(Plan(40, 5), seed=4)
    assert first != other
    assert other.half_width == pytest.approx(first.half_width, rel=0.08)


def test_more_cases_and_more_readers_never_make_it_worse():
    widths = [expected_precision(Plan(n, n // 4), seed=1).half_width for n in (16, 32, 64)]

    assert widths == sorted(widths, reverse=True)


def test_few_readers_are_told_by_the_coverage_of_their_interval():
    """Two readers drawn anew are often the same one: the interval is too narrow."""
    few = expected_precision(Plan(40, 2), Spread(0.2, 0.6, 0.2))

    assert few.coverage < 0.85


@pytest.mark.parametrize("plan", [Plan(2, 1), Plan(20, 3), Plan(500, 20)])
def test_it_takes_less_than_a_second(plan):
    started = time.perf_counter()
    expected_precision(plan)

    assert time.perf_counter() - started < 3  # one second where nothing else runs


@pytest.mark.parametrize(
    ("plan", "spread", "difference"),
    [
        (Plan(1, 3), Spread(), 0.5),
        (Plan(9, 0), Spread(), 0.5),
        (Plan(9, 3), Spread(error=-1), 0.5),
        (Plan(9, 3), Spread(case_arm=float("nan")), 0.5),
        (Plan(9, 3), Spread(), float("inf")),
    ],
)
def test_what_cannot_be_is_refused(plan, spread, difference):
    with pytest.raises(InputError):
        expected_precision(plan, spread, difference=difference)


def test_the_closed_form_refuses_open_cells():
    with pytest.raises(InputError, match="every cell"):
        closed_form(Plan(9, 3, share=0.5), Spread(), 0.5)


def test_the_words_name_every_number_that_is_assumed():
    said = " ".join(in_words(Plan(12, 3), Spread(0.41, 0.22, 0.63)))

    assert all(word in said for word in ("12 cases", "3 readers", "0.41", "0.22", "0.63"))
