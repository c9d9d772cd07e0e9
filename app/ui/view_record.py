"""From the Inspect room to a View that can be kept, and back."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal

from app import SOFTWARE
from app.domain.image import VoiTable, Window
from app.domain.shape import Shape
from app.domain.view import Sight, View, ViewedContent, ViewedPane
from app.errors import InputError, StoreError
from app.ui.compare import AMOUNTS, Mode
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.jobs import LatestJob, one_step
from app.ui.layouts import layout_named
from app.ui.pane_content import PaneContent
from app.ui.pane_grid import PaneGrid
from app.ui.view_state import Interpolation, Scale, ViewState


def seen_view(model: InspectModel, panes: PaneGrid) -> View | None:
    """Return what is seen now; None while there is no image.

    Links in the path of the source are followed when the view is written: that asks the disk.
    """
    pair, number = model.pair, model.number_of(model.state.slice)
    if pair is None or model.view is None or model.source is None or number is None:
        return None
    difference, chosen = model.difference, model.maps.chosen
    chosen_shape = model.shapes.chosen
    limit = difference.limit * difference.amplified
    return View(
        source=str(model.source.absolute()),
        reference=model.reference_name,
        case=pair.case,
        arm=pair.arm,
        number=number,
        sight=_sight(model, model.state),
        layout=panes.layout_name,
        maximised=panes.shown[0] if panes.is_maximised else None,
        panes=tuple(_pane(model, panes, pane) for pane in range(len(panes.panes))),
        flicked=panes.compare.flicked,
        map=chosen.id if chosen is not None else "",
        region=model.region,
        difference_limit=None if limit == difference.auto_limit else limit,
        amplified=difference.amplified,
        body=model.body.shown,
        software=SOFTWARE,
        shapes=model.shapes.shapes,
        chosen_shape=chosen_shape.number if chosen_shape is not None else None,
    )


def _sight(model: InspectModel, state: ViewState) -> Sight:
    return Sight(
        slice=model.in_reference(state.slice),
        window=replace(state.window, explanation=""),  # which is the header's, not ours
        scale=state.scale,
        zoom=state.zoom,
        centre=state.centre,
        inverted=state.inverted,
        interpolation=state.interpolation,
    )


def _pane(model: InspectModel, panes: PaneGrid, pane: int) -> ViewedPane:
    of_model = model.panes
    second = of_model.second(pane) if of_model.is_second_chosen(pane) else None
    return ViewedPane(
        content=_content(of_model.content(pane)),
        second=_content(second) if second is not None else None,
        mode=panes.compare.mode(pane),
        amount=panes.compare.amount(pane),
        own=None if of_model.is_linked(pane) else _sight(model, of_model.state(pane)),
    )


def _content(content: PaneContent) -> ViewedContent:
    return ViewedContent(content.kind, content.arm, content.map, content.of_reference)


@dataclass(frozen=True, slots=True)
class _Found:
    """A view whose cases are there, and whether they are those of the source that was open."""

    view: View
    opened: Path | None
    same: bool


def _find(read: Callable[[], View], opened: Path | None) -> _Found:
    """Read a view and look whether its cases are there; for a thread.

    Raises
    ------
    StoreError
        The view cannot be read, or shows something unknown.
    InputError
        Its cases are gone.
    """
    view = read()
    _contents(view)
    source = Path(view.source)
    if not source.exists():
        raise InputError(
            f"The cases of this view are not at {source}.",
            remedy="Put them back there, or keep the view in the folder of the cases: "
            "then both can be moved together.",
        )
    same = opened is not None and opened.resolve() == source.resolve()
    return _Found(view, opened, same)


def _read(path: Path) -> View:
    from app.store.view_file import read_view  # it needs pydantic, a window does not

    return read_view(path)


class ViewOpener(QObject):
    """Brings a View back: opens its cases, waits for its images, and looks as it did.

    A view is forgotten where its images cannot be had, and where another source is opened
    before they have come.

    Signals
    -------
    opened()
        The view is there; its maps may still be on their way.
    failed(BlindReadError)
        It cannot be shown: what is missing, and what to do.
    """

    opened = Signal()
    failed = Signal(object)

    def __init__(self, context: Context, model: InspectModel, panes: PaneGrid) -> None:
        super().__init__(panes)
        self._context, self._model, self._panes = context, model, panes
        self._wanted: View | None = None
        self._map = ""
        self._place = self._place_of(model)
        self._reading = LatestJob(self)
        self._reading.ready.connect(lambda _, found: self._begin(found))
        self._reading.failed.connect(self.failed)
        context.source_changed.connect(self._forget)
        model.failed.connect(self._leave_what_fails)
        model.view_changed.connect(self._go_on)
        model.maps.listed.connect(self._choose_map)

    def open(self, view: View) -> None:
        """Begin to show a view; ``opened`` or ``failed`` follows."""
        self._request(lambda: view)

    def open_file(self, path: Path) -> None:
        """Begin to show the view in a file, alone or inside a picture."""
        self._request(partial(_read, path))

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._reading.stop()

    def _request(self, read: Callable[[], View]) -> None:
        self._reading.request(None, one_step(partial(_find, read, self._model.source)))

    def _begin(self, found: _Found) -> None:
        """Open the cases of a view, and wait for its images."""
        view, model = found.view, self._model
        self._forget()
        if not found.same or model.source != found.opened:
            self._context.open_source(Path(view.source))
        model.name_reference(view.reference)
        self._wanted, self._map = view, view.map
        self._place = self._place_of(model)
        model.select(view.case, view.arm, view.number)
        self._go_on()

    def _forget(self, *_: object) -> None:
        """Wait for no view any more."""
        self._reading.drop()
        self._wanted, self._map = None, ""

    def _leave_what_fails(self, *_: object) -> None:
        """Forget a view whose images will not come."""
        view, model = self._wanted, self._model
        if view is not None and not model.scanning:
            pair = model.pair
            if pair is None or (pair.case, pair.arm) != (view.case, view.arm):
                self._forget()

    @staticmethod
    def _place_of(model: InspectModel) -> tuple[Path | None, str]:
        return model.source, model.reference_name

    def _go_on(self) -> None:
        """Look as the view says, once its images are there."""
        view, model = self._wanted, self._model
        if view is None or model.view is None or model.pair is None:
            return
        self._wanted = None
        there = (model.pair.case, model.pair.arm) == (view.case, view.arm)
        if not there or self._place_of(model) != self._place:
            self._map = ""
            return  # something else was asked for meanwhile
        numbers = [first + 1 for first, _ in model.pair.slices]
        if view.number not in numbers:
            self.failed.emit(
                InputError(
                    f"Case {view.case} has no slice {view.number} any more.",
                    remedy="The slice in view is another one; the rest is as it was.",
                )
            )
        else:
            model.state.set_slice(numbers.index(view.number))
        self._look(view)
        self.opened.emit()

    def _look(self, view: View) -> None:
        model, panes = self._model, self._panes
        model.difference.set_limit(view.difference_limit)
        model.difference.amplify(view.amplified)
        model.set_region(view.region)
        model.body.show(view.body)
        panes.set_layout(view.layout)
        for pane, (content, second) in enumerate(_contents(view)[: len(panes.panes)]):
            told = view.panes[pane]
            model.set_content(pane, content)
            model.panes.set_second(pane, second)
            panes.compare.set_mode(pane, cast("Mode", told.mode), told.amount)
            model.panes.set_linked(pane, told.own is None)
            if told.own is not None:
                index = told.own.slice
                index = index if view.counted == "pair" else model.nearest_to(index)
                self._take(model.panes.state(pane), told.own, index)
        self._take(model.state, view.sight, model.state.slice)
        if view.shapes is not None:
            model.shapes.restore(_of_reference(model, view), view.chosen_shape)
        if panes.compare.flicked != view.flicked:
            panes.compare.flick()
        if view.maximised is not None and view.maximised in panes.shown:
            panes.maximise(view.maximised)
        self._choose_map()

    def _take(self, state: ViewState, sight: Sight, index: int) -> None:
        state.set_slice(index)
        state.set_window(self._known(sight.window))
        if state.inverted != sight.inverted:
            state.invert()
        state.set_interpolation(cast("Interpolation", sight.interpolation))
        state.set_scale(cast("Scale", sight.scale))
        state.set_view(sight.zoom, sight.centre)

    def _known(self, window: Window) -> Window:
        """Return the preset that a window is, with its name, else the window."""
        known = (one for _, one in self._model.windows)
        return next((one for one in known if _same(one, window)), window)

    def _choose_map(self) -> None:
        """Choose the map of the view once the maps are listed."""
        if self._map and self._wanted is None and self._model.maps.choices:
            wanted, self._map = self._map, ""
            self._model.maps.choose(wanted)


def _contents(view: View) -> tuple[tuple[PaneContent, PaneContent | None], ...]:
    """Return what the panes of a view show, and what they are compared with.

    Raises
    ------
    StoreError
        It names something that this program does not know.
    """
    try:
        if layout_named(view.layout) is None:
            raise ValueError(f"no layout is called {view.layout}")
        for one in view.panes:
            if one.mode not in ("none", *AMOUNTS):
                raise ValueError(f"no comparison is called {one.mode}")
        return tuple(
            (
                PaneContent.from_json(asdict(one.content)),
                PaneContent.from_json(asdict(one.second)) if one.second is not None else None,
            )
            for one in view.panes
        )
    except ValueError as error:
        raise StoreError(
            f"This view shows something unknown: {error}.",
            remedy="Open it with a newer BlindRead, or save it again.",
        ) from error


def _of_reference(model: InspectModel, view: View) -> tuple[Shape, ...]:
    """Return the shapes of a view, their slices counted among those of the reference."""
    shapes = view.shapes or ()
    if view.counted == "reference":
        return shapes
    return tuple(
        one if one.slice is None else replace(one, slice=model.in_reference(one.slice))
        for one in shapes
    )


def _same(first: Window, second: Window) -> bool:
    table = first.table if isinstance(first, VoiTable) else ()
    other = second.table if isinstance(second, VoiTable) else ()
    return (first.center, first.width, first.function, table) == (
        second.center, second.width, second.function, other,
    )  # fmt: skip
