"""Spearman's rank correlation of weighted points, many resamples at a time."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

DECIMALS = 9
"""Mean scores closer than this are ties: they differ by rounding only."""


def midranks(values: Values, weights: Values) -> Values:
    """Return the mid-ranks of values that each stand for ``weights`` equal ones.

    Both have the shape (resamples, points); ranks are along the last axis and
    count from 1. The rank of a point of weight 0 has no meaning.
    """
    order = np.argsort(values, axis=1, kind="stable")
    sorted_values = np.take_along_axis(values, order, 1)
    upto = np.cumsum(np.take_along_axis(weights, order, 1), axis=1)
    before = np.pad(upto[:, :-1], ((0, 0), (1, 0)))
    n = values.shape[1]
    new = np.pad(sorted_values[:, 1:] != sorted_values[:, :-1], ((0, 0), (1, 0)))
    first = np.maximum.accumulate(np.where(new, np.arange(n), 0), axis=1)
    ends = np.pad(new[:, 1:], ((0, 0), (0, 1)), constant_values=True)
    last = np.minimum.accumulate(np.where(ends, np.arange(n), n - 1)[:, ::-1], axis=1)[:, ::-1]
    low = np.take_along_axis(before, first, 1)
    high = np.take_along_axis(upto, last, 1)
    ranks = np.empty_like(values)
    np.put_along_axis(ranks, order, (low + high + 1) / 2, 1)
    return ranks


def midranks_of_one(values: Values, weights: Values) -> Values:
    """Return what ``midranks`` returns where the values are the same in every resample.

    ``values`` has the shape (points,): its order is found once.
    """
    order = np.argsort(values, kind="stable")
    _, group = np.unique(values[order], return_inverse=True)
    last = np.flatnonzero(np.append(np.diff(group) != 0, True))
    high = np.cumsum(weights[:, order], axis=1)[:, last]
    low = np.pad(high[:, :-1], ((0, 0), (1, 0)))
    ranks = np.empty_like(weights)
    ranks[:, order] = ((low + high + 1) / 2)[:, group]
    return ranks


def spearman(x: Values, y: Values, weights: Values) -> Values:
    """Return Spearman's rho of weighted points for every resample, ties by mid-ranks.

    Parameters
    ----------
    x
        (points,), the same in every resample.
    y, weights
        (resamples, points); whole-number weights count a point that often.

    Returns
    -------
    array
        (resamples,), NaN where x or y is constant or fewer than 3 distinct
        points have weight.
    """
    a, b = midranks_of_one(x, weights), midranks(y, weights)
    total = weights.sum(1, keepdims=True)
    safe = np.where(total > 0, total, 1.0)
    a = a - (weights * a).sum(1, keepdims=True) / safe
    b = b - (weights * b).sum(1, keepdims=True) / safe
    spread = np.sqrt((weights * a * a).sum(1) * (weights * b * b).sum(1))
    enough = ((weights > 0).sum(1) >= 3) & (spread > 1e-9)
    shared = (weights * a * b).sum(1)
    rho: Values = np.divide(shared, spread, out=np.full(len(shared), np.nan), where=enough)
    return np.clip(rho, -1.0, 1.0)
