"""Which values of a quantity are the better ones, and who is first by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.findings import Best, Findings
from app.domain.result import Estimate


def estimates(values):
    return [
        Estimate("scores", "mean q", f"arm{n:02}", value, None, None, 0.95, 1, 1, 1, "")
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("best", "order"),
    [
        (Best(), [1, 0, 2]),
        (Best("lower"), [2, 0, 1]),
        (Best("neither"), [0, 1, 2]),
        (Best("neither", value=7, order=("arm02", "arm00", "arm01")), [2, 0, 1]),
    ],
)
def test_the_first_is_the_best(best, order):
    found = best.first(estimates([3.0, 5.0, 1.0]))
    assert [one.group for one in found] == [f"arm{n:02}" for n in order]


@given(st.lists(st.none() | st.floats(-9, 9)), st.sampled_from(["higher", "lower", "neither"]))
def test_ordering_loses_nothing_and_puts_what_has_no_value_last(values, better):
    made = estimates(values)
    found = Best(better).first(made)
    assert sorted(found, key=lambda one: one.group) == made
    missing = [one.value is None for one in found]
    assert missing == sorted(missing)


def test_of_a_quantity_of_which_nothing_is_said_higher_is_better():
    assert Findings(()).best_of("mean q") == Best("higher")
