"""The worth of each arm by the Bradley-Terry model, whoever its opponents were.

The arm of log worth ``a`` is preferred to the one of log worth ``b`` with the probability
``1 / (1 + exp(b - a))``. The first arm by name has 0: only differences have a meaning.

References
----------
Bradley & Terry (1952), doi:10.1093/biomet/39.3-4.324; Ford (1957), American Mathematical
Monthly 64(8), 28-33: when the worths exist; Bach (2010), doi:10.1214/09-EJS521: the step
that keeps Newton's method for logistic losses from overshooting.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.analysis.cells import share_won
from app.analysis.resampling import LEVEL, Draws, draw, interval, totals
from app.analysis.scores import ONE_CASE, ONE_READER
from app.domain.result import Estimate, ScoreRow

Values = NDArray[np.float64]

FEWEST = 3
"""Of two arms the preference rate says all."""

WHAT = "Bradley-Terry model by maximum likelihood, ties half a win to each; log worth"
_NEVER_MET = "undefined: some arms were never compared, not even by way of others"
_SEPARATED = "undefined: no finite worth, as some arms won or lost every comparison with the others"
_STEPS = 100
_LONGEST = 1.0


def log_worths(
    rows: Sequence[ScoreRow], criterion: str, *, seed: int = 0, resamples: int = 2000
) -> list[Estimate]:
    """Return the log worth of every arm with its 95 % interval; none for less than three arms.

    Parameters
    ----------
    rows
        Preferences of one criterion: a positive value prefers ``arm`` to ``opponent``.

    Returns
    -------
    list of Estimate
        By name; the first arm is 0, the others are worth so much more or less than it. All are
        empty, with the reason, where the answers give no finite worths. Resamples that give
        none are undefined: their number is told, and with more than 1 in 20 there is no interval.
    """
    arms = sorted({arm for row in rows for arm in (row.arm, row.opponent)})
    if len(arms) < FEWEST:
        return []
    readers, cases = sorted({row.reader for row in rows}), sorted({row.case for row in rows})
    wins = np.zeros((len(readers), len(cases), len(arms), len(arms)))
    for row in rows:
        at = readers.index(row.reader), cases.index(row.case)
        one, other, won = arms.index(row.arm), arms.index(row.opponent), share_won(row.value)
        wins[*at, one, other] += won
        wins[*at, other, one] += 1.0 - won
    everything = wins.sum((0, 1))
    values = fit(everything[None])[0]
    known = bool(np.isfinite(values).all())
    why = "" if known else _why_not(everything)
    draws = draw(len(readers), len(cases), seed=seed, resamples=resamples)
    many = known and len(cases) > 1
    resampled = fit(_drawn(wins, draws)) if many else np.zeros((0, len(arms)))
    estimates = []
    for index, arm in enumerate(arms):
        met = wins[:, :, index] + wins[:, :, :, index]
        low: float | None = None
        high: float | None = None
        notes = [why] if why else []
        if known and index == 0:
            notes.append("0 by definition")
        elif known and not many:
            notes.append(ONE_CASE)
        elif many:
            low, high, note = interval(resampled[:, index])
            notes += [note] if note else []
            notes += [ONE_READER] if len(readers) < 2 and low is not None else []
        estimates.append(
            Estimate(
                analysis="preference",
                quantity=f"log_worth {criterion}",
                group=arm,
                value=float(values[index]) if known else None,
                low=low,
                high=high,
                level=LEVEL,
                n_cases=int(met.any((0, 2)).sum()),
                n_readers=int(met.any((1, 2)).sum()),
                n=round(float(met.sum())),
                method=f"{WHAT}; {draws.method}" if many else WHAT,
                note="; ".join(notes),
            )
        )
    return estimates


def fit(wins: Values) -> Values:
    """Return the log worths of many tables at once, the first arm of each 0.

    Parameters
    ----------
    wins
        (tables, arms, arms): how often the row's arm was preferred to the column's.

    Returns
    -------
    array
        (tables, arms), NaN throughout a table that has no finite worths: those that exist do
        so exactly where each arm has won, directly or by way of others, against each other.
    """
    tables, arms, _ = wins.shape
    found = np.full((tables, arms), np.nan)
    there = _all_reach_all(wins)
    if not there.any():
        return found
    won = wins[there]
    compared = won + won.transpose(0, 2, 1)
    values = np.zeros((len(won), arms))
    step = np.zeros_like(values)
    for _ in range(_STEPS):
        apart = values[:, :, None] - values[:, None, :]
        chance = 1 / (1 + np.exp(-apart))
        slope = (won - compared * chance).sum(2)
        weight = compared * chance * (1 - chance)
        curvature = np.eye(arms) * weight.sum(2)[:, :, None] - weight
        step[:, 1:] = np.linalg.solve(curvature[:, 1:, 1:], slope[:, 1:, None])[:, :, 0]
        length = np.ptp(step, axis=1)
        values += step / np.maximum(1.0, length / _LONGEST)[:, None]
        if length.max() < 1e-10:
            break
    values[np.ptp(step, axis=1) > 1e-6] = np.nan
    found[there] = values
    return found


def _drawn(wins: Values, draws: Draws) -> Values:
    readers, cases, arms, _ = wins.shape
    return totals(wins.reshape(readers, cases, arms * arms), draws).reshape(-1, arms, arms)


def _all_reach_all(wins: Values) -> NDArray[np.bool_]:
    """Return for which tables each arm has won against each other, by way of others too."""
    arms = wins.shape[1]
    reached = ((wins > 0) | np.eye(arms, dtype=bool)).astype(np.float32)
    for _ in range(max(1, int(np.ceil(np.log2(arms))))):
        reached = (reached @ reached > 0).astype(np.float32)
    return np.asarray(reached.all((1, 2)), dtype=np.bool_)


def _why_not(wins: Values) -> str:
    met = wins + wins.T
    return _SEPARATED if _all_reach_all(met[None])[0] else _NEVER_MET
