"""How far a metric and the readers agree: Spearman's rho over images, and within cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.analysis.cells import Cells
from app.analysis.ranks import DECIMALS, spearman
from app.analysis.resampling import LEVEL, Draws, draw, interval
from app.analysis.scores import ONE_CASE, ONE_READER
from app.domain.findings import Point
from app.domain.metric import MetricValue
from app.domain.result import Estimate
from app.errors import InputError

Values = NDArray[np.float64]
Image = tuple[str, str]

OVER_IMAGES = "srocc"
WITHIN_CASES = "srocc_within_case"
FEWEST = 3


@dataclass(frozen=True, slots=True)
class MetricTable:
    """The volume values of one metric, region and space by (case, arm)."""

    label: str
    better: str
    values: Mapping[Image, float | None]
    mixed_range: bool


def metric_tables(metric_values: Iterable[MetricValue]) -> list[MetricTable]:
    """Return one table for each metric, region and space, in order of first sight.

    The label is ``metric region``, with the space where it is not native.

    Raises
    ------
    InputError
        One image has two different volume values of the same metric.
    """
    found: dict[tuple[str, str, str], list[MetricValue]] = {}
    for row in metric_values:
        if row.stands_for_image:
            found.setdefault((row.metric, row.region, row.space), []).append(row)
    return [_metric_table(key, rows) for key, rows in found.items()]


def associate(
    cells: Cells,
    criterion: str,
    table: MetricTable,
    *,
    note: str = "",
    seed: int = 0,
    resamples: int = 2000,
) -> tuple[list[Estimate], tuple[Point, ...]]:
    """Return how one metric goes with one criterion, and the points behind it.

    Parameters
    ----------
    cells
        The scores of one criterion. An image's score is the mean over readers.
    table
        One metric. Its values that are empty or infinite are left out.
    note
        What else to know of the scores, e.g. that they were turned round.

    Returns
    -------
    list of Estimate
        ``srocc`` over all images, and ``srocc_within_case``: rho over the arms
        of each case, averaged over the cases where it is defined: only these, and
        the images in them, count for ``n_cases`` and ``n``. The sign of the metric is
        raw: where lower is better, agreement is negative.
    tuple of Point
        What a scatter plot shows.
    """
    group = f"{table.label} ~ {criterion}"
    images, missing, undefined = _common(cells, table)
    notes = _notes(table, missing, undefined) + ([note] if note else [])
    all_case_at = np.array([cells.cases.index(case) for case, _ in images], dtype=np.intp)
    arm_at = np.array([cells.columns.index(arm) for _, arm in images], dtype=np.intp)
    metric = np.array([table.values[image] for image in images], dtype=np.float64)
    sums, counts = cells.sums[:, all_case_at, arm_at], cells.counts[:, all_case_at, arm_at]
    sums, counts = sums[(counts > 0).any(1)], counts[(counts > 0).any(1)]
    present, case_at = np.unique(all_case_at, return_inverse=True)
    n_readers, n_cases = len(sums), len(present)
    once = Draws(np.ones((1, n_readers)), np.ones((1, n_cases)), seed)
    scores, _ = _mean_scores(sums, counts, once)
    points = tuple(
        Point(case, arm, float(value), float(score))
        for (case, arm), value, score in zip(images, metric, scores[0], strict=True)
    )
    blank = Estimate(
        analysis="association",
        quantity=OVER_IMAGES,
        group=group,
        value=None,
        low=None,
        high=None,
        level=LEVEL,
        n_cases=n_cases,
        n_readers=n_readers,
        n=len(images),
        method="",
    )
    if len(images) < FEWEST:
        notes = [f"fewer than {FEWEST} images with both a value and a score", *notes]
    draws = draw(max(n_readers, 1), max(n_cases, 1), seed=seed, resamples=resamples)
    estimates = []
    for quantity, what, of in (
        (OVER_IMAGES, "Spearman's rho over images", _over_images),
        (WITHIN_CASES, "Spearman's rho over the arms of a case, mean over cases", _within_cases),
    ):
        known = list(notes)
        empty = replace(blank, quantity=quantity, method=what, note="; ".join(known))
        if len(images) < FEWEST:
            estimates.append(empty)
            continue
        value = float(of(metric, sums, counts, case_at, once)[0])
        if quantity == WITHIN_CASES:
            own = _cases_with_rho(metric, scores[0], case_at)
            if len(own) < n_cases:
                known = [f"{len(own)} of {n_cases} cases have a rho", *notes]
            empty = replace(empty, n_cases=len(own), n=int(np.isin(case_at, own).sum()))
        if not np.isfinite(value):
            why = (
                "undefined: the metric or the scores are constant"
                if quantity == OVER_IMAGES
                else f"undefined: no case has {FEWEST} arms with differing values and scores"
            )
            estimates.append(replace(empty, note="; ".join([why, *notes])))
        elif empty.n_cases < 2:
            estimates.append(replace(empty, value=value, note="; ".join([ONE_CASE, *known])))
        else:
            low, high, told = interval(of(metric, sums, counts, case_at, draws))
            only = [ONE_READER] if n_readers < 2 and low is not None else []
            words = "; ".join([*([told] if told else []), *only, *known])
            method = f"{what}; {draws.method}"
            estimates.append(
                replace(empty, value=value, low=low, high=high, method=method, note=words)
            )
    return estimates, points


def _metric_table(key: tuple[str, str, str], rows: Sequence[MetricValue]) -> MetricTable:
    metric, region, space = key
    values: dict[Image, float | None] = {}
    for row in rows:
        image = row.case, row.arm
        if image in values and values[image] != row.value:
            raise InputError(
                f"The metric values hold two values of {metric} ({region}) "
                f"for case {row.case} and arm {row.arm}.",
                remedy="Measure again into a fresh table, or remove one of the rows.",
            )
        values[image] = row.value
    label = f"{metric} {region}" + ("" if space in ("", "native") else f" {space}")
    mixed = len({row.data_range for row in rows}) > 1
    return MetricTable(label, rows[0].better, values, mixed)


def _common(cells: Cells, table: MetricTable) -> tuple[list[Image], int, int]:
    """Return the images with both score and value; count those without, and not finite."""
    scored = (cells.counts > 0).any(0)
    images, missing, undefined = [], 0, 0
    for case_index, arm_index in zip(*np.nonzero(scored), strict=True):
        image = cells.cases[case_index], cells.columns[arm_index]
        value = table.values.get(image)
        if image not in table.values:
            missing += 1
        elif value is None or not np.isfinite(value):
            undefined += 1
        else:
            images.append(image)
    return images, missing, undefined


def _notes(table: MetricTable, missing: int, undefined: int) -> list[str]:
    notes = []
    if table.better == "lower":
        notes.append("raw sign: lower values of this metric are better")
    if table.mixed_range:
        notes.append("the cases have different data ranges")
    if undefined:
        notes.append(f"{undefined} images left out: value infinite or undefined")
    if missing:
        notes.append(f"{missing} scored images have no value")
    return notes


def _mean_scores(sums: Values, counts: Values, draws: Draws) -> tuple[Values, Values]:
    """Return the images' mean scores over the drawn readers, and where there is one.

    ``sums`` and ``counts``: (readers, images); the result (resamples, images).
    """
    total, out_of = draws.readers @ sums, draws.readers @ counts
    scores: Values = np.divide(total, out_of, out=np.zeros_like(total), where=out_of > 0)
    return scores.round(DECIMALS), (out_of > 0).astype(np.float64)


def _over_images(
    metric: Values, sums: Values, counts: Values, case_at: NDArray[np.intp], draws: Draws
) -> Values:
    scores, there = _mean_scores(sums, counts, draws)
    weights = draws.cases[:, case_at] * there
    return spearman(metric, scores, weights)


def _cases_with_rho(metric: Values, scores: Values, case_at: NDArray[np.intp]) -> list[int]:
    """Return the cases that have a rho over their arms, with all readers."""
    found = []
    for case in np.unique(case_at):
        own = case_at == case
        one = np.ones((1, int(own.sum())))
        if np.isfinite(spearman(metric[own], scores[own][None], one)[0]):
            found.append(int(case))
    return found


def _within_cases(
    metric: Values, sums: Values, counts: Values, case_at: NDArray[np.intp], draws: Draws
) -> Values:
    # The rho of a case depends on the readers drawn only; few distinct draws are common.
    readers, back = np.unique(draws.readers, axis=0, return_inverse=True)
    distinct = Draws(readers, np.ones((len(readers), draws.cases.shape[1])), draws.seed)
    scores, there = _mean_scores(sums, counts, distinct)
    total = np.zeros(len(draws.cases))
    weight = np.zeros(len(draws.cases))
    for case in np.unique(case_at):
        own = case_at == case
        rho = spearman(metric[own], scores[:, own], there[:, own])[back.reshape(-1)]
        drawn = draws.cases[:, case] * np.isfinite(rho)
        total += drawn * np.nan_to_num(rho)
        weight += drawn
    means: Values = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)
    return means
