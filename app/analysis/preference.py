"""Which arm the readers preferred, over all comparisons and pair by pair."""

from collections.abc import Sequence

from app.analysis.cells import pair_cells, preference_cells
from app.analysis.scores import column_means
from app.domain.result import Estimate, ScoreRow


def preference_rates(
    rows: Sequence[ScoreRow], criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the preference rate of every arm, then of every pair of arms.

    The rate is the share of an arm's comparisons in which it was preferred; a
    tie counts one half. For a pair ``A vs B`` it is the rate of A against B.

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
    return arms + pairs
