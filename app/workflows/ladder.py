"""How each metric answers when one reference is made worse in known ways."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app import SOFTWARE
from app.domain.metric import IntensityRange, Space
from app.domain.pair import Pair, Pairing, Series
from app.domain.progress import Progress
from app.errors import InputError, MetricRefused
from app.workflows.measure import DISTRIBUTIONS, Request
from app.workflows.processes import Crew, default_jobs, pool, run_all

if TYPE_CHECKING:
    from app.metrics.inputs import Mask, Plane, SliceInputs, SliceResult
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


@dataclass(frozen=True, slots=True)
class Foot:
    """What every step of one ladder shares: a slice of a reference, and what to measure."""

    series: Series
    index: int
    range: IntensityRange
    metrics: tuple[str, ...]
    regions: tuple[str, ...]
    spaces: tuple[Space, ...]
    device: str


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
        Whose reference; the first one's by default.

    Raises
    ------
    InputError
        Nothing is paired, there is no such case, or its reference cannot be read.
    MetricRefused
        A metric or region does not exist, or the slice has no finite value.
    WorkerDied
        A measuring process ended.
    """
    from app.metrics import registry
    from app.metrics.ladder import rungs
    from app.metrics.prepare import check_regions
    from app.metrics.response import RULE, verdicts, with_responses

    pair = _chosen(pairing, case)
    check_regions(request.regions)
    wanted = request.metrics or registry.DEFAULT
    metrics = tuple(
        registry.definition(name).id for name in dict.fromkeys(wanted) if name not in DISTRIBUTIONS
    )
    notes = [
        f"{name} has no values here: {reason}"
        for name in metrics
        if (reason := registry.available(name))
    ]
    series = pair.reference
    index = pair.slices[len(pair.slices) // 2][0]
    with pool(request.jobs or default_jobs()) as crew:
        chosen, unit = yield from _range(crew, pairing, series.modality, request)
        foot = Foot(series, index, chosen, metrics, request.regions, request.spaces, request.device)
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


def measure_rung(foot: Foot, rung: "Rung") -> "list[tuple[str, SliceResult]]":
    """Return the results of one step, each with the label of its space."""
    from app.metrics.evaluate import evaluate_slice
    from app.metrics.inputs import SliceResult
    from app.metrics.ladder import degrade

    ground = _ground(foot)
    try:
        worse = degrade(ground.reference, rung, range=foot.range, body=ground.body)
    except MetricRefused as refused:  # no room for the lesion; the other steps go on
        flags, reason = ("refused:no-room",), refused.sentence
        return [
            (space.label, SliceResult(metric, region, None, {}, flags, reason))
            for space in foot.spaces
            for metric in foot.metrics
            for region in foot.regions
        ]
    results = []
    for space in foot.spaces:
        inputs = _inputs(foot, ground, worse, space)
        results += [(space.label, result) for result in evaluate_slice(inputs)]
    return results


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


def _chosen(pairing: Pairing, case: str) -> Pair:
    cases = {pair.case: pair for pair in reversed(pairing.pairs)}
    if not cases:
        raise InputError(
            f"Nothing in {pairing.source} could be paired.",
            remedy="Run `blindread pair` to see the reason for each file.",
        )
    if case and case not in cases:
        some = ", ".join(sorted(cases)[:6])
        raise InputError(f"There is no case '{case}'.", remedy=f"Name one of: {some}.")
    return cases[case] if case else pairing.pairs[0]


def _range(
    crew: Crew, pairing: Pairing, modality: str, request: Request
) -> Generator[Progress, None, tuple[IntensityRange, str]]:
    """Choose the range that measuring the same source would choose."""
    from app.metrics.ranges import auto_range, given_range
    from app.workflows.measure_worker import limits_of

    references = tuple(
        {
            (pair.case, str(pair.reference.folder)): pair.reference
            for pair in pairing.pairs
            if pair.reference.modality == modality
        }.values()
    )
    found = []
    for _, limits in run_all(crew, limits_of, references):
        found.append(limits)
        yield Progress(len(found), len(references), "intensity range of the references")
    known = [limits for limits in found if limits is not None]
    units = {limits.unit for limits in known}
    if len(units) != 1:
        raise InputError(
            f"The {modality} references cannot be read, or have different units.",
            remedy="Run `blindread measure` to see the reason, or measure them apart.",
        )
    unit = units.pop()
    extremes = (min(one.low for one in known), max(one.high for one in known))
    if request.data_range == "auto":
        depth = max(one.bits_stored for one in known)
        return auto_range(modality, depth, extremes, unit=unit), unit
    return given_range(request.data_range, modality, unit=unit, limits=extremes), unit


class _Ground:
    """The slice that all steps start from, read and looked at once in each process."""

    def __init__(self, foot: Foot) -> None:
        from app.images.read import read_image
        from app.metrics.inputs import Kept
        from app.metrics.regions import body_mask, body_rule

        image = read_image(foot.series, [foot.index])
        values, valid = image.values(0), image.valid(0)
        there = np.isfinite(values)
        if valid is not None:
            there &= valid
        if not there.any():
            raise MetricRefused(
                "The middle slice of the reference holds no tissue value.",
                remedy="Choose another case.",
            )
        self.modality = image.modality
        self.valid: Mask | None = None if there.all() else there
        self.reference: Plane = np.where(there, values, foot.range.low)
        self.body = body_mask(
            self.reference,
            image.modality,
            foot.range,
            unit=image.unit,
            valid=self.valid,
            inverted=image.inverted,
        )
        self.rule = body_rule(image.modality, foot.range, unit=image.unit)
        self.shared = Kept()


@lru_cache(maxsize=1)
def _ground(foot: Foot) -> _Ground:
    return _Ground(foot)


def _inputs(foot: Foot, ground: _Ground, worse: "Plane", space: Space) -> "SliceInputs":
    from app.metrics.inputs import SliceInputs
    from app.metrics.spaces import needs_statistics, percentages, statistics_of

    own = reference = None
    if needs_statistics((space,)):
        inside = ... if ground.valid is None else ground.valid
        wanted = percentages((space,))
        own = statistics_of(worse[inside], wanted)
        reference = statistics_of(ground.reference[inside], wanted)
    return SliceInputs(
        reference=ground.reference,
        reconstruction=worse,
        valid=ground.valid,
        body=ground.body,
        range=foot.range,
        space=space,
        metrics=foot.metrics,
        regions=foot.regions,
        body_rule=ground.rule,
        device=foot.device,
        modality=ground.modality,
        own_statistics=own,
        reference_statistics=reference,
        shared=ground.shared,
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
