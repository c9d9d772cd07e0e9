"""What the readers said: the mean of each arm, and the difference of every two arms."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.analysis.cells import Cells, difference_cells
from app.analysis.resampling import (
    CONSTANT,
    LEVEL,
    Draws,
    draw,
    exact_bound,
    interval,
    weighted_means,
)
from app.domain.result import Estimate

ONE_CASE = "no interval: one case"
ONE_READER = "one reader: the interval holds for this reader only"
EXACT = "exact binomial (Clopper-Pearson) over cases"


def column_means(
    cells: Cells,
    *,
    analysis: str,
    quantity: str,
    what: str,
    seed: int,
    resamples: int,
    shares: bool = False,
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
    shares
        Whether the values are shares from 0 to 1. A share that is 0 or 1 throughout then gets
        the exact interval over cases, as no resample can differ from it.

    Returns
    -------
    list of Estimate
        In the order of the columns; low and high are None for a single case, and where
        nothing varies. The value is None for a column without scores.
    """
    if not cells.columns:
        return []
    draws = draw(len(cells.readers), len(cells.cases), seed=seed, resamples=resamples)
    resampled = weighted_means(cells.sums, cells.counts, draws)
    drawn, out_of = cells.sums.sum((0, 1)), cells.counts.sum((0, 1))
    seen = cells.seen
    estimates = []
    for index, name in enumerate(cells.columns):
        one = Estimate(
            analysis=analysis,
            quantity=quantity,
            group=name,
            value=None,
            low=None,
            high=None,
            level=LEVEL,
            n_cases=int(seen[:, :, index].any(0).sum()),
            n_readers=int(seen[:, :, index].any(1).sum()),
            n=cells.n[index],
            method=what,
        )
        if out_of[index]:
            one = replace(one, value=float(drawn[index] / out_of[index]))
            one = _with_interval(one, resampled[:, index], draws, shares=shares)
        estimates.append(one)
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


def score_differences(
    cells: Cells, criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the difference of the mean scores of every two arms, ``a - b``.

    The two are paired: each difference is of one reader and one case, and where a cell
    lacks one of them it does not count. The resamples are those of ``mean_scores``
    (Gallas et al. (2009), doi:10.1016/j.acra.2009.03.005).
    """
    paired = difference_cells(cells)
    found = column_means(
        paired,
        analysis="scores",
        quantity=f"difference {criterion}",
        what="mean difference of two arms within reader and case, first minus second",
        seed=seed,
        resamples=resamples,
    )
    noted = []
    for index, one in enumerate(found):
        first, second = _columns_of_pair(index, len(cells.columns))
        either = cells.seen[:, :, first] | cells.seen[:, :, second]
        lost = int(either.sum() - paired.seen[:, :, index].sum())
        if one.value is None:
            one = replace(one, note="undefined: no reader scored both on the same case")
        elif lost:
            told = f"{lost} scores of a reader and case left out: only one of the two arms has one"
            one = replace(one, note="; ".join(filter(None, (one.note, told))))
        noted.append(one)
    return noted


def _columns_of_pair(index: int, columns: int) -> tuple[int, int]:
    first, second = np.triu_indices(columns, 1)
    return int(first[index]), int(second[index])


def _with_interval(
    one: Estimate, resampled: NDArray[np.float64], draws: Draws, *, shares: bool
) -> Estimate:
    if one.n_cases < 2:
        return replace(one, note=ONE_CASE)
    low, high, note = interval(resampled)
    method = f"{one.method}; {draws.method}"
    if note == CONSTANT and shares and one.value in (0.0, 1.0):
        bound = exact_bound(one.n_cases)
        low, high = (bound, 1.0) if one.value else (0.0, 1.0 - bound)
        method = f"{one.method}; {EXACT}"
        whose = "this reader" if one.n_readers < 2 else "these readers"
        note = f"the same in all {one.n_cases} cases; the interval holds for {whose} only"
    elif low is not None and one.n_readers < 2:
        note = "; ".join(filter(None, (note, ONE_READER)))
    return replace(one, low=low, high=high, method=method, note=note)
