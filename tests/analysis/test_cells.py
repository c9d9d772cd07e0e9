"""Places of a ranking: the same order is the same numbers, however it was typed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from app.analysis.cells import rating_cells, with_midranks
from app.analysis.scores import mean_scores
from tests.analysis.builders import rating


def ranked(places, reader="R1", case="1", presentation="p"):
    return [
        rating(reader, case, f"arm{n}", place, criterion="rank", presentation=presentation)
        for n, place in enumerate(places)
    ]


@pytest.mark.parametrize("typed", [(1, 1, 2), (1, 1, 3), (2, 2, 3)])
def test_two_first_places_are_one_and_a_half_each(typed):
    assert [row.value for row in with_midranks(ranked(typed))] == [1.5, 1.5, 3.0]


def test_readers_who_type_ties_differently_agree_in_the_mean():
    rows = [
        row
        for case in "12"
        for reader, places in (("R1", (1, 1, 2)), ("R2", (1, 1, 3)))
        for row in ranked(places, reader, case, presentation=f"{reader}{case}")
    ]
    means = mean_scores(rating_cells(with_midranks(rows)), "rank", resamples=20)
    assert [one.value for one in means] == [1.5, 1.5, 3.0]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_places_are_scipys_and_add_up_to_all(typed):
    found = [row.value for row in with_midranks(ranked(typed))]
    assert found == rankdata(typed).tolist()
    assert sum(found) == len(typed) * (len(typed) + 1) / 2
    doubled = [row.value for row in with_midranks(ranked([2 * place + 1 for place in typed]))]
    assert doubled == found


def test_places_are_those_of_one_screen():
    """Two screens of one case to one reader are two rankings; without screens, a case is one."""
    rows = ranked((1, 2), presentation="p1") + ranked((1, 1), presentation="p2")
    assert [row.value for row in with_midranks(rows)] == [1.0, 2.0, 1.5, 1.5]
    plain = ranked((1, 3), presentation="") + ranked((2, 2), case="2", presentation="")
    counted = Counter((row.case, row.value) for row in with_midranks(plain))
    assert counted == {("1", 1.0): 1, ("1", 2.0): 1, ("2", 1.5): 2}
