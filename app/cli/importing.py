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
    written = follow(import_scores(opened, output, mapping=mapping), "Importing", machine=machine)
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
    rows: dict[Oddity, list[int]] = {}
    for one in oddities:
        alike = Oddity(
            *(one.table, 0, one.column, one.value, one.kind, one.what, one.nearest, one.decision)
        )
        rows.setdefault(alike, []).append(one.row)
    lines = []
    for one, where in rows.items():
        place = "key" if one.table == "key" else ""
        place += f" row {told_rows(where)}" if any(where) else ""
        place += f", {one.column}" if one.column else ""
        near = f"; nearest: {one.nearest}" if one.nearest else ""
        value = f" '{one.value}'" if one.value else ""
        state = f"decided ({one.decision})" if one.decision else "problem"
        words = f"{state}: {place.strip(' ,')}:{value} {one.kind}: {one.what}{near}"
        lines.append(f"  {one_line(words)}")
    return lines


def told_rows(rows: Iterable[int]) -> str:
    """Return numbers of rows with those in a row as a range: ``3, 5-9``."""
    ranges: list[list[int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    told = [f"{a}" if a == b else f"{a}-{b}" for a, b in ranges]
    return ", ".join(told[:8]) + (f" and {len(told) - 8} more" if len(told) > 8 else "")
