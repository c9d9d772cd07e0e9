"""Where to look first: slices in order of a metric or of their worst place; no widgets."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.metric import SIGNED, Better, MetricValue
from app.domain.progress import Progress
from app.domain.worst_place import LOCAL_RULES, WINDOW, PlacesFound, WorstPlace
from app.ui.actions import Action
from app.ui.jobs import LatestJob, Workflow
from app.ui.value_rows import ValueRow

if TYPE_CHECKING:
    from app.ui.inspect_model import InspectModel

USUAL = "ssim"
_TOLD_EVERY_MS = 250

Key = tuple[str, str, int]
"""Case, arm and slice number."""


class Place(NamedTuple):
    """One slice of one arm with its value; ``row`` and ``column`` where one place is meant."""

    case: str
    arm: str
    slice: int
    value: float
    row: float | None = None
    column: float | None = None

    @property
    def key(self) -> Key:
        """Which slice it is."""
        return self.case, self.arm, self.slice


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing by which slices can be put in order."""

    id: str
    title: str
    better: Better
    unit: str = ""
    local: bool = False

    def badness(self, value: float) -> float:
        """Return a number that is the larger the worse a value is."""
        if self.id.partition("@")[0] in SIGNED:
            return abs(value)
        return -value if self.better == "higher" else value


