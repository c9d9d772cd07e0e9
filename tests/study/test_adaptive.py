"""Adaptive pairing: worths, expected information, and fewer comparisons for the same ranking."""

from collections import Counter
from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from app.study.adaptive import Compared, information, next_screens, worths
from app.study.orders import generator

ARMS = tuple("abcdefgh")
TRUE = {arm: 1.1 * (len(ARMS) - place) for place, arm in enumerate(ARMS)}
CASES = tuple(f"case{number}" for number in range(12))


def draw(seed):
    return generator(seed, "", "tests")


def answer(one, other, chance):
    """Return an answer of a reader whose preferences follow the true worths."""
    wins = chance.random() < 1 / (1 + np.exp(TRUE[other] - TRUE[one]))
    return Compared(one, other, float(wins))


def kendall(ranking):
    """Return the share of pairs that a ranking has in the true order."""
    place = {arm: index for index, arm in enumerate(ranking)}
    pairs = list(combinations(ARMS, 2))
    return sum(place[one] < place[other] for one, other in pairs) / len(pairs)


def test_two_arms_have_the_worth_of_their_wins():
    """Without a prior to speak of: 3 of 4 won is log 3 apart."""
    answers = [Compared("a", "b", 1.0)] * 3000 + [Compared("a", "b", 0.0)] * 1000

    known = worths(("a", "b"), answers)

    assert known.values[0] - known.values[1] == pytest.approx(log(3), abs=0.01)
    assert known.ranking() == ("a", "b")


def test_worths_are_the_optimum_that_a_general_search_finds():
    chance = draw(5)
    answers = [answer(*chance.sample(ARMS, 2), chance) for _ in range(200)]
    place = {arm: index for index, arm in enumerate(ARMS)}

    def loss(values):
        gaps = [
            (2 * one.won - 1) * (values[place[one.first]] - values[place[one.second]])
            for one in answers
        ]
        return np.logaddexp(0, -np.array(gaps)).sum() + 0.5 * (values**2).sum()

    found = optimize.minimize(loss, np.zeros(len(ARMS))).x

    assert worths(ARMS, answers).values == pytest.approx(found, abs=1e-3)


def test_an_arm_that_always_wins_has_a_finite_worth():
    known = worths(("a", "b", "c"), [Compared("a", "b", 1.0)] * 50)

    assert np.isfinite(known.values).all()
    assert known.values[2] == pytest.approx(0)


def test_what_is_known_well_tells_less_than_what_is_not():
    answers = [Compared("a", "b", won) for won in (1.0, 0.0) * 20]
    known = worths(("a", "b", "c"), answers)

    assert information(known, 0, 2) > information(known, 0, 1)


def test_a_sure_winner_tells_less_than_an_even_match():
    answers = [Compared("a", "b", 1.0), Compared("a", "c", 1.0)] * 30
    known = worths(("a", "b", "c"), answers)

    assert information(known, 1, 2) > information(known, 0, 1)


@given(seed=st.integers(0, 10**6), each=st.integers(1, 4), arms=st.integers(2, 7))
def test_a_round_never_asks_again_and_is_the_same_for_the_same_chance(seed, each, arms):
    chance = draw(seed)
    names = ARMS[:arms]
    shown = {case: [tuple(chance.sample(names, 2))] for case in CASES[:5]}

    made = next_screens(names, [], shown, each=each, chance=draw(seed))

    pairs = Counter((one.case, frozenset(one.arms)) for one in made)
    assert all(count == 1 for count in pairs.values())
    assert not pairs.keys() & {(case, frozenset(p)) for case, ps in shown.items() for p in ps}
    possible = arms * (arms - 1) // 2 - 1
    assert len(made) == 5 * min(each, possible)
    assert made == next_screens(names, [], shown, each=each, chance=draw(seed))


@given(seed=st.integers(0, 10**6), arms=st.integers(3, 8))
def test_each_arm_stands_left_about_as_often_as_right(seed, arms):
    made = next_screens(ARMS[:arms], [], dict.fromkeys(CASES, ()), each=3, chance=draw(seed))

    left = Counter(one.arms[0] for one in made)
    left.subtract(one.arms[1] for one in made)
    assert max(map(abs, left.values())) <= 3


def adaptive_study(seed, rounds):
    """Read rounds of four pairs a case, each drawn from the answers before it."""
    chance = draw(seed)
    shown = {case: [] for case in CASES}
    answers = []
    for _ in range(rounds):
        made = next_screens(ARMS, answers, shown, each=2, chance=chance)
        for one in made:
            shown[one.case].append(one.arms)
            answers.append(answer(*one.arms, chance))
    return answers


def test_fewer_comparisons_than_all_pairs_reach_the_same_ranking():
    """Twelve cases of 28 pairs are 336 comparisons; four rounds of two pairs are 96."""
    adaptive, exhaustive, sparse = [], [], []
    for seed in range(40):
        chance = draw(1000 + seed)
        every = [answer(*pair, chance) for _ in CASES for pair in combinations(ARMS, 2)]
        few = adaptive_study(seed, rounds=4)
        assert len(few) == 96
        adaptive.append(kendall(worths(ARMS, few).ranking()))
        exhaustive.append(kendall(worths(ARMS, every).ranking()))
        sparse.append(kendall(worths(ARMS, chance.sample(every, 96)).ranking()))

    assert np.mean(adaptive) > np.mean(exhaustive) - 0.02
    assert np.mean(adaptive) > np.mean(sparse)
