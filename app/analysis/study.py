"""Everything a study of ratings and preferences has to say, in one call."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from app.analysis.association import associate, metric_tables
from app.analysis.cells import preference_cells, rating_cells
from app.analysis.preference import preference_rates
from app.analysis.scores import mean_scores
from app.domain.findings import Findings, Point
from app.domain.metric import MetricValue
from app.domain.protocol import Criterion
from app.domain.result import Estimate, ScoreRow

__all__ = ["Findings", "Point", "analyse"]

SIMULATED = "SIMULATED"
LEFT_OUT = ("repeat", "catch", "training")


def analyse(
    scores: Sequence[ScoreRow],
    metric_values: Sequence[MetricValue],
    *,
    criteria: Sequence[Criterion] = (),
    seed: int = 0,
    resamples: int = 2000,
) -> Findings:
    """Return the means, preference rates and associations of one study.

    Parameters
    ----------
    scores
        A row with an opponent is a preference, one without is a rating.
        Repeats, catch trials and training are left out. Simulated scores are
        used only where there are no others.
    metric_values
        The volume values (``slice`` None) are set against the mean ratings;
        in a study without ratings, against the preference rates.
    criteria
        Those of the protocol, where it is at hand. Where more and less than a neutral value are
        both worse, metrics are set against the nearness to it; where the first place is
        best, against the negated place. The means stay those of the scores.
    seed, resamples
        Of the bootstrap; the same give the same intervals.

    Returns
    -------
    Findings
        Where all scores are simulated, the note of every estimate begins with
        ``SIMULATED``.

    Raises
    ------
    InputError
        The metric values contradict each other.
    """
    rows, simulated, warnings = _usable(scores)
    ratings = _by_criterion(row for row in rows if not row.opponent)
    preferences = _by_criterion(row for row in rows if row.opponent)
    estimates: list[Estimate] = []
    for criterion, own in ratings.items():
        cells = rating_cells(own)
        estimates += mean_scores(cells, criterion, seed=seed, resamples=resamples)
    for criterion, own in preferences.items():
        estimates += preference_rates(own, criterion, seed=seed, resamples=resamples)
    quality = {
        name: rating_cells(own)
        for name, own in (_as_quality(*one, criteria) for one in ratings.items())
    } or {criterion: preference_cells(own) for criterion, own in preferences.items()}
    points: dict[str, tuple[Point, ...]] = {}
    tables = metric_tables(metric_values)
    for criterion, cells in quality.items():
        for table in tables:
            found, shown = associate(cells, criterion, table, seed=seed, resamples=resamples)
            estimates += found
            points[found[0].group] = shown
    if simulated:
        estimates = [
            replace(one, note="; ".join(filter(None, (SIMULATED, one.note)))) for one in estimates
        ]
    return Findings(tuple(estimates), points, tuple(warnings), simulated)


def _usable(scores: Sequence[ScoreRow]) -> tuple[list[ScoreRow], bool, list[str]]:
    """Return the rows for the means, whether they are simulated, and what was left out."""
    warnings = []
    kinds = Counter(row.kind for row in scores)
    simulated = kinds["simulated"] > 0 and not kinds["test"]
    wanted = "simulated" if simulated else "test"
    if kinds["simulated"] and not simulated:
        warnings.append(f"{kinds['simulated']} simulated scores are left out: real ones exist.")
    if strange := sorted(set(kinds) - {"test", "simulated", *LEFT_OUT}):
        count = sum(kinds[kind] for kind in strange)
        warnings.append(f"{count} scores of unknown kind ({', '.join(strange)}) are left out.")
    # What was asked about several images of one screen together is about no arm.
    rows = [row for row in scores if row.kind == wanted and (row.arm or not row.presentation)]
    usable = [row for row in rows if np.isfinite(row.value) and row.arm and row.arm != row.opponent]
    if len(usable) < len(rows):
        warnings.append(
            f"{len(rows) - len(usable)} scores without a finite value, without an arm, or of an "
            "arm against itself are left out."
        )
    if not usable:
        warnings.append("There is no score to analyse.")
    return usable, simulated, warnings


def _as_quality(
    criterion: str, rows: list[ScoreRow], criteria: Sequence[Criterion]
) -> tuple[str, list[ScoreRow]]:
    """Return the scores of a criterion so that higher is better, and what they then are."""
    known = next((one for one in criteria if one.id == criterion), None)
    if known is not None and known.neutral is not None:
        neutral = known.neutral
        near = [replace(row, value=-abs(row.value - neutral)) for row in rows]
        return f"{criterion}, nearness to {neutral}", near
    if known is not None and known.kind == "ranking":
        return f"{criterion}, first is best", [replace(row, value=-row.value) for row in rows]
    return criterion, rows


def _by_criterion(rows: Iterable[ScoreRow]) -> dict[str, list[ScoreRow]]:
    found: dict[str, list[ScoreRow]] = {}
    for row in rows:
        found.setdefault(row.criterion, []).append(row)
    return dict(sorted(found.items()))
