"""What is measured at the chosen shape of the slice in view, and when; no widgets."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.image import Grid
from app.domain.measured import ChartKind, Measured, MeasuredRow, RowsSoFar, charts_of
from app.domain.progress import Progress
from app.domain.shape import Shape
from app.errors import BlindReadError
from app.ui.inspect_model import InspectModel
from app.ui.jobs import LatestJob
from app.ui.measure_rows import as_csv, in_figures
from app.ui.measure_work import MeasureWork

if TYPE_CHECKING:
    from app.workflows.inspect_sides import Side

REFERENCE = "Reference"
_WORDS_KEPT = 200
_WAITING = "The intensity range follows all references, which are being read…"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What numbers depend on: source, case and slice; shape, chart, background, images at hand."""

    place: object
    shape: Shape
    chart: ChartKind | None
    background: Shape | None
    there: tuple[str, ...]

    def follows(self, other: "_Wanted") -> bool:
        """Whether another one is the same shape on its way, so that these numbers may be shown."""
        return (self.shape.number, self.place, self.chart) == (
            other.shape.number,
            other.place,
            other.chart,
        )


class MeasureModel(QObject):
    """Follows the shapes, the slice and the images, and has them measured on a thread.

    Values are native ones, never of the window in view. What is shown of another shape or
    slice is dropped when newer numbers come.

    Signals
    -------
    changed()
        There are other numbers, or none.
    progressed()
        Metrics inside a region are being measured, or are no longer.
    failed(BlindReadError)
        What happened and what to do.
    """

    changed = Signal()
    progressed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        model: InspectModel,
        work: MeasureWork | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.shapes = shapes = model.shapes
        self._work = work or MeasureWork()
        self._charts: dict[bool, ChartKind] = {True: "histogram", False: "profile"}
        self._measured: Measured | None = None
        self._made: _Wanted | None = None
        self._wanted: _Wanted | None = None
        self._running: _Wanted | None = None
        self._metrics: tuple[MeasuredRow, ...] = ()
        self._metrics_key: object = None
        self._asked: object = None
        self._waiting: bool | None = None
        self._doing = ""
        self._words: dict[tuple[object, Grid], str] = {}
        self._job = LatestJob(self)
        self._metrics_job = LatestJob(self)
        self._job.ready.connect(self._take)
        self._job.failed.connect(self._fail)
        self._metrics_job.ready.connect(self._take_metrics)
        self._metrics_job.progressed.connect(self._take_progress)
        self._metrics_job.failed.connect(self._fail_metrics)
        shapes.changed.connect(self._follow)
        shapes.chosen_changed.connect(self._follow)
        model.pairing_changed.connect(self._forget)
        model.view_changed.connect(self._follow_case)
        model.state.slice_changed.connect(self._follow_slice)
        self._follow_case()

    # ---- what is measured --------------------------------------------------------------

    @property
    def measured(self) -> Measured | None:
        """The numbers of the chosen shape, with its metrics; None without one on this slice."""
        return self._measured if self.shapes.chosen_here is not None else None

    @property
    def rows(self) -> tuple[MeasuredRow, ...]:
        """The table: what is always measured, then the metrics that were asked for."""
        if self.measured is None:
            return ()
        fresh = self._metrics_key == self._place()
        return (*self.measured.rows, *(self._metrics if fresh else ()))

    @property
    def stale(self) -> bool:
        """Whether the numbers are those of a moment ago, and newer ones are coming."""
        return self._running is not None

    @property
    def outdated(self) -> bool:
        """Whether the numbers are those of another slice or chart than the one in view."""
        made, wanted = self._made, self._wanted
        return made is not None and wanted is not None and not made.follows(wanted)

    @property
    def chart(self) -> ChartKind | None:
        """The chart that the chosen shape has; None for distances and angles."""
        shape = self.shapes.chosen
        able = charts_of(shape.kind) if shape is not None else ()
        wanted = self._charts.get(shape.is_region) if shape is not None else None
        return wanted if wanted in able else (able[0] if able else None)

    def set_chart(self, chart: ChartKind) -> None:
        """Show another chart, here and for shapes of this kind to come."""
        shape = self.shapes.chosen
        if shape is not None and chart in charts_of(shape.kind):
            self._charts[shape.is_region] = chart
            self._follow()

    def as_csv(self) -> str:
        """Return the table as CSV, with what it was measured on; empty without numbers."""
        measured, pair = self.measured, self._model.pair
        if measured is None or pair is None or measured.shape != self.shapes.chosen_here:
            return ""
        if self.stale or self.outdated:
            return ""
        number = self._model.number_of(self._model.state.slice)
        return as_csv(measured, self.rows, pair.case, number)

    def words_of(self, shape: Shape) -> str:
        """Return what stands beside a shape on the panes: its length or angle, in its unit."""
        view = self._model.view
        return self.size_words(shape, view.reference.grid) if view is not None else ""

    def size_words(self, shape: Shape, grid: Grid) -> str:
        """Return the length or angle of a shape on a grid, in its unit; empty for regions."""
        if shape.is_region:
            return ""
        words = self._words.get((shape.points, grid))
        if words is None:
            if len(self._words) > _WORDS_KEPT:
                self._words.clear()
            found = self._work.size_of(shape, grid)
            between = "" if found is not None and found[1] == "°" else " "
            words = "" if found is None else f"{in_figures(found[0])}{between}{found[1]}"
            self._words[shape.points, grid] = words
        return words

    # ---- metrics -----------------------------------------------------------------------

    @property
    def doing(self) -> str:
        """What is being measured inside the region, in words; empty while nothing is."""
        return self._doing

    @property
    def can_measure_inside(self) -> bool:
        """Whether the chosen shape is a region on which metrics can be measured."""
        shape = self.shapes.chosen_here
        return shape is not None and shape.is_region and self._model.view is not None

    def measure_inside(self, *, learned: bool = False) -> None:
        """Measure every metric inside the region; those of networks only on request."""
        shape, view = self.shapes.chosen_here, self._model.view
        if not self.can_measure_inside or shape is None or view is None:
            return
        reference = view.reference
        self._asked, self._waiting = self._place(), None
        refused = self._model.ranges.problem_of(view.pair)
        if view.range is None and refused is not None:
            self._fail_metrics(refused)
            return
        if view.range is None:
            self._doing, self._waiting = _WAITING, learned
            self.progressed.emit()
            return
        self._doing = "Measuring…"
        self._metrics_job.request(
            self._asked,
            partial(
                self._work.metrics,
                shape,
                self._sides(),
                reference.grid,
                view.range,
                reference.modality,
                learned,
            ),
        )
        self.progressed.emit()

    def stop(self) -> None:
        """Wait for the threads, and end the process of the metrics."""
        self._work.end()
        self._job.stop()
        self._metrics_job.stop()

    def _take_progress(self, progress: Progress) -> None:
        if isinstance(progress, RowsSoFar):
            self._doing = progress.what
            if progress.done:
                self._metrics, self._metrics_key = progress.rows, self._asked
            self.progressed.emit()

    def _take_metrics(self, key: object, rows: tuple[MeasuredRow, ...]) -> None:
        self._doing = ""
        self._metrics, self._metrics_key = rows, key
        self.progressed.emit()
        self.changed.emit()

    def _fail_metrics(self, error: BlindReadError) -> None:
        self._doing = ""
        self.progressed.emit()
        self.failed.emit(error)

    # ---- following ---------------------------------------------------------------------

    def _follow_case(self) -> None:
        model, view = self._model, self._model.view
        if view is None or model.pair is None:
            if model.pair is None:
                self.shapes.set_case(None, 1, 1)
            return
        grid = view.reference.grid
        self.shapes.set_case((model.source, model.pair.case), grid.rows, grid.columns)
        self._follow_slice(model.state.slice)
        if self._waiting is not None:  # for the range of the study; it may be here
            self.measure_inside(learned=self._waiting)

    def _follow_slice(self, index: int) -> None:
        self.shapes.set_slice(self._model.in_reference(index))
        self._follow()

    def _follow(self) -> None:
        """Have the chosen shape measured where anything about it is new.

        While a shape is dragged, the numbers follow as fast as they can be made: one
        measurement ends before the next one begins, and the last place is always measured.
        """
        shape, view, place = self.shapes.chosen_here, self._model.view, self._place()
        if self._doing and place != self._asked:
            self._metrics_job.drop()
            self._doing, self._waiting = "", None
            self.progressed.emit()
        if shape is None or view is None:
            self._job.drop()
            self._wanted = self._running = None
            self._measured = None
            self.changed.emit()
            return
        wanted = _Wanted(self._here(), shape, self.chart, self.shapes.background, self._there())
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if self._measured is not None and self._measured.shape.number != shape.number:
            self._measured = None  # numbers of another shape are not left standing
        if self._running is None or not self._running.follows(wanted):
            self._begin(wanted, view.reference.grid)
        self.changed.emit()

    def _begin(self, wanted: "_Wanted", grid: Grid) -> None:
        self._running = wanted
        self._job.request(
            wanted,
            partial(
                self._work.measure,
                wanted.shape,
                self._sides(),
                grid,
                wanted.chart,
                wanted.background,
            ),
        )

    def _take(self, made: "_Wanted", measured: Measured) -> None:
        self._running = None
        self._measured, self._made = measured, made
        view, wanted = self._model.view, self._wanted
        if wanted is not None and view is not None and wanted != made:
            self._begin(wanted, view.reference.grid)
        self.changed.emit()

    def _fail(self, error: BlindReadError) -> None:
        self._running = self._wanted = None
        self.failed.emit(error)

    def _forget(self) -> None:
        """Take no metric of another pairing for one of this: its files may have changed."""
        self._metrics_job.drop()
        self._metrics, self._metrics_key = (), None
        self._asked, self._waiting, self._doing = None, None, ""

    def _here(self) -> tuple[object, ...]:
        """Return which slice of which reference is in view."""
        model, pair = self._model, self._model.pair
        reference = (pair.case, pair.reference.uid) if pair is not None else None
        return model.source, reference, model.in_reference(model.state.slice)

    def _place(self) -> tuple[object, ...]:
        """Return what metrics inside a region depend on."""
        shape = self.shapes.chosen
        return (*self._here(), (shape.kind, shape.points) if shape else None)

    def _there(self) -> tuple[str, ...]:
        """Return the arms whose images are at hand; the others are read slice by slice."""
        return tuple(arm for arm in self._model.arms() if self._model.image_of(arm) is not None)

    def _sides(self) -> "tuple[Side, ...]":
        from app.workflows.inspect_sides import Side

        return sides_in_view(self._model, Side)


def sides_in_view(model: InspectModel, make: "type[Side]") -> "tuple[Side, ...]":
    """Return the reference and every arm of the case, each at the slice in view."""
    view, index = model.view, model.state.slice
    if view is None:
        return ()
    pairs = {one.arm: one for one in model.pairing.pairs if one.case == view.pair.case} if (
        model.pairing is not None
    ) else {}  # fmt: skip
    sides = [make(REFERENCE, view.reference, index)]
    for arm in model.arms():
        places = model.images.slices_of(arm)
        there = places[index] if index < len(places) else -1
        sides.append(make(arm, model.image_of(arm), there, pairs.get(arm)))
    return tuple(sides)
