"""One line of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.metric import MapDefinition, MetricDefinition


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition, and the module whose ``measure`` gives its values."""

    definition: MetricDefinition
    module: str


def entries(module: str, definitions: Iterable[MetricDefinition]) -> tuple[Entry, ...]:
    """Return the entries of the metrics that one module measures."""
    return tuple(Entry(definition, module) for definition in definitions)


@dataclass(frozen=True, slots=True)
class MapEntry:
    """A local map, and the module whose ``local_map`` makes it."""

    definition: MapDefinition
    module: str


def maps(module: str, definitions: Iterable[MapDefinition]) -> tuple[MapEntry, ...]:
    """Return the entries of the maps that one module makes."""
    return tuple(MapEntry(definition, module) for definition in definitions)
