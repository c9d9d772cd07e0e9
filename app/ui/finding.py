"""Where to look first: by what slices are in order, and the walk through them; no widgets."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.progress import Progress
from app.domain.worst_place import WorstPlace
from app.ui.actions import Action
from app.ui.find_actions import find_actions
from app.ui.finding_order import Choice, JoinedRows, Key, Place, Ranking, choices_of
from app.ui.jobs import Workflow
from app.ui.value_sheet import ValueSheet
from app.ui.worst_search import WorstSearch

if TYPE_CHECKING:
    from app.ui.inspect_model import InspectModel

USUAL = "ssim"


class Finding(QObject):
    """By what slices are put in order, the order, and how far a person has walked through it.

    Parameters
    ----------
    model
        Whose values and pairs are put in order; going to a slice asks it.
    find_places
        The workflow that finds the worst places of pairs.

    Signals
    -------
    changed()
        Another choice, other values, or another pair in view.
    progressed()
        The search for worst places has come further, begun or ended.
    failed(BlindReadError)
        The search could not go on.
    """

    changed = Signal()
    progressed = Signal()
    failed = Signal(object)

    def __init__(
        self, model: "InspectModel", find_places: Callable[..., Workflow] | None = None
    ) -> None:
        super().__init__(model)
        self._model = model
        self.places = WorstSearch(model, find_places, self)
        self._chosen = ""
        self._walked: Key | None = None
        self._choices: tuple[Choice, ...] | None = None
        self._values: Ranking | None = None
        self._rows: ValueSheet | None = None
        self._joined: tuple[int, JoinedRows] | None = None
        self._go_when_found = False
        self.places.progressed.connect(self.progressed)
        self.places.grown.connect(self._grow)
        self.places.finished.connect(self._finish)
        self.places.failed.connect(self._fail)
        model.pairing_changed.connect(self._forget)
        model.values_changed.connect(self._tell)
        model.view_changed.connect(self._see)
        model.body.kept.connect(self._renew)
        model.body.changed.connect(self._search_again)

    # ---- by what ---------------------------------------------------------------------

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every metric that was measured, then the worst places of local maps."""
        if self._choices is None:
            pairing = self._model.pairing
            local = pairing is not None and bool(pairing.pairs)
            self._choices = choices_of(self._model.table, local=local)
        return self._choices

    @property
    def chosen(self) -> Choice | None:
        """By what slices are in order; None where there is nothing to choose from."""
        choices = self.choices
        for wanted in (self._chosen, USUAL):
            found = next((one for one in choices if one.id == wanted), None)
            if found is not None:
                return found
        return choices[0] if choices else None

    def choose(self, id: str) -> None:
        """Put slices in order by something else; worst places that are not known are looked for."""
        if any(one.id == id for one in self.choices):
            if id != self._chosen:
                self._chosen, self._walked, self._values, self._rows = id, None, None, None
                self.changed.emit()
            chosen = self.chosen
            if chosen is not None and chosen.local and not self.places.complete:
                self.places.search()

    # ---- the order -------------------------------------------------------------------

    @property
    def ranked(self) -> tuple[Place, ...]:
        """All slices of all cases and arms with a defined value, the worst first."""
        return self._known().places()

    @property
    def worst_first(self) -> Callable[[float], float]:
        """A number for every value of the choice that is the larger the worse it is."""
        chosen = self.chosen
        return chosen.badness if chosen is not None else abs

    def curves(self) -> dict[str, dict[int, float]]:
        """Return the finite values of the case in view: by arm, then by slice number."""
        pair, pairing = self._model.pair, self._model.pairing
        if pair is None or pairing is None:
            return {}
        found: dict[str, dict[int, float]] = {
            one.arm: {} for one in pairing.pairs if one.case == pair.case
        }
        for (_, arm, number), value in self._known().of_case(pair.case):
            if math.isfinite(value):
                found.setdefault(arm, {})[number] = value
        return found

    def slices(self) -> tuple[int, ...]:
        """Return the slice numbers of the case in view, of all its arms."""
        pair, pairing = self._model.pair, self._model.pairing
        if pair is None or pairing is None:
            return ()
        mine = (one for one in pairing.pairs if one.case == pair.case)
        return tuple(sorted({first + 1 for one in mine for first, _ in one.slices}))

    @property
    def here(self) -> Place | None:
        """The slice in view with its value, where it has one."""
        number = self._known().number_of(self._in_view())
        return None if number is None else self._known().place(number)

    @property
    def told(self) -> str:
        """Where in the order the slice in view is, e.g. ``3 of 120``."""
        count = len(self._known())
        number = self._known().number_of(self._in_view())
        if number is not None:
            return f"{number + 1} of {count}"
        return f"{count} slice{'' if count == 1 else 's'}" if count else ""

    # ---- the walk --------------------------------------------------------------------

    def worst(self) -> None:
        """Show the worst slice of all; where nothing is known yet, when it has been found."""
        self._walked = None
        chosen = self.chosen
        if len(self._known()) and not (
            self.places.searching and chosen is not None and chosen.local
        ):
            self._go(0)
        elif chosen is not None and chosen.local:
            self._go_when_found = True
            self.places.search()

    def step(self, steps: int) -> None:
        """Go to the next worst slice, or back; at first to the worst; the ends are ends."""
        count = len(self._known())
        if not count:
            self.worst()
            return
        number = self._known().number_of(self._walked)
        if number is None:
            self._go(0)
        else:
            self._go(min(max(0, number + steps), count - 1))

    def go_to(self, arm: str, slice_number: int) -> None:
        """Show a slice of an arm of the case in view; the walk goes on from there."""
        pair = self._model.pair
        if pair is not None:
            key = (pair.case, arm, slice_number)
            if self._known().number_of(key) is not None:
                self._walked = key
            self._model.select(*key)

    def _go(self, number: int) -> None:
        place = self._known().place(number)
        self._walked = place.key
        self._model.select(*place.key)
        self.changed.emit()

    # ---- the worst places --------------------------------------------------------------

    @property
    def searching(self) -> bool:
        """Whether worst places are being looked for."""
        return self.places.searching

    @property
    def progress(self) -> Progress:
        """How far the search has come."""
        return self.places.progress

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be looked at, a sentence each."""
        return self.places.problems

    def search(self) -> None:
        """Look for the worst places of all slices, those of the pair in view first."""
        self.places.search()

    def cancel(self) -> None:
        """End the search; what was found stays."""
        self._go_when_found = False
        self.places.cancel()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.places.stop()

    def _forget(self) -> None:
        """Begin anew with another source."""
        self.places.forget()
        self._walked, self._go_when_found = None, False
        self._tell()
        self.progressed.emit()

    def _see(self) -> None:
        """Read what is kept when the first images are there: they come first."""
        if self._model.view is not None:
            self.places.read_kept()
        self.changed.emit()

    def _renew(self, uid: str, number: int) -> None:
        """Give up the places that were found with another body."""
        pairing = self._model.pairing
        pairs = pairing.pairs if pairing is not None else ()
        self.places.renew((one.case, one.arm, number) for one in pairs if one.reference.uid == uid)
        self._tell()

    def _search_again(self) -> None:
        """Look for them again when no body is being drawn any more."""
        if self.places.outdated and not self._model.body.editing:
            chosen = self.chosen
            if chosen is not None and chosen.local:
                self.places.search()

    def _finish(self, only_kept: bool) -> None:
        go, self._go_when_found = self._go_when_found and not only_kept, False
        self._tell()
        self._search_again()
        if go and len(self._known()):
            self._go(0)

    def _fail(self, error: object) -> None:
        self._go_when_found = False
        self._tell()
        self.progressed.emit()
        self.failed.emit(error)

    # ---- for the table -----------------------------------------------------------------

    @property
    def metrics(self) -> tuple[str, ...]:
        """The columns of the table: the chosen worst places first, then what was measured."""
        return self.rows.metrics

    @property
    def rows(self) -> ValueSheet:
        """The rows of the table; the volume of a pair has the worst place of its slices."""
        if self._rows is None:
            chosen, found = self.chosen, self._found()
            sheet = self._model.values.sheet
            if chosen is not None and found:
                sheet = self._join(sheet, chosen).sheet(found)
            self._rows = sheet
        return self._rows

    # ---- what can be done --------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:
        """Return what can be done to find a slice."""
        return find_actions(self)

    # ---- inside --------------------------------------------------------------------------

    def _tell(self) -> None:
        self._values = self._choices = self._rows = None
        if self._joined is not None and self._joined[1].base is not self._model.values.sheet:
            self._joined = None  # nothing of another table is kept
        self.changed.emit()

    def _grow(self) -> None:
        """Tell of more places where they are what is looked at."""
        if self.chosen is not None and self.chosen.local:
            self._tell()

    def _in_view(self) -> Key | None:
        model = self._model
        number = model.number_of(model.state.slice)
        if model.pair is None or number is None:
            return None
        walked = self._walked
        if model.view is None and walked is not None:  # it is on its way
            return walked if walked[:2] == (model.pair.case, model.pair.arm) else None
        return model.pair.case, model.pair.arm, number

    def _known(self) -> Ranking:
        if self._values is None:
            self._values = Ranking(self.chosen, self.rows, self._found())
        return self._values

    def _found(self) -> Mapping[Key, WorstPlace]:
        """Return the worst places that are known by the choice; none where it is a metric."""
        chosen = self.chosen
        return self.places.found(chosen.id) if chosen is not None and chosen.local else {}

    def _join(self, base: ValueSheet, chosen: Choice) -> JoinedRows:
        """Return what holds the places that were joined to these rows before."""
        rewritten = self.places.rewritten
        if self._joined is not None:
            before, joined = self._joined
            if before == rewritten and joined.base is base and joined.chosen == chosen:
                return joined
        self._joined = rewritten, JoinedRows(base, self._model.region, chosen)
        return self._joined[1]
