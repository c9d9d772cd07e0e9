"""What the command line shows while it works and when it is done."""

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from app.domain.progress import Progress
from app.errors import BlindReadError, InputError

Answer = TypeVar("Answer")

WORTH_AN_ESTIMATE = 12
"""Fewer steps than this are too unequal to tell the time left from."""


def ask_machine_output(arguments: Sequence[str]) -> bool:
    """Return whether the user asked for ``--json``."""
    return "--json" in arguments


def tell_failure(error: BlindReadError, *, machine: bool) -> None:
    """Print what happened and what to do, as one line."""
    sys.stdout.flush()
    if machine:
        print_json({"error": {"what": str(error), "remedy": error.remedy}})
    print(f"blindread: {one_line(error.sentence)}", file=sys.stderr)  # noqa: T201 - this prints


def tell_stop() -> None:
    """Say that the work was stopped, and how it goes on."""
    print(  # noqa: T201 - this prints
        "Stopped. What is finished is kept where the command knows --resume; "
        "give it and the same options to go on.",
        file=sys.stderr,
    )


def count(number: int, thing: str) -> str:
    """Return a number with its noun: ``1 pair``, ``2 pairs``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def duration(hours: float) -> str:
    """Return hours as a person says them: ``12 min``, ``1.5 h``."""
    return f"{max(1, round(60 * hours))} min" if hours < 1 else f"{hours:.1f} h"


def problem_lines(problems: Iterable[tuple[str, str]]) -> list[str]:
    """Return one line for each reason, with the places it holds for."""
    places: dict[str, list[str]] = {}
    for place, reason in problems:
        reason = reason.removeprefix(f"{Path(place).name}: ")
        places.setdefault(one_line(reason), []).append(place)
    lines = []
    for reason, where in places.items():
        more = f" and {len(where) - 3} more" if len(where) > 3 else ""
        lines.append(f"  problem: {', '.join(where[:3])}{more}: {reason}")
    return lines


def print_table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print lines in columns; on a narrow screen the cells fold."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*heading, box=box.SIMPLE_HEAD, pad_edge=False)
    for line in lines:
        table.add_row(*line)
    wide = None if sys.stdout.isatty() else 240
    Console(width=wide, highlight=False, markup=False).print(table)


def one_line(text: str) -> str:
    """Return the text without line breaks."""
    return " ".join(text.split())


def program_as_typed() -> str:
    """Return the words that start this program here, as a person can type them."""
    if shutil.which("blindread"):
        return "blindread"
    python, here = Path(sys.executable), Path.cwd()
    beside = python.with_name("blindread.exe" if os.name == "nt" else "blindread")
    program = beside if beside.is_file() else python
    if program.is_relative_to(here):
        program = program.relative_to(here)
    return shlex.quote(str(program)) + ("" if beside.is_file() else " -m app")


def say(text: str = "") -> None:
    """Print one line of a result."""
    print(text, flush=True)  # noqa: T201 - this is the place that prints


def print_json(value: object) -> None:
    """Print one JSON object on one line of standard output."""
    say(json.dumps(value, ensure_ascii=False, allow_nan=False))


def follow(work: Generator[Progress, None, Answer], title: str, *, machine: bool = False) -> Answer:
    """Run a workflow to its end, showing how far it is and the time left.

    Machine output is one JSON object a step; a terminal gets a bar; anything
    else gets a line every few seconds, so that a log stays short.
    """
    if machine:
        return _run(
            work,
            lambda step: print_json({"done": step.done, "total": step.total, "what": step.what}),
        )
    if not sys.stderr.isatty():
        return _run(work, _Lines(title))
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.fields[title]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", title=title, total=None)
        return _run(
            work,
            lambda step: bar.update(
                task, completed=step.done, total=step.total, description=step.what
            ),
        )


def _run(work: Generator[Progress, None, Answer], show: Callable[[Progress], object]) -> Answer:
    try:
        while True:
            show(next(work))
    except StopIteration as finished:
        answer: Answer = finished.value
        return answer
    finally:
        work.close()


class _Lines:
    """A line at most every five seconds, with the time left."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._start = self._last = time.monotonic()

    def __call__(self, step: Progress) -> None:
        now = time.monotonic()
        if now - self._last < 5 or not step.total:
            return
        self._last = now
        left = ""
        if step.done and step.total >= WORTH_AN_ESTIMATE:
            seconds = (now - self._start) / step.done * (step.total - step.done)
            left = f", about {seconds:.0f} s left"
        print(  # noqa: T201 - this is the place that prints
            f"{self._title}: {step.done} of {step.total}{left}  {one_line(step.what)}",
            file=sys.stderr,
            flush=True,
        )


def passphrase(*, confirm: bool = False) -> str:
    """Return BLINDREAD_PASSPHRASE, or ask for it where somebody can answer."""
    import os

    import typer

    given = os.environ.get("BLINDREAD_PASSPHRASE")
    if given:
        return given
    if not sys.stdin.isatty():
        raise InputError(
            "A passphrase is needed and nobody can be asked.",
            remedy="Set the environment variable BLINDREAD_PASSPHRASE.",
        )
    answer: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
