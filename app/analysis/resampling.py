"""The two-way bootstrap: readers and cases are drawn anew, with their scores as they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LEVEL = 0.95
CONSTANT = "no interval: no variation in the data"

_BLOCK = 4_000_000
"""Numbers that are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often each reader and each case was drawn.

    ``readers`` has the shape (resamples, readers), ``cases`` (resamples, cases).
    """

    readers: Values
    cases: Values
    seed: int

    @property
    def method(self) -> str:
        """The interval in words, as written beside every estimate."""
        over = "cases" if self.readers.shape[1] < 2 else "readers and cases"
        return f"percentile bootstrap over {over}, {len(self.cases)} resamples, seed {self.seed}"


def draw(n_readers: int, n_cases: int, *, seed: int, resamples: int) -> Draws:
    """Draw readers and cases with replacement, independently of each other.

    Counts are multinomial, which is drawing one by one without the order. A
    single reader is always drawn: its intervals hold for that reader only.

    Parameters
    ----------
    n_readers, n_cases
        At least 1 each.
    seed
        Of a generator of its own; the same seed gives the same draws.
    resamples
        How many times.

    References
    ----------
    Gallas, Bandos, Samuelson & Wagner (2009), doi:10.1016/j.acra.2009.03.005,
    on readers and cases as random effects; Efron & Tibshirani (1993), ch. 13.
    """
    generator = np.random.default_rng(seed)
    readers = generator.multinomial(n_readers, np.full(n_readers, 1 / n_readers), resamples)
    cases = generator.multinomial(n_cases, np.full(n_cases, 1 / n_cases), resamples)
    return Draws(readers.astype(np.float64), cases.astype(np.float64), seed)


def totals(table: Values, draws: Draws) -> Values:
    """Return the sum of every column in every resample: (resamples, columns).

    ``table`` has the shape (readers, cases, columns). Columns are taken some at a time, so
    that many of them need no more memory than few.
    """
    readers, cases, columns = table.shape
    resamples = len(draws.cases)
    summed = np.empty((resamples, columns))
    step = max(1, _BLOCK // max(1, resamples * cases))
    for start in range(0, columns, step):
        some = table[:, :, start : start + step]
        by_case = draws.readers @ some.reshape(readers, -1)
        by_case = by_case.reshape(resamples, cases, some.shape[2])
        summed[:, start : start + step] = np.einsum("bc,bca->ba", draws.cases, by_case)
    return summed


def weighted_means(sums: Values, counts: Values, draws: Draws) -> Values:
    """Return the mean of every column in every resample: (resamples, columns).

    ``sums`` and ``counts`` have the shape (readers, cases, columns). NaN where
    a resample holds no score of a column.
    """
    drawn, out_of = totals(sums, draws), totals(counts, draws)
    means: Values = np.divide(drawn, out_of, out=np.full_like(drawn, np.nan), where=out_of > 0)
    return means


def interval(resampled: Values) -> tuple[float | None, float | None, str]:
    """Return the 95 % percentile interval of resampled values, and a note.

    Undefined resamples (NaN) are left out; with more than 1 in 20 of them
    there is no interval. Nor is there one where all resamples are alike: data
    that do not vary cannot say how much others would.
    """
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < 0.95 * len(resampled) or not len(defined):
        return None, None, "no interval: undefined in too many resamples"
    if np.ptp(defined) <= 1e-9 * max(1.0, float(np.abs(defined).max())):
        return None, None, CONSTANT
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    lost = len(resampled) - len(defined)
    note = f"{lost} of {len(resampled)} resamples undefined" if lost else ""
    return float(low), float(high), note


def exact_bound(n: int) -> float:
    """Return how often at least something happens that happened in all of ``n`` cases.

    The lower end of the exact 95 % interval of a share, ``(0.05 / 2) ** (1 / n)``; the upper
    end is 1. Of what never happened the interval is from 0 to 1 less this.

    >>> round(exact_bound(6), 4), round(exact_bound(10), 4)
    (0.5407, 0.6915)

    References
    ----------
    Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.
    """
    return float(((1 - LEVEL) / 2) ** (1 / n))
