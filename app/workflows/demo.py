"""The whole path on a sample study of real images."""

import contextlib
import shlex
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.errors import BlindReadError, StoreError
from app.store.study_folder import StudyFolder
from app.workflows.analyse import analyse, write_analysis
from app.workflows.export import export
from app.workflows.measure import Request, default_output, measure
from app.workflows.pair import pair, write_pairs
from app.workflows.plan import lock, new_study
from app.workflows.simulate import simulate
from app.workflows.unblind import unblind

PASSPHRASE = "sample study"  # noqa: S105 - of a sample; it is told to everyone
STEPS = 9
MARK = ".blindread-demo"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DemoReport:
    """Where everything is, in lines for a person, and what to run next.

    ``commands`` are pairs: what for, and the arguments to ``blindread``.
    """

    source: Path
    study: Path
    lines: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]


def demo(root: Path) -> Generator[Progress, None, DemoReport]:
    """Build the sample study and run pair, measure, lock, read, unblind and analyse on it.

    The readers are simulated and marked so everywhere. A second study, locked
    and unread, waits to be read by a person. A second run keeps what is there.

    Raises
    ------
    StoreError
        The folder holds other things.
    """
    _own(root)
    sample, metrics = root / "sample", root / "metrics.csv"
    notes: list[str] = []
    yield from _step(0, "sample images", _sample(sample))
    try:
        yield from _step(1, "weights", _weights())
    except BlindReadError as error:
        notes.append(f"note: LPIPS is left out: {error.sentence}")
    found = yield from _step(2, "pairing", pair(sample))
    write_pairs(found, root / "pairs.csv")
    measured = yield from _step(3, "measuring", measure(found, Request(), metrics))
    notes += [f"note: {note}" for note in measured.notes]
    study, to_read = root / "study", root / "study-to-read"
    if StudyFolder(study).state != "unblinded" or not StudyFolder(study).open_key.is_file():
        shutil.rmtree(study, ignore_errors=True)
        _design(found, study, arms=found.arms, title="Sample study, simulated readers")
        yield from _step(4, "locking", lock(study, PASSPHRASE))
        yield from _step(5, "SIMULATED reading", simulate(study, PASSPHRASE, 3, metrics=metrics))
        yield from _step(6, "unblinding", unblind(study, PASSPHRASE))
    if not StudyFolder(to_read).is_study or StudyFolder(to_read).state == "draft":
        shutil.rmtree(to_read, ignore_errors=True)
        _design(found, to_read, arms=found.arms[:2], title="Sample study, to be read by you")
        yield from _step(7, "a study for you to read", lock(to_read, PASSPHRASE))
    findings = yield from _step(8, "analysing", analyse(study, metrics))
    write_analysis(findings, root / "results", study=study, metrics=metrics)
    export(study, root / "tables")
    offer_values(metrics, sample)
    yield Progress(STEPS, STEPS, "done")
    return DemoReport(sample, study, (*notes, *_lines(root, found)), _commands(to_read))


def offer_values(metrics: Path, source: Path) -> None:
    """Put measured values where the application looks for those of a source, if none are there."""
    target = default_output(source)
    if target.exists():
        return
    with contextlib.suppress(OSError):  # the values can be measured again in the application
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.new")
        shutil.copyfile(metrics, beside)
        beside.replace(target)


def _own(root: Path) -> None:
    """Work only in a folder that is new, empty or an earlier demo's."""
    try:
        if root.is_dir() and any(root.iterdir()) and not (root / MARK).is_file():
            raise StoreError(
                f"{root} holds other things.", remedy="Name a new folder: blindread demo FOLDER."
            )
        root.mkdir(parents=True, exist_ok=True)
        (root / MARK).touch()
    except OSError as error:
        raise StoreError(
            f"{root} cannot be used: {error.strerror}.", remedy="Name another folder."
        ) from error


def _sample(folder: Path) -> Generator[Progress, None, Path]:
    from app.images.sample import build_sample

    return build_sample(folder)


def _weights() -> Generator[Progress, None, tuple[Path, ...]]:
    from app.metrics.weights_install import fetch

    return fetch(None)


def _design(found: Pairing, folder: Path, *, arms: tuple[str, ...], title: str) -> None:
    new_study(
        found,
        template="side-by-side",
        title=title,
        arms=arms,
        cases=found.cases,
        readers=("R1",),
        reference_as_arm=False,
        seconds_per_read=20.0,
        folder=folder,
    )


def _step(
    number: int, name: str, work: Generator[Progress, None, Answer]
) -> Generator[Progress, None, Answer]:
    """Pass a step's progress on as part of the whole."""
    yield Progress(number, STEPS, name)
    try:
        while True:
            inner = next(work)
            share = f" {inner.done}/{inner.total}" if inner.total else ""
            yield Progress(number, STEPS, f"{name}{share}: {inner.what}")
    except StopIteration as finished:
        answer: Answer = finished.value
        return answer
    finally:
        work.close()


def _lines(root: Path, found: Pairing) -> tuple[str, ...]:
    return (
        f"sample images   {root / 'sample'}  "
        f"({len(found.cases)} cases x {len(found.arms)} arms and their reference)",
        f"pairs           {root / 'pairs.csv'}",
        f"metric values   {root / 'metrics.csv'}",
        f"study           {root / 'study'}  (read by SIMULATED readers, unblinded)",
        f"observations    {root / 'study' / 'observations.csv'}",
        f"estimates       {root / 'results' / 'estimates.csv'}",
        f"report          {root / 'results' / 'report.html'}",
        f"all tables      {root / 'tables'}",
    )


def _commands(study: Path) -> tuple[tuple[str, str], ...]:
    return (
        ("read it blinded yourself", shlex.join(["read", str(study), "--reader", "R1"])),
        (
            f"then unblind it (passphrase: {PASSPHRASE})",
            shlex.join(["study", "unblind", str(study)]),
        ),
    )
