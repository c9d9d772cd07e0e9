"""Everything a study of ratings and preferences has to say, in one call."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from app.analysis.association import associate, metric_tables
from app.analysis.cells import Cells, preference_cells, rating_cells, with_midranks
from app.analysis.missing import cannot_judge, unlike_cells
from app.analysis.preference import preference_differences, preference_rates, unevenness
from app.analysis.quality import as_quality, best_of
from app.analysis.scores import mean_scores, score_differences
from app.analysis.worth import log_worths
from app.domain.findings import Best, Findings, Point
from app.domain.metric import MetricValue
from app.domain.protocol import Criterion
from app.domain.result import Declined, Estimate, ScoreRow

__all__ = ["Findings", "Point", "analyse"]

SIMULATED = "SIMULATED"
LEFT_OUT = ("repeat", "catch", "training")

_Row = TypeVar("_Row", ScoreRow, Declined)


def analyse(
    scores: Sequence[ScoreRow],
    metric_values: Sequence[MetricValue],
    *,
    declined: Sequence[Declined] = (),
    criteria: Sequence[Criterion] = (),
    seed: int = 0,
    resamples: int = 2000,
) -> Findings:
    """Return the means, differences, preferences and associations of one study.

    Parameters
    ----------
    scores
        A row with an opponent is a preference, one without is a rating.
        Repeats, catch trials and training are left out. Simulated scores are
        used only where there are no others.
    metric_values
        The volume values (``slice`` None) are set against the mean ratings;
        in a study without ratings, against the preference rates.
    declined
        What could not be judged: its share is told for each arm.
    criteria
        Those of the protocol, where it is at hand; of any other criterion higher is better.
        Where lower is better or the first place is best, metrics are set against the negated
        score; where more and less than a neutral value are both worse, against the nearness to
        it, of which there are means too; where nothing is better, against nothing. Places that
        are shared become mid-ranks. The means stay those of the scores.
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
    refused = _by_criterion(
        one for one in declined if one.arm and one.kind == ("simulated" if simulated else "test")
    )
    known = {criterion.id: criterion for criterion in criteria}
    estimates: list[Estimate] = []
    best: dict[str, Best] = {}
    quality: dict[str, tuple[Cells, str]] = {}
    for criterion, own in ratings.items():
        aim = best_of(known.get(criterion))
        scored = with_midranks(own) if aim.place else own
        cells = rating_cells(scored)
        estimates += mean_scores(cells, criterion, seed=seed, resamples=resamples)
        apart = score_differences(cells, criterion, seed=seed, resamples=resamples)
        estimates += apart
        turned = as_quality(criterion, scored, aim)
        if turned is not None:
            quality[turned.name] = rating_cells(turned.rows), turned.note
        if turned is not None and aim.better == "neither":
            near, _ = quality[turned.name]
            nearness = mean_scores(near, turned.name, seed=seed, resamples=resamples)
            estimates += nearness
            estimates += score_differences(near, turned.name, seed=seed, resamples=resamples)
            aim = replace(aim, order=_groups(Best().first(nearness)))
        best[f"mean {criterion}"] = aim
        best[f"difference {criterion}"] = replace(aim, order=_groups(apart))
        warnings += filter(None, [unlike_cells(cells, criterion)])
    for criterion, own in preferences.items():
        rates = preference_rates(own, criterion, seed=seed, resamples=resamples)
        worths = log_worths(own, criterion, seed=seed, resamples=resamples)
        apart = preference_differences(own, criterion, seed=seed, resamples=resamples)
        estimates += rates + worths + apart
        best[f"difference {criterion}"] = Best(order=_groups(apart))
        if unevenness(own):
            known_worths = any(one.value is not None for one in worths)
            order = _groups(Best().first(worths)) if known_worths else ()
            best[f"rate {criterion}"] = Best(comparable=False, order=order)
    for criterion, missed in refused.items():
        given = [*ratings.get(criterion, ()), *preferences.get(criterion, ())]
        estimates += cannot_judge(missed, given, criterion)
    if not quality:
        quality = {
            criterion: (preference_cells(own), unevenness(own).partition(";")[0])
            for criterion, own in preferences.items()
        }
    points: dict[str, tuple[Point, ...]] = {}
    better: dict[str, str] = {}
    tables = metric_tables(metric_values)
    for criterion, (cells, note) in quality.items():
        for table in tables:
            found, shown = associate(
                cells, criterion, table, note=note, seed=seed, resamples=resamples
            )
            estimates += found
            points[found[0].group] = shown
            better[found[0].group] = table.better
    if simulated:
        estimates = [
            replace(one, note="; ".join(filter(None, (SIMULATED, one.note)))) for one in estimates
        ]
    return Findings(tuple(estimates), points, tuple(warnings), simulated, better, best)


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


def _groups(estimates: Iterable[Estimate]) -> tuple[str, ...]:
    return tuple(one.group for one in estimates)


def _by_criterion(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.criterion, []).append(row)
    return dict(sorted(found.items()))
