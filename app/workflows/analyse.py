"""Compare what readers said with what metrics say."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from app import SOFTWARE
from app.domain.progress import Progress
from app.domain.protocol import Criterion
from app.errors import InputError
from app.store.tables import read_declined, read_metrics, read_scores, write_estimates
from app.workflows.opened import observations_file

if TYPE_CHECKING:
    from app.analysis.study import Findings


NO_PROTOCOL = "none at hand: of every score, higher is taken as better"


def analyse(study: Path, metrics: Path, *, seed: int = 0) -> Generator[Progress, None, "Findings"]:
    """Estimate scores per arm, preferences, and how far each metric agrees with readers.

    Parameters
    ----------
    study
        The folder of an unblinded study, or an ``observations.csv``.
    metrics
        The ``metrics.csv`` of the same cases and arms.

    Raises
    ------
    StudyStateError
        The study is not unblinded yet.
    InputError
        A table cannot be read, or the two have no case and arm in common.
    """
    yield Progress(0, 3, "reading the tables")
    table = observations_file(study) if study.is_dir() else study
    scores, declined = read_scores(table), read_declined(table)
    values = read_metrics(metrics)
    if not scores:
        raise InputError(f"{study} holds no scores.", remedy="Analyse it after it was read.")
    scored = {(score.case, score.arm) for score in scores if score.arm}
    if not scored & {(value.case, value.arm) for value in values}:
        case, arm = min(scored)
        raise InputError(
            f"{metrics} has no value for any case and arm that was read "
            f"(the readers saw {arm} of {case}).",
            remedy="Name the metrics.csv that was measured on the source of this study.",
        )
    yield Progress(1, 3, "resampling")
    from app.analysis.study import analyse as estimate

    findings = estimate(scores, values, declined=declined, criteria=_criteria(study), seed=seed)
    yield Progress(3, 3, "done")
    return findings


def _criteria(study: Path) -> tuple[Criterion, ...]:
    """Return the questions of a study; a table alone does not know them."""
    from app.store.protocol_file import read_protocol
    from app.store.study_folder import StudyFolder

    file = StudyFolder(study).protocol
    return read_protocol(file).criteria if study.is_dir() and file.is_file() else ()


def write_analysis(
    findings: "Findings", output: Path, *, study: Path, metrics: Path
) -> tuple[Path, ...]:
    """Write ``estimates.csv`` and ``report.html`` into a folder."""
    from app.report.html import render
    from app.store.files import atomic_write, make_folder

    make_folder(output)
    table, page = output / "estimates.csv", output / "report.html"
    write_estimates(table, findings.estimates)
    facts = {
        "Observations": study.name,
        "Metric values": metrics.name,
        "Software": SOFTWARE,
        **_how_read(study),
        **({} if _criteria(study) else {"Protocol": NO_PROTOCOL}),
    }
    atomic_write(page, render(findings, title=_title(study), facts=facts))
    return table, page


def _how_read(study: Path) -> dict[str, str]:
    """Return who read how much, and on which grounds the study was unblinded."""
    if not study.is_dir():
        return {}
    from app.store.study_folder import StudyFolder
    from app.workflows.read import open_ledger, progress

    folder = StudyFolder.open(study)
    facts = {
        "Readers": ", ".join(
            f"{one.reader} {one.done} of {one.total}{' (SIMULATED)' * one.simulated}"
            for one in progress(folder)
        )
    }
    with open_ledger(folder) as ledger:
        unblinded = [event for event in ledger.events() if event.what == "unblinded"]
    if unblinded:
        reason = str(unblinded[-1].details.get("reason", ""))
        early = f", before all had read: {reason}" if reason else ""
        facts["Unblinded"] = unblinded[-1].at + early
    return facts


def _title(study: Path) -> str:
    from app.store.study_folder import StudyFolder

    folder = StudyFolder(study)
    return folder.read_card().title if study.is_dir() and folder.card.is_file() else study.stem
