"""What the Results room shows: progress before unblinding, findings after."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.findings import Best, Findings, Point
from app.domain.result import Estimate
from app.ui.disagreement import Disagreement, disagreements
from app.ui.errand import Errand
from app.ui.jobs import LatestJob, one_step
from app.ui.study_work import ResultsWork, told

OVER_IMAGES = "srocc"
USUAL_METRIC = "ssim "


class ResultsModel(QObject):
    """One study and one table of metric values, analysed when both are there.

    Signals
    -------
    changed()
        Something that the page shows is another one now.
    progressed(Progress)
        The analysis has come further.
    failed(BlindReadError)
        A step did not work.
    exported(tuple of Path)
        The files that an export wrote.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    exported = Signal(object)

    def __init__(self, work: ResultsWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or ResultsWork()
        self._look = LatestJob(self)
        self._look.ready.connect(self._take_status)
        self._look.failed.connect(self._lose_status)
        self._analysis = LatestJob(self)
        self._analysis.progressed.connect(self.progressed)
        self._analysis.ready.connect(self._take_findings)
        self._analysis.failed.connect(self._lose_findings)
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.failed.connect(self.failed)
        self._offered: Path | None = None
        self._analysing = False
        self.study: Path | None = None
        self.metrics: Path | None = None
        self.status: Any = None
        self.findings: Findings | None = None
        self.key = ""

    # What is shown

    @property
    def doing(self) -> str:
        """The work under way, in a few words."""
        return "Analysing" if self._analysing else self._errand.doing

    @property
    def unblinded(self) -> bool:
        """Whether the open study may show results."""
        return self.status is not None and self.status.state == "unblinded"

    @property
    def simulated(self) -> bool:
        """Whether what is shown comes from simulated readers."""
        if self.findings is not None:
            return self.findings.simulated
        readers = self.status.readers if self.status is not None else ()
        return any(reader.simulated and reader.done for reader in readers)

    @property
    def progress(self) -> tuple[int, int]:
        """Reads done and planned, over all readers."""
        readers = self.status.readers if self.status is not None else ()
        return sum(one.done for one in readers), sum(one.total for one in readers)

    @property
    def sentence(self) -> str:
        """What stands in the way of results, or empty."""
        if self.study is None:
            return "Open a study to see its results."
        if self.status is None:
            return "Opening the study …"
        if not self.unblinded:
            done, total = self.progress
            return (
                f"{done} of {total} reads are done. Results appear here after the study is "
                "unblinded in the Study room."
            )
        if self.metrics is None:
            return "Choose the metrics.csv that was measured on the source of this study."
        if self._analysing:
            return "Comparing the readers with the metrics. This takes some seconds."
        return "There are no results for these metric values; choose another metrics.csv."

    @property
    def scores(self) -> tuple[Estimate, ...]:
        """What the readers said: means, differences, preferences, and what they could not judge."""
        return self._estimates("scores", "preference", "missing")

    @property
    def score_quantities(self) -> tuple[str, ...]:
        """The quantities among the scores, in order."""
        return tuple(dict.fromkeys(estimate.quantity for estimate in self.scores))

    def best_of(self, quantity: str) -> Best:
        """Return which values of a quantity are the better ones."""
        return self.findings.best_of(quantity) if self.findings is not None else Best()

    @property
    def associations(self) -> tuple[Estimate, ...]:
        """How far each metric goes with each criterion."""
        return self._estimates("association")

    @property
    def keys(self) -> tuple[str, ...]:
        """The metrics, regions and criteria that have points to show."""
        return tuple(self.findings.points) if self.findings is not None else ()

    @property
    def points(self) -> tuple[Point, ...]:
        """The images of the chosen metric."""
        return self.findings.points.get(self.key, ()) if self.findings is not None else ()

    @property
    def rho(self) -> Estimate | None:
        """Spearman's rho of the chosen metric over images."""
        return next(
            (
                estimate
                for estimate in self.associations
                if estimate.group == self.key and estimate.quantity == OVER_IMAGES
            ),
            None,
        )

    @property
    def gallery(self) -> tuple[Disagreement, ...]:
        """The images of the chosen metric, where it and the readers part most first."""
        better = self.findings.better.get(self.key) if self.findings is not None else None
        return disagreements(self.points, lower_is_better=better == "lower")

    @property
    def can_export(self) -> bool:
        """Whether there are findings to write."""
        return self.findings is not None and not self._errand.busy

    # What can be done

    def open_study(self, study: Path | None) -> None:
        """Look at another study, or again at the same one."""
        if study != self.study:
            self.status = None
            self._forget()
        self.study = study
        if study is not None:
            self._look.request(object(), one_step(lambda: self._look_at(study)))
        self.changed.emit()

    def offer_metrics(self, metrics: Path | None) -> None:
        """Take these metric values where none are chosen."""
        self._offered = metrics
        if self.metrics is None and metrics is not None:
            self.choose_metrics(metrics)

    def choose_metrics(self, metrics: Path) -> None:
        """Analyse the study with these metric values."""
        self.metrics = metrics
        self._analyse()
        self.changed.emit()

    def choose_key(self, key: str) -> None:
        """Choose the metric, region and criterion of the plot and the gallery."""
        if key in self.keys:
            self.key = key
            self.changed.emit()

    def export(self, folder: Path) -> None:
        """Write the tables and the report into a folder."""
        findings, study, metrics = self.findings, self.study, self.metrics
        if findings is not None and study is not None and metrics is not None:
            self._errand.start(
                "Writing the report",
                one_step(lambda: self._work.export(findings, study, metrics, folder)),
                self.exported.emit,
            )

    def cancel(self) -> None:
        """Stop the analysis."""
        self._analysis.drop()
        self._analysing = False
        self._errand.cancel()
        self.changed.emit()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._look.stop()
        self._analysis.stop()
        self._errand.stop()

    # Inside

    def _estimates(self, *analyses: str) -> tuple[Estimate, ...]:
        if self.findings is None:
            return ()
        return tuple(one for one in self.findings.estimates if one.analysis in analyses)

    def _forget(self) -> None:
        self._analysis.drop()
        self._analysing = False
        self.findings = None
        self.metrics = None

    def _analyse(self) -> None:
        study, metrics = self.study, self.metrics
        if study is None or metrics is None or not self.unblinded:
            return
        self.findings = None
        self._analysing = True
        self._analysis.request((study, metrics), lambda: self._work.analyse(study, metrics))

    def _look_at(self, study: Path) -> tuple[Any, Path | None]:
        """Return the state of a study, and the metric values that lie with it."""
        return told(study, self._work.status), self._work.metrics_of(study)

    def _take_status(self, _key: object, found: tuple[Any, Path | None]) -> None:
        self.status, beside = found
        if self.unblinded and self.findings is None and self.study is not None:
            self.metrics = self.metrics or beside or self._offered
            self._analyse()
        self.changed.emit()

    def _lose_status(self, error: object) -> None:
        self.status = self.study = None
        self._forget()
        self.failed.emit(error)
        self.changed.emit()

    def _take_findings(self, _key: object, findings: Findings) -> None:
        self._analysing = False
        self.findings = findings
        if self.key not in self.keys:
            usual = (key for key in self.keys if key.startswith(USUAL_METRIC))
            self.key = next(usual, self.keys[0] if self.keys else "")
        self.changed.emit()

    def _lose_findings(self, error: object) -> None:
        self._analysing = False
        self.failed.emit(error)
        self.changed.emit()
