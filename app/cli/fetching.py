"""The command that copies series from an archive: fetch."""

import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.cli.measuring import _stoppable
from app.cli.printing import follow, one_line, print_json, say
from app.domain.archived import ArchivedSeries, Secrets, Wanted
from app.domain.progress import Progress
from app.errors import ArchiveDenied, InputError
from app.workflows.fetch import Source, caution, secrets_from_environment
from app.workflows.fetch import fetch as copy
from app.workflows.fetch import find as search

PROBLEMS = 3
Answer = TypeVar("Answer")


def add_to(cli: typer.Typer) -> None:
    """Give the command its name."""
    cli.command("fetch")(fetch)


def fetch(
    address: Annotated[
        str,
        typer.Argument(
            help="dicom://TITLE@host:port (dicoms:// with TLS), or https://host/dicom-web."
        ),
    ],
    patient: Annotated[str, typer.Option("--patient", help="Patient ID; * and ? match.")] = "",
    accession: Annotated[str, typer.Option("--accession", help="Accession number.")] = "",
    study: Annotated[str, typer.Option("--study", help="Study Instance UID.")] = "",
    series: Annotated[str, typer.Option("--series", help="Series Instance UID.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", help="The folder of cases to fill; files there are kept.")
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="List what the archive has; fetch nothing.")
    ] = False,
    method: Annotated[
        str, typer.Option(help="For dicom://: get, or move (then add ?listen=PORT).")
    ] = "get",
    authority: Annotated[
        Path | None, typer.Option("--ca", help="Certificates to trust, PEM. [default: system's]")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option("--cert", help="Our certificate and key, PEM, if asked for.")
    ] = None,
    machine: Annotated[
        bool, typer.Option("--json", help="Machine output: one JSON object a line.")
    ] = False,
) -> int:
    """Copy a patient, study or series from an archive into folders that pair and measure read.

    Sign in with BLINDREAD_ARCHIVE_USER and BLINDREAD_ARCHIVE_PASSWORD, or BLINDREAD_ARCHIVE_TOKEN.
    """
    if method not in ("get", "move"):
        raise typer.BadParameter(f"method {method!r} is none of get, move")
    if output is None and not only_list:
        raise typer.BadParameter("name the folder to fill with -o, or only --list")
    wanted = Wanted(patient.strip(), accession.strip(), study.strip(), series.strip())
    source = Source(address, secrets_from_environment(), method, authority, identity)
    with _stoppable():
        source, found = _find(source, wanted, machine=machine)
        if only_list or output is None:
            _list(found, machine=machine)
            return 0
        chosen = [one for one in found if one.holds_images or one.series_uid == wanted.series]
        if not chosen:
            raise InputError(
                f"All that was found are series without images ({_modalities(found)}).",
                remedy="Name one with --series to fetch it all the same.",
            )
        done = follow(_changes(copy(source, chosen, output)), "Fetching", machine=machine)
    if machine:
        print_json(
            {
                "result": {
                    "output": str(output),
                    "folders": list(done.folders),
                    "new": done.new,
                    "already": done.already,
                    "problems": [one_line(problem) for problem in done.problems],
                }
            }
        )
    else:
        for folder in done.folders:
            say(f"  {folder}")
        left = f", {len(found) - len(chosen)} series without images left out"
        say(
            f"{done.new} images fetched, {done.already} were there already"
            f"{left if len(chosen) < len(found) else ''}: wrote {output}"
        )
        for problem in done.problems:
            say(f"  problem: {one_line(problem)}")
    return PROBLEMS if done.problems else 0


def _find(
    source: Source, wanted: Wanted, *, machine: bool
) -> tuple[Source, tuple[ArchivedSeries, ...]]:
    """Ask the archive; where it wants a password and somebody is there, ask for one, once."""
    _warn(source)
    try:
        return source, follow(_changes(search(source, wanted)), "Asking", machine=machine)
    except ArchiveDenied:
        if source.secrets or not sys.stdin.isatty():
            raise
    user: str = typer.prompt("User", err=True)
    password: str = typer.prompt("Password", hide_input=True, err=True)
    source = replace(source, secrets=Secrets(user, password))
    _warn(source)
    return source, follow(_changes(search(source, wanted)), "Asking", machine=machine)


def _warn(source: Source) -> None:
    warning = caution(source)
    if warning:
        typer.echo(f"blindread: {warning}", err=True)


def _list(found: tuple[ArchivedSeries, ...], *, machine: bool) -> None:
    if machine:
        rows = [
            {
                "patient": one.patient,
                "accession": one.accession,
                "study": one.study_uid,
                "study_date": one.study_date,
                "study_description": one.study_description,
                "series": one.series_uid,
                "number": one.number,
                "modality": one.modality,
                "description": one.description,
                "instances": one.instances,
                "holds_images": one.holds_images,
            }
            for one in found
        ]
        print_json({"result": {"series": rows}})
        return
    study = ""
    for one in found:
        if one.study_uid != study:
            study = one.study_uid
            say(
                _line(
                    f"patient {one.patient}",
                    one.study_date,
                    one.study_description,
                    f"study {study}",
                )
            )
        images = f"{one.instances} images" if one.instances else "images"
        words = one.description or "(no description)"
        say("  " + _line(one.number, one.modality, words, images, f"series {one.series_uid}"))


def _line(*told: str) -> str:
    return one_line(" · ".join(filter(None, told)))


def _modalities(found: tuple[ArchivedSeries, ...]) -> str:
    return ", ".join(dict.fromkeys(one.modality for one in found))


def _changes(work: Generator[Progress, None, Answer]) -> Generator[Progress, None, Answer]:
    """Pass progress on where it has changed; while it waits, a workflow repeats itself."""
    last: Progress | None = None
    try:
        while True:
            step = next(work)
            if step != last:
                last = step
                yield step
    except StopIteration as finished:
        answer: Answer = finished.value
        return answer
    finally:
        work.close()
