"""The two-way bootstrap: readers and cases are drawn anew, with their scores as they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LEVEL = 0.95


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


def weighted_means(sums: Values, counts: Values, draws: Draws) -> Values:
    """Return the mean of every column in every resample: (resamples, columns).

    ``sums`` and ``counts`` have the shape (readers, cases, columns). NaN where
    a resample holds no score of a column.
    """
    readers, cases, columns = sums.shape
    resamples = len(draws.cases)

    def total(table: Values) -> Values:
        by_reader = draws.readers @ table.reshape(readers, cases * columns)
        by_case = by_reader.reshape(resamples, cases, columns)
        folded: Values = np.einsum("bc,bca->ba", draws.cases, by_case)
        return folded

    drawn, out_of = total(sums), total(counts)
    means: Values = np.divide(drawn, out_of, out=np.full_like(drawn, np.nan), where=out_of > 0)
    return means


def interval(resampled: Values) -> tuple[float | None, float | None, str]:
    """Return the 95 % percentile interval of resampled values, and a note.

    Undefined resamples (NaN) are left out; with more than 1 in 20 of them
    there is no interval.
    """
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < 0.95 * len(resampled) or not len(defined):
        return None, None, "no interval: undefined in too many resamples"
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    lost = len(resampled) - len(defined)
    note = f"{lost} of {len(resampled)} resamples undefined" if lost else ""
    return float(low), float(high), note
