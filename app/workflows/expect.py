"""What the analysis of a planned study may expect: precision and power, with what is assumed."""

from dataclasses import dataclass
from pathlib import Path

from app.analysis.precision import Plan, Precision, Spread, expected_precision, in_words
from app.domain.protocol import Criterion, Protocol
from app.errors import ProtocolError
from app.store.protocol_file import read_protocol
from app.store.study_folder import StudyFolder
from app.study.design import arms_shown
from app.workflows.extent import Extent, extent_of

DIFFERENCE = 0.5
"""The difference of two arms that one wants to see, in steps, where nothing else is said."""

SHORT = 7
"""On scales of up to so many choices a step is one choice; of longer ones a quarter."""

ROC_TEMPLATES = ("diagnosis", "real-or-generated")


@dataclass(frozen=True, slots=True)
class Expectation:
    """The precision of the difference of two arms in one criterion, and how it was found.

    It is that of the rows ``difference`` and the criterion in ``estimates.csv``: of two mean
    scores, or of the mean answer where one answer compares the two.

    Parameters
    ----------
    step
        How many points of the criterion's scale a step is.
    assumptions, notes
        Sentences: what the simulation assumes; what to mind about its result.
    """

    criterion: str
    step: float
    plan: Plan
    spread: Spread
    precision: Precision
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]


def expectation(
    protocol: Protocol,
    *,
    spread: Spread | None = None,
    difference: float = DIFFERENCE,
    seed: int = 0,
    extent: Extent | None = None,
) -> Expectation:
    """Return what to expect of a protocol's first criterion that is scored.

    Parameters
    ----------
    difference
        The true difference of two arms, in steps, that one wants to see.
    extent
        What amendments have added; nothing, where it is not given.

    Raises
    ------
    ProtocolError
        Nothing in the study is scored, or only one arm is judged.
    InputError
        There is only one case, or a number is impossible.
    """
    spread = spread or Spread()
    criterion = _scored(protocol)
    plan = _plan_of(protocol, criterion, extent or Extent(protocol.readers))
    found = expected_precision(plan, spread, difference=difference, seed=seed)
    assumptions = (
        *in_words(plan, spread),
        f"From {found.studies} simulated studies, each analysed by the percentile bootstrap over "
        f"readers and cases ({found.resamples} resamples, seed {found.seed}), as analyze does for "
        f"the rows 'difference {criterion.id}' of estimates.csv.",
    )
    return Expectation(
        criterion=criterion.id,
        step=_step(criterion),
        plan=plan,
        spread=spread,
        precision=found,
        assumptions=assumptions,
        notes=_notes(protocol, plan, found),
    )


def expect(
    study: Path,
    *,
    spread: Spread | None = None,
    difference: float = DIFFERENCE,
    seed: int = 0,
) -> Expectation:
    """Return what to expect of the study in a folder, whatever its state, as amended.

    Raises
    ------
    InputError
        There is no study, or a number is impossible.
    ProtocolError
        Nothing in the study is scored, or only one arm is judged.
    """
    folder = StudyFolder.open(study)
    protocol = read_protocol(folder.protocol)
    return expectation(
        protocol,
        spread=spread,
        difference=difference,
        seed=seed,
        extent=extent_of(folder, protocol),
    )


def spread_of(case_arm: float, reader_arm: float, error: float) -> Spread:
    """Return the standard deviations to assume, in steps."""
    return Spread(case_arm, reader_arm, error)


def _scored(protocol: Protocol) -> Criterion:
    if len(arms_shown(protocol)) < 2:
        raise ProtocolError(
            "With one arm there is no difference of arms to expect.",
            remedy="Choose two arms, or let the reference take part.",
        )
    for criterion in protocol.criteria:
        if criterion.kind in ("rating", "slider", "preference", "ranking"):
            return criterion
    raise ProtocolError(
        "Nothing in this study is scored, so no precision can be told.",
        remedy="Add a criterion with a scale.",
    )


def _plan_of(protocol: Protocol, criterion: Criterion, extent: Extent) -> Plan:
    """Return how often each cell of the analysis is answered."""
    arms = len(arms_shown(protocol))
    cases, readers = len(protocol.cases) + extent.added_cases, len(extent.readers)
    if protocol.slots == 2 and protocol.pairing == "adaptive":
        screens = arms // 2 + extent.further_screens / max(1, cases * readers)
        if criterion.kind == "preference":
            share = min(1.0, screens / (arms * (arms - 1) / 2))
            return Plan(cases, readers, direct=True, share=share)
        often = 2 * screens / arms  # the same arm of the same case, by the same reader
        # A difference needs both arms: where not all are shown, only some cases have the two.
        both = often * (2 * screens - 1) / (arms - 1) if often < 1 else 1.0
        return Plan(cases, readers, answers=max(1, round(often)), share=both)
    if criterion.kind == "preference":
        return Plan(cases, readers, direct=True)
    return Plan(cases, readers, answers=arms - 1 if protocol.slots == 2 else 1)


def _step(criterion: Criterion) -> float:
    """Return how many points of a scale are one step."""
    values = [choice.value for choice in criterion.choices]
    if not values or (criterion.kind != "slider" and len(values) <= SHORT):
        return 1.0
    return (max(values) - min(values)) / 4


def _notes(protocol: Protocol, plan: Plan, found: Precision) -> tuple[str, ...]:
    notes = []
    if plan.readers == 1:
        notes.append("With one reader the interval holds for this reader only.")
    elif found.coverage < 0.9:
        notes.append(
            f"With so few readers or cases the interval is too narrow: it holds the truth in "
            f"{100 * found.coverage:.0f} % of the studies, not in 95 %."
        )
    if protocol.template in ROC_TEMPLATES:
        notes.append("This is for mean scores; no area under a ROC curve is computed.")
    if plan.share < 1:
        notes.append("Further rounds of pairs make it better than this.")
    return tuple(notes)
