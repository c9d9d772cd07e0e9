"""Worths by Bradley and Terry: by hand, as published, whoever met whom, or none at all."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.preference import preference_rates
from app.analysis.worth import fit, log_worths
from tests.analysis.builders import pick, preference


def table(arms, wins):
    """A table of wins from (winner, loser, how often)."""
    made = np.zeros((1, len(arms), len(arms)))
    for winner, loser, often in wins:
        made[0, arms.index(winner), arms.index(loser)] += often
    return made


def test_a_chain_of_three_is_known_by_hand():
    """3 of 4 is the odds 3: each step is worth log 3, though a and c never met."""
    wins = table("abc", [("a", "b", 3), ("b", "a", 1), ("b", "c", 3), ("c", "b", 1)])
    assert fit(wins)[0] == pytest.approx([0.0, -np.log(3), -2 * np.log(3)])


@pytest.mark.shared
def test_the_published_worths_of_baseball_teams_come_out(shared):
    """Agresti (2002), as in Turner & Firth (2012), doi:10.18637/jss.v048.i09."""
    folder = shared / "reference" / "stats" / "pairwise"
    expected = json.loads((folder / "baseball_1987.expected.json").read_text("utf-8"))["expected"]
    games = list(csv.DictReader((folder / "baseball_1987.csv").read_text("utf-8").splitlines()))
    teams = sorted({row["home.team"] for row in games} | {row["away.team"] for row in games})
    wins = [(row["home.team"], row["away.team"], int(row["home.wins"])) for row in games]
    wins += [(row["away.team"], row["home.team"], int(row["away.wins"])) for row in games]

    found = dict(zip(teams, fit(table(teams, wins))[0], strict=True))

    assert teams[0] == expected["reference"]
    assert found[teams[0]] == 0
    for team, (worth, _) in expected["bradley_terry"].items():
        assert found[team] == pytest.approx(worth, abs=1e-6)


@given(st.lists(st.integers(1, 9), min_size=12, max_size=12))
def test_the_expected_wins_are_those_that_were_won(counts):
    """The likelihood's own equation; and the order of the arms changes no difference."""
    wins = np.zeros((4, 4))
    wins[~np.eye(4, dtype=bool)] = counts
    worths = fit(wins[None])[0]
    met = wins + wins.T
    chance = 1 / (1 + np.exp(worths[None, :] - worths[:, None]))
    assert (met * chance).sum(1) == pytest.approx(wins.sum(1), abs=1e-6)
    turned = fit(wins[::-1, ::-1][None])[0][::-1]
    assert turned - turned[0] == pytest.approx(worths, abs=1e-7)


def test_a_nearly_one_sided_table_still_converges():
    wins = table("abc", [("a", "b", 9999), ("b", "a", 1), ("b", "c", 9999), ("c", "b", 1)])
    assert fit(wins)[0] == pytest.approx([0.0, -np.log(9999), -2 * np.log(9999)], abs=1e-5)


def adaptive_study():
    """b and c are alike; b mostly met the strong a, and c the weak d."""
    wins = [("ab", 9), ("ba", 3), ("cd", 9), ("dc", 3), ("bc", 6), ("cb", 6)]
    rows = []
    for (winner, loser), often in wins:
        rows += [preference("R1", f"case{n}", winner, loser, 1) for n in range(often)]
    return rows


def test_worths_tell_arms_alike_that_rates_tell_apart():
    """By hand: a is worth log 3 more than b, d log 3 less than c."""
    rows = adaptive_study()
    worths = log_worths(rows, "preference", resamples=200)
    rates = preference_rates(rows, "preference", resamples=20)

    values = [one.value for one in worths]
    assert values == pytest.approx([0, -np.log(3), -np.log(3), -2 * np.log(3)], abs=1e-6)
    assert pick(rates, "rate preference", "b").value == pytest.approx(9 / 24)
    assert pick(rates, "rate preference", "c").value == pytest.approx(15 / 24)
    first = worths[0]
    assert (first.quantity, first.group, first.note) == (
        "log_worth preference",
        "a",
        "0 by definition",
    )
    assert (first.n, first.n_cases, first.n_readers) == (12, 9, 1)


def test_the_interval_holds_the_worth_and_is_the_same_again():
    generator = np.random.default_rng(2)
    worth = {"a": 0.0, "b": 0.7, "c": -0.5}
    rows = [
        preference(reader, str(case), one, other, 1 if generator.random() < won else -1)
        for case in range(40)
        for reader in ("R1", "R2", "R3")
        for one, other in (("a", "b"), ("b", "c"), ("a", "c"))
        for won in [1 / (1 + np.exp(worth[other] - worth[one]))]
    ]
    found = log_worths(rows, "preference", resamples=300)

    for one in found[1:]:
        assert one.low < one.value < one.high
        assert one.low < worth[one.group] < one.high
    assert found == log_worths(rows[::-1], "preference", resamples=300)


def test_ties_are_half_a_win_to_each():
    rows = [preference("R1", c, one, other, 0) for c in "12" for one, other in ("ab", "bc", "ac")]
    assert [one.value for one in log_worths(rows, "p", resamples=20)] == pytest.approx([0, 0, 0])


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (("ab", "bc", "ac"), "won or lost every comparison"),
        (("ab", "ba", "cd", "dc"), "never compared"),
    ],
)
def test_without_finite_worths_there_are_none_and_the_reason_is_told(pairs, why):
    rows = [preference("R1", c, one, other, 1) for c in "123" for one, other in pairs]
    found = log_worths(rows, "preference", resamples=20)
    assert found
    assert {one.value for one in found} == {one.low for one in found} == {None}
    assert all(why in one.note for one in found)


def test_resamples_without_worths_are_counted_or_cost_the_interval():
    """c won one case of four: without it a resample has no finite worth."""
    rows = [
        preference("R1", c, one, other, 1) for c in "123" for one, other in ("ab", "ba", "bc", "ac")
    ]
    rows += [preference("R1", "4", "c", "a", 1)]
    found = log_worths(rows, "preference", resamples=100)
    assert found[2].value is not None
    assert found[2].low is None
    assert "undefined in too many resamples" in found[2].note


def test_two_arms_need_no_model():
    assert log_worths([preference("R1", "1", "a", "b", 1)], "preference") == []
