"""The workflows behind the Study, Read and Results rooms, imported when first used."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.progress import Progress
from app.errors import StoreError

Work = Generator[Progress, None, Any]


def _pair(source: Path, reference: str | None) -> Work:
    from app.workflows.pair import pair

    return pair(source, reference=reference)


def _templates() -> Sequence[Any]:
    from app.workflows.plan import templates

    return templates()


def _template_choices(template: str, reference: str) -> dict[str, Any]:
    from app.workflows.plan import template_choices

    return template_choices(template, reference)


def _preview(pairing: Any, /, **choices: Any) -> Any:
    from app.workflows.plan import preview

    return preview(pairing, **choices)


def _outlook(folder: Path) -> Any:
    from app.workflows.plan import outlook

    return outlook(folder)


def _expectation(seen: Any, assumed: Any) -> Any:
    from app.workflows.expect import expectation, spread_of

    return expectation(
        seen.protocol,
        spread=spread_of(assumed.case_arm, assumed.reader_arm, assumed.error),
        difference=assumed.difference,
        extent=seen.extent,
    )


def _new_study(pairing: Any, /, **choices: Any) -> Any:
    from app.workflows.plan import new_study

    return new_study(pairing, **choices)


def _lock(folder: Path, passphrase: str) -> Work:
    from app.workflows.plan import lock

    return lock(folder, passphrase)


def _status(folder: Path) -> Any:
    from app.workflows.plan import status

    return status(folder)


def _unblind(folder: Path, passphrase: str, reason: str) -> Work:
    from app.workflows.unblind import unblind

    return unblind(folder, passphrase, reason=reason)


def _simulate(folder: Path, asked: Any) -> Work:
    from app.workflows.simulate import DryRun, dry_run

    run = DryRun(
        readers=asked.readers,
        metrics=asked.metrics,
        metric=asked.metric,
        correlation=asked.correlation,
        bias=asked.bias,
        noise=asked.noise,
        lapse=asked.lapse,
    )
    return dry_run(folder, asked.passphrase, run)


def _readers(folder: Path) -> Sequence[Any]:
    from app.workflows.read import readers

    return readers(folder)


def _analyse(study: Path, metrics: Path) -> Work:
    from app.workflows.analyse import analyse

    return analyse(study, metrics)


def _export(findings: Any, study: Path, metrics: Path, output: Path) -> Any:
    from app.workflows.analyse import write_analysis
    from app.workflows.export import export

    tables = export(study, output)
    return (*tables, *write_analysis(findings, output, study=study, metrics=metrics))


def _open_session(study: Path, reader: str) -> Any:
    from app.workflows.read import open_session

    return open_session(study, reader)


def _add_reader(folder: Path, passphrase: str, reader: str) -> Work:
    from app.workflows.amend import add_reader

    return add_reader(folder, passphrase, reader)


def _find_new_cases(folder: Path, source: Path | None) -> Work:
    from app.workflows.amend import find_new_cases

    return find_new_cases(folder, source)


def _add_cases(folder: Path, passphrase: str, cases: Sequence[str], source: Path) -> Work:
    from app.workflows.amend import add_cases

    return add_cases(folder, passphrase, cases, source)


def _plan_round(folder: Path) -> Any:
    from app.workflows.next_round import plan_round

    return plan_round(folder)


def _next_round(folder: Path, passphrase: str) -> Work:
    from app.workflows.next_round import next_round

    return next_round(folder, passphrase)


def told(folder: Path, look: Callable[[Path], Any]) -> Any:
    """Return what a study's folder tells; for a job: the folder may lie on a slow drive.

    Raises
    ------
    StoreError
        The drive does not answer.
    """
    try:
        return look(folder)
    except OSError as error:
        raise StoreError(
            f"The study {folder} cannot be read: {error.strerror or error}.",
            remedy="Check that its drive is connected, then open the study again.",
        ) from error


def _protocol_of(folder: Path) -> Path | None:
    """Return the protocol in a study's folder; a reader's package has none."""
    path = folder / "protocol.yaml"
    return path if path.is_file() else None


def _metrics_of(study: Path) -> Path | None:
    """Return the metric values that lie in the study's folder or beside it, and can be read."""
    for path in (study / "metrics.csv", study.parent / "metrics.csv"):
        try:
            if path.is_file():
                return path
        except OSError:  # of a drive that does not answer
            continue
    return None


@dataclass(frozen=True, slots=True)
class StudyWork:
    """What the Study room asks of the workflows; tests put their own in."""

    pair: Callable[[Path, str | None], Work] = _pair
    templates: Callable[[], Sequence[Any]] = _templates
    template_choices: Callable[[str, str], dict[str, Any]] = _template_choices
    preview: Callable[..., Any] = _preview
    outlook: Callable[[Path], Any] = _outlook
    expectation: Callable[[Any, Any], Any] = _expectation
    new_study: Callable[..., Any] = _new_study
    lock: Callable[[Path, str], Work] = _lock
    status: Callable[[Path], Any] = _status
    protocol_of: Callable[[Path], Path | None] = _protocol_of
    unblind: Callable[[Path, str, str], Work] = _unblind
    simulate: Callable[[Path, Any], Work] = _simulate
    metrics_of: Callable[[Path], Path | None] = _metrics_of
    add_reader: Callable[[Path, str, str], Work] = _add_reader
    find_new_cases: Callable[[Path, Path | None], Work] = _find_new_cases
    add_cases: Callable[[Path, str, Sequence[str], Path], Work] = _add_cases
    plan_round: Callable[[Path], Any] = _plan_round
    next_round: Callable[[Path, str], Work] = _next_round


@dataclass(frozen=True, slots=True)
class ReadWork:
    """What the Read room asks of the workflows."""

    status: Callable[[Path], Any] = _status
    readers: Callable[[Path], Sequence[Any]] = _readers
    open_session: Callable[[Path, str], Any] = _open_session


@dataclass(frozen=True, slots=True)
class ResultsWork:
    """What the Results room asks of the workflows."""

    status: Callable[[Path], Any] = _status
    analyse: Callable[[Path, Path], Work] = _analyse
    export: Callable[[Any, Path, Path, Path], Any] = _export
    metrics_of: Callable[[Path], Path | None] = _metrics_of
