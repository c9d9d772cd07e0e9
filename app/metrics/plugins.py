"""Metrics from outside: entry points of other packages, and the names of pyiqa.

Nothing is loaded before it is asked for, and what cannot be loaded is a reason
beside its id: other people's code never ends a run that does not want it.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from importlib.metadata import EntryPoint, entry_points

from app.domain.metric import MetricDefinition
from app.errors import MetricUnavailable
from app.metrics import pyiqa_names
from app.metrics.catalog import ENTRIES
from app.metrics.foreign import Measure, Plugin, broken, measure_foreign, words

GROUP = "blindread.metrics"

_FITTING = re.compile(r"[a-z0-9@:.-]+")


def find(id: str) -> Plugin | None:
    """Return the metric from outside of an id; None where there is none.

    Raises
    ------
    MetricUnavailable
        There is one, and it cannot be used: its package is broken, say.
    """
    if id.startswith(pyiqa_names.PREFIX):
        return pyiqa_names.find(id)
    entries = [entry for entry in _entries(tuple(sys.path)) if entry.name == id]
    if not entries:
        return None
    if len({entry.value for entry in entries}) > 1:
        raise broken(id, "two packages give it")
    return _load(entries[0].name, entries[0].value, _distribution(entries[0]))


def definitions() -> tuple[MetricDefinition, ...]:
    """Return every metric of an entry point that can be used, by id; pyiqa's are not listed."""
    return tuple(found.definition for found in _all().values() if isinstance(found, Plugin))


def unavailable() -> Mapping[str, str]:
    """Return why each of the other entry points cannot be used."""
    return {id: found for id, found in _all().items() if isinstance(found, str)}


def available(id: str) -> str:
    """Return why a metric from outside cannot run here, or an empty text if it can."""
    try:
        found = find(id)
        if found is not None and id.startswith(pyiqa_names.PREFIX):
            pyiqa_names.model_of(pyiqa_names.name_of(id))
    except MetricUnavailable as error:
        return error.sentence
    return "" if found else "no package here gives it"


def measure_of(id: str) -> Measure:
    """Return the function that measures a metric from outside.

    Raises
    ------
    MetricUnavailable
        There is no such metric, or it cannot be used.
    """
    found = find(id)
    if found is None:
        raise broken(id, "no package here gives it")
    return found.measure


def note() -> str:
    """Return one line on what pyiqa adds; empty where it is not installed."""
    names = pyiqa_names.configs()
    return (
        f"pyiqa's {len(names)} metrics can be named too: {pyiqa_names.PREFIX}NAME" if names else ""
    )


@lru_cache(maxsize=1)
def _entries(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001 - the cache's key
    """Return what packages on Python's path offer; to look takes longer than many a metric."""
    return tuple(entry_points(group=GROUP))


def _all() -> dict[str, Plugin | str]:
    found: dict[str, Plugin | str] = {}
    for id in sorted({entry.name for entry in _entries(tuple(sys.path))}):
        try:
            plugin = find(id)
        except MetricUnavailable as error:
            found[id] = error.sentence
        else:
            found[id] = plugin or "its id starts with pyiqa:, which is kept for that package"
    return found


@cache
def _load(id: str, value: str, distribution: str) -> Plugin:
    """Import what an entry point names, and check that it is a metric."""
    if id in {entry.definition.id for entry in ENTRIES}:
        raise broken(id, f"{distribution} names it so, and BlindRead has a metric of that id")
    if not _FITTING.fullmatch(id):
        raise broken(id, "an id has the characters a-z, 0-9, -, @, : and . only")
    try:
        made = EntryPoint(id, value, GROUP).load()
        definition, foreign = made.definition, made.value
    except (Exception, SystemExit) as error:
        raise broken(id, f"{distribution} cannot be loaded ({words(error)})") from error
    if not isinstance(definition, MetricDefinition) or not callable(foreign):
        raise broken(id, f"{distribution} gives no MetricDefinition, or a value that is no call")
    if definition.id != id:
        raise broken(id, f"its definition in {distribution} has the id '{definition.id}'")
    definition = replace(definition, parameters={**definition.parameters, "plugin": distribution})
    try:
        json.dumps(dict(definition.parameters), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise broken(id, f"its parameters are not plain values ({words(error)})") from error
    return Plugin(definition, partial(measure_foreign, definition, foreign))


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
