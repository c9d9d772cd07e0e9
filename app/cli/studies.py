"""Commands of the coordinator and the statistician: study, read, analyze, export."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.printing import (
    count,
    duration,
    follow,
    one_line,
    passphrase,
    print_json,
    problem_lines,
    program_as_typed,
    say,
)
from app.cli.windows import Windows

PROBLEMS = 3

Study = Annotated[Path, typer.Argument(help="The study's folder.")]
Machine = Annotated[bool, typer.Option("--json", help="Machine output: one JSON object a line.")]


def add_to(cli: typer.Typer) -> None:
    """Give the commands their names."""
    study = typer.Typer(help="Design, lock, watch and unblind a reader study.")
    study.command("templates")(templates)
    study.command("new")(new)
    study.command("expect")(expect)
    study.command("lock")(lock)
    study.command("status")(status)
    study.command("verify")(verify)
    study.command("add-reader")(add_reader)
    study.command("add-cases")(add_cases)
    study.command("next-round")(next_round)
    study.command("simulate")(simulate)
    study.command("unblind")(unblind)
    cli.add_typer(study, name="study")
    cli.command("read")(read)
    cli.command("analyze")(analyze)
    cli.command("export")(export)


def templates(machine: Machine = False) -> int:
    """List the designs of reader studies."""
    from app.workflows.plan import templates as known

    listed = known()
    if machine:
        for one in listed:
            print_json(asdict(one))
        return 0
    for one in listed:
        say(f"{one.name:<18} {one.summary} [{one.basis}]")
    return 0


def new(
    source: Annotated[Path, typer.Argument(help="A folder of cases, or a manifest CSV.")],
    output: Annotated[Path, typer.Option("-o", help="The study's folder, to be made.")],
    template: Annotated[
        str, typer.Option(help="The design; 'blindread study templates' lists them.")
    ] = "comparison",
    title: Annotated[str, typer.Option(help="The study's title. [default: the folder]")] = "",
    reference: Annotated[
        str | None, typer.Option("--reference", help="Name of the reference's folder or file.")
    ] = None,
    arms: Annotated[str, typer.Option(help="Arms with commas between. [default: all]")] = "",
    cases: Annotated[str, typer.Option(help="Cases with commas between. [default: all]")] = "",
    readers: Annotated[
        str, typer.Option(help="Codes of the readers, with commas between.")
    ] = "R1,R2,R3",
    reference_as_arm: Annotated[
        bool | None,
        typer.Option(
            "--reference-as-arm/--no-reference-as-arm",
            help="Let the reference take part, blinded. [default: as the template says]",
        ),
    ] = None,
    slots: Annotated[
        int | None, typer.Option(help="Images on a screen. [default: as the template says]")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds-per-read",
            help="Expected time for one screen. [default: as the template says]",
        ),
    ] = None,
) -> int:
    """Design a reader study; its protocol can be edited until it is locked."""
    from app.workflows.pair import pair as find
    from app.workflows.plan import new_study, size_of

    found = follow(find(source, reference=reference), "Scanning")
    protocol = new_study(
        found,
        template=template,
        title=title or output.resolve().name,
        arms=_names(arms) or found.arms,
        cases=_names(cases) or found.cases,
        readers=tuple(name.strip() for name in readers.split(",") if name.strip()),
        reference_as_arm=reference_as_arm,
        seconds_per_read=seconds,
        slots=slots,
        folder=output,
    )
    size = size_of(protocol)
    say(
        f"{count(len(protocol.cases), 'case')}, {count(len(protocol.arms), 'arm')}, "
        f"{count(len(protocol.readers), 'reader')}: "
        f"{count(size.reads_per_reader, 'screen')} for each reader, "
        f"about {duration(size.hours_per_reader)}"
    )
    left_out = [problem for problem in found.problems if problem.role != "reference"]
    for line in problem_lines((p.path, f"{p.what} {p.remedy}") for p in left_out):
        say(line)
    say(f"wrote {output / 'protocol.yaml'}; edit it, then: {_typed('study', 'lock', output)}")
    return PROBLEMS if left_out else 0


def expect(
    study: Study,
    difference: Annotated[
        float, typer.Option(help="The difference of two arms to see, in steps of the scale.")
    ] = 0.5,
    case_arm: Annotated[
        float, typer.Option("--case-arm", min=0, help="How arms differ from case to case.")
    ] = 0.5,
    reader_arm: Annotated[
        float, typer.Option("--reader-arm", min=0, help="How arms differ from reader to reader.")
    ] = 0.3,
    error: Annotated[float, typer.Option(min=0, help="How one answer varies.")] = 0.6,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    machine: Machine = False,
) -> int:
    """Say how precise the study will be, from simulated studies; deviations are in steps."""
    from app.workflows.expect import expect as run
    from app.workflows.expect import spread_of

    spread = spread_of(case_arm, reader_arm, error)
    found = run(study, spread=spread, difference=difference, seed=seed)
    if machine:
        print_json({"result": asdict(found)})
        return 0
    seen = found.precision
    points = f" ({found.step * seen.half_width:.1f} points)" if found.step != 1 else ""
    say(f"{found.criterion}: a difference of two arms is known to +-{seen.half_width:.2f} steps")
    say(f"  95 % interval, half width{points}; standard error {seen.standard_error:.2f}")
    say(
        f"  {difference:g} steps of difference are seen in {100 * seen.power:.0f} % of such studies"
    )
    for note in found.notes:
        say(f"  note: {note}")
    say("Assumed:")
    for line in found.assumptions:
        say(f"  {line}")
    return 0


def lock(study: Study) -> int:
    """Freeze the protocol, draw the schedule, blind the pixels, seal the key."""
    from app.workflows.plan import lock as run
    from app.workflows.plan import must_be

    must_be(study, "draft")
    mark = follow(run(study, passphrase(confirm=True)), "Locking")
    say(f"locked; protocol sha256 {mark}")
    say("The passphrase is kept nowhere: without it the study cannot be unblinded.")
    say(f"read it with: {_typed('read', study, '--reader', 'CODE')}")
    return 0


def status(study: Study, machine: Machine = False) -> int:
    """Show the progress of each reader; no arm, no score."""
    from app.workflows.plan import status as look

    now = look(study)
    if machine:
        readers = [
            {"reader": r.reader, "done": r.done, "total": r.total, "simulated": r.simulated}
            for r in now.readers
        ]
        print_json(
            {
                "result": {
                    "state": now.state,
                    "title": now.title,
                    "readers": readers,
                    "problems": list(now.problems),
                    "records": now.records,
                    "head": now.head,
                }
            }
        )
        return PROBLEMS if now.problems else 0
    say(f"{now.title}: {now.state}")
    for one in now.readers:
        mark = "  SIMULATED" if one.simulated else ""
        share = f"{100 * one.done / one.total:3.0f} %" if one.total else ""
        say(f"  {one.reader:<12} {one.done:>5} of {one.total:<5} {share}{mark}")
    if now.records:
        say(_head(now.records, now.head))
    for problem in now.problems:
        say(f"  problem: {one_line(problem)}")
    return PROBLEMS if now.problems else 0


def verify(
    study: Study,
    head: Annotated[
        str,
        typer.Option(
            metavar="HEX",
            help="A head of the record that was noted before; say whether it still stands in it.",
        ),
    ] = "",
    machine: Machine = False,
) -> int:
    """Say whether the evidence is intact: protocol, key and every answer.

    Note the head of the record that it prints, away from the study: with --head it shows
    later that nothing was cut off or replaced.
    """
    from app.workflows.verify import examine

    found = examine(study, head=head)
    if machine:
        print_json({"result": asdict(found)})
        return PROBLEMS if found.problems else 0
    say(_head(found.records, found.head))
    for note in found.notes:
        say(f"  note: {one_line(note)}")
    for problem in found.problems:
        say(f"  problem: {one_line(problem)}")
    if not found.problems:
        say("intact: the protocol, the key and every answer are as they were recorded")
    return PROBLEMS if found.problems else 0


def add_reader(
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="Code of the new reader, e.g. R4.")],
) -> int:
    """Give a locked study one more reader; nobody else's screens change."""
    from app.workflows.amend import add_reader as run
    from app.workflows.plan import must_be

    must_be(study, "locked")
    screens = follow(run(study, passphrase(), reader), "Adding the reader")
    say(f"{reader} has {count(screens, 'screen')}; on the record")
    return 0


