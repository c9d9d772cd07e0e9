"""Every metric by its id; importing this loads no metric's own module."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec

from app.domain.metric import MapDefinition, MetricDefinition, Space
from app.errors import MetricRefused
from app.metrics import weights
from app.metrics.catalog import ENTRIES, MAPS
from app.metrics.inputs import Outcome, Plane, Prepared

DEFAULT = ("mse", "psnr", "ssim", "niqe", "lpips-vgg")
"""What is measured where nobody chose."""

Measure = Callable[[str, Prepared], Mapping[str, Outcome]]

_BY_ID = {entry.definition.id: entry for entry in ENTRIES}


def definitions() -> tuple[MetricDefinition, ...]:
    """Return every metric, in the order in which they are listed."""
    return tuple(entry.definition for entry in ENTRIES)


def definition(id: str) -> MetricDefinition:
    """Return the metric of an id: one of ours, of an entry point, or ``pyiqa:NAME``.

    Raises
    ------
    MetricRefused
        There is none; the remedy names those that are near.
    MetricUnavailable
        It is from another package, which cannot be used.
    """
    if id not in _BY_ID:
        from app.metrics import plugins

        outside = plugins.find(id)
        if outside is not None:
            return outside.definition
        near = get_close_matches(id.lower(), _BY_ID, n=1, cutoff=0.5)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise MetricRefused(
            f"There is no metric '{id}'.", remedy=f"{hint}Known are: {', '.join(_BY_ID)}."
        )
    return _BY_ID[id].definition


def parse_metrics(text: str) -> tuple[str, ...]:
    """Return the ids that a person wrote: ``all``, or ids with commas between.

    Raises
    ------
    MetricRefused
        An id is unknown, or none is named.
    """
    if text.strip().lower() == "all":
        return all_available()
    ids = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not ids:
        raise MetricRefused("No metric is named.", remedy=f"Known are: {', '.join(_BY_ID)}.")
    return tuple(definition(id).id for id in ids)


def all_available() -> tuple[str, ...]:
    """Return every metric that can run here; variants of a definition (with an @) are left out."""
    return tuple(
        entry.definition.id
        for entry in ENTRIES
        if "@" not in entry.definition.id and not available(entry.definition.id)
    )


def available(id: str) -> str:
    """Return why a metric cannot run here, or an empty text if it can."""
    if id not in _BY_ID:
        from app.metrics import plugins

        reason = plugins.available(id)
        if not reason:
            definition(id)
        return reason
    wanted = definition(id)
    entry = _BY_ID[id]
    if entry.conditional:
        reason = str(import_module(entry.module).availability(id))
        if reason:
            return reason
    if not wanted.needs_weights:
        return ""
    absent = [name for name in ("torch", "piq") if find_spec(name) is None]
    if absent:
        return f"{' and '.join(absent)} not installed"
    return weights.missing(id)


def unit_of(id: str, native_unit: str, space: Space) -> str:
    """Return the unit of a metric's value, e.g. ``HU²`` for the MSE of native CT."""
    wanted = definition(id)
    if wanted.unit or not native_unit or space.kind != "native":
        return wanted.unit
    squared = f"{native_unit}²"
    return {
        "mse": squared,
        "rmse": native_unit,
        "mae": native_unit,
        "hu-bias": native_unit,
        "nps-area": squared,
    }.get(id, "")


def measure_of(id: str) -> Measure:
    """Return the function that measures a metric; its module is imported now."""
    if id not in _BY_ID:
        from app.metrics import plugins

        definition(id)
        return plugins.measure_of(id)
    measure: Measure = import_module(_BY_ID[id].module).measure
    return measure


def map_definitions() -> tuple[MapDefinition, ...]:
    """Return every local map, in the order in which they are listed."""
    return tuple(entry.definition for entry in MAPS)


def local_map(id: str, prepared: Prepared) -> Plane:
    """Return a local map as large as the slice; NaN where it is not defined.

    Raises
    ------
    MetricRefused
        There is no such map, or it is not defined for this slice.
    MetricUnavailable
        It needs weights that are not installed.
    """
    for entry in MAPS:
        if entry.definition.id == id:
            made: Plane = import_module(entry.module).local_map(id, prepared)
            return made
    known = ", ".join(entry.definition.id for entry in MAPS)
    raise MetricRefused(f"There is no map '{id}'.", remedy=f"Known are: {known}.")
