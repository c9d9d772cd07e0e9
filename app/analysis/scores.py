"""What the readers said: the mean of each criterion and the rate of preference."""

import numpy as np
from numpy.typing import NDArray

from app.analysis.cells import Cells
from app.analysis.resampling import LEVEL, Draws, draw, interval, weighted_means
from app.domain.result import Estimate

ONE_CASE = "no interval: one case"
ONE_READER = "one reader: the interval holds for this reader only"


def column_means(
    cells: Cells, *, analysis: str, quantity: str, what: str, seed: int, resamples: int
) -> list[Estimate]:
    """Return the mean of every column of a table with its 95 % interval.

    Parameters
    ----------
    cells
        Readers, cases and columns; each column becomes one Estimate.
    what
        The mean in words, the first half of ``method``.
    seed, resamples
        Of the two-way bootstrap over readers and cases.

    Returns
    -------
    list of Estimate
        In the order of the columns; low and high are None for a single case.
    """
    if not cells.columns:
        return []
    draws = draw(len(cells.readers), len(cells.cases), seed=seed, resamples=resamples)
    resampled = weighted_means(cells.sums, cells.counts, draws)
    means = cells.sums.sum((0, 1)) / cells.counts.sum((0, 1))
    seen = cells.counts > 0
    estimates = []
    for index, name in enumerate(cells.columns):
        n_cases = int(seen[:, :, index].any(0).sum())
        n_readers = int(seen[:, :, index].any(1).sum())
        low, high, notes = _interval(resampled[:, index], n_cases, n_readers)
        estimates.append(
            Estimate(
                analysis=analysis,
                quantity=quantity,
                group=name,
                value=float(means[index]),
                low=low,
                high=high,
                level=LEVEL,
                n_cases=n_cases,
                n_readers=n_readers,
                n=cells.n[index],
                method=_method(what, draws, n_cases),
                note="; ".join(notes),
            )
        )
    return estimates


def mean_scores(
    cells: Cells, criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the mean score of every arm for one rating criterion.

    Every reader and case weighs the same; several presentations of one image
    to one reader are averaged first.
    """
    return column_means(
        cells,
        analysis="scores",
        quantity=f"mean {criterion}",
        what="mean over readers and cases",
        seed=seed,
        resamples=resamples,
    )


def _interval(
    resampled: NDArray[np.float64], n_cases: int, n_readers: int
) -> tuple[float | None, float | None, list[str]]:
    if n_cases < 2:
        return None, None, [ONE_CASE]
    low, high, note = interval(resampled)
    notes = [note] if note else []
    if n_readers < 2:
        notes.append(ONE_READER)
    return low, high, notes


def _method(what: str, draws: Draws, n_cases: int) -> str:
    return what if n_cases < 2 else f"{what}; {draws.method}"
