"""What each pane shows, what it is compared with, and whether it moves with the others."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.image import Window
from app.ui.inspect_work import InspectWork
from app.ui.pane_content import USUAL, PaneContent, counterpart
from app.ui.pane_source import PaneSource
from app.ui.view_state import ViewState

if TYPE_CHECKING:
    from app.ui.inspect_model import InspectModel

PANES = len(USUAL)


class PaneSet(QObject):
    """The panes of the Inspect room, counted from 0, as far as they are no widgets.

    Each has two sources: the front is what it shows, the back what it is compared with in
    place. A linked pane shares the model's ViewState; an unlinked one has its own.

    Signals
    -------
    plane_changed(pane)
        What a pane paints, in front or at the back, is another thing.
    changed()
        Contents or links are others.
    window_changed()
        The linked panes, or one that is not, have another window.
    """

    plane_changed = Signal(int)
    changed = Signal()
    window_changed = Signal()

    def __init__(self, model: "InspectModel", work: InspectWork) -> None:
        super().__init__(model)
        self._model = model
        self._seconds: dict[int, PaneContent] = {}
        self._own: dict[int, ViewState] = {}
        self._shown: frozenset[int] = frozenset(range(4))
        self._comparing: frozenset[int] = frozenset()
        self._flicked = False
        self.fronts = tuple(PaneSource(model, work, model.state, one, self) for one in USUAL)
        self.backs = tuple(
            PaneSource(model, work, model.state, counterpart(one), self) for one in USUAL
        )
        for sources in (self.fronts, self.backs):
            for pane, source in enumerate(sources):
                source.changed.connect(lambda pane=pane: self.plane_changed.emit(pane))
        model.view_changed.connect(self._count)
        model.state.window_changed.connect(self.window_changed)
        self._wake()

    def content(self, pane: int) -> PaneContent:
        """Return what a pane shows."""
        return self.fronts[pane].content

    def set_content(self, pane: int, content: PaneContent) -> None:
        """Show something else in a pane."""
        if content != self.content(pane):
            self.fronts[pane].set_content(content)
            self.backs[pane].set_content(self.second(pane))
            self._wake()
            self.changed.emit()

    def second(self, pane: int) -> PaneContent:
        """Return what a pane is compared with: chosen, else the reference or the arm in view."""
        return self._seconds.get(pane, counterpart(self.content(pane)))

    def is_second_chosen(self, pane: int) -> bool:
        """Whether a person has chosen what a pane is compared with."""
        return pane in self._seconds

    def set_second(self, pane: int, content: PaneContent | None) -> None:
        """Choose what a pane is compared with; None goes back to the usual."""
        if content is None:
            self._seconds.pop(pane, None)
        else:
            self._seconds[pane] = content
        self.backs[pane].set_content(self.second(pane))
        self._wake()
        self.changed.emit()

    def set_shown(self, panes: Iterable[int]) -> None:
        """Tell which panes can be seen; for the others nothing is made."""
        self._shown = frozenset(panes)
        self._wake()

    def exchanged(self, pane: int) -> bool:
        """Whether a pane shows in front what it is compared with."""
        able = self.content(pane).is_image or self.is_second_chosen(pane)
        return self._flicked and able

    def seen(self, pane: int) -> tuple[PaneContent, ...]:
        """Return what can be seen in a pane, the front first; two where one lies over the other."""
        front, back = self.content(pane), self.second(pane)
        if self.exchanged(pane):
            front, back = back, front
        return (front, back) if pane in self._comparing else (front,)

    def set_comparing(self, panes: Iterable[int], *, flicked: bool = False) -> None:
        """Tell in which panes the second plane is needed, and whether it has come to the front."""
        wanted, self._flicked = frozenset(panes), flicked
        if wanted != self._comparing:
            self._comparing = wanted
            self._wake()

    def state(self, pane: int) -> ViewState:
        """Return the way of looking of a pane: the shared one, or its own."""
        return self._own.get(pane, self._model.state)

    def is_linked(self, pane: int) -> bool:
        """Whether a pane moves with the others."""
        return pane not in self._own

    def set_linked(self, pane: int, linked: bool) -> None:
        """Let a pane move on its own, from where it is now; or with the others again."""
        if linked == self.is_linked(pane):
            return
        if linked:
            former = self._own.pop(pane)
        else:
            former = None
            self._own[pane] = self._copied()
        for source in (self.fronts[pane], self.backs[pane]):
            source.set_state(self.state(pane))
        self.changed.emit()
        if former is not None:
            former.deleteLater()

    def stop(self) -> None:
        """Wait for the threads to end."""
        for source in (*self.fronts, *self.backs):
            source.stop()

    def _copied(self) -> ViewState:
        shared, own = self._model.state, ViewState(self)
        own.set_slice_count(shared.slice_count)
        own.set_slice(shared.slice)
        own.set_home(shared.home)
        own.set_window(shared.window)
        own.set_interpolation(shared.interpolation)
        own.set_left_drag(shared.left_drag)
        own.set_scale(shared.scale)
        own.set_view(shared.zoom, shared.centre)
        if shared.inverted:
            own.invert()
        own.window_changed.connect(self.window_changed)
        return own

    def turn(self, places: tuple[int, ...]) -> None:
        """Take unlinked panes to where their slices lie in another pair of the case."""
        count = self._model.state.slice_count
        for own in self._own.values():
            index = own.slice
            own.set_slices(count, places[index] if index < len(places) else index)

    def begin(self, window: Window) -> None:
        """Let unlinked panes too begin another case: with its window, and fitted."""
        for own in self._own.values():
            own.set_home(window)
            own.fit()

    def correct_home(self, window: Window) -> None:
        """Let unlinked panes too know the window of the whole reference."""
        for own in self._own.values():
            own.correct_home(window)

    def _count(self) -> None:
        """Let the ways of looking of unlinked panes know how many slices there are."""
        for own in self._own.values():
            own.set_slice_count(self._model.state.slice_count)

    def _wake(self) -> None:
        """Have made what is seen, and load the arms for it.

        What a person has chosen for a comparison is made before it is seen: a flicker
        cannot wait for it.
        """
        seen: list[PaneSource] = []
        compared = self._shown & (self._comparing | self._seconds.keys())
        for pane, (front, back) in enumerate(zip(self.fronts, self.backs, strict=True)):
            front.set_active(pane in self._shown)
            back.set_active(pane in compared)
            seen += [front] if pane in self._shown else []
            seen += [back] if pane in compared else []
        arms = [one.content.arm for one in seen if one.content.needs_arm and one.content.arm]
        self._model.images.want(arms)
