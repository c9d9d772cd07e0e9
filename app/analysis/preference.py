"""Which arm the readers preferred, over all comparisons and pair by pair, and by how much."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from app.analysis.cells import answer_cells, pair_cells, preference_cells
from app.analysis.scores import column_means
from app.domain.result import Estimate, ScoreRow

EVEN = 0.9
"""Arms count as having met the same opponents where no pair has less than this share of the
comparisons of another."""


def preference_rates(
    rows: Sequence[ScoreRow], criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the preference rate of every arm, then of every pair of arms.

    The rate is the share of an arm's comparisons in which it was preferred; a
    tie counts one half. For a pair ``A vs B`` it is the rate of A against B.
    An arm's rate depends on whom it met: where that differs, the note says so.

    Parameters
    ----------
    rows
        Preferences of one criterion: a positive value prefers ``arm`` to ``opponent``.
    """
    arms = column_means(
        preference_cells(rows),
        analysis="preference",
        quantity=f"rate {criterion}",
        what="share of comparisons won, ties one half",
        seed=seed,
        resamples=resamples,
        shares=True,
    )
    pairs = column_means(
        pair_cells(rows),
        analysis="preference",
        quantity=f"pair_rate {criterion}",
        what="share of the pair's comparisons won by the first, ties one half",
        seed=seed,
        resamples=resamples,
        shares=True,
    )
    uneven = unevenness(rows)
    if uneven:
        arms = [replace(one, note="; ".join(filter(None, (uneven, one.note)))) for one in arms]
    return arms + pairs


def preference_differences(
    rows: Sequence[ScoreRow], criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the mean answer to every pair of arms ``a - b``, positive where a is better.

    In points of the scale of answers, as the comparison category rating of ITU-T P.910
    takes it (CCR). Every reader and case weighs the same.
    """
    return column_means(
        answer_cells(rows),
        analysis="preference",
        quantity=f"difference {criterion}",
        what="mean answer to the pair, in points of the scale, positive where the first is better",
        seed=seed,
        resamples=resamples,
    )


def unevenness(rows: Sequence[ScoreRow]) -> str:
    """Return why the rates of arms cannot be compared, or nothing where they can.

    Where each arm has met each other equally often, its rate is its mean rate against all
    others. Otherwise an arm that met weak opponents has a high rate for that alone.
    """
    met = Counter(tuple(sorted((row.arm, row.opponent))) for row in rows)
    arms = sorted({arm for pair in met for arm in pair})
    counts = [met[pair] for pair in combinations(arms, 2)]
    if len(counts) < 2 or min(counts) >= EVEN * max(counts):
        return ""
    return (
        "not comparable between arms: they met different opponents "
        f"({min(counts)} to {max(counts)} comparisons a pair); see log_worth"
    )
