"""Brings a pair into view: slice by slice where it is slow, and the next one ahead; no widgets."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.image import Window
from app.domain.pair import Pair
from app.errors import BlindReadError
from app.ui.case_images import nearest
from app.ui.difference import Difference
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob, Workflow
from app.ui.view_state import ViewState

if TYPE_CHECKING:
    from app.workflows.inspect import Glimpse, PairView


class PairLoader(QObject):
    """The pair in view or on its way, and the place in it.

    Parameters
    ----------
    work
        Returns the workflows, asked anew for each pair.

    Signals
    -------
    glimpsed()
        Some more slices can be shown.
    turned(places)
        The slices are those of another pair now. Of the same case ``places`` holds for each
        slice so far the one in its place, or the next to it; else it is empty.
    begun(Window)
        Another case is in view, fitted, with this window.
    corrected(Window)
        This is its window, now that all slices are there; what a person has set stays.
    ready()
        The whole pair is there.
    failed(BlindReadError)
        It could not be loaded; there is no pair in view now.
    """

    glimpsed = Signal()
    turned = Signal(object)
    begun = Signal(object)
    corrected = Signal(object)
    ready = Signal()
    failed = Signal(object)

    def __init__(
        self,
        work: Callable[[], InspectWork],
        state: ViewState,
        difference: Difference,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work, self._state, self._difference = work, state, difference
        self.pair: Pair | None = None
        self.view: PairView | None = None
        self.glimpse: Glimpse | None = None
        self._number: int | None = None
        self._counted: Pair | None = None  # among whose slices the one in view is counted
        self._of_glimpse = False  # the home window is that of the slices that came first
        self._places: tuple[int, ...] = ()  # where they lie in the pair that is loaded
        self._loading = LatestJob(self)
        self._ahead = LatestJob(self)
        self._loading.progressed.connect(self._take_glimpse)
        self._loading.ready.connect(self._take_view)
        self._loading.failed.connect(self._fail)

    def load(self, pair: Pair, number: int | None) -> None:
        """Bring a pair into view, and of it the slice with this number; None keeps the place."""
        self.pair, self._number = pair, number
        former = self._counted
        alike = former is not None and former.case == pair.case
        self._places = nearest(former, pair) if former is not None and alike else ()
        self._loading.request(pair, lambda: self._loaded(pair))

    def read_ahead(self, pair: Pair) -> None:
        """Read a pair that will be looked at soon."""
        self._ahead.request(pair, lambda: self._work().read_ahead(pair))

    def clear(self, *, forget_case: bool = False) -> None:
        """Have no pair in view; another arm of the same case keeps window and place."""
        self.pair, self.view, self.glimpse, self._number = None, None, None, None
        if forget_case:
            self._counted = None
        self._loading.drop()
        self._ahead.drop()

    def go_to(self, number: int | None) -> None:
        """Go to the slice with this number (from 1), now or when it is there."""
        self._number = number
        if self.view is not None or self.glimpse is not None:
            self._go_to_number()

    def stop(self) -> None:
        """Wait for the threads to end."""
        self._loading.stop()
        self._ahead.stop()

    def _loaded(self, pair: Pair) -> Workflow:
        view = yield from self._work().load(pair, self._looking_at)
        return view, self._difference.usual_limit(view)

    def _looking_at(self, count: int) -> int:
        """Return the slice that is or will be in view; asked from the loading thread."""
        pair, number = self.pair, self._number
        if self.glimpse is not None or pair is None:
            return self._state.slice
        numbers = [first + 1 for first, _ in pair.slices]
        if number in numbers:
            return numbers.index(number)
        former, index = self._counted, self._state.slice
        if former is None or former.case != pair.case:
            return count // 2
        places = self._places  # the screen's thread may set others meanwhile
        return places[index] if index < len(places) else index

    def _turn(self, pair: Pair, count: int, window: Window) -> bool:
        """Look at the slices of a pair from now on; True where they are another case's.

        That one is looked at fitted and with its window.
        """
        former = self._counted
        self._state.set_slices(count, self._looking_at(count))
        places, self._places, self._counted = self._places, (), pair
        self.turned.emit(places)
        if former is not None and former.case == pair.case:
            return False
        self._state.set_home(window)
        self._state.fit()
        self.begun.emit(window)
        return True

    def _take_glimpse(self, progress: object) -> None:
        """Show the slices that have come while the others are decoded."""
        there = getattr(progress, "there", ())
        pair = self.pair
        if pair is None or not there:
            return
        glimpse: Glimpse = progress  # type: ignore[assignment]
        window = glimpse.window
        if window is None or glimpse.reconstruction is None:
            return
        if self.glimpse is None:
            self._of_glimpse |= self._turn(pair, len(there), window)
        self.glimpse = glimpse
        self.glimpsed.emit()

    def _take_view(self, pair: Pair, loaded: "tuple[PairView, float]") -> None:
        view, limit = loaded
        self.view = view
        self._difference.set_auto_limit(limit)
        if self.glimpse is not None:
            self._state.set_slice_count(view.slices)
        elif self._turn(pair, view.slices, view.window):
            self._of_glimpse = False
        if self._of_glimpse:
            self._of_glimpse = False
            self._state.correct_home(view.window)
            self.corrected.emit(view.window)
        self.glimpse = None
        self.ready.emit()

    def _go_to_number(self) -> None:
        if self._number is None or self.pair is None:
            return
        numbers = [first + 1 for first, _ in self.pair.slices]
        if self._number in numbers:
            self._state.set_slice(numbers.index(self._number))

    def _fail(self, error: BlindReadError) -> None:
        self.pair, self.glimpse = None, None
        self.failed.emit(error)