def add_cases(
    study: Study,
    cases: Annotated[str, typer.Option("--cases", help="The new cases, with commas between.")],
    source: Annotated[
        Path | None,
        typer.Option(help="A folder of cases, or a manifest. [default: the study's own]"),
    ] = None,
) -> int:
    """Give a locked study more cases, after all that its readers have."""
    from app.workflows.amend import add_cases as run
    from app.workflows.plan import must_be

    must_be(study, "locked")
    now = follow(run(study, passphrase(), _names(cases), source), "Adding the cases")
    for one, screens in now.items():
        say(f"  {one} has {count(screens, 'screen')} now")
    say("added, on the record")
    return 0


def next_round(study: Study) -> int:
    """Draw a further round of an adaptive study: pairs where the ranking is least certain."""
    from app.workflows.next_round import next_round as run
    from app.workflows.plan import must_be

    must_be(study, "locked")
    drawn = follow(run(study, passphrase()), "Drawing the round")
    say(f"round {drawn.number}, from {count(drawn.answers, 'answer')}; on the record")
    for one, screens in drawn.screens.items():
        say(f"  {one} has {count(screens, 'screen')} now")
    return 0


def simulate(
    study: Study,
    readers: Annotated[int, typer.Option(min=1, max=50, help="How many.")] = 3,
    follow_metric: Annotated[
        Path | None,
        typer.Option("--metrics", help="Let the simulated readers lean on these metric values."),
    ] = None,
    metric: Annotated[str, typer.Option(help="The metric that they lean on.")] = "ssim",
    correlation: Annotated[
        float, typer.Option(help="Correlation of their latent quality with the metric, -1 to 1.")
    ] = 1.0,
    bias: Annotated[float, typer.Option(help="How much some are more lenient than others.")] = 0.5,
    noise: Annotated[float, typer.Option(help="How much a single answer varies.")] = 0.6,
    lapse: Annotated[float, typer.Option(help="Share of answers given at random.")] = 0.02,
    seed: Annotated[int, typer.Option(help="Another seed gives other readers.")] = 0,
) -> int:
    """Run a locked study dry with simulated readers, marked SIMULATED in every output.

    Bias and noise are standard deviations, in those of the latent quality of the images.
    """
    from app.workflows.plan import must_be
    from app.workflows.simulate import DryRun, dry_run

    must_be(study, "locked")
    asked = DryRun(readers, follow_metric, metric, correlation, bias, noise, lapse, seed)
    names = follow(dry_run(study, passphrase(), asked), "Simulating")
    say(f"SIMULATED readers {', '.join(names)} have read the whole study")
    return 0


