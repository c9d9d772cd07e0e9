"""What the Inspect room shows and allows; QtCore only, no widgets."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.image import Image, Window
from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.errors import InputError
from app.ui.body_model import BodyModel
from app.ui.case_images import CaseImages
from app.ui.difference import Difference
from app.ui.finding import Finding
from app.ui.inspect_values import InspectValues
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob, Workflow
from app.ui.map_choice import MapChoice
from app.ui.maps import MapMemory
from app.ui.pair_loader import PairLoader
from app.ui.pane_content import PaneContent
from app.ui.pane_set import PaneSet
from app.ui.shapes_model import ShapesModel
from app.ui.study_range import StudyRange
from app.ui.value_rows import ValueRow, ValueTable
from app.ui.view_state import ViewState
from app.ui.windows import presets

if TYPE_CHECKING:
    from app.workflows.inspect import Glimpse, PairView


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What was found in a source, and where its values and its drawn bodies are kept."""

    pairing: Pairing
    home: Path
    bodies: Path


class InspectModel(QObject):
    """The open source, the pair in view, what each pane shows, and the metric values.

    Its parts have files of their own: ``values``, ``images`` (every arm of the case),
    ``ranges`` (of the study), ``difference``, ``maps``, ``body``, ``shapes`` and ``panes``;
    ``made`` keeps the maps of all of them.

    Signals
    -------
    changed()
        Something that a button or a sentence depends on.
    pairing_changed(), view_changed(), values_changed()
        The cases found, the images in view, the metric values.
    glimpsed()
        Some more slices of the pair that is being loaded can be shown.
    measured(Path), exported(Path)
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
        self.shapes = ShapesModel(self)
        self._source: Path | None = None
        self._reference_name = ""
        self._body_folder: Path | None = None
        self._pairing: Pairing | None = None
        self._scan_progress: Progress | None = None
        self._wanted: tuple[str, str, int | None] | None = None
        self._direction = 1
        self._scan = LatestJob(self)
        self.values = InspectValues(self._work, self)
        self.made = MapMemory()
        self.difference = Difference(self._work, self.made, self)
        self.maps = MapChoice(self._work, self.made, self)
        self.body = BodyModel(self._work, self)
        self._loader = PairLoader(lambda: self._work, self.state, self.difference, self)
        self.images = CaseImages(lambda: self._work, self)
        self.ranges = StudyRange(lambda: self._work, self)
        self.panes = PaneSet(self, self._work)
        self.measuring = self.values.measuring
        self._connect()
        self.finding = Finding(self)
        self.finding.failed.connect(self.failed)

    def _connect(self) -> None:
        self._scan.ready.connect(self._take_pairing)
        self._scan.progressed.connect(self._take_progress)
        self._scan.failed.connect(self._fail_scan)
        self._loader.glimpsed.connect(self.glimpsed)
        self._loader.turned.connect(self.panes.turn)
        self._loader.begun.connect(self.panes.begin)
        self._loader.corrected.connect(self.panes.correct_home)
        self._loader.ready.connect(self._take_view)
        self._loader.failed.connect(self._fail_load)
        self.images.changed.connect(self._take_image)
        self.ranges.changed.connect(self._take_ranges)
        self.ranges.progressed.connect(self._wait_for_range)
        values = self.values
        for ours, theirs in (
            (self.changed, values.changed),
            (self.values_changed, values.values_changed),
            (self.measured, values.measured),
            (self.exported, values.exported),
        ):
            theirs.connect(ours)
        for part in (values, self.difference, self.maps, self.body):
            part.failed.connect(self.failed)
        self.body.settled.connect(lambda: self.maps.set_body(self.body.mask))
        self.state.slice_changed.connect(self._make_maps)

    # ---- the source ------------------------------------------------------------------

    @property
    def source(self) -> Path | None:
        """The open folder or manifest."""
        return self._source

    @property
    def work(self) -> InspectWork:
        """The workflows behind the room."""
        return self._work

    @property
    def reference_name(self) -> str:
        """The reference's name as the person gave it; empty for the usual names."""
        return self._reference_name

    @property
    def pairing(self) -> Pairing | None:
        """What was found in the source; None before and while it is scanned."""
        return self._pairing

    @property
    def body_folder(self) -> Path | None:
        """Where bodies that were drawn by hand are kept; None until the source is known."""
        return self._body_folder

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
        self._source, self._reference_name = source, reference
        self.values.set_source(source, reference)
        self._pairing, self._wanted = None, None
        self._scan_progress = (
            Progress(0, 0, "Looking through the folder…") if source is not None else None
        )
        self._body_folder = None
        self.ranges.set_pairing(None)
        self._show_nothing()
        self.body.forget()
        self.pairing_changed.emit()
        self.values_changed.emit()
        if source is None:
            self._scan.drop()
        else:
            self.maps.list_maps()
            self._scan.request((source, reference), lambda: self._look_through(source, reference))
        self.changed.emit()

    def name_reference(self, name: str) -> None:
        """Pair again with another folder or file as the reference."""
        if self._source is not None and name.strip() != self._reference_name:
            self.open(self._source, name.strip())

    def _look_through(self, source: Path, reference: str) -> Workflow:
        """Find the pairs of a source, and its places on this computer: both ask the disk."""
        pairing = yield from self._work.pair(source, reference or None)
        return _Scanned(pairing, self._work.default_output(source), self._work.body_folder(source))

    def _take_progress(self, progress: Progress) -> None:
        self._scan_progress = progress
        self.changed.emit()

    def _take_pairing(self, _key: object, found: _Scanned) -> None:
        pairing = found.pairing
        self._pairing, self._scan_progress = pairing, None
        self._body_folder = found.bodies
        self.values.set_home(found.home)
        self.ranges.set_pairing(pairing)
        self.pairing_changed.emit()
        self.changed.emit()
        self.values.read(pairing.pairs)
        if self._wanted is not None:
            self.select(*self._wanted)
            self._wanted = None
        if self.pair is None and pairing.pairs:
            self.select(pairing.pairs[0].case, pairing.pairs[0].arm)

    def _fail_scan(self, error: Exception) -> None:
        self._scan_progress = None
        self.changed.emit()
        self.failed.emit(error)

    # ---- the pair in view --------------------------------------------------------------

    @property
    def pair(self) -> Pair | None:
        """The pair that is in view or being loaded."""
        return self._loader.pair

    @property
    def view(self) -> "PairView | None":
        """The images in view; None while they are loaded."""
        return self._loader.view

    @property
    def shown_images(self) -> "tuple[PairView | Glimpse | None, tuple[int, ...] | None]":
        """What can be shown already, and for each slice its index in it, -1 where it is missing."""
        view, glimpse = self._loader.view, self._loader.glimpse
        if view is not None or glimpse is None:
            return view, None
        return glimpse, tuple(i if there else -1 for i, there in enumerate(glimpse.there))

    @property
    def windows(self) -> tuple[tuple[str, Window], ...]:
        """The window presets for the images in view."""
        view = self.view
        return presets(view.reference, view.full) if view is not None else ()

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
        if pair is self.pair:
            self._loader.go_to(number)
        else:
            self._show_nothing()
            self._loader.load(pair, number)
            self.images.set_pair(self._pairing, pair)
            self.view_changed.emit()
            self.changed.emit()

    def number_of(self, index: int) -> int | None:
        """Return the slice number in the tables of a slice in view."""
        slices = self.pair.slices if self.pair is not None else ()
        return slices[index][0] + 1 if index < len(slices) else None

    def in_reference(self, index: int) -> int:
        """Return which slice of the reference, from 0, a slice in view is."""
        slices = self.pair.slices if self.pair is not None else ()
        return slices[index][0] if index < len(slices) else index

    def nearest_to(self, place: int) -> int:
        """Return the slice in view that is a slice of the reference, or the next to it."""
        slices = self.pair.slices if self.pair is not None else ()
        away = [abs(first - place) for first, _ in slices]
        return away.index(min(away)) if away else 0

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
        place = pairs.index(self.pair) if self.pair in pairs else -steps
        return pairs[(place + steps) % len(pairs)]

    def _find(self, case: str, arm: str) -> Pair | None:
        pairs = self._pairing.pairs if self._pairing is not None else ()
        return next((pair for pair in pairs if (pair.case, pair.arm) == (case, arm)), None)

    def _take_view(self) -> None:
        pair = self.pair
        self._give_range()
        self.images.set_view(self.view)
        self.view_changed.emit()
        self._make_maps()
        self.changed.emit()
        coming = self._neighbour(self._direction)
        if coming is not None and coming is not pair:
            self._loader.read_ahead(coming)
        self.ranges.look(self.view)

    def _give_range(self) -> None:
        """Tell the images that are there the range of the study, where it is known."""
        self._loader.view = self.ranges.given(self._loader.view)
        self.images.give(self.ranges.given)

    def _take_ranges(self) -> None:
        before = self.view
        self._give_range()
        if self.view is not before or (self.view is not None and self.view.range is None):
            self.view_changed.emit()
            self._make_maps()

    def _wait_for_range(self) -> None:
        if self.view is not None and self.view.range is None and self.pair is not None:
            self.maps.wait(self.ranges.words_of(self.pair))

    def _fail_load(self, error: Exception) -> None:
        self.ranges.look(None)
        self.images.set_pair(self._pairing, None)
        self.view_changed.emit()
        self.changed.emit()
        self.failed.emit(error)

    def _show_nothing(self) -> None:
        self._loader.clear(forget_case=self._pairing is None)
        if self._pairing is None:
            self.images.set_pair(None, None)
        for part in (self.difference, self.maps, self.body):
            part.clear()
        self.view_changed.emit()

    def _make_maps(self) -> None:
        view, pair, index = self.view, self.pair, self.state.slice
        folder = self._body_folder
        if view is None or pair is None or folder is None or index >= view.slices:
            return
        self.difference.look_at(view, pair, index)
        self.maps.look_at(view, pair, index)
        self._wait_for_range()
        self.body.look_at(view, pair, index, folder)

    # ---- the panes ---------------------------------------------------------------------

    def content(self, pane: int) -> PaneContent:
        """Return what a pane shows, from 0."""
        return self.panes.content(pane)

    def set_content(self, pane: int, content: PaneContent) -> None:
        """Show something else in a pane; what must be made for it comes in the background."""
        self.panes.set_content(pane, content)

    def arms(self) -> tuple[str, ...]:
        """Return the arms of the case in view."""
        return self.images.arms

    def image_of(self, arm: str) -> Image | None:
        """Return the reconstruction of an arm of the case in view; None while it is not there.

        It is loaded in the background when a pane shows it; ``view_changed`` tells then.
        """
        return self.images.image_of(arm)

    def _take_image(self) -> None:
        self._give_range()
        if self.view is not None:
            self.view_changed.emit()

    # ---- the values ------------------------------------------------------------------

    @property
    def table(self) -> ValueTable:
        """All metric values that are there."""
        return self.values.table

    @property
    def region(self) -> str:
        """The region whose values are shown."""
        return self.values.region

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """The rows of the region chosen."""
        return self.values.rows

    @property
    def output(self) -> Path | None:
        """Where the values of the open source are kept; None until it was looked through."""
        return self.values.output

    @property
    def can_measure(self) -> bool:
        """Whether there is something to measure and nothing is being measured."""
        return bool(self._pairing and self._pairing.pairs) and not self.measuring.running

    @property
    def can_export(self) -> bool:
        """Whether there are values to export, and none of another reference among them."""
        return bool(self.table.rows) and not self.table.outdated

    def set_region(self, region: str) -> None:
        """Show the values of another region."""
        self.values.set_region(region)

    def values_in_view(self) -> ValueRow | None:
        """Return the values of the slice in view, in the region chosen."""
        if self.pair is None:
            return None
        return self.values.row_of(self.pair, self.number_of(self.state.slice))

    def measure(self) -> None:
        """Measure every pair, or go on where a run ended."""
        if self.can_measure:
            self.body.keep()
            self.values.measure()

    def export(self, target: Path) -> None:
        """Copy the finished table to a file of the person's choice."""
        self.values.export(target)

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.values.stop()
        self.finding.stop()
        self._scan.stop()
        self.ranges.stop()
        for part in (self._loader, self.images, self.panes, self.difference, self.maps, self.body):
            part.stop()
