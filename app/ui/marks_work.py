"""The workflows behind the marks, imported when first used."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.mark import Mark, MarkHistory, MarkRecord
from app.domain.pair import Pairing
from app.domain.progress import Progress

if TYPE_CHECKING:
    from app.workflows.annotate import ReportPlan


def _marks_file(values: Path) -> Path:
    from app.workflows.annotate import marks_file

    return marks_file(values)


def _read(path: Path) -> MarkHistory:
    from app.workflows.annotate import read_marks

    return read_marks(path)


def _keep(path: Path, record: MarkRecord) -> None:
    from app.workflows.annotate import keep_mark

    keep_mark(path, record)


def _record(deed: str, mark: Mark | None = None) -> MarkRecord:
    from app.workflows.annotate import record_of

    return record_of(deed, mark)


def _new_id() -> str:
    from app.workflows.annotate import new_id

    return new_id()


def _export_csv(marks: Sequence[Mark], pairing: Pairing, target: Path) -> Path:
    from app.workflows.annotate import export_marks

    return export_marks(marks, pairing, target)


def _plan_report(marks: Sequence[Mark], pairing: Pairing, folder: Path) -> "ReportPlan":
    from app.workflows.annotate import plan_report

    return plan_report(marks, pairing, folder)


def _export_report(
    marks: Sequence[Mark], pairing: Pairing, folder: Path
) -> Generator[Progress, None, tuple[Path, ...]]:
    from app.workflows.annotate import export_report_aside

    return export_report_aside(marks, pairing, folder)


@dataclass(frozen=True, slots=True)
class MarksWork:
    """What the marks ask of the workflows; tests put their own in."""

    marks_file: Callable[[Path], Path] = _marks_file
    read: Callable[[Path], MarkHistory] = _read
    keep: Callable[[Path, MarkRecord], None] = _keep
    record: Callable[..., MarkRecord] = _record
    new_id: Callable[[], str] = _new_id
    export_csv: Callable[[Sequence[Mark], Pairing, Path], Path] = _export_csv
    plan_report: "Callable[[Sequence[Mark], Pairing, Path], ReportPlan]" = _plan_report
    export_report: Callable[
        [Sequence[Mark], Pairing, Path], Generator[Progress, None, tuple[Path, ...]]
    ] = _export_report