class _Values:
    """All values of one choice, put in order when first asked for."""

    def __init__(self, choice: Choice, places: list[Place]) -> None:
        self._choice, self._places = choice, places

    @cached_property
    def ranked(self) -> tuple[Place, ...]:
        defined = (place for place in self._places if not math.isnan(place.value))
        badness = self._choice.badness
        return tuple(sorted(defined, key=lambda place: (-badness(place.value), place.key)))

    @cached_property
    def order(self) -> Mapping[Key, int]:
        return {place.key: number for number, place in enumerate(self.ranked)}


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
        self._find_places = find_places or _find_places
        self._chosen = ""
        self._walked: Key | None = None
        self._choices: tuple[Choice, ...] | None = None
        self._values: _Values | None = None
        self._rows: tuple[ValueRow, ...] | None = None
        self._found: dict[str, dict[Key, WorstPlace]] = {}
        self._searching = self._complete = self._go_when_found = self._kept_read = False
        self._progress = Progress(0, 0, "")
        self._problems: list[str] = []
        self._job = LatestJob(self)
        self._job.progressed.connect(self._take)
        self._job.ready.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOLD_EVERY_MS)
        self._timer.timeout.connect(self._tell)
        model.pairing_changed.connect(self._forget)
        model.values_changed.connect(self._tell)
        model.view_changed.connect(self._see)

    # ---- by what ---------------------------------------------------------------------

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every metric that was measured, then the worst places of local maps."""
        if self._choices is None:
            self._choices = self._list()
        return self._choices

    def _list(self) -> tuple[Choice, ...]:
        first: dict[str, MetricValue] = {}
        for row in self._model.table.rows:
            for name, value in row.values.items():
                first.setdefault(name, value)
        pairing = self._model.pairing
        local = LOCAL_RULES if pairing is not None and pairing.pairs else ()
        return (
            *(
                Choice(name, name.upper(), first[name].better, _unit(first[name].unit))
                for name in self._model.table.metrics
                if name in first
            ),
            *(Choice(rule.id, rule.title, rule.better, local=True) for rule in local),
        )

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
            if chosen is not None and chosen.local and not self._complete:
                self.search()

    # ---- the order -------------------------------------------------------------------

    @property
    def ranked(self) -> tuple[Place, ...]:
        """All slices of all cases and arms with a defined value, the worst first."""
        return self._known().ranked

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
        for place in self.ranked:
            if place.case == pair.case and math.isfinite(place.value):
                found.setdefault(place.arm, {})[place.slice] = place.value
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
        number = self._known().order.get(self._in_view() or ("", "", 0))
        return None if number is None else self.ranked[number]

    @property
    def told(self) -> str:
        """Where in the order the slice in view is, e.g. ``3 of 120``."""
        count, key = len(self.ranked), self._in_view()
        number = self._known().order.get(key) if key is not None else None
        if number is not None:
            return f"{number + 1} of {count}"
        return f"{count} slice{'' if count == 1 else 's'}" if count else ""

    # ---- the walk --------------------------------------------------------------------

    def worst(self) -> None:
        """Show the worst slice of all; where nothing is known yet, when it has been found."""
        self._walked = None
        chosen = self.chosen
        if self.ranked and not (self._searching and chosen is not None and chosen.local):
            self._go(0)
        elif chosen is not None and chosen.local:
            self._go_when_found = True
            self.search()

    def step(self, steps: int) -> None:
        """Go to the next worst slice, or back; at first to the worst; the ends are ends."""
        if not self.ranked:
            self.worst()
            return
        order = self._known().order
        number = order.get(self._walked) if self._walked is not None else None
        if number is None:
            self._go(0)
        else:
            self._go(min(max(0, number + steps), len(self.ranked) - 1))

    def go_to(self, arm: str, slice_number: int) -> None:
        """Show a slice of an arm of the case in view; the walk goes on from there."""
        pair = self._model.pair
        if pair is not None:
            key = (pair.case, arm, slice_number)
            if key in self._known().order:
                self._walked = key
            self._model.select(*key)

    def _go(self, number: int) -> None:
        place = self.ranked[number]
        self._walked = place.key
        self._model.select(*place.key)
        self.changed.emit()

    # ---- the worst places --------------------------------------------------------------

    @property
    def searching(self) -> bool:
        """Whether worst places are being looked for."""
        return self._searching

    @property
    def progress(self) -> Progress:
        """How far the search has come."""
        return self._progress

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be looked at, a sentence each."""
        return tuple(self._problems)

    def search(self) -> None:
        """Look for the worst places of all slices, those of the pair in view first."""
        if self._searching:
            return
        pairing, here = self._model.pairing, self._model.pair
        if pairing is None or not pairing.pairs:
            return
        self._searching, self._problems = True, []
        self._progress = Progress(0, 0, "")
        first = [one for one in pairing.pairs if one is here]
        others = [one for one in pairing.pairs if one is not here]
        self._request((*first, *others), only_kept=False)
        self.progressed.emit()

    def cancel(self) -> None:
        """End the search; what was found stays."""
        if self._searching:
            self._searching = self._go_when_found = False
            self._job.drop()
            self.progressed.emit()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._timer.stop()
        self._job.stop()

    def _request(self, pairs: tuple[object, ...], *, only_kept: bool) -> None:
        output = self._model.output
        folder = output.parent if output is not None else Path()
        self._job.request(only_kept, lambda: self._find_places(pairs, folder, only_kept=only_kept))

    def _forget(self) -> None:
        """Begin anew with another source."""
        self._job.drop()
        self._found, self._complete, self._problems = {}, False, []
        self._walked, self._go_when_found, self._searching = None, False, False
        self._progress = Progress(0, 0, "")
        self._kept_read = False
        self._tell()
        self.progressed.emit()

    def _see(self) -> None:
        """Read what is kept when the first images are there: they come first."""
        pairing = self._model.pairing
        if self._model.view is not None and pairing is not None and not self._kept_read:
            self._kept_read = True
            if not self._searching and not self._complete:
                self._request(pairing.pairs, only_kept=True)
        self.changed.emit()

    def _take(self, progress: Progress) -> None:
        self._progress = progress
        if isinstance(progress, PlacesFound):
            if progress.problem:
                self._problems.append(progress.problem)
            for place in progress.places:
                self._found.setdefault(place.rule, {})[place.case, place.arm, place.slice] = place
            if progress.places and not self._timer.isActive():
                self._timer.start()
        if self._searching:
            self.progressed.emit()

    def _finish(self, only_kept: object, _result: object) -> None:
        wanted = {
            (pair.case, pair.arm, first + 1)
            for pair in (self._model.pairing.pairs if self._model.pairing is not None else ())
            for first, _ in pair.slices
        }
        known = next(iter(self._found.values()), {})
        self._complete = not only_kept or wanted <= known.keys()
        go, self._go_when_found = self._go_when_found and not only_kept, False
        self._searching = False
        self._tell()
        if go and self.ranked:
            self._go(0)
        self.progressed.emit()

    def _fail(self, error: object) -> None:
        self._searching = self._go_when_found = False
        self._tell()
        self.progressed.emit()
        self.failed.emit(error)

    # ---- for the table -----------------------------------------------------------------

    @property
    def metrics(self) -> tuple[str, ...]:
        """The columns of the table: the chosen worst places first, then what was measured."""
        chosen, measured = self.chosen, self._model.table.metrics
        local = chosen is not None and chosen.local and chosen.id in self._found
        return (chosen.id, *measured) if local and chosen is not None else measured

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """The rows of the table; the volume of a pair has the worst place of its slices."""
        if self._rows is None:
            self._rows = self._join()
        return self._rows

    def _join(self) -> tuple[ValueRow, ...]:
        rows, chosen = self._model.rows, self.chosen
        found = self._found.get(chosen.id, {}) if chosen is not None and chosen.local else {}
        if chosen is None or not found:
            return rows
        values: dict[tuple[str, str, int | None], float] = {}
        for (case, arm, number), place in found.items():
            if place.value is None:
                continue
            values[case, arm, number] = place.value
            before = values.get((case, arm, None))
            if before is None or chosen.badness(place.value) > chosen.badness(before):
                values[case, arm, None] = place.value
        made = {key: _as_value(chosen, *key, value) for key, value in values.items()}
        joined: list[ValueRow] = []
        for row in rows:
            own = made.pop((row.case, row.arm, row.slice), None)
            more = {chosen.id: own} if own is not None else {}
            joined.append(
                ValueRow(row.case, row.arm, row.slice, row.region, {**more, **row.values})
            )
        region = self._model.region
        joined += [
            ValueRow(case, arm, number, region, {chosen.id: value})
            for (case, arm, number), value in made.items()
        ]
        return tuple(joined)

    # ---- what can be done --------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:
        """Return what can be done to find a slice."""
        menu = "Find"

        def able() -> bool:
            return self.chosen is not None

        chosen = self.chosen
        by = chosen.title if chosen is not None else ""
        return (
            Action(
                "find.worst", "Worst slice", menu, self.worst, (),
                f"Show the worst slice of all cases and arms by {by}" if by else "", None, able,
            ),
            Action(
                "find.next", "Next worst slice", menu, lambda: self.step(1), ("J",),
                "Go on to the slice that is next in the order, from the worst on", None, able,
            ),
            Action(
                "find.previous", "Previous worst slice", menu, lambda: self.step(-1),
                ("Shift+J",), "Go back towards the worst slice", None, able,
            ),
            Action(
                "find.places", "Look for the worst places", menu, self.search, (),
                "Average local maps of every slice in a window, inside the body, in the background",
                None, lambda: able() and not self._searching and not self._complete,
            ),
            *(
                Action(
                    f"find.by.{one.id}", one.title, "Find/Order by",
                    lambda id=one.id: self.choose(id), (),
                    f"Put slices in order by {one.title}, the worst first",
                    lambda id=one.id: self.chosen is not None and self.chosen.id == id,
                )
                for one in self.choices
            ),
        )  # fmt: skip

    # ---- inside --------------------------------------------------------------------------

    def _tell(self) -> None:
        self._values = self._choices = self._rows = None
        self.changed.emit()

    def _in_view(self) -> Key | None:
        model = self._model
        number = model.number_of(model.state.slice)
        if model.pair is None or number is None:
            return None
        walked = self._walked
        if model.view is None and walked is not None:  # it is on its way
            return walked if walked[:2] == (model.pair.case, model.pair.arm) else None
        return model.pair.case, model.pair.arm, number

    def _known(self) -> _Values:
        if self._values is None:
            self._values = self._gather()
        return self._values

    def _gather(self) -> _Values:
        chosen = self.chosen
        if chosen is None:
            return _Values(Choice("", "", "higher"), [])
        if chosen.local:
            found = self._found.get(chosen.id, {}).values()
            return _Values(
                chosen,
                [
                    Place(one.case, one.arm, one.slice, one.value, one.row, one.column)
                    for one in found
                    if one.value is not None
                ],
            )
        places = []
        for row in self._model.rows:
            value = row.values.get(chosen.id)
            if row.slice is not None and value is not None and value.value is not None:
                places.append(Place(row.case, row.arm, row.slice, value.value))
        return _Values(chosen, places)


def _as_value(chosen: Choice, case: str, arm: str, number: int | None, value: float) -> MetricValue:
    """Return a worst place as the table shows values; it is in no file."""
    return MetricValue(
        case=case,
        arm=arm,
        slice=number,
        region="body",
        metric=chosen.id,
        value=value,
        unit="",
        better=chosen.better,
        space="native",
        data_range=math.nan,
        parameters=f'{{"window": {WINDOW}, "pooling": "worst mean of a window in the body"}}',
        reference_uid="",
        reconstruction_uid="",
        flags=(),
        software="",
    )


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _find_places(pairs: tuple[object, ...], folder: Path, *, only_kept: bool) -> Workflow:
    from app.store.body_masks import FOLDER
    from app.workflows.worst_places import find_places

    return find_places(pairs, folder / FOLDER, only_kept=only_kept)  # type: ignore[arg-type]
