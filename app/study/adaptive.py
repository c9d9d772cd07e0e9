"""A further round of pairs, where the ranking of the arms is least certain.

The answers so far give each arm a worth by the Bradley-Terry model: the arm of worth
``a`` is preferred to the one of worth ``b`` with the probability ``1 / (1 + exp(b - a))``.
The curvature of the likelihood gives the variance of every difference of worths. The next
pair is the one whose answer is expected to tell most, and so on, each choice counted as if
it were answered, so that a round does not ask for the same pair only.

References
----------
Bradley & Terry (1952), doi:10.1093/biomet/39.3-4.324; MacKay (1992),
doi:10.1162/neco.1992.4.4.590, on choosing by expected information.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.study.extras import Planned

Values = NDArray[np.float64]
Pair = tuple[str, str]

PRIOR = 1.0
"""Variance of the worths before anything is known; keeps an arm that always wins finite."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One answer: two arms, and the share of it that the first has won (a tie is a half)."""

    first: str
    second: str
    won: float


@dataclass(frozen=True, slots=True)
class Worths:
    """Estimated worths of arms and how they vary together."""

    arms: tuple[str, ...]
    values: Values
    covariance: Values

    def ranking(self) -> tuple[str, ...]:
        """Return the arms, best first."""
        return tuple(self.arms[index] for index in np.argsort(-self.values, kind="stable"))


def worths(arms: Sequence[str], answers: Sequence[Compared]) -> Worths:
    """Return the worths that the answers speak for, by maximum a posteriori (Newton's method).

    The prior is normal about 0. Arms that were never compared keep it.
    """
    place = {arm: index for index, arm in enumerate(arms)}
    first = np.array([place[one.first] for one in answers], dtype=np.intp)
    second = np.array([place[one.second] for one in answers], dtype=np.intp)
    won = np.array([one.won for one in answers])
    values: Values = np.zeros(len(arms), dtype=np.float64)
    for _ in range(50):
        chance = _preferred(values[first] - values[second])
        slope: Values = np.asarray(-values / PRIOR, dtype=np.float64)
        np.add.at(slope, first, won - chance)
        np.add.at(slope, second, chance - won)
        step = np.linalg.solve(_curvature(values, first, second), slope)
        values = np.asarray(values + step, dtype=np.float64)
        if np.abs(step).max(initial=0) < 1e-9:
            break
    covariance: Values = np.asarray(
        np.linalg.inv(_curvature(values, first, second)), dtype=np.float64
    )
    return Worths(tuple(arms), values, covariance)


def information(known: Worths, one: int, other: int) -> float:
    """Return how much an answer to a pair is expected to tell, in nats, to first order."""
    p = float(_preferred(known.values[one] - known.values[other]))
    spread = known.covariance
    variance = spread[one, one] + spread[other, other] - 2 * spread[one, other]
    return float(0.5 * np.log1p(p * (1 - p) * variance))


def next_screens(
    arms: Sequence[str],
    answers: Sequence[Compared],
    shown: Mapping[str, Sequence[Pair]],
    *,
    each: int,
    chance: Random,
) -> tuple[Planned, ...]:
    """Return a further round of one reader's screens, in order.

    Parameters
    ----------
    answers
        Of all readers so far.
    shown
        The pairs of each case that this reader has been planned, as they stood on the
        screen. No pair of a case comes again; a case whose pairs are all planned is left out.
    each
        How many pairs of each case.

    Returns
    -------
    tuple of Planned
        Cases in random order, never the same twice in a row where others are left. The arm
        that stood left less often so far stands left.
    """
    known = worths(arms, answers)
    left = Counter(pair[0] for pairs in shown.values() for pair in pairs)
    left.subtract(pair[1] for pairs in shown.values() for pair in pairs)
    taken = {case: {frozenset(pair) for pair in pairs} for case, pairs in shown.items()}
    cases = sorted(shown)
    made: list[Planned] = []
    for _ in range(each):
        chance.shuffle(cases)
        if made and len(cases) > 1 and cases[0] == made[-1].case:
            cases.append(cases.pop(0))
        for case in cases:
            free = [
                (one, other)
                for one, other in combinations(range(len(arms)), 2)
                if frozenset((arms[one], arms[other])) not in taken[case]
            ]
            if not free:
                continue
            chance.shuffle(free)
            one, other = max(free, key=lambda pair: information(known, *pair))
            known = _as_if_answered(known, one, other)
            pair = (arms[one], arms[other])
            taken[case].add(frozenset(pair))
            ahead = left[pair[0]] - left[pair[1]]
            if ahead > 0 or (ahead == 0 and chance.random() < 0.5):
                pair = (pair[1], pair[0])
            left[pair[0]] += 1
            left[pair[1]] -= 1
            made.append(Planned(case, pair, own=len(made)))
    return tuple(made)


def _as_if_answered(known: Worths, one: int, other: int) -> Worths:
    """Return the worths with the variance that they have once a pair is answered."""
    p = float(_preferred(known.values[one] - known.values[other]))
    weight = p * (1 - p)
    toward = known.covariance[:, one] - known.covariance[:, other]
    variance = toward[one] - toward[other]
    less = weight / (1 + weight * variance) * np.outer(toward, toward)
    return Worths(known.arms, known.values, known.covariance - less)


def _curvature(values: Values, first: NDArray[np.intp], second: NDArray[np.intp]) -> Values:
    p = _preferred(values[first] - values[second])
    weight = p * (1 - p)
    curvature = np.eye(len(values)) / PRIOR
    np.add.at(curvature, (first, first), weight)
    np.add.at(curvature, (second, second), weight)
    np.add.at(curvature, (first, second), -weight)
    np.add.at(curvature, (second, first), -weight)
    return curvature


def _preferred(difference: Values | float) -> Values:
    chance: Values = 1 / (1 + np.exp(-np.asarray(difference, dtype=np.float64)))
    return chance
