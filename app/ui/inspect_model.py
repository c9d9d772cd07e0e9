"""What the Inspect room shows and allows; QtCore only, no widgets."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.domain.image import Window
from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.errors import InputError
from app.ui.body_model import BodyModel
from app.ui.difference import Difference
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob, Workflow, explained, one_step
from app.ui.map_choice import MapChoice
from app.ui.measuring import Measuring
from app.ui.value_rows import ValueRow, ValueTable, pivot
from app.ui.view_state import ViewState
from app.ui.windows import presets

if TYPE_CHECKING:
    from app.workflows.inspect import Glimpse, PairView


class InspectModel(QObject):
    """The open source, the pair in view, its maps and the metric values.

    Signals
    -------
    changed()
        Something that a button or a sentence depends on.
    pairing_changed(), view_changed(), values_changed()
        The cases found, the images in view, the metric values.
    glimpsed()
        Some more slices of the pair that is being loaded can be shown.
    measured(Path)
        A complete table of metric values lies here.
    failed(BlindReadError)
        What happened and what to do.
    """

    changed = Signal()
    pairing_changed = Signal()
    view_changed = Signal()
    glimpsed = Signal()
    values_changed = Signal()
    measured = Signal(object)
    exported = Signal(object)
    failed = Signal(object)

    def __init__(self, work: InspectWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or InspectWork()
        self.state = ViewState(self)
        self.measuring = Measuring(parent=self)
        self._source: Path | None = None
        self._reference_name = ""
        self._pairing: Pairing | None = None
        self._scan_progress: Progress | None = None
        self._wanted: tuple[str, str, int | None] | None = None
        self._pair: Pair | None = None
        self._number: int | None = None
        self._last_case: str | None = None
        self._view: PairView | None = None
        self._glimpse: Glimpse | None = None
        self._direction = 1
        self._table = ValueTable()
        self._region = "whole"
        self._scan = LatestJob(self)
        self._loading = LatestJob(self)
        self._ahead = LatestJob(self)
        self._reading = LatestJob(self)
        self._exporting = LatestJob(self)
        self.difference = Difference(self._work, self)
        self.maps = MapChoice(self._work, self)
        self.body = BodyModel(self._work, self)
        self._connect()

    def _connect(self) -> None:
        self._scan.ready.connect(self._take_pairing)
        self._scan.progressed.connect(self._take_progress)
        self._scan.failed.connect(self._fail_scan)
        self._loading.progressed.connect(self._take_glimpse)
        self._loading.ready.connect(self._take_view)
        self._loading.failed.connect(self._fail_load)
        self._reading.ready.connect(self._take_values)
        self._exporting.ready.connect(lambda _, path: self.exported.emit(path))
        for job in (self._reading, self._exporting, self.measuring):
            job.failed.connect(self.failed)
        self.measuring.changed.connect(self.changed)
        self.measuring.succeeded.connect(self._take_output)
        for part in (self.difference, self.maps, self.body):
            part.failed.connect(self.failed)
        self.body.settled.connect(lambda: self.maps.set_body(self.body.mask))
        self.state.slice_changed.connect(self._make_maps)

    # ---- the source ------------------------------------------------------------------

    @property
    def source(self) -> Path | None:
        """The open folder or manifest."""
        return self._source

    @property
    def reference_name(self) -> str:
        """The reference's name as the person gave it; empty for the usual names."""
        return self._reference_name

    @property
    def pairing(self) -> Pairing | None:
        """What was found in the source; None before and while it is scanned."""
        return self._pairing

    @property
    def scanning(self) -> bool:
        """Whether the source is being looked through."""
        return self._scan_progress is not None

    @property
    def scan_progress(self) -> Progress:
        """How far the scan has come."""
        return self._scan_progress or Progress(0, 0, "")

    def open(self, source: Path | None, reference: str = "") -> None:
        """Look through a source; None closes the open one."""
        self.measuring.forget()
        self._source, self._reference_name = source, reference
        self._pairing, self._scan_progress, self._wanted = None, None, None
        self._table = ValueTable()
        self._show_nothing()
        self.body.forget()
        self.pairing_changed.emit()
        self.values_changed.emit()
        if source is None:
            self._scan.drop()
        else:
            self.maps.list_maps()
            self._scan_progress = Progress(0, 0, "Looking through the folder…")
            self._scan.request(
                (source, reference), lambda: self._work.pair(source, reference or None)
            )
        self.changed.emit()

    def name_reference(self, name: str) -> None:
        """Pair again with another folder or file as the reference."""
        if self._source is not None and name.strip() != self._reference_name:
            self.open(self._source, name.strip())

    def _take_progress(self, progress: Progress) -> None:
        self._scan_progress = progress
        self.changed.emit()

    def _take_pairing(self, _key: object, pairing: Pairing) -> None:
        self._pairing, self._scan_progress = pairing, None
        self.pairing_changed.emit()
        self.changed.emit()
        self._read_values()
        if self._wanted is not None:
            self.select(*self._wanted)
            self._wanted = None
        if self._pair is None and pairing.pairs:
            self.select(pairing.pairs[0].case, pairing.pairs[0].arm)

    def _fail_scan(self, error: Exception) -> None:
        self._scan_progress = None
        self.changed.emit()
        self.failed.emit(error)

    # ---- the pair in view --------------------------------------------------------------

    @property
    def pair(self) -> Pair | None:
        """The pair that is in view or being loaded."""
        return self._pair

    @property
    def view(self) -> "PairView | None":
        """The images in view; None while they are loaded."""
        return self._view

    @property
    def shown_images(self) -> "tuple[PairView | Glimpse | None, tuple[int, ...] | None]":
        """What can be shown already, and for each slice its index in it, -1 where it is missing."""
        glimpse = self._glimpse
        if self._view is not None or glimpse is None:
            return self._view, None
        return glimpse, tuple(i if there else -1 for i, there in enumerate(glimpse.there))

    @property
    def windows(self) -> tuple[tuple[str, Window], ...]:
        """The window presets for the images in view."""
        return presets(self._view.reference, self._view.range) if self._view is not None else ()

    def select(self, case: str, arm: str, number: int | None = None) -> None:
        """Show a pair, and of it the slice with this number (from 1); None keeps the place.

        While the source is looked through, the wish is kept until it is found.
        """
        if self.scanning:
            self._wanted = (case, arm, number)
            return
        pair = self._find(case, arm)
        if pair is None:
            self.failed.emit(
                InputError(
                    f"The open folder holds no pair of case {case} and arm {arm}.",
                    remedy="Open the folder of cases that the table was measured on.",
                )
            )
            return
        if pair is self._pair:
            self._number = number
            if self._view is not None:
                self._go_to_number()
        else:
            self._show_nothing()
            self._pair = pair
            self._number = number
            self._ahead.drop()
            self._loading.request(pair, lambda: self._load(pair))
            self.view_changed.emit()
            self.changed.emit()

    def number_of(self, index: int) -> int | None:
        """Return the slice number in the tables of a slice in view."""
        slices = self._pair.slices if self._pair is not None else ()
        return slices[index][0] + 1 if index < len(slices) else None

    def step_pair(self, steps: int) -> None:
        """Go to the next pair, or back, as they stand in the list."""
        self._direction = 1 if steps > 0 else -1
        target = self._neighbour(steps)
        if target is not None:
            self.select(target.case, target.arm)

    def _neighbour(self, steps: int) -> Pair | None:
        """Return the pair some steps further in the list."""
        pairs = self._pairing.pairs if self._pairing is not None else ()
        if not pairs:
            return None
        place = pairs.index(self._pair) if self._pair in pairs else -steps
        return pairs[(place + steps) % len(pairs)]

    def _find(self, case: str, arm: str) -> Pair | None:
        pairs = self._pairing.pairs if self._pairing is not None else ()
        return next((pair for pair in pairs if (pair.case, pair.arm) == (case, arm)), None)

    def _load(self, pair: Pair) -> Workflow:
        view = yield from self._work.load(pair, self._looking_at)
        return view, self.difference.usual_limit(view)

    def _looking_at(self, count: int) -> int:
        """Return the slice that is or will be in view; asked from the loading thread."""
        pair, number = self._pair, self._number
        if self._glimpse is not None or pair is None:
            return self.state.slice
        numbers = [first + 1 for first, _ in pair.slices]
        if number in numbers:
            return numbers.index(number)
        return self.state.slice if self._last_case == pair.case else count // 2

    def _take_glimpse(self, progress: object) -> None:
        """Show the slices that have come while the others are decoded."""
        there = getattr(progress, "there", ())
        pair = self._pair
        if pair is None or not there:
            return
        glimpse: Glimpse = progress  # type: ignore[assignment]
        window = glimpse.window
        if window is None or glimpse.reconstruction is None:
            return
        if self._glimpse is None:
            index = self._looking_at(len(there))
            self._glimpse = glimpse
            self.state.set_slice_count(len(there))
            self.state.set_slice(index)
            if self._last_case != pair.case:
                self.state.set_home(window)
                self.state.fit()
        self._glimpse = glimpse
        self.glimpsed.emit()

    def _take_view(self, pair: Pair, loaded: "tuple[PairView, float]") -> None:
        new_case = self._last_case != pair.case
        self._view, limit = loaded
        self.difference.set_auto_limit(limit)
        self._last_case = pair.case
        self.state.set_slice_count(self._view.slices)
        if new_case:
            self.state.set_home(self._view.window)
            self.state.fit()
            if self._number is None and self._glimpse is None:
                self.state.set_slice(self._view.slices // 2)
        if self._glimpse is None:
            self._go_to_number()
        self._glimpse = None
        self.view_changed.emit()
        self._make_maps()
        self.changed.emit()
        coming = self._neighbour(self._direction)
        if coming is not None and coming is not pair:
            self._ahead.request(coming, lambda: self._work.read_ahead(coming))

    def _fail_load(self, error: Exception) -> None:
        self._pair, self._glimpse = None, None
        self.view_changed.emit()
        self.changed.emit()
        self.failed.emit(error)

    def _show_nothing(self) -> None:
        self._pair, self._view, self._number, self._glimpse = None, None, None, None
        if self._pairing is None:
            self._last_case = None
        self._loading.drop()
        self._ahead.drop()
        for part in (self.difference, self.maps, self.body):
            part.clear()
        self.view_changed.emit()

    def _go_to_number(self) -> None:
        if self._number is None or self._pair is None:
            return
        numbers = [first + 1 for first, _ in self._pair.slices]
        if self._number in numbers:
            self.state.set_slice(numbers.index(self._number))

    def _make_maps(self) -> None:
        view, pair, index = self._view, self._pair, self.state.slice
        if view is None or pair is None or self._source is None or index >= view.slices:
            return
        self.difference.look_at(view, pair, index)
        self.maps.look_at(view, pair, index)
        self.body.look_at(view, pair, index, self._work.body_folder(self._source))

    # ---- the values ------------------------------------------------------------------

    @property
    def table(self) -> ValueTable:
        """All metric values that are there."""
        return self._table

    @property
    def region(self) -> str:
        """The region whose values are shown."""
        return self._region

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """The rows of the region chosen."""
        return self._table.of(self._region)

    @property
    def output(self) -> Path | None:
        """Where the values of the open source are kept."""
        return self._work.default_output(self._source) if self._source is not None else None

    @property
    def can_measure(self) -> bool:
        """Whether there is something to measure and nothing is being measured."""
        return bool(self._pairing and self._pairing.pairs) and not self.measuring.running

    @property
    def can_export(self) -> bool:
        """Whether there are values to export."""
        return bool(self._table.rows)

    def set_region(self, region: str) -> None:
        """Show the values of another region."""
        if region != self._region:
            self._region = region
            self.values_changed.emit()

    def values_in_view(self) -> ValueRow | None:
        """Return the values of the slice in view, in the region chosen."""
        if self._pair is None:
            return None
        wanted = (self._pair.case, self._pair.arm, self.number_of(self.state.slice))
        rows = self._table.rows
        return next(
            (
                row
                for row in rows
                if row.region == self._region and (row.case, row.arm, row.slice) == wanted
            ),
            None,
        )

    def measure(self) -> None:
        """Measure every pair, or go on where a run ended."""
        output = self.output
        if self._source is None or output is None or not self.can_measure:
            return
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(explained(error))
            return
        self.body.keep()
        command = self._work.measure_command(self._source, output, self._reference_name or None)
        self.measuring.start(command, output)

    def export(self, target: Path) -> None:
        """Copy the finished table to a file of the person's choice."""
        output = self.output
        if output is not None:
            self._exporting.request(target, one_step(lambda: _copy(output, target)))

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.measuring.stop()
        for job in (self._scan, self._loading, self._ahead, self._reading, self._exporting):
            job.stop()
        for part in (self.difference, self.maps, self.body):
            part.stop()

    def _take_output(self, csv: Path) -> None:
        if csv == self.output:
            self._read_values()

    def _read_values(self) -> None:
        csv = self.output
        if csv is not None and csv.is_file():
            self._reading.request(csv, one_step(lambda: pivot(self._work.read_values(csv))))

    def _take_values(self, csv: Any, table: ValueTable) -> None:
        if csv != self.output:
            return
        self._table = table
        if table.regions and self._region not in table.regions:
            self._region = table.regions[0]
        self.values_changed.emit()
        self.changed.emit()
        if table.rows:
            self.measured.emit(csv)


def _copy(source: Path, target: Path) -> Path:
    """Copy a file beside its target, then replace, so that no half of it is ever there."""
    beside = target.with_name(target.name + ".new")
    shutil.copyfile(source, beside)
    beside.replace(target)
    return target
