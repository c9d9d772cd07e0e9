"""The intensity ranges that metrics take for the open source; no widgets."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.metric import IntensityRange
from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.domain.study_range import StudyRanges
from app.errors import BlindReadError
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob

if TYPE_CHECKING:
    from app.workflows.inspect import PairView


class StudyRange(QObject):
    """One range a modality, from all references: as ``metrics.csv`` has it.

    CT in HU tells its range itself. For all else the references are looked through in the
    background when the first images are there; until then, what needs a range waits.

    Signals
    -------
    changed()
        All ranges are known, or it is known why one cannot be had.
    progressed()
        More references have been looked at.
    """

    changed = Signal()
    progressed = Signal()

    def __init__(self, work: Callable[[], InspectWork], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._pairing: Pairing | None = None
        self._modalities: frozenset[str] = frozenset()
        self._known: dict[str, IntensityRange] = {}
        self._refused: dict[str, BlindReadError] = {}
        self._told: set[str] = set()  # known from an image, not from all references
        self._passing: frozenset[str] = frozenset()  # refused for a reason that may pass
        self._progress = Progress(0, 0, "")
        self._begun = False
        self._job = LatestJob(self)
        self._job.ready.connect(self._take)
        self._job.progressed.connect(self._step)
        self._job.failed.connect(self._fail)

    @property
    def study(self) -> StudyRanges:
        """What all references told so far; images in HU bring their own range."""
        ranges = {name: one for name, one in self._known.items() if name not in self._told}
        return StudyRanges(ranges, dict(self._refused))

    @property
    def complete(self) -> bool:
        """Whether nothing is to be found out any more."""
        return self._modalities <= self._known.keys() | self._refused.keys()

    def set_pairing(self, pairing: Pairing | None) -> None:
        """Forget what is known; another source has other references."""
        self._job.drop()
        self._pairing, self._begun = pairing, False
        pairs = pairing.pairs if pairing is not None else ()
        self._modalities = frozenset(pair.reference.modality for pair in pairs)
        self._known, self._refused, self._told, self._passing = {}, {}, set(), frozenset()
        self._progress = Progress(0, 0, "")

    def look(self, view: "PairView | None") -> None:
        """Find out what the images that came do not tell, in the background.

        Once; again for the next images where the reason may have passed, or where they do
        not tell what others of their modality did.
        """
        if view is not None:
            modality = view.pair.reference.modality
            if view.range is not None and not self.complete:
                self._told |= {modality} - self._known.keys()
                self._known.setdefault(modality, view.range)
                if self.complete:
                    self.changed.emit()
            elif view.range is None and modality in self._told | self._passing:
                self._told.discard(modality)
                self._passing -= {modality}
                self._known.pop(modality, None)
                self._refused.pop(modality, None)
                self._begun = False
        if self._pairing is not None and not self.complete and not self._begun:
            pairing, self._begun = self._pairing, True
            self._job.request(pairing, lambda: self._work().study_ranges(pairing))

    def given(self, view: "PairView | None") -> "PairView | None":
        """Return a view with the range of its study, where that is known."""
        if view is None or view.range is not None:
            return view
        modality = view.pair.reference.modality
        found = None if modality in self._told else self._known.get(modality)
        return view if found is None else replace(view, range=found)

    def problem_of(self, pair: Pair) -> BlindReadError | None:
        """Return why a pair has no range; None while nothing is known against it."""
        return self._refused.get(pair.reference.modality)

    def refused(self, view: "PairView | None") -> BlindReadError | None:
        """Return why a view will not be given a range; None where it has one, or may get it."""
        return None if view is None or view.range is not None else self.problem_of(view.pair)

    def words_of(self, pair: Pair) -> str:
        """Return what stands where something waits for the range of a pair."""
        refused = self.problem_of(pair)
        if refused is not None:
            return refused.sentence
        done, total = self._progress.done, self._progress.total
        how_far = f": {done} of {total} read" if total > 1 else ""
        return f"Coming…\n\nThe intensity range follows all references{how_far}."

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._job.stop()

    def _step(self, progress: Progress) -> None:
        if (progress.done, progress.total) != (self._progress.done, self._progress.total):
            self._progress = progress
            self.progressed.emit()

    def _take(self, _pairing: object, found: StudyRanges) -> None:
        known = {**found.ranges, **self._known}
        self._known = {name: known[name] for name in known if name not in found.refused}
        self._refused, self._passing = dict(found.refused), found.passing
        self._told -= found.ranges.keys() | found.refused.keys()
        self.changed.emit()

    def _fail(self, error: BlindReadError) -> None:
        self._refused = dict.fromkeys(self._modalities - self._known.keys(), error)
        self._passing = frozenset(self._refused)
        self.changed.emit()
