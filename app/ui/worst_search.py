"""The search for the worst places of every slice, in the background; no widgets."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.progress import Progress
from app.domain.worst_place import PlacesFound, WorstPlace
from app.ui.finding_order import Key
from app.ui.jobs import LatestJob, Workflow

if TYPE_CHECKING:
    from app.ui.inspect_model import InspectModel

_TOLD_EVERY_MS = 250
_REST = 10
"""How many times as long as the last telling took nothing is told; what is told grows."""


class WorstSearch(QObject):
    """Looks for the worst places of the open source, and keeps what was found.

    Parameters
    ----------
    model
        Whose pairs are looked at.
    find_places
        The workflow that finds the worst places of pairs.
    clock
        Returns seconds that never go backwards.

    Signals
    -------
    progressed()
        The search has come further, begun or ended.
    grown()
        There are more places; told now and then, the more seldom the longer it takes.
    finished(only_kept)
        All is found; or only what earlier searches kept is read.
    failed(BlindReadError)
        The search could not go on.
    """

    progressed = Signal()
    grown = Signal()
    finished = Signal(bool)
    failed = Signal(object)

    def __init__(
        self,
        model: "InspectModel",
        find_places: Callable[..., Workflow] | None,
        parent: QObject,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        self._model, self._clock = model, clock
        self.find_places = find_places or self._find_places
        self._found: dict[str, dict[Key, WorstPlace]] = {}
        self._searching = self._complete = self._kept_read = self._outdated = False
        self._rewritten = 0
        self._progress = Progress(0, 0, "")
        self._problems: list[str] = []
        self._job = LatestJob(self)
        self._job.progressed.connect(self._take)
        self._job.ready.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._waiting: tuple[tuple[object, ...], bool] | None = None
        model.ranges.changed.connect(self._go_on)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOLD_EVERY_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def searching(self) -> bool:
        """Whether worst places are being looked for."""
        return self._searching

    @property
    def complete(self) -> bool:
        """Whether the places of all slices are known."""
        return self._complete

    @property
    def outdated(self) -> bool:
        """Whether some that were found, or are being looked for, are to be looked for again."""
        return self._outdated

    @property
    def progress(self) -> Progress:
        """How far the search has come."""
        return self._progress

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be looked at, a sentence each."""
        return tuple(self._problems)

    def found(self, rule: str) -> Mapping[Key, WorstPlace]:
        """Return the places that are known by a rule."""
        return self._found.get(rule, {})

    @property
    def rewritten(self) -> int:
        """How often places were given up or replaced; else there are only more, behind others."""
        return self._rewritten

    def search(self) -> None:
        """Look for the worst places of all slices, those of the pair in view first."""
        if self._searching:
            return
        pairing, here = self._model.pairing, self._model.pair
        if pairing is None or not pairing.pairs:
            return
        self._searching, self._outdated, self._problems = True, False, []
        self._progress = Progress(0, 0, "")
        first = [one for one in pairing.pairs if one is here]
        others = [one for one in pairing.pairs if one is not here]
        self._request((*first, *others), only_kept=False)
        self.progressed.emit()

    def read_kept(self) -> None:
        """Read what earlier searches kept, once; a search that runs finds it too."""
        pairing = self._model.pairing
        if pairing is not None and not self._kept_read:
            self._kept_read = True
            if not self._searching and not self._complete:
                self._request(pairing.pairs, only_kept=True)

    def cancel(self) -> None:
        """End the search; what was found stays."""
        if self._searching:
            self._searching, self._waiting = False, None
            self._outdated = False
            self._job.drop()
            self.progressed.emit()

    def renew(self, keys: Iterable[Key]) -> None:
        """Forget the places of slices whose body is another one now."""
        self._outdated = self._outdated or self._complete or self._searching
        self._complete = False
        self._rewritten += 1
        for key in keys:
            for found in self._found.values():
                found.pop(key, None)

    def forget(self) -> None:
        """Forget everything: another source has other slices. Nothing is told."""
        self._job.drop()
        self._waiting = None
        self._found, self._complete, self._problems = {}, False, []
        self._rewritten += 1
        self._searching = self._kept_read = self._outdated = False
        self._progress = Progress(0, 0, "")

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._timer.stop()
        self._job.stop()

    def _request(self, pairs: tuple[object, ...], *, only_kept: bool) -> None:
        self._waiting = None
        if not self._model.ranges.complete:  # the answers depend on them
            self._waiting = (pairs, only_kept)
            return
        output = self._model.output
        folder = output.parent if output is not None else Path()
        self._job.request(only_kept, lambda: self.find_places(pairs, folder, only_kept=only_kept))

    def _go_on(self) -> None:
        if self._waiting is not None and self._model.ranges.complete:
            pairs, only_kept = self._waiting
            self._request(pairs, only_kept=only_kept)

    def _find_places(self, pairs: tuple[object, ...], folder: Path, *, only_kept: bool) -> Workflow:
        from app.store.body_masks import FOLDER
        from app.workflows.worst_places import find_places

        return find_places(
            pairs,  # type: ignore[arg-type]
            folder / FOLDER,
            self._model.ranges.study,
            only_kept=only_kept,
        )

    def _take(self, progress: Progress) -> None:
        self._progress = progress
        if isinstance(progress, PlacesFound):
            if progress.problem:
                self._problems.append(progress.problem)
            for place in progress.places:
                self._keep(place)
            if progress.places and not self._timer.isActive():
                self._timer.start()
        if self._searching:
            self.progressed.emit()

    def _keep(self, place: WorstPlace) -> None:
        found = self._found.setdefault(place.rule, {})
        key = place.case, place.arm, place.slice
        if found.setdefault(key, place) != place:
            found[key] = place
            self._rewritten += 1

    def _tell(self) -> None:
        """Tell that there are more, and rest for longer than it took."""
        begun = self._clock()
        self.grown.emit()
        took = 1000 * (self._clock() - begun)
        self._timer.setInterval(max(_TOLD_EVERY_MS, round(_REST * took)))

    def _finish(self, only_kept: object, _result: object) -> None:
        self._timer.stop()
        known = next(iter(self._found.values()), {})
        self._complete = not self._outdated and (not only_kept or len(known) >= self._wanted())
        self._searching = False
        self.finished.emit(bool(only_kept))
        self.progressed.emit()

    def _wanted(self) -> int:
        """Return how many slices there are."""
        pairing = self._model.pairing
        pairs = pairing.pairs if pairing is not None else ()
        return sum(len({first for first, _ in pair.slices}) for pair in pairs)

    def _fail(self, error: object) -> None:
        self._timer.stop()
        self._searching = False
        self.failed.emit(error)
