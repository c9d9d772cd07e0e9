"""Where a pane's plane comes from: at hand, or made in the background; no widgets."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.image import Grid, Image
from app.domain.metric import MapDefinition
from app.errors import BlindReadError
from app.ui.canvas_labels import ColorBar
from app.ui.inspect_work import InspectWork
from app.ui.map_choice import COMING
from app.ui.maps import ColorMap, MapMaker
from app.ui.pane_bars import absolute_bar, difference_bar, grey_bar, map_bar
from app.ui.pane_content import TITLES, PaneContent
from app.ui.pane_making import make_plane
from app.ui.view_state import ViewState

if TYPE_CHECKING:
    from app.ui.inspect_model import InspectModel
    from app.workflows.inspect import PairView

NOTHING_PAIRED = (
    "Nothing could be paired.\n\nType the name of the reference's folder or file into "
    "the field on the left, or choose a problem there to see what to do."
)


@dataclass(frozen=True, slots=True, eq=False)
class PanePlane:
    """What a pane paints: an image with the slice for each one in view, or a coloured map.

    ``message`` stands where there is neither, or where the image has no slice in view;
    ``grid`` is that of a map, None where its places are none of the patient; ``unit`` follows
    a value with a space before it.
    """

    title: str
    message: str = ""
    image: Image | None = None
    slices: tuple[int, ...] | None = None
    map: ColorMap | None = None
    grid: Grid | None = None
    bar: ColorBar | None = None
    unit: str = ""

    @property
    def is_there(self) -> bool:
        """Whether there is something to paint, at least in some slices."""
        return self.image is not None or self.map is not None

    @property
    def of_patient(self) -> bool:
        """Whether a place on it is a place of the patient."""
        return self.image is not None or self.grid is not None

    @property
    def short(self) -> str:
        """The title where there is little room: the arm alone, the map alone, no size."""
        for long in ("Reconstruction: ", "Map: "):
            if self.title.startswith(long):
                return self.title.removeprefix(long)
        return self.title.replace("Absolute difference", "Abs. diff.").partition("  ")[0]


class PaneSource(QObject):
    """Follows the pair, the slice and the choices above the panes, for one content.

    Signals
    -------
    changed()
        ``plane`` is another one now.
    """

    changed = Signal()

    def __init__(
        self,
        model: "InspectModel",
        work: InspectWork,
        state: ViewState,
        content: PaneContent,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._work = model, work
        self._state = state
        self._content = content
        self._active = False
        self._problem = ""
        self._asked: tuple[PaneContent, MapDefinition | None] = content, None
        self._maker = MapMaker(model.made, self)
        self._maker.changed.connect(self.changed)
        self._maker.failed.connect(self._fail)
        for signal in (model.view_changed, model.glimpsed):
            signal.connect(self._renew)
        model.pairing_changed.connect(self._begin_anew)
        model.difference.changed.connect(partial(self._renew_if, ("difference", "absolute")))
        for signal in (model.maps.changed, model.maps.listed, model.maps.shared):
            signal.connect(partial(self._renew_if, ("map",)))
        state.slice_changed.connect(self._turn)

    @property
    def content(self) -> PaneContent:
        """What is to be shown."""
        return self._content

    def set_content(self, content: PaneContent) -> None:
        """Show something else."""
        if content != self._content:
            self._content = content
            self._renew()

    def set_state(self, state: ViewState) -> None:
        """Follow another slice."""
        if state is not self._state:
            self._state.slice_changed.disconnect(self._turn)
            self._state = state
            state.slice_changed.connect(self._turn)
            self._renew()

    def set_active(self, active: bool) -> None:
        """Tell whether anybody looks; nothing is made while nobody does."""
        if active != self._active:
            self._active = active
            self._renew()

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._maker.stop()

    # ---- what is shown -------------------------------------------------------------------

    @property
    def arm(self) -> str:
        """The arm that is shown: the one chosen, or the one in view."""
        pair = self._model.pair
        return self._content.arm or (pair.arm if pair is not None else "")

    @property
    def plane(self) -> PanePlane:
        """What to paint now."""
        if self._content.is_image:
            return self._image_plane()
        return self._made_plane()

    def _image_plane(self) -> PanePlane:
        model, content = self._model, self._content
        view, there = model.shown_images
        unit = _unit(view.reference) if view is not None else ""
        if content.kind == "reference":
            size = view.reference.grid.spacing_words if view is not None else ""
            image = view.reference if view is not None else None
            there, words = self._readable(image, there, self._first_words())
            return PanePlane(f"Reference  {size}".rstrip(), words, image, there, unit=unit)
        title = f"Reconstruction: {self.arm}" if self.arm else "Reconstruction"
        if model.pair is None or self.arm == model.pair.arm:
            image = view.reconstruction if view is not None else None
            there, words = self._readable(image, there, "")
            return PanePlane(title, words, image, there, unit=unit)
        images = model.images
        other = images.image_of(self.arm)
        if other is None:
            return PanePlane(title, images.problem_of(self.arm) or COMING)
        nothing = f"{self.arm} has no image at this place."
        places, words = self._readable(other, images.slices_of(self.arm), nothing)
        return PanePlane(title, words, other, places, unit=_unit(other))

    def _readable(
        self, image: Image | None, slices: tuple[int, ...] | None, otherwise: str
    ) -> tuple[tuple[int, ...] | None, str]:
        """Return the slices that can be shown, and why the one in view cannot be read."""
        if image is None or not image.unread:
            return slices, otherwise
        unread = dict(image.unread)
        places = tuple(range(image.grid.slices)) if slices is None else slices
        here = places[self._state.slice] if self._state.slice < len(places) else -1
        return tuple(-1 if at in unread else at for at in places), unread.get(here, otherwise)

    def _first_words(self) -> str:
        """Say why there is nothing to see."""
        model = self._model
        if model.pair is not None and model.view is None:
            return "Loading…"
        nothing = model.pairing is not None and not model.pairing.pairs
        return NOTHING_PAIRED if nothing else ""

    def _made_plane(self) -> PanePlane:
        model, content = self._model, self._content
        view, maps = model.view, model.maps
        grid = view.reference.grid if view is not None else None
        unit = _unit(view.reference) if view is not None else ""
        title, bar, chosen = self._title(), None, self._chosen()
        if content.kind == "map":
            shared = self._shares_map()
            made = maps.map if shared else self._own_map()
            shares = maps.shares if shared else None
            words = maps.message if shared else self._words(made)
            unit = map_unit(chosen, unit)
            if made is not None and chosen is not None:
                bar = map_bar(chosen, made, unit, shares)
            return PanePlane(title, words, None, None, made, grid, bar, unit)
        difference = model.difference
        made = difference.map if self._shares_difference() else self._own_map()
        words = self._words(made)
        if content.kind in ("difference", "absolute"):
            bar_of = difference_bar if content.kind == "difference" else absolute_bar
            bar = bar_of(difference.limit, unit, difference.amplified)
        elif content.kind == "edges":
            per = "/mm" if grid is not None and grid.spacing is not None else "/pixel"
            unit = f"{unit}{per}" if unit else f" {per}"
            bar = grey_bar(made.extreme, unit) if made is not None else None
        else:
            grid, unit = None, ""
            bar = grey_bar(made.extreme, " log₁₀") if made is not None else None
        return PanePlane(title, words, None, None, made, grid, bar, unit)

    def _own_map(self) -> ColorMap | None:
        """Return what was made here, never under another's name.

        Whoever hears of another choice before this source does may ask for its plane.
        """
        return self._maker.map if self._asked == (self._content, self._chosen()) else None

    def _title(self) -> str:
        content, chosen = self._content, self._chosen()
        whose = "reference" if content.of_reference else content.arm
        if content.kind in ("edges", "fourier"):
            whose = whose or self.arm
        if content.kind == "map" and chosen is not None:
            return f"Map: {chosen.title}" + (f", {whose}" if whose else "")
        return f"{TITLES[content.kind]}: {whose}" if whose else TITLES[content.kind]

    def _words(self, made: ColorMap | None) -> str:
        if made is not None or self._model.view is None:
            return ""
        images = self._model.images
        problem = images.problem_of(self.arm) if self._content.needs_arm else ""
        return problem or self._problem or COMING

    # ---- making --------------------------------------------------------------------------

    def _chosen(self) -> MapDefinition | None:
        maps = self._model.maps
        if self._content.kind != "map" or not self._content.map:
            return maps.chosen
        return next((one for one, _ in maps.choices if one.id == self._content.map), None)

    def _is_in_step(self) -> bool:
        """Whether it shows the slice and the arm in view, of which maps are made anyway."""
        pair = self._model.pair
        return self._state is self._model.state and (pair is None or self.arm == pair.arm)

    def _shares_difference(self) -> bool:
        return self._content.kind == "difference" and self._is_in_step()

    def _shares_map(self) -> bool:
        return self._content.kind == "map" and self._is_in_step() and self._is_chosen()

    def _is_chosen(self) -> bool:
        chosen = self._model.maps.chosen
        return not self._content.map or (chosen is not None and chosen.id == self._content.map)

    def _turn(self, _index: int) -> None:
        if not self._content.is_image:
            self._renew()

    def _begin_anew(self) -> None:
        """Forget what was made of the images of another source, or of another reference."""
        self._maker.clear()
        self._renew()

    def _renew_if(self, kinds: tuple[str, ...], *_: object) -> None:
        if self._content.kind in kinds:
            self._renew()

    def _renew(self, *_: object) -> None:
        """Ask for what is to be made, and tell that what is shown may have changed."""
        self._problem = ""
        wanted = self._wanted()
        if wanted is None:
            self._maker.rest()
        else:
            view, index = wanted
            content, limit, chosen = self._content, self._model.difference.limit, self._chosen()
            number_of = self._model.made.number_of
            images = number_of(view.reference), number_of(view.reconstruction)
            key: tuple[object, ...] = (content.kind, content.of_reference, images, index)
            if content.kind in ("difference", "absolute"):
                key = (*key, limit)
            elif content.kind == "map":
                key = (*key, chosen.id if chosen is not None else "", view.range)
            self._asked = content, chosen
            make = partial(make_plane, self._work, content, view, index, limit, chosen)
            self._maker.want(key, make)
        self.changed.emit()

    def _wanted(self) -> "tuple[PairView, int] | None":
        """Return the pair and its slice of which a plane of our own must be made."""
        if not self._active or self._content.is_image:
            return None
        if self._shares_difference() or self._shares_map():
            return None
        if self._content.kind == "map":
            chosen = self._chosen()
            refused = any(one is chosen and why for one, why in self._model.maps.choices)
            if chosen is None or refused:
                self._problem = "This map cannot be made here." if self._model.maps.choices else ""
                return None
        model, index = self._model, self._state.slice
        here = model.pair.arm if model.pair is not None else ""
        arm = self.arm if self._content.needs_arm else here
        view = model.images.view_of(arm)
        if view is None:
            return None
        if self._content.kind == "map" and view.range is None:
            self._problem = model.ranges.words_of(view.pair)
            return None
        places = model.images.slices_of(arm)
        if index >= len(places) or places[index] < 0:
            self._problem = f"{arm} has no image at this place."
            return None
        return view, places[index]

    def _fail(self, error: BlindReadError) -> None:
        self._problem = error.sentence
        self.changed.emit()


def _unit(image: Image) -> str:
    return f" {image.unit}" if image.unit else ""


def map_unit(chosen: MapDefinition | None, images_unit: str) -> str:
    """Return the unit of a map; that of the error is the images' own."""
    if chosen is None:
        return ""
    return images_unit if chosen.id == "error" else f" {chosen.unit}".rstrip()
