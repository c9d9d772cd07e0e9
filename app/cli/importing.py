"""The command that brings in scores read elsewhere: import."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.printing import count, follow, one_line, print_json, say
from app.domain.score_sheet import Oddity

PROBLEMS = 3


def add_to(cli: typer.Typer) -> None:
    """Give the command its name."""
    cli.command("import")(import_)


def import_(
    scores: Annotated[Path, typer.Argument(help="Scores as CSV or XLSX.")],
    output: Annotated[Path, typer.Option("-o", help="The observations.csv to write.")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            help="What each code stands for: a CSV or XLSX of case, code, arm. "
            "[default: the table names the arms]",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            help="Which column holds what, and decisions on what is odd. "
            "[default: as the headings suggest]",
        ),
    ] = None,
    protocol: Annotated[
        Path | None,
        typer.Option("--protocol", help="The protocol with the scales, readers and named arms."),
    ] = None,
    machine: Annotated[
        bool, typer.Option("--json", help="Machine output: one JSON object a line.")
    ] = False,
) -> int:
    """Bring in scores read elsewhere, on paper or in a spreadsheet; every oddity is listed."""
    from app.workflows.import_scores import import_scores, open_scores

    opened = open_scores(scores, key=key, protocol=protocol, mapping=mapping)
    written = follow(import_scores(opened, output), "Importing", machine=machine)
    imported = written.imported
    files = (written.observations, written.oddities, written.mapping)
    if machine:
        print_json(
            {
                "result": {
                    "rows": len(imported.rows),
                    "undecided": len(imported.undecided),
                    "oddities": [asdict(one) for one in imported.oddities],
                    "notes": list(imported.notes),
                    "files": [str(path) for path in files],
                }
            }
        )
        return PROBLEMS if imported.undecided else 0
    for note in imported.notes:
        say(f"  note: {one_line(note)}")
    for line in oddity_lines(imported.oddities):
        say(line)
    readers = {row["reader"] for row in imported.rows}
    say(f"{count(len(imported.rows), 'score')} of {count(len(readers), 'reader')} taken")
    for path in files:
        say(f"wrote {path}")
    if imported.undecided:
        say(
            f"What is odd is left out. Decide on it in {written.mapping} "
            "and run again with --mapping."
        )
    return PROBLEMS if imported.undecided else 0


def oddity_lines(oddities: Iterable[Oddity]) -> list[str]:
    """Return one line for each oddity; those that differ only in their row are one."""
    from app.workflows.import_scores import grouped

    lines = []
    for one, rows in grouped(oddities):
        place = ["key"] if one.table == "key" else []
        place += [f"row {rows}"] if rows else []
        place += [one.column] if one.column else []
        near = f"; nearest: {one.nearest}" if one.nearest else ""
        value = f" '{one.value}'" if one.value else ""
        state = f"decided ({one.decision})" if one.decision else "problem"
        words = f"{state}: {', '.join(place)}:{value} {one.kind}: {one.what}{near}"
        lines.append(f"  {one_line(words)}")
    return lines
