"""One local map of one slice, kept as an array that a script can read."""

import io
import json
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app import SOFTWARE
from app.domain.metric import IntensityRange, MapDefinition, Space
from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.errors import InputError, MetricRefused, MetricUnavailable
from app.workflows.inspect import PairView
from app.workflows.inspect_maps import list_maps, make_map, slice_inputs
from app.workflows.measure import Request, open_store
from app.workflows.measure_plan import Planner
from app.workflows.processes import default_jobs, pool

if TYPE_CHECKING:
    from app.metrics.inputs import SliceInputs


@dataclass(frozen=True, slots=True)
class SavedMap:
    """A map and its files: the array, and beside it what it is."""

    array: Path
    description: Path
    values: NDArray[np.float64]


def known_map(id: str) -> MapDefinition:
    """Return a map by its id.

    Raises
    ------
    MetricRefused
        There is none; the remedy names those that there are.
    MetricUnavailable
        It needs weights that are not installed.
    """
    known = {one.id: (one, reason) for one, reason in list_maps()}
    if id not in known:
        raise MetricRefused(f"There is no map '{id}'.", remedy=f"Known are: {', '.join(known)}.")
    wanted, reason = known[id]
    if reason:
        raise MetricUnavailable(f"The map {id} is not available.", remedy=f"Why: {reason}")
    return wanted


def save_map(
    pairing: Pairing,
    request: Request,
    output: Path,
    *,
    case: str,
    arm: str,
    slice_number: int,
    wanted: MapDefinition,
) -> Generator[Progress, None, SavedMap]:
    """Make one local map and write it as float64 ``.npy``, with a ``.json`` beside it.

    The map is that of measuring: on the grid of the reference, in the first space of
    the request, by the range of the study. NaN stands where it is not defined.

    Parameters
    ----------
    pairing
        What :func:`app.workflows.pair.pair` found.
    request
        Space, intensity range and processes, as for measuring.
    output
        The file to write, with the suffix ``.npy``.
    slice_number
        The slice of the reference, counted from 1, as in ``metrics.csv``.

    Raises
    ------
    InputError
        There is no such case, arm or matching slice, or it cannot be read.
    MetricRefused
        The slice lies outside the map's definition.
    StoreError
        The disk refused.
    """
    from app.images.regrid import read_pair
    from app.metrics.spaces import space_range
    from app.store.files import atomic_write
    from app.workflows.measure_memory import Memory

    pair = _pair(pairing, case, arm)
    index = _index(pair, slice_number)
    with open_store(request) as store, pool(request.jobs or default_jobs()) as crew:
        planner = Planner(pairing, request, Memory(store, crew), crew)
        chosen, _ = yield from planner.range_of(pair.reference)
    yield Progress(0, 2, f"{case}  {arm}  slice {slice_number}")
    view = PairView(pair, *read_pair(pair, [index]), chosen)
    space = request.spaces[0]
    inputs = _in_space(slice_inputs(view, 0), pair, space)
    yield Progress(1, 2, wanted.title)
    values = make_map(wanted.id, inputs)
    told = {
        **{name: told for name, told in asdict(wanted).items() if told not in (None, "")},
        "case": case,
        "arm": arm,
        "slice": slice_number,
        "space": space.label,
        "data_range": space_range(space, chosen).width,
        "native_unit": view.reference.unit,
        "parameters": _parameters(wanted, chosen, space),
        "reference_uid": pair.reference.uid,
        "reconstruction_uid": pair.reconstruction.uid,
        "rows": values.shape[0],
        "columns": values.shape[1],
        "undefined": int(np.isnan(values).sum()),
        "array": output.name,
        "software": SOFTWARE,
    }
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(values, dtype="<f8"), allow_pickle=False)
    description = output.with_suffix(".json")
    text = json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    atomic_write(description, text + "\n")
    atomic_write(output, stream.getvalue())
    yield Progress(2, 2, f"wrote {output.name}")
    return SavedMap(output, description, values)


def _pair(pairing: Pairing, case: str, arm: str) -> Pair:
    if case not in pairing.cases:
        raise InputError(f"There is no case '{case}'.", remedy=_near(case, pairing.cases))
    arms = {pair.arm: pair for pair in pairing.pairs if pair.case == case}
    if arm not in arms:
        raise InputError(f"The case '{case}' has no arm '{arm}'.", remedy=_near(arm, tuple(arms)))
    return arms[arm]


def _index(pair: Pair, slice_number: int) -> int:
    numbers = [first + 1 for first, _ in pair.slices]
    if slice_number not in numbers:
        raise InputError(
            f"Slice {slice_number} is none of the {len(numbers)} matching slices.",
            remedy=f"Name one of {min(numbers)} to {max(numbers)}, as `slice` in metrics.csv.",
        )
    return numbers.index(slice_number)


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    more = ", ..." if len(known) > 6 else ""
    return f"{hint}Name one of: {', '.join(known[:6])}{more}."


def _in_space(inputs: "SliceInputs", pair: Pair, space: Space) -> "SliceInputs":
    from app.metrics.spaces import needs_statistics, percentages
    from app.workflows.measure_worker import statistics_of_pair

    inputs = replace(inputs, space=space)
    if not needs_statistics((space,)):
        return inputs
    found = statistics_of_pair(percentages((space,)), pair)
    if found is None:
        raise InputError(
            f"The values of {pair.case}, {pair.arm} give no space '{space.label}'.",
            remedy="Name another space, such as native.",
        )
    return replace(inputs, reference_statistics=found[0], own_statistics=found[1])


def _parameters(wanted: MapDefinition, chosen: IntensityRange, space: Space) -> Mapping[str, Any]:
    """Return all that stands beside a value of the metric that the map shows."""
    from app.metrics import registry
    from app.metrics.parameters import parameters_of
    from app.metrics.spaces import space_range

    shown = [
        one.id
        for one in registry.definitions()
        if wanted.id == one.id or wanted.id.startswith((f"{one.id}:", f"{one.id}-"))
    ]
    if shown:  # e.g. ssim, of which ssim-contrast is a part
        return parameters_of(max(shown, key=len), "whole", range=chosen, space=space)
    full = space_range(space, chosen)
    return {"range_low": full.low, "range_high": full.high, "range_origin": full.origin}
