"""Measure every reconstruction against its reference."""

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app import SOFTWARE
from app.domain.metric import IntensityRange, MetricDefinition, MetricValue, Space
from app.domain.pair import Pair, Pairing, Series
from app.domain.progress import Progress
from app.errors import InputError, MetricUnavailable
from app.workflows.measure_task import Limits, Task
from app.workflows.processes import Crew, default_jobs, pool, run_all

if TYPE_CHECKING:
    from app.workflows.likeness import Likeness

SLICES_PER_TASK = 8
NATIVE = Space()


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure, and how.

    ``metrics`` empty means the default set, of which those that are not
    available are left out and told; named metrics must be available.
    ``data_range`` is ``auto``, a width such as ``255``, or ``LOW..HIGH``.
    """

    metrics: tuple[str, ...] = ()
    regions: tuple[str, ...] = ("whole", "body")
    space: Space = NATIVE
    data_range: str = "auto"
    device: str = "auto"
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """The finished table and all that a person should know about it."""

    values: tuple[MetricValue, ...]
    output: Path
    notes: tuple[str, ...]
    resumed: int


def measure(
    pairing: Pairing, request: Request, output: Path, *, resume: bool = False
) -> Generator[Progress, None, Measured]:
    """Measure every pair and write ``metrics.csv``; closing early keeps finished slices.

    Parameters
    ----------
    pairing
        What :func:`app.workflows.pair.pair` found.
    request
        Metrics, regions, space and intensity range.
    output
        The table to write. While the work runs, finished slices lie beside it
        in ``NAME.partial``; the table itself appears whole or not at all.
    resume
        Go on from such finished slices where settings and files are the same.

    Raises
    ------
    InputError
        Nothing is paired.
    MetricUnavailable
        A metric asked for by name lacks its weights.
    WorkerDied
        A measuring process ended; finished slices are kept.
    """
    from app.store.journal import Journal
    from app.store.tables import write_metrics

    if not pairing.pairs:
        first = pairing.problems[0].what if pairing.problems else "It holds no images."
        raise InputError(
            f"Nothing in {pairing.source} could be paired. {first}",
            remedy="Run `blindread pair` to see the reason for each file; "
            "give the name of the reference (on the command line: --reference NAME).",
        )
    definitions, notes = _choose(request)
    with pool(request.jobs or default_jobs()) as crew:
        ranges, units = yield from _ranges(crew, pairing, request)
        settings = _settings(request, definitions, ranges)
        partial = output.with_name(output.name + ".partial")
        with Journal(partial, settings, resume=resume) as journal:
            tasks, total, resumed = _outstanding(
                pairing, request, definitions, ranges, journal.finished
            )
            done = resumed
            yield Progress(done, total, "measuring" if not resumed else f"{resumed} slices kept")
            from app.workflows.measure_worker import measure_slices

            for task, results in run_all(crew, measure_slices, tasks):
                for index, result in zip(task.slices, results, strict=True):
                    key = _key(task.pair, index)
                    journal.finished[key] = result
                    if not any("unreadable" in entry["flags"] for entry in result):
                        journal.add(key, result)  # what failed is tried again on resume
                    done += 1
                yield Progress(done, total, f"{task.pair.case}  {task.pair.arm}")
            likeness = yield from _likeness(crew, pairing, journal.finished)
            values = tuple(
                _rows(
                    pairing, request, definitions, ranges, units, journal.finished, likeness.flags
                )
            )
            notes += likeness.notes
            notes += _reasons(pairing, journal.finished)
            notes += _other_values(pairing, journal.finished)
            write_metrics(output, values)
            journal.discard()
    return Measured(values, output, tuple(notes), resumed)


def read_values(path: Path) -> tuple[MetricValue, ...]:
    """Read a ``metrics.csv`` back."""
    from app.store.tables import read_metrics

    return read_metrics(path)


def default_output(source: Path) -> Path:
    """Return where the application keeps the values of a source."""
    import os

    import platformdirs

    home = os.environ.get("BLINDREAD_SETTINGS")
    base = Path(home) if home else Path(platformdirs.user_data_dir("blindread", appauthor=False))
    mark = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]
    return base / "measurements" / f"{source.resolve().name}-{mark}" / "metrics.csv"


def _choose(request: Request) -> tuple[tuple[MetricDefinition, ...], list[str]]:
    from app.metrics import registry

    notes: list[str] = []
    chosen: list[MetricDefinition] = []
    for name in dict.fromkeys(request.metrics or registry.DEFAULT):
        definition = registry.definition(name)
        reason = registry.available(name)
        if not reason:
            chosen.append(definition)
        elif request.metrics:
            raise MetricUnavailable(
                f"The metric {name} is not available: {reason}",
                remedy="Run `blindread weights`, or leave this metric out of --metrics.",
            )
        else:
            notes.append(f"{name} was left out: {reason}")
    return tuple(chosen), notes


def _ranges(
    crew: Crew, pairing: Pairing, request: Request
) -> Generator[Progress, None, tuple[Mapping[str, IntensityRange], Mapping[str, str]]]:
    """Choose one intensity range a modality, from the references alone; tell their units."""
    from app.metrics.ranges import auto_range, given_range
    from app.workflows.measure_worker import limits_of

    references: dict[tuple[str, str], Series] = {}
    for pair in pairing.pairs:
        references.setdefault((pair.case, str(pair.reference.folder)), pair.reference)
    found: dict[str, list[Limits]] = {}
    answers = run_all(crew, limits_of, tuple(references.values()))
    for done, (series, limits) in enumerate(answers, start=1):
        if limits is not None:
            found.setdefault(series.modality, []).append(limits)
        yield Progress(done, len(references), "intensity range of the references")
    ranges = {
        pair.reference.modality: IntensityRange(0.0, 1.0, "unreadable") for pair in pairing.pairs
    }
    units: dict[str, str] = {}
    for modality, all_limits in found.items():
        seen = {limits.unit for limits in all_limits}
        if len(seen) > 1:
            raise InputError(
                f"The {modality} references have different units: "
                f"{', '.join(sorted(unit or 'none' for unit in seen))}.",
                remedy="Measure them apart, one folder for each unit.",
            )
        unit = units[modality] = seen.pop()
        extremes = (min(x.low for x in all_limits), max(x.high for x in all_limits))
        if request.data_range == "auto":
            depth = max(limits.bits_stored for limits in all_limits)
            ranges[modality] = auto_range(modality, depth, extremes, unit=unit)
        else:
            ranges[modality] = given_range(request.data_range, modality, unit=unit, limits=extremes)
    return ranges, units


def _settings(
    request: Request,
    definitions: Sequence[MetricDefinition],
    ranges: Mapping[str, IntensityRange],
) -> dict[str, object]:
    from app.metrics import weights

    return {
        "software": SOFTWARE,
        "metrics": [definition.id for definition in definitions],
        "regions": list(request.regions),
        "space": request.space.label,
        "device": request.device,
        "ranges": {name: asdict(chosen) for name, chosen in sorted(ranges.items())},
        "weights": [file.sha256 for file in weights.wanted()],
    }


def _key(pair: Pair, index: int) -> str:
    """Name one slice of one pair by its place and the state of its files."""
    first, second = pair.slices[index]
    marks: list[object] = [pair.case, pair.arm]
    theirs = [second]
    if pair.regrid is not None:
        marks.append([pair.regrid.rows, pair.regrid.columns, pair.regrid.slices])
        if pair.regrid.blends:
            theirs = [source for source, _ in pair.regrid.blends[index]]
    for series in (pair.reference, pair.reconstruction):
        if series.mapping is not None or series.storage is not None:
            stored = asdict(series.storage) if series.storage else None
            marks.append([series.mapping, stored])
    files = [pair.reference.slices[first], *(pair.reconstruction.slices[i] for i in theirs)]
    for file in files:
        state = file.path.stat()
        marks += [str(file.path), file.frame, state.st_size, state.st_mtime_ns]
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()


def _outstanding(
    pairing: Pairing,
    request: Request,
    definitions: Sequence[MetricDefinition],
    ranges: Mapping[str, IntensityRange],
    finished: Mapping[str, object],
) -> tuple[list[Task], int, int]:
    tasks: list[Task] = []
    total = kept = 0
    metrics = tuple(definition.id for definition in definitions)
    for pair in pairing.pairs:
        todo = [i for i in range(len(pair.slices)) if _key(pair, i) not in finished]
        total += len(pair.slices)
        kept += len(pair.slices) - len(todo)
        for start in range(0, len(todo), SLICES_PER_TASK):
            some = tuple(todo[start : start + SLICES_PER_TASK])
            chosen = ranges[pair.reference.modality]
            tasks.append(
                Task(pair, some, metrics, request.regions, request.space, chosen, request.device)
            )
    return tasks, total, kept


def _likeness(
    crew: Crew, pairing: Pairing, finished: Mapping[str, object]
) -> Generator[Progress, None, "Likeness"]:
    """Judge how every pair lies, and find what was measured twice."""
    from app.workflows.likeness import judge, look, looks_of
    from app.workflows.measure_worker import fingerprints_of

    alignments = {}
    answers = run_all(crew, look, pairing.pairs)
    for done, (pair, alignment) in enumerate(answers, start=1):
        alignments[pair.case, pair.arm] = alignment
        yield Progress(done, len(pairing.pairs), "how reconstructions lie on their references")
    marks = {
        (pair.case, pair.arm): [
            fingerprints_of(finished[_key(pair, index)]) for index in range(len(pair.slices))
        ]
        for pair in pairing.pairs
    }
    return judge(pairing, looks_of(pairing.pairs, alignments, marks))


def _reasons(pairing: Pairing, finished: Mapping[str, object]) -> list[str]:
    """Say once for each reason why values are missing, and of which pairs."""
    from app.workflows.measure_worker import unpack

    pairs_by_reason: dict[str, dict[str, None]] = {}
    for pair in pairing.pairs:
        for index in range(len(pair.slices)):
            for result in unpack(finished[_key(pair, index)]).values():
                if result.value is None and result.reason:
                    named = "" if "unreadable" in result.flags else f"{result.metric}: "
                    where = pairs_by_reason.setdefault(named + result.reason, {})
                    where[f"{pair.case}/{pair.arm}"] = None
    return [
        f"{reason} ({', '.join(list(where)[:4])}{f' and {len(where) - 4} more' * (len(where) > 4)})"
        for reason, where in pairs_by_reason.items()
    ]


def _other_values(pairing: Pairing, finished: Mapping[str, object]) -> list[str]:
    """Say which pairs have values that cannot be of the reference's unit, and what to do."""
    from app.images.formats.plausible import FLAG, HINT
    from app.workflows.measure_worker import unpack

    named = [
        f"{pair.case}/{pair.arm}"
        for pair in pairing.pairs
        if any(
            FLAG in result.flags
            for index in range(len(pair.slices))
            for result in unpack(finished[_key(pair, index)]).values()
        )
    ]
    if not named:
        return []
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    return [
        f"{FLAG}: the values do not span what those of the reference span; {HINT} "
        f"({', '.join(named[:4])}{more})"
    ]


