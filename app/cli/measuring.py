"""Commands of the engineer: pair, measure, metrics, weights, doctor, demo."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.printing import (
    count,
    follow,
    one_line,
    print_json,
    print_table,
    problem_lines,
    program_as_typed,
    say,
)
from app.cli.windows import Windows
from app.errors import BlindReadError, InputError

if TYPE_CHECKING:
    from app.domain.pair import Pairing
    from app.workflows.measure import Request

PROBLEMS = 3

Value = TypeVar("Value")

Source = Annotated[Path, typer.Argument(help="A folder of cases, or a manifest CSV.")]
Reference = Annotated[
    str | None, typer.Option("--reference", help="Name of the reference's folder or file.")
]
Machine = Annotated[bool, typer.Option("--json", help="Machine output: one JSON object a line.")]


def add_to(cli: typer.Typer) -> None:
    """Give the commands their names."""
    cli.command("demo")(demo)
    cli.command("pair")(pair)
    cli.command("measure")(measure)
    cli.command("metrics")(metrics)
    cli.command("weights")(weights)
    cli.command("doctor")(doctor)


def pair(
    source: Source,
    output: Annotated[Path | None, typer.Option("-o", help="Where to write pairs.csv.")] = None,
    reference: Reference = None,
    deep: Annotated[
        bool | None,
        typer.Option(
            "--deep/--no-deep",
            help="Read all pixels for shifts, mirrored images and doubles. [default: where few]",
        ),
    ] = None,
    machine: Machine = False,
) -> int:
    """Say what belongs together, what does not, and why."""
    from app.workflows.likeness import examine, is_small
    from app.workflows.pair import pair as find
    from app.workflows.pair import write_pairs

    if output is not None:
        _refuse_folder(output)
    found = follow(find(source, reference=reference), "Scanning", machine=machine)
    noted = found.pairs
    doubts: tuple[str, ...] = ()
    if found.pairs and (is_small(found) if deep is None else deep):
        found, seen = follow(examine(found), "Looking", machine=machine)
        doubts = seen.notes
    if output is not None:
        write_pairs(found, output)
    if machine:
        problems = [{"path": p.path, "problem": p.what, "remedy": p.remedy} for p in found.problems]
        pairs = [
            {"case": p.case, "arm": p.arm, "slices": len(p.slices), "matched_by": p.matched_by}
            for p in found.pairs
        ]
        print_json({"result": {"pairs": pairs, "problems": problems, "doubts": list(doubts)}})
    else:
        say(
            f"{count(len(found.pairs), 'pair')}: {count(len(found.cases), 'case')}, "
            f"{count(len(found.arms), 'arm')}"
            + (f", reference {found.reference_name or 'by geometry'}" if found.pairs else "")
        )
        for one in noted:  # what the pixels say is told below, once
            if one.note:
                say(f"  note: {one.case}, {one.arm}: {one_line(one.note)}")
        for line in problem_lines((p.path, f"{p.what} {p.remedy}") for p in found.problems):
            say(line)
        for doubt in doubts:
            say(f"  problem: {one_line(doubt)}")
        if output is not None:
            say(f"wrote {output}")
    if not found.pairs and not found.problems:
        raise InputError(
            f"{source} holds no images.", remedy="Choose the folder that holds the cases."
        )
    return PROBLEMS if found.problems or doubts or not found.pairs else 0


def measure(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("-o", help="The table to write. [default: metrics.csv]")
    ] = None,
    metrics: Annotated[
        str,
        typer.Option(
            help="Metric ids with commas between; all for every one that is available, but for "
            "variants (with an @), which are named. [default: the usual five]"
        ),
    ] = "",
    reference: Reference = None,
    region: Annotated[
        str,
        typer.Option(help="whole, body, roi:WxH+X+Y, mask:NAME; with commas between."),
    ] = "whole,body",
    space: Annotated[
        str,
        typer.Option(
            help="native, window:CENTER/WIDTH, percentile:LOW/HIGH, minmax, zscore, 8bit; "
            "with commas between."
        ),
    ] = "native",
    data_range: Annotated[
        str, typer.Option(help="auto, a width such as 255, or LOW..HIGH.")
    ] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 means one a processor.")] = 0,
    scheduler: Annotated[
        str, typer.Option(help="Address of a Dask scheduler whose workers do the work.")
    ] = "",
    body_masks: Annotated[
        Path | None, typer.Option(help="Folder of body masks that were edited by hand.")
    ] = None,
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="Degrade references step by step, and show how each metric answers."
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on where a run ended. Every run does, unless --fresh."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute again what is known from earlier runs.")
    ] = False,
    machine: Machine = False,
) -> int:
    """Measure every reconstruction against its reference."""
    from app.metrics import registry
    from app.metrics.ranges import given_range
    from app.metrics.spaces import parse_spaces
    from app.workflows.measure import Request
    from app.workflows.measure import measure as run
    from app.workflows.pair import pair as find

    names = _usable(lambda: registry.parse_metrics(metrics)) if metrics.strip() else ()
    request = Request(
        metrics=names,
        regions=_regions(region),
        spaces=_usable(lambda: parse_spaces(space)),
        data_range=data_range,
        device=_one_of("device", device, ("auto", "cpu", "cuda")),
        jobs=jobs,
        fresh=fresh,
        scheduler=scheduler,
        body_masks=body_masks,
    )
    if data_range != "auto":
        _usable(lambda: given_range(data_range, ""))
    output = output or Path("ladder.csv" if ladder else "metrics.csv")
    _refuse_folder(output)
    with _stoppable():
        found = follow(find(source, reference=reference), "Scanning", machine=machine)
        if ladder:
            return _climb(found, request, output, machine=machine)
        work = run(found, request, output)
        done = follow(work, "Measuring", machine=machine)
    unpaired = [(problem.path, f"{problem.what} {problem.remedy}") for problem in found.problems]
    if machine:
        print_json(
            {
                "result": {
                    "output": str(done.output),
                    "rows": done.rows,
                    "pairs": len(found.pairs),
                    "resumed": done.resumed,
                    "problems": [one_line(f"{path}: {what}") for path, what in unpaired]
                    + [one_line(note) for note in done.notes],
                }
            }
        )
    else:
        if done.resumed or resume:
            say(f"went on after {count(done.resumed, 'finished slice')}")
        say(f"{count(len(found.pairs), 'pair')}, {done.rows} values: wrote {done.output}")
        for line in problem_lines(unpaired):
            say(line)
        for note in done.notes:
            say(f"  problem: {one_line(note)}")
    return PROBLEMS if unpaired or done.notes else 0


def _climb(found: "Pairing", request: "Request", output: Path, *, machine: bool) -> int:
    """Show how each metric answers to known degradations of a reference."""
    from app.workflows.ladder import climb, table, write_ladder

    climbed = follow(climb(found, request), "Climbing", machine=machine)
    write_ladder(output, climbed)
    if machine:
        verdicts = [
            {
                "metric": one.metric,
                "region": one.region,
                "space": one.space,
                "degradation": one.degradation,
                "seen_from": one.seen_from,
                "largest": one.largest,
                "blind": one.blind,
            }
            for one in climbed.verdicts
        ]
        result = {"output": str(output), "verdicts": verdicts, "notes": list(climbed.notes)}
        print_json({"result": result})
    else:
        heading, lines = table(climbed)
        print_table(heading, lines)
        say(climbed.rule)
        for note in climbed.notes:
            say(f"  note: {one_line(note)}")
        say(f"wrote {output}")
    return 0


def metrics(machine: Machine = False) -> int:
    """Print every metric: definition, direction, range, parameters, source, availability."""
    from app.metrics import plugins, registry

    for one in (*registry.definitions(), *plugins.definitions()):
        reason = registry.available(one.id)
        if machine:
            print_json(
                {
                    "id": one.id,
                    "title": one.title,
                    "summary": one.summary,
                    "better": one.better,
                    "low": str(one.low),
                    "high": str(one.high),
                    "unit": one.unit,
                    "parameters": dict(one.parameters),
                    "source": one.source,
                    "refuses": one.refuses,
                    "available": not reason,
                    "reason": reason,
                }
            )
            continue
        say(f"{one.id}  {one.title}")
        say(f"    {one_line(one.summary)}")
        unit = f" {one.unit}" if one.unit else ""
        say(f"    {one.better} is better; {one.low:g} to {one.high:g}{unit}")
        if one.parameters:
            say("    " + ", ".join(f"{name}={value}" for name, value in one.parameters.items()))
        say(f"    refuses: {one_line(one.refuses)}")
        say(f"    source: {one_line(one.source)}")
        say(f"    {'available' if not reason else 'not available: ' + one_line(reason)}")
    for id, reason in plugins.unavailable().items():
        if machine:
            print_json({"id": id, "available": False, "reason": reason})
        else:
            say(f"{id}\n    not available: {one_line(reason)}")
    if not machine and plugins.note():
        say(plugins.note())
    return 0


def weights(
    archive: Annotated[
        Path | None, typer.Option("--from", help="Install from a file carried here by hand.")
    ] = None,
    machine: Machine = False,
) -> int:
    """Fetch or install, and verify, the weights of the learned metrics."""
    from app.metrics.weights_install import fetch

    with _stoppable():
        files = follow(fetch(archive), "Weights", machine=machine)
    if machine:
        print_json({"result": {"files": [str(file) for file in files]}})
    else:
        for file in files:
            say(f"verified {file}")
    return 0


def doctor(machine: Machine = False) -> int:
    """Say what works here and what does not: versions, display, codecs, weights, GPU."""
    from app.workflows.doctor import examine

    findings = examine()
    if machine:
        print_json({"result": [{"what": f.what, "state": f.state, "ok": f.ok} for f in findings]})
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            say(f"{'ok ' if finding.ok else '-- '} {finding.what:<{width}}  {finding.state}")
    return 0 if all(one.ok or not one.needed for one in findings) else PROBLEMS


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to build the sample study.")] = Path(
        "blindread-demo"
    ),
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the application at the end.")
    ] = True,
) -> int:
    """Build a sample study from real images and run the whole path on it."""
    from app.workflows.demo import demo as run

    with _stoppable():
        report = follow(run(folder), "Demo")
    for line in report.lines:
        say(line)
    program = program_as_typed()
    for purpose, arguments in report.commands:
        say(f"{purpose}:   {program} {arguments}")
    if not show:
        return 0
    from app.workflows.doctor import screen

    if not screen():
        say(f"There is no screen here. Where there is one:   {program}   and open {report.source}")
        return 0
    windows: Windows = context.obj
    return windows.application(report.source, report.study)


def _regions(text: str) -> tuple[str, ...]:
    from app.metrics.roi import parse_regions

    return _usable(lambda: parse_regions(text))


def _usable(parse: Callable[[], Value]) -> Value:
    """Return what an option means; one that means nothing is wrong usage."""
    try:
        return parse()
    except BlindReadError as error:
        raise typer.BadParameter(error.sentence) from error


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise typer.BadParameter(f"{what} {value!r} is none of {', '.join(allowed)}")
    return value


def _refuse_folder(output: Path) -> None:
    if output.is_dir():
        raise InputError(
            f"{output} is a folder.", remedy=f"Name a file, for example {output / 'metrics.csv'}."
        )


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a polite request to end (SIGTERM) stop the work as Ctrl-C does."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
        sys.stdout.flush()
