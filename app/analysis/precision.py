"""How precise a planned study will be: simulated studies, analysed as real ones are.

The model is the crossed two-way one of readers and cases. For one answer to one arm::

    score = mean of the arm + case + reader + case x arm + reader x arm + error

What a case or a reader adds to every arm alike falls out of a difference of two arms, so
only the last three matter, each normal and independent of the others.

References
----------
Roe & Metz (1997), doi:10.1016/S1076-6332(97)80210-3: the model of readers and cases;
Hillis (2007), doi:10.1002/sim.2532, and Satterthwaite (1946), doi:10.2307/3002019: degrees
of freedom; Gallas et al. (2009), doi:10.1016/j.acra.2009.03.005: the two-way bootstrap.
"""

from dataclasses import dataclass
from math import floor, sqrt

import numpy as np
from numpy.typing import NDArray

from app.analysis.resampling import LEVEL, Draws, draw
from app.errors import InputError

Values = NDArray[np.float64]

WORK = 200_000_000
"""Products of a simulation: well under a second."""

BLOCK = 4_000_000
"""Numbers that are held at once."""

FEWEST, MOST = 100, 400


@dataclass(frozen=True, slots=True)
class Spread:
    """The standard deviations that are assumed, in steps of a five-step scale.

    Parameters
    ----------
    case_arm
        How much the difference between arms varies from case to case, for each arm.
    reader_arm
        How much it varies from reader to reader: one likes smooth images, one does not.
    error
        How much one answer of one reader to the same image varies.
    """

    case_arm: float = 0.5
    reader_arm: float = 0.3
    error: float = 0.6


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planned analysis will have.

    Parameters
    ----------
    direct
        Whether one answer compares two arms, rather than two answers one arm each.
    answers
        Answers of a reader to the same image that are averaged.
    share
        Which share of the cells (reader and case) is answered; below 1 where pairs are
        drawn, as in an adaptive design.
    """

    cases: int
    readers: int
    direct: bool = False
    answers: int = 1
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Precision:
    """What to expect of the 95 % interval of the difference of two arms' mean scores.

    Parameters
    ----------
    half_width
        The mean half width over the simulated studies, in steps.
    power
        In which share of them the interval leaves out 0, where the true difference is
        ``difference``.
    coverage
        In which share of them it holds the true difference; 0.95 is what it claims.
    standard_error
        Of the difference, by the closed form.
    """

    half_width: float
    power: float
    coverage: float
    standard_error: float
    difference: float
    studies: int
    resamples: int
    seed: int


def standard_error(plan: Plan, spread: Spread) -> float:
    """Return the standard error of the difference of two arms' mean scores.

    The closed form of the model: the variance is ``2 * case_arm**2 / cases + 2 *
    reader_arm**2 / readers + e / (readers * cases)``, each cell being answered, where
    ``e`` is ``2 * error**2 / answers``, or half of it where one answer compares two arms.

    >>> standard_error(Plan(cases=8, readers=2), Spread(1.0, 0.0, 0.0))
    0.5
    """
    case, reader, error = _variances(plan, spread)
    cells = plan.readers * plan.cases * plan.share
    # A case that only some readers see counts less than one that all of them see.
    shared = 1 + (plan.readers - 1) * plan.share
    spread_cases = case * shared / cells
    return sqrt(spread_cases + reader / plan.readers + error / cells)


def closed_form(plan: Plan, spread: Spread, difference: float) -> tuple[float, float]:
    """Return the half width of the 95 % interval and the power, by t and noncentral t.

    Degrees of freedom are Satterthwaite's for the mean squares of the model.

    Raises
    ------
    InputError
        The plan has less than two readers or cases, or open cells.
    """
    from scipy import stats

    if plan.readers < 2 or plan.cases < 2 or plan.share < 1:
        raise InputError(
            "The closed form needs two readers, two cases, and every cell answered.",
            remedy="Use the simulation.",
        )
    case, reader, error = _variances(plan, spread)
    by_reader, by_case = error + plan.cases * reader, error + plan.readers * case
    total = by_reader + by_case - error
    losses = (
        by_reader**2 / (plan.readers - 1)
        + by_case**2 / (plan.cases - 1)
        + error**2 / ((plan.readers - 1) * (plan.cases - 1))
    )
    freedom = total**2 / losses if losses else 1.0
    width = standard_error(plan, spread)
    quantile = float(stats.t.ppf((1 + LEVEL) / 2, freedom))
    if not width:
        return 0.0, float(difference != 0)
    shift = difference / width
    missed = stats.nct.cdf(quantile, freedom, shift) - stats.nct.cdf(-quantile, freedom, shift)
    return quantile * width, float(1 - missed)


def expected_precision(
    plan: Plan, spread: Spread | None = None, *, difference: float = 0.5, seed: int = 0
) -> Precision:
    """Return the precision and power to expect, from simulated studies.

    Each study is drawn from the model and analysed as ``analyze`` does for its differences
    (``scores.score_differences``, ``preference.preference_differences``): the percentile
    interval of the bootstrap over readers and cases. The same seed gives the same numbers.

    Parameters
    ----------
    difference
        The true difference of two arms, in steps, that one wants to see.

    Raises
    ------
    InputError
        There is only one case, so no interval, or a number is impossible.
    """
    spread = spread or Spread()
    _check(plan, spread, difference)
    cells = plan.readers * plan.cases
    studies = min(MOST, max(FEWEST, floor(WORK / cells / FEWEST)))
    resamples = min(MOST, max(FEWEST, floor(WORK / cells / studies)))
    chance = np.random.default_rng(seed)
    answered = _answered(plan, chance)
    draws = draw(plan.readers, plan.cases, seed=seed, resamples=resamples)
    counts = np.einsum("bc,bc->b", draws.readers @ answered, draws.cases)
    drawn = np.flatnonzero(counts)
    block = max(1, BLOCK // (resamples * plan.cases))
    found = np.concatenate(
        [
            _resampled(plan, spread, chance, answered, draws, min(block, studies - start))
            for start in range(0, studies, block)
        ]
    )
    means = found[:, drawn] / counts[drawn]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    # A true difference moves every interval by as much, so that one simulation serves both.
    seen = (low + difference > 0) | (high + difference < 0)
    return Precision(
        half_width=float(np.mean(high - low) / 2),
        power=float(np.mean(seen)),
        coverage=float(np.mean((low <= 0) & (high >= 0))),
        standard_error=standard_error(plan, spread),
        difference=difference,
        studies=studies,
        resamples=resamples,
        seed=seed,
    )


def in_words(plan: Plan, spread: Spread) -> tuple[str, ...]:
    """Return the assumptions of a simulation, one sentence each."""
    asked = (
        "Each answer compares the two arms."
        if plan.direct
        else "Each of the two arms is scored by every reader on every case."
    )
    if plan.share < 1:
        asked += (
            f" Of the screens with these two arms, {100 * plan.share:.0f} % are in the first round."
        )
    return (
        f"{plan.cases} cases and {plan.readers} readers, both drawn at random from many like them.",
        asked,
        f"The difference of arms varies between cases: {spread.case_arm:g} steps for each arm.",
        f"It varies between readers: {spread.reader_arm:g} steps for each arm.",
        f"One answer to one image varies by {spread.error:g} steps, as a standard deviation.",
        "All of these are normal and independent; scores are not cut off at the ends of the scale.",
        "A step is one choice of a scale of up to seven; of a longer one a quarter of its range.",
        "One difference, named beforehand; no correction for testing several.",
        "Hidden repeats and catch trials are left out, as the analysis does.",
        "For comparison: a published study of low-dose CT (15 cases, 3 readers, five steps; "
        "doi:10.1109/TMI.2024.3449647) had 0.4 to 0.5, 0.1 and 0.3.",
    )


def _variances(plan: Plan, spread: Spread) -> tuple[float, float, float]:
    """Return the variances of the difference: of cases, of readers, of one cell's error."""
    error = (1 if plan.direct else 2) * spread.error**2 / plan.answers
    return 2 * spread.case_arm**2, 2 * spread.reader_arm**2, error