def unblind(
    study: Study,
    reason: Annotated[
        str, typer.Option("--incomplete", help="Unblind before all have read; say why.")
    ] = "",
) -> int:
    """Open the key, on the record; reading ends, observations.csv appears."""
    from app.workflows.unblind import check_unblindable
    from app.workflows.unblind import unblind as run

    check_unblindable(study)
    observations = follow(run(study, passphrase(), reason=reason), "Unblinding")
    say(f"unblinded, on the record; wrote {observations}")
    return 0


def read(
    context: typer.Context,
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="Your code, for example R1.")],
) -> int:
    """Open the reading room alone; it goes on at the next unanswered pair."""
    from app.workflows.read import check_readable

    check_readable(study, reader)
    windows: Windows = context.obj
    return windows.reading_room(study, reader)


def analyze(
    study: Annotated[Path, typer.Argument(help="An unblinded study, or an observations.csv.")],
    metrics: Annotated[Path, typer.Option("--metrics", help="The metrics.csv of its images.")],
    output: Annotated[Path, typer.Option("-o", help="The folder for the results.")],
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
) -> int:
    """Compare the readers' scores with the metrics: estimates.csv and report.html."""
    from app.workflows.analyse import analyse, write_analysis

    findings = follow(analyse(study, metrics, seed=seed), "Analysing")
    written = write_analysis(findings, output, study=study, metrics=metrics)
    for warning in findings.warnings:
        say(f"  note: {one_line(warning)}")
    for path in written:
        say(f"wrote {path}")
    return PROBLEMS if findings.warnings else 0


def export(
    study: Study,
    output: Annotated[Path, typer.Option("-o", help="The folder for the tables.")],
) -> int:
    """Write what the study holds as CSV: blind before unblinding, true names after."""
    from app.workflows.export import export as run

    for path in run(study, output):
        say(f"wrote {path}")
    return 0


def _head(records: int, head: str) -> str:
    """Return the head of a record as a person can note it."""
    return f"  head of the record: {count(records, 'row')}, sha256 {head}"


def _typed(*words: object) -> str:
    """Return a command of this program as a person can paste it."""
    return f"{program_as_typed()} {shlex.join(map(str, words))}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
