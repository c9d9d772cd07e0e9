"""What every value depends on: the keys under which finished work is found again."""

import ctypes
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path

import app
from app.domain.metric import Space
from app.domain.pair import Pair, Series
from app.images.formats.borrow import value_mapping
from app.metrics import registry
from app.metrics.parameters import parameters_of
from app.metrics.regions import body_rule
from app.store import body_masks
from app.store.value_store import digest, key_of
from app.workflows.measure_task import Cell, Done, Plan


class Keys:
    """The keys and the parameters of all values of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._kinds: dict[int, str] = {}
        self._parameters: dict[tuple[str, Cell], dict[str, object]] = {}
        self._settings: dict[tuple[str, Cell], str] = {}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The values that every slice of every pair has, in the order of the table."""
        plan = self._plan
        return tuple(
            (space.label, region, metric)
            for space in plan.spaces
            for region in plan.regions
            for metric in plan.metrics
        )

    @cached_property
    def spaces(self) -> dict[str, Space]:
        """The spaces of the plan by their labels."""
        return {space.label: space for space in self._plan.spaces}

    def parameters(self, number: int, cell: Cell) -> dict[str, object]:
        """Return what stands beside a value of one pair, whatever the slice."""
        kind = self._kind(number)
        if (kind, cell) not in self._parameters:
            self._parameters[kind, cell] = self._make_parameters(number, cell)
        return self._parameters[kind, cell]

    def values(self, number: int, marks: Sequence[str]) -> Iterator[tuple[Cell, bytes]]:
        """Yield every value of one slice with its key; ``marks`` are those of its pixels."""
        tail = "|".join(("", *marks))
        for cell in self.cells:
            yield cell, digest(self._setting(number, cell) + tail)

    def features(self, number: int, space: str, marks: Sequence[str]) -> tuple[bytes, bytes]:
        """Return the keys of the features of one slice: of the reference, and of its arm.

        Both depend on the pixels of both: what one of them does not cover is filled in both.
        """
        plan = self._plan
        spread = plan.range_of(number)
        follows = self._following(number, self.spaces[space])
        told = [plan.version, space, spread.low, spread.high, follows, *marks[:2]]
        return key_of("features", 0, *told), key_of("features", 1, *told)

    def state(self, number: int, index: int) -> bytes:
        """Return the key of what is known of one slice from the state of its files."""
        plan = self._plan
        pair = plan.pairs[number]
        return key_of("slice", plan.version, plan.range_of(number).width, *state_of(pair, index))

    def regions_mark(self, number: int, index: int) -> str:
        """Return the hash of what regions of one slice depend on besides its pixels.

        That is a body mask changed by hand, and masks that a manifest names;
        empty where there is neither.
        """
        plan = self._plan
        pair = plan.pairs[number]
        first = pair.slices[index][0]
        marks: list[object] = []
        if plan.body_masks:
            mask = body_masks.load(Path(plan.body_masks), pair.reference.uid, first + 1)
            if mask is not None:
                marks.append(body_masks.fingerprint(mask))
        for (case, name), laid in plan.masks.items():
            if case == pair.case:
                matching = [i for i, (there, _) in enumerate(laid.slices) if there == first]
                marks.append([name, *(state_of(laid, i) for i in matching)])
        return key_of("regions", *marks).hex() if marks else ""

    def _kind(self, number: int) -> str:
        """Return what all pairs with the same parameters have in common."""
        if number not in self._kinds:
            pair = self._plan.pairs[number]
            own = (self._following(number, space) for space in self._plan.spaces)
            told = (pair.reference.modality, _resampling(pair), _mapping(pair), *own)
            self._kinds[number] = key_of(*told).hex()
        return self._kinds[number]

    def _setting(self, number: int, cell: Cell) -> str:
        kind = self._kind(number)
        if (kind, cell) not in self._settings:
            told = self.parameters(number, cell)
            regions = self._plan.regions
            learned = registry.definition(cell[2]).needs_weights
            place = self._plan.place if learned else ""  # another rounds otherwise
            made = key_of("value", self._plan.version, cell, told, kind, regions, place)
            self._settings[kind, cell] = made.hex()
        return self._settings[kind, cell]

    def _make_parameters(self, number: int, cell: Cell) -> dict[str, object]:
        plan = self._plan
        pair = plan.pairs[number]
        label, region, metric = cell
        chosen = plan.range_of(number)
        rule = body_rule(
            pair.reference.modality, chosen, unit=plan.units.get(pair.reference.modality, "")
        )
        told = parameters_of(
            metric,
            region,
            range=chosen,
            space=self.spaces[label],
            body_rule=rule,
            cohort=plan.cohorts.get(label),
        )
        return {
            **told,
            **_resampling(pair),
            **_mapping(pair),
            **self._following(number, self.spaces[label]),
        }

    def _following(self, number: int, space: Space) -> dict[str, object]:
        """Return the numbers of a space that follows its images."""
        theirs, own = self._plan.references.get(number), self._plan.own.get(number)
        told: dict[str, object] = {}
        if space.kind in ("percentile", "minmax") and theirs is not None:
            ends = theirs.percentiles if space.kind == "percentile" else {}
            told["reference_low"] = ends.get(space.first or 0.0, theirs.low)
            told["reference_high"] = ends.get(space.second or 0.0, theirs.high)
        if space.kind == "zscore" and theirs is not None and own is not None:
            told["reference_mean"], told["reference_sd"] = theirs.mean, theirs.deviation
            told["reconstruction_mean"], told["reconstruction_sd"] = own.mean, own.deviation
        return told


