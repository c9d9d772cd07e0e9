"""What the precision that is foretold is of: the differences that the analysis gives."""

from dataclasses import replace

import pytest

from app.workflows.expect import expectation
from tests.study.conftest import make_protocol


@pytest.mark.parametrize(("criterion", "direct"), [(0, True), (1, False)])
def test_the_assumptions_name_the_rows_that_it_is_of(criterion, direct):
    protocol = make_protocol(cases=6, readers=3)
    asked = protocol.criteria[criterion]

    found = expectation(replace(protocol, criteria=(asked,)))

    assert found.plan.direct is direct
    assert any(f"'difference {asked.id}' of estimates.csv" in one for one in found.assumptions)


@pytest.mark.parametrize(("arms", "share"), [(3, 1 / 3), (5, 3 / 5), (4, 1.0)])
def test_of_ratings_in_some_pairs_a_difference_needs_both_arms(arms, share):
    """By hand: one pair of three arms is each of three pairs in a third of the cases; two pairs
    of five leave one arm out, and hold two given ones in 4/5 * 3/4; of four they hold all."""
    protocol = make_protocol(cases=6, arms=arms)
    protocol = replace(protocol, criteria=protocol.criteria[1:], pairing="adaptive")

    assert expectation(protocol).plan.share == pytest.approx(share)