def _resampled(
    plan: Plan,
    spread: Spread,
    chance: np.random.Generator,
    answered: Values,
    draws: Draws,
    studies: int,
) -> Values:
    """Return the sum of the scores of each study in each resample: (studies, resamples)."""
    scores = np.stack([_differences(plan, spread, chance) * answered for _ in range(studies)], 1)
    by_case = draws.readers @ scores.reshape(plan.readers, -1)
    sums: Values = np.einsum("bsc,bc->sb", by_case.reshape(-1, studies, plan.cases), draws.cases)
    return sums


def _differences(plan: Plan, spread: Spread, chance: np.random.Generator) -> Values:
    """Return one study's differences of two arms that are alike: (readers, cases)."""
    case, reader, error = _variances(plan, spread)
    cases = chance.normal(0, sqrt(case), (1, plan.cases))
    readers = chance.normal(0, sqrt(reader), (plan.readers, 1))
    drawn: Values = cases + readers + chance.normal(0, sqrt(error), (plan.readers, plan.cases))
    return drawn


def _answered(plan: Plan, chance: np.random.Generator) -> Values:
    """Return 1 where a cell is answered: the same number of cases for each reader."""
    answered = np.zeros((plan.readers, plan.cases))
    each = max(1, round(plan.share * plan.cases))
    for row in answered:
        row[chance.permutation(plan.cases)[:each]] = 1
    return answered


def _check(plan: Plan, spread: Spread, difference: float) -> None:
    if plan.cases < 2:
        raise InputError(
            "With one case there is no interval: nobody knows how cases differ.",
            remedy="Plan two cases or more.",
        )
    numbers = (spread.case_arm, spread.reader_arm, spread.error)
    if not all(np.isfinite(number) and number >= 0 for number in (*numbers, abs(difference))):
        raise InputError(
            "A standard deviation or the difference is no possible number.",
            remedy="Give numbers of at least 0, in steps of the scale.",
        )
    if plan.readers < 1 or plan.answers < 1 or not 0 < plan.share <= 1:
        raise InputError(
            "A study has one reader or more, and each answers at least once.",
            remedy="Plan a reader more.",
        )
