"""How each metric answers when one reference is made worse in known ways."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app import SOFTWARE
from app.domain.metric import IntensityRange
from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.errors import InputError
from app.workflows.ladder_rung import Foot, measure_rung
from app.workflows.measure import Request, open_store
from app.workflows.measure_plan import DISTRIBUTIONS, Planner, masks
from app.workflows.processes import default_jobs, pool, run_all

if TYPE_CHECKING:
    from app.metrics.inputs import SliceResult
    from app.metrics.ladder import Rung
    from app.metrics.response import LadderRow, Verdict


@dataclass(frozen=True, slots=True)
class Climbed:
    """The whole ladder of one slice: every value, and what each metric is blind to."""

    rows: "tuple[LadderRow, ...]"
    verdicts: "tuple[Verdict, ...]"
    range: IntensityRange
    rule: str
    notes: tuple[str, ...]


def climb(
    pairing: Pairing, request: Request, *, case: str = ""
) -> Generator[Progress, None, Climbed]:
    """Degrade the middle slice of one reference step by step and measure every step.

    Parameters
    ----------
    pairing
        What :func:`app.workflows.pair.pair` found.
    request
        Metrics, regions, spaces, intensity range, device and processes, as for measuring.
    case
        Whose reference; by default the first one's that has all masks that are named.

    Raises
    ------
    InputError
        Nothing is paired, there is no such case, it has no such mask, or its reference
        cannot be read.
    MetricRefused
        A metric or region does not exist, or the slice has no finite value.
    WorkerDied
        A measuring process ended.
    """
    from app.metrics import registry
    from app.metrics.ladder import rungs
    from app.metrics.parameters import COHORT_METRICS
    from app.metrics.prepare import check_regions
    from app.metrics.response import RULE, verdicts, with_responses
    from app.workflows.measure_memory import Memory

    check_regions(request.regions)
    named = masks(pairing, request.regions)
    pair = _chosen(pairing, case, tuple(dict.fromkeys(name for _, name in named)), named)
    wanted = request.metrics or registry.DEFAULT
    metrics = tuple(
        registry.definition(name).id for name in dict.fromkeys(wanted) if name not in DISTRIBUTIONS
    )
    notes = [
        f"{name} has no values here: {reason}"
        for name in metrics
        if (reason := registry.available(name))
    ]
    notes += [
        f"{name} is left out: it is of all images of an arm, and the ladder has one slice."
        for name in wanted
        if name in DISTRIBUTIONS
    ]
    series = pair.reference
    index = pair.slices[len(pair.slices) // 2][0]
    with open_store(request) as store, pool(request.jobs or default_jobs()) as crew:
        planner = Planner(pairing, request, Memory(store, crew), crew)
        cohorts: Mapping[str, object] = {}
        if any(name in COHORT_METRICS for name in metrics):
            cohorts = (yield from planner.plan(metrics, None)).cohorts
            notes += planner.notes
        chosen, unit = yield from planner.range_of(series)
        foot = Foot(
            case=pair.case,
            series=series,
            index=index,
            range=chosen,
            metrics=metrics,
            regions=request.regions,
            spaces=request.spaces,
            device=request.device,
            body_masks=str(request.body_masks.absolute()) if request.body_masks else "",
            masks={key: laid for key, laid in named.items() if key[0] == pair.case},
            cohorts=cohorts,
        )
        steps = tuple(rungs())
        found: dict[Rung, list[tuple[str, SliceResult]]] = {}
        yield Progress(0, len(steps), f"{pair.case}  slice {index + 1}")
        for rung, results in run_all(crew, measure_rung, steps, crew.share(foot)):
            found[rung] = results
            yield Progress(len(found), len(steps), f"{rung.degradation} {rung.level:g}")
    rows = with_responses(
        _row(pair.case, index, rung, label, result, unit)
        for rung in steps
        for label, result in found[rung]
    )
    reasons = dict.fromkeys(
        f"{result.metric}, {result.region}: {result.reason}"
        for rung in (steps[0], steps[-1])
        for _, result in found[rung]
        if result.value is None and "unavailable" not in result.flags
    )
    return Climbed(rows, verdicts(rows), chosen, RULE, (*notes, *reasons))


def write_ladder(path: Path, climbed: Climbed) -> None:
    """Write ``ladder.csv``: one value on one step a row."""
    from app.store.columns import LADDER
    from app.store.csv_file import write_rows

    write_rows(
        path,
        tuple(LADDER),
        (
            [
                row.case,
                row.slice,
                row.degradation,
                row.level,
                row.level_unit,
                row.region,
                row.metric,
                row.value,
                row.unit,
                row.better,
                row.response,
                row.space,
                climbed.range.width,
                ";".join(row.flags),
                SOFTWARE,
            ]
            for row in climbed.rows
        ),
    )


def table(climbed: Climbed) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a heading and one line for each metric, region and space, for a terminal.

    A cell tells the first level that the metric sees and its largest response, e.g.
    ``from 2, 0.41``; ``blind`` and the largest response; or nothing where it has no values.
    """
    from app.metrics.ladder import LADDER

    heading = ("metric", "region", "space", *(f"{one.name} ({one.unit})" for one in LADDER))
    lines: dict[tuple[str, str, str], list[str]] = {}
    for verdict in climbed.verdicts:
        key = (verdict.metric, verdict.region, verdict.space)
        lines.setdefault(key, []).append(_cell(verdict))
    return heading, [(*key, *cells) for key, cells in lines.items()]


def _cell(verdict: "Verdict") -> str:
    if verdict.largest is None:
        return ""
    if verdict.blind:
        return f"blind, {verdict.largest:.2g}"
    return f"from {verdict.seen_from:g}, {verdict.largest:.2f}"


def _chosen(
    pairing: Pairing, case: str, wanted: Sequence[str], masks: Mapping[tuple[str, str], Pair]
) -> Pair:
    """Return a pair of the case asked for, or of the first that has all masks that are named."""
    cases = {pair.case: pair for pair in reversed(pairing.pairs)}
    if not cases:
        raise InputError(
            f"Nothing in {pairing.source} could be paired.",
            remedy="Run `blindread pair` to see the reason for each file.",
        )
    if case and case not in cases:
        some = ", ".join(sorted(cases)[:6])
        raise InputError(f"There is no case '{case}'.", remedy=f"Name one of: {some}.")
    if case:
        lacking = [name for name in wanted if (case, name) not in masks]
        if lacking:
            raise InputError(
                f"The case '{case}' has no mask '{lacking[0].removeprefix('mask:')}'.",
                remedy="Name another case, or another region.",
            )
        return cases[case]
    for pair in pairing.pairs:
        if all((pair.case, name) in masks for name in wanted):
            return pair
    raise InputError(
        "No case has all of these masks: "
        f"{', '.join(name.removeprefix('mask:') for name in wanted)}.",
        remedy="Climb the ladder with one of them at a time.",
    )


def _row(
    case: str, index: int, rung: "Rung", label: str, result: "SliceResult", unit: str
) -> "LadderRow":
    from app.metrics import registry
    from app.metrics.ladder import LADDER
    from app.metrics.response import LadderRow
    from app.metrics.spaces import parse_space

    units = {degradation.name: degradation.unit for degradation in LADDER}
    return LadderRow(
        case=case,
        slice=index + 1,
        degradation=rung.degradation,
        level=rung.level,
        level_unit=units.get(rung.degradation, ""),
        region=result.region,
        metric=result.metric,
        space=label,
        value=result.value,
        unit=registry.unit_of(result.metric, unit, parse_space(label)),
        better=registry.definition(result.metric).better,
        flags=result.flags,
    )
