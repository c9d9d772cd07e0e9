"""The signed difference of the slice in view, and how large a one gets the full colour."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.display import diverging
from app.domain.pair import Pair
from app.ui.inspect_work import InspectWork
from app.ui.jobs import one_step
from app.ui.maps import ColorMap, MapMaker, MapMemory

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

_SAMPLED_SLICES = 5
_ENOUGH = 256  # rows and columns that tell how large differences are
MOST_AMPLIFIED = 16


class Difference(QObject):
    """Reconstruction minus reference in colours; every slice of a pair has the same scale.

    Signals
    -------
    changed()
        The difference in view is there, or is gone.
    failed(BlindReadError)
        It could not be made.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, work: InspectWork, memory: MapMemory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._auto_limit = 1.0
        self._limit: float | None = None
        self._amplified = 1
        self._place: tuple[PairView, Pair, int] | None = None
        self._maker = MapMaker(memory, self)
        self._maker.changed.connect(self.changed)
        self._maker.failed.connect(self.failed)

    @property
    def map(self) -> ColorMap | None:
        """The difference of the slice in view; None while it is made."""
        return self._maker.map

    @property
    def limit(self) -> float:
        """The difference that gets the full colour, in the image's unit, amplified or not."""
        chosen = self._auto_limit if self._limit is None else self._limit
        return chosen / self._amplified

    @property
    def chosen_limit(self) -> float | None:
        """The limit chosen by hand, not amplified; None where each pair has its own."""
        return self._limit

    @property
    def amplified(self) -> int:
        """How many times smaller than chosen the limit is: 1, 2, 4, 8 or 16."""
        return self._amplified

    @property
    def most_amplified(self) -> int:
        """The end of ``amplified``."""
        return MOST_AMPLIFIED

    def amplify(self, times: int) -> None:
        """Show differences so many times stronger; beyond 1 or 16 is that end."""
        wanted = min(max(1, times), MOST_AMPLIFIED)
        if wanted != self._amplified:
            self._amplified = wanted
            self._make()

    @property
    def auto_limit(self) -> float:
        """The limit that suits the pair in view."""
        return self._auto_limit

    def set_limit(self, limit: float | None) -> None:
        """Choose the limit by hand; None lets each pair have its own."""
        wanted = limit if limit is not None and limit > 0 else None
        if wanted != self._limit:
            self._limit = wanted
            self._make()

    def set_auto_limit(self, limit: float) -> None:
        """Tell the limit that suits the pair that comes into view."""
        self._auto_limit = limit

    def usual_limit(self, view: "PairView") -> float:
        """Return a limit that suits a whole pair; for the thread that loads it."""
        count = min(view.slices, _SAMPLED_SLICES)
        chosen = {round(i) for i in np.linspace(0, view.slices - 1, count)}
        highs = []
        for index in chosen:
            values = np.abs(_sparse(self._work.difference(view, index)))
            known = values[~np.isnan(values)]
            if known.size:
                highs.append(float(np.percentile(known, 99.5)))
        return _two_figures(max(highs, default=1.0))

    def look_at(self, view: "PairView", pair: Pair, index: int) -> None:
        """Show the difference of this slice."""
        self._place = (view, pair, index)
        self._make()

    def clear(self) -> None:
        """Forget all that were made."""
        self._place = None
        self._maker.clear()

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._maker.stop()

    def _make(self) -> None:
        if self._place is None:
            self.changed.emit()
            return
        view, pair, index = self._place
        limit = self.limit

        def coloured() -> ColorMap:
            values = self._work.difference(view, index)
            return ColorMap(diverging(values, limit), values, limit)

        self._maker.want((pair.case, pair.arm, index, limit), one_step(coloured))


def _sparse(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return every so many rows and columns of a large plane: two figures need no more."""
    step = max(1, min(plane.shape) // _ENOUGH)
    return plane[::step, ::step]


def _two_figures(value: float) -> float:
    """Return a number rounded to two significant figures, never 0."""
    return float(f"{value:.2g}") if np.isfinite(value) and value > 0 else 1.0
