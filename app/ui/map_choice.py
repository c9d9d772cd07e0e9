"""Which local map is shown, the map itself, and where its loss lies; no widgets."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.display import loss
from app.domain.metric import MapDefinition
from app.domain.pair import Pair
from app.errors import BlindReadError
from app.ui.inspect_work import InspectWork, Mask
from app.ui.jobs import LatestJob, Workflow, one_step
from app.ui.maps import ColorMap, MapMaker, MapMemory

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

USUAL = "ssim"
COMING = "Coming…"
HIGHEST_PERCENT = 99.5
"""A map without ends of its own is coloured up to this percentile of its loss."""


class MapChoice(QObject):
    """The local maps that there are, the one chosen, and its share of loss in the body.

    Signals
    -------
    listed()
        What can be chosen is known, or something else is chosen.
    changed()
        The map in view is there, is gone, or cannot be made.
    shared()
        The shares of its loss inside and outside the body are known, or gone.
    failed(BlindReadError)
        The maps could not be listed.
    """

    listed = Signal()
    changed = Signal()
    shared = Signal()
    failed = Signal(object)

    def __init__(self, work: InspectWork, memory: MapMemory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._listed: tuple[tuple[MapDefinition, str], ...] = ()
        self._chosen = USUAL
        self._place: tuple[PairView, Pair, int] | None = None
        self._problem = ""
        self._body: Mask | None = None
        self._shares: tuple[float, float] | None = None
        self._listing = LatestJob(self)
        self._maker = MapMaker(memory, self)
        self._sharing = LatestJob(self)
        self._listing.ready.connect(self._take_list)
        self._listing.failed.connect(self.failed)
        self._maker.changed.connect(self._take_map)
        self._maker.failed.connect(self._fail)
        self._sharing.ready.connect(self._take_shares)

    @property
    def choices(self) -> tuple[tuple[MapDefinition, str], ...]:
        """Every map, with the reason why it cannot be made here, empty if it can."""
        return self._listed

    @property
    def chosen(self) -> MapDefinition | None:
        """The map that is shown; None until the maps are listed."""
        return next((one for one, _ in self._listed if one.id == self._chosen), None)

    @property
    def map(self) -> ColorMap | None:
        """The map of the slice in view; None while it is made."""
        return self._maker.map if self._place is not None else None

    @property
    def message(self) -> str:
        """What to say where there is no map."""
        if self._place is None or self.chosen is None or self.map is not None:
            return ""
        return self._problem or COMING

    @property
    def shares(self) -> tuple[float, float] | None:
        """The shares of the map's loss inside and outside the body, where they are known."""
        return self._shares

    def list_maps(self) -> None:
        """Find out which maps can be made here."""
        self._listing.request("maps", one_step(self._work.list_maps))

    def choose(self, id: str) -> None:
        """Show another map; one that cannot be made here is passed over."""
        if id != self._chosen and any(one.id == id and not why for one, why in self._listed):
            self._chosen = id
            self._make()  # first, so that no map stands under another's name
            self.listed.emit()

    def step(self, steps: int) -> None:
        """Show the next map that can be made, or the one before; round at the ends."""
        able = [one.id for one, why in self._listed if not why]
        if able:
            place = able.index(self._chosen) if self._chosen in able else -steps
            self.choose(able[(place + steps) % len(able)])

    def look_at(self, view: "PairView", pair: Pair, index: int) -> None:
        """Show the map of this slice."""
        self._place = (view, pair, index)
        self._make()

    def wait(self, words: str) -> None:
        """Say why the map of the slice in view cannot be made yet, or at all."""
        self._problem = words
        self.changed.emit()

    def set_body(self, body: Mask | None) -> None:
        """Tell where the body is in the slice in view; None while that is not known."""
        self._body = body
        self._share()

    def clear(self) -> None:
        """Forget all maps."""
        self._place, self._body = None, None
        self._maker.clear()

    def stop(self) -> None:
        """Wait for the threads, and end the process of the maps that need a network."""
        self._work.end_maps()
        for job in (self._listing, self._maker, self._sharing):
            job.stop()

    def _take_list(self, _key: object, listed: Any) -> None:
        self._listed = tuple(listed)
        able = [one.id for one, why in self._listed if not why]
        if self._chosen not in able and able:
            self._chosen = USUAL if USUAL in able else able[0]
        self._make()
        self.listed.emit()

    def _make(self) -> None:
        wanted = self.chosen
        if self._place is None or wanted is None:
            return
        view, pair, index = self._place
        if view.range is None:
            self._maker.rest()  # who told the place tells why
            return
        self._problem = ""
        self._maker.want(
            (pair.case, pair.arm, index, wanted.id),
            partial(coloured, self._work, view, index, wanted),
        )

    def _fail(self, error: BlindReadError) -> None:
        self._problem = error.sentence
        self.changed.emit()

    def _take_map(self) -> None:
        self.changed.emit()
        self._share()

    def _share(self) -> None:
        """Ask for the shares anew; those of another map or body are never left standing."""
        made, wanted, body = self.map, self.chosen, self._body
        self._shares = None
        if made is None or wanted is None or body is None:
            self._sharing.drop()
        else:
            self._sharing.request(
                wanted.id, one_step(partial(self._work.shares, made.values, wanted, body))
            )
        self.shared.emit()

    def _take_shares(self, _key: object, shares: tuple[float, float] | None) -> None:
        self._shares = shares
        self.shared.emit()


def coloured(work: InspectWork, view: "PairView", index: int, wanted: MapDefinition) -> Workflow:
    """Make a local map of one slice of a pair, in colours; for a thread."""
    values = yield from work.metric_map(view, index, wanted)
    extreme = worst_value(values, wanted)
    return ColorMap(loss(values, wanted.neutral, extreme), values, extreme)


def worst_value(values: NDArray[np.float64], wanted: MapDefinition) -> float:
    """Return the value that gets the last colour: the map's own end, else the slice's."""
    end = wanted.high if wanted.better == "lower" else wanted.low
    if end is not None and end != wanted.neutral:
        return end
    worse = 1.0 if wanted.better == "lower" else -1.0
    lost = np.maximum(worse * (values[np.isfinite(values)] - wanted.neutral), 0.0)
    most = float(np.percentile(lost, HIGHEST_PERCENT)) if lost.size else 0.0
    if most == 0.0 and lost.size:
        most = float(lost.max())  # a few single pixels
    return wanted.neutral + worse * (most or 1.0)