class FirstKeys(Keys):
    """Keys that stay what they were when first asked for, whatever becomes of the files."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._states: dict[tuple[int, int], bytes] = {}
        self._regions: dict[tuple[int, int], str] = {}

    def state(self, number: int, index: int) -> bytes:
        """Return the key of what was known of one slice from the first state of its files."""
        place = number, index
        if place not in self._states:
            self._states[place] = super().state(number, index)
        return self._states[place]

    def regions_mark(self, number: int, index: int) -> str:
        """Return the hash of what regions of one slice depended on at first."""
        place = number, index
        if place not in self._regions:
            self._regions[place] = super().regions_mark(number, index)
        return self._regions[place]

    def holds(self, done: Done) -> bool:
        """Tell whether a slice was measured in the state that its files had at first."""
        try:
            state = self.state(done.number, done.index)
            regions = self.regions_mark(done.number, done.index)
        except OSError:
            return False
        return done.state == state and done.seen["marks"][2] == regions


@cache
def place_of(device: str) -> str:
    """Return where networks run on this computer, without importing them.

    A graphics card has a driver.
    """
    if device != "auto":
        return device
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "cpu"
    return "cuda"


LIBRARIES = ("numpy", "scipy", "scikit-image", "numba", "opencv-python-headless", "torch", "piq")
"""What may change a digit of a value."""


@cache
def library_versions() -> tuple[tuple[str, str], ...]:
    """Return the name and the version of each library that computes values."""
    found = []
    for name in LIBRARIES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)


@cache
def version() -> str:
    """Return the program's version, and the hash of what reads images and measures.

    That is our source and the versions of the libraries.
    """
    mark = hashlib.sha256(repr(library_versions()).encode())
    for folder in ("images", "metrics"):
        for path in sorted((Path(app.__file__).parent / folder).rglob("*.py")):
            mark.update(path.read_bytes())
    return f"{app.SOFTWARE} {mark.hexdigest()[:16]}"


def state_of(pair: Pair, index: int) -> list[object]:
    """Return what tells one slice of a pair from all others, without reading pixels."""
    first, second = pair.slices[index]
    marks: list[object] = []
    theirs = [second]
    if pair.regrid is not None:
        marks.append([pair.regrid.rows, pair.regrid.columns, pair.regrid.slices])
        if pair.regrid.blends:
            theirs = [source for source, _ in pair.regrid.blends[index]]
    return [
        *marks,
        *series_state(pair.reference, [first]),
        *series_state(pair.reconstruction, theirs),
    ]


def series_state(series: Series, indices: Sequence[int]) -> list[object]:
    """Return the paths, sizes and times of the files of some slices, and how they are read."""
    marks: list[object] = [series.modality]
    if series.mapping is not None or series.storage is not None:
        stored = asdict(series.storage) if series.storage else None
        marks.append([series.mapping, stored])
    for index in indices:
        file = series.slices[index]
        state = file.path.stat()
        marks += [str(file.path.absolute()), file.frame, state.st_size, state.st_mtime_ns]
    return marks


def parameters_text(parameters: dict[str, object]) -> str:
    """Return parameters as they stand in the table."""
    return json.dumps(parameters, sort_keys=True, ensure_ascii=False)


def _resampling(pair: Pair) -> dict[str, object]:
    """Return what stands in ``parameters`` of every value of a regridded pair."""
    regrid = pair.regrid
    if regrid is None:
        return {}
    return {
        "resampling": {
            "interpolation": regrid.interpolation,
            "slices": regrid.slices,
            "rows": regrid.rows,
            "columns": regrid.columns,
            "covered": regrid.covered,
        }
    }


def _mapping(pair: Pair) -> dict[str, object]:
    """Return how stored numbers became values, where not DICOM alone says so."""
    told = {
        "value_mapping": value_mapping(pair.reconstruction),
        "reference_value_mapping": value_mapping(pair.reference),
    }
    return {name: words for name, words in told.items() if words is not None}
