"""The images of every arm of the case in view, loaded in the background; no widgets."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.domain.image import Image
from app.domain.pair import Pair, Pairing
from app.errors import BlindReadError
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob, Workflow

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

_NEAR_MM = 0.01


class CaseImages(QObject):
    """What other panes show beside the pair in view: the other arms of its case.

    Each is loaded after the pair in view, one after the other, and only while a pane
    wants it. The arm in view is at hand without loading.

    Signals
    -------
    changed()
        Another arm has come, is gone, or cannot be loaded.
    """

    changed = Signal()

    def __init__(self, work: Callable[[], InspectWork], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._pairs: dict[str, Pair] = {}
        self._pair: Pair | None = None
        self._view: PairView | None = None
        self._views: dict[str, PairView] = {}
        self._problems: dict[str, str] = {}
        self._wanted: tuple[str, ...] = ()
        self._job = LatestJob(self)
        self._job.ready.connect(self._take)
        self._job.failed.connect(self._fail)
        self._loading = ""
        self._matching: dict[str, tuple[int, ...]] = {}

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms of the case in view, as they stand in the list."""
        return tuple(self._pairs)

    def set_pair(self, pairing: Pairing | None, pair: Pair | None) -> None:
        """Tell which pair is in view or on its way; another case forgets the images."""
        pairs = pairing.pairs if pairing is not None and pair is not None else ()
        case = pair.case if pair is not None else ""
        found = {one.arm: one for one in pairs if one.case == case}
        if found != self._pairs:
            self._pairs = found
            self._views.clear()
            self._problems.clear()
            self._job.drop()
            self._loading = ""
        former = self._pair
        if self._view is not None and former is not None and found.get(former.arm) is former:
            self._views.setdefault(former.arm, self._view)  # stepped away from, still wanted
        self._pair, self._view = pair, None
        self._matching.clear()
        self._forget_unwanted()

    def set_view(self, view: "PairView | None") -> None:
        """Tell that the pair in view is there; ``changed`` does not follow."""
        self._view = view
        self._load_next()

    def give(self, told: "Callable[[PairView | None], PairView | None]") -> None:
        """Exchange every view for what is returned for it; ``changed`` does not follow."""
        self._view = told(self._view)
        views = {arm: told(view) for arm, view in self._views.items()}
        self._views = {arm: view for arm, view in views.items() if view is not None}

    def want(self, arms: Iterable[str]) -> None:
        """Load these arms, and forget the others."""
        wanted = tuple(dict.fromkeys(arms))
        if wanted != self._wanted:
            self._wanted = wanted
            self._forget_unwanted()
            self._load_next()

    def view_of(self, arm: str) -> "PairView | None":
        """Return reference and reconstruction of an arm; None while they are loaded."""
        if self._pair is not None and arm == self._pair.arm:
            return self._view
        return self._views.get(arm)

    def image_of(self, arm: str) -> Image | None:
        """Return the reconstruction of an arm; None while it is loaded."""
        view = self.view_of(arm)
        return view.reconstruction if view is not None else None

    def problem_of(self, arm: str) -> str:
        """Return why an arm cannot be shown; empty while nothing is known against it."""
        if self._pairs and arm not in self._pairs:
            return f"This case has no arm {arm}."
        return self._problems.get(arm, "")

    def slices_of(self, arm: str) -> tuple[int, ...]:
        """Return for each slice in view the slice of an arm in the same place; -1 for none."""
        other = self._pairs.get(arm)
        if self._pair is None or other is None:
            return ()
        if arm not in self._matching:
            self._matching[arm] = matching(self._pair, other)
        return self._matching[arm]

    def number_of(self, arm: str, index: int) -> int | None:
        """Return the number, in the tables, of the slice of an arm where one in view lies."""
        pair, places = self._pairs.get(arm), self.slices_of(arm)
        there = places[index] if index < len(places) else -1
        return pair.slices[there][0] + 1 if pair is not None and there >= 0 else None

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._job.stop()

    def _forget_unwanted(self) -> None:
        here = self._pair.arm if self._pair is not None else ""
        self._views = {
            arm: view for arm, view in self._views.items() if arm in self._wanted and arm != here
        }
        if self._loading and self._loading not in self._wanted:
            self._job.drop()
            self._loading = ""

    def _load_next(self) -> None:
        """Load the first arm that is wanted and missing, once the pair in view is there."""
        if self._view is None or self._loading or self._pair is None:
            return
        for arm in self._wanted:
            known = arm in self._views or arm in self._problems or arm == self._pair.arm
            pair = self._pairs.get(arm)
            if pair is not None and not known:
                self._loading = arm
                self._job.request(pair, lambda pair=pair: self._load(pair))  # type: ignore[misc]
                return

    def _load(self, pair: Pair) -> Workflow:
        return (yield from self._work().load(pair, lambda count: count // 2))

    def _take(self, pair: Pair, view: "PairView") -> None:
        self._loading = ""
        if self._pairs.get(pair.arm) is pair:
            self._views[pair.arm] = view
        self._forget_unwanted()
        self.changed.emit()
        self._load_next()

    def _fail(self, error: BlindReadError) -> None:
        self._problems[self._loading] = error.sentence
        self._loading = ""
        self.changed.emit()
        self._load_next()


def nearest(pair: Pair, other: Pair) -> tuple[int, ...]:
    """Return for each slice of a pair that of another in the same place, or the next by number."""
    numbers = np.array([first for first, _ in other.slices])
    if not numbers.size:
        return (0,) * len(pair.slices)
    return tuple(
        there if there >= 0 else int(np.abs(numbers - first).argmin())
        for there, (first, _) in zip(matching(pair, other), pair.slices, strict=True)
    )


def matching(pair: Pair, other: Pair) -> tuple[int, ...]:
    """Return for each slice of a pair the slice of another in the same place, -1 for none.

    Arms of one reference share its slices. Where each arm came with a reference of
    its own, slices match whose first pixels lie within 0.01 mm in the patient.
    """
    if other is pair:
        return tuple(range(len(pair.slices)))
    if other.reference == pair.reference:
        places = {first: index for index, (first, _) in enumerate(other.slices)}
        return tuple(places.get(first, -1) for first, _ in pair.slices)
    ours, theirs = pair.reference.grid, other.reference.grid
    alike = (
        (ours.rows, ours.columns, ours.spacing, ours.orientation, ours.frame_of_reference)
        == (theirs.rows, theirs.columns, theirs.spacing, theirs.orientation,
            theirs.frame_of_reference)
    )  # fmt: skip
    if not alike or ours.positions is None or theirs.positions is None:
        return (-1,) * len(pair.slices)
    there = np.array([theirs.positions[first] for first, _ in other.slices])
    found = []
    for first, _ in pair.slices:
        away = np.linalg.norm(there - np.array(ours.positions[first]), axis=1)
        nearest = int(away.argmin())
        found.append(nearest if away[nearest] <= _NEAR_MM else -1)
    return tuple(found)