def _rows(
    pairing: Pairing,
    request: Request,
    definitions: Sequence[MetricDefinition],
    ranges: Mapping[str, IntensityRange],
    units: Mapping[str, str],
    finished: Mapping[str, object],
    found: Mapping[tuple[str, str], tuple[str, ...]],
) -> Iterable[MetricValue]:
    """Yield every row in its fixed order: the volume first, then its slices."""
    from app.metrics.evaluate import pool as pool_values
    from app.metrics.registry import unit_of
    from app.workflows.measure_worker import unpack

    for pair in pairing.pairs:
        chosen = ranges[pair.reference.modality]
        slices = [unpack(finished[_key(pair, i)]) for i in range(len(pair.slices))]
        by_order = pair.slices_by == "order" and len(slices) > 1
        note = (*(("slices-by-order",) * by_order), *found.get((pair.case, pair.arm), ()))
        for region in request.regions:
            for definition in definitions:
                unit = unit_of(definition.id, units.get(pair.reference.modality, ""), request.space)
                results = [one[definition.id, region] for one in slices]
                value, flags = pool_values([result.value for result in results])
                inherited = dict.fromkeys(flag for result in results for flag in result.flags)

                def row(
                    number: int | None,
                    value: float | None,
                    parameters: Mapping[str, object],
                    flags: Iterable[str],
                    *,
                    pair: Pair = pair,
                    region: str = region,
                    definition: MetricDefinition = definition,
                    width: float = chosen.width,
                    unit: str = unit,
                ) -> MetricValue:
                    return MetricValue(
                        case=pair.case,
                        arm=pair.arm,
                        slice=number,
                        region=region,
                        metric=definition.id,
                        value=value,
                        unit=unit,
                        better=definition.better,
                        space=request.space.label,
                        data_range=width,
                        parameters=json.dumps(parameters, sort_keys=True, ensure_ascii=False),
                        reference_uid=pair.reference.uid,
                        reconstruction_uid=pair.reconstruction.uid,
                        flags=tuple(dict.fromkeys(flags)),
                        software=SOFTWARE,
                    )

                pooled = {**results[0].parameters, "pooling": "mean", "slices": len(results)}
                yield row(None, value, pooled, (*inherited, *flags, *note))
                for index, result in enumerate(results):
                    number = pair.slices[index][0] + 1
                    yield row(number, result.value, result.parameters, (*result.flags, *note))
