"""One line of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.metric import MapDefinition, MetricDefinition


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition, and the module whose ``measure`` gives its values.

    ``conditional``: that module's ``availability(metric)`` says why it cannot run
    here, or nothing. It is imported to ask, so it must be light.
    """

    definition: MetricDefinition
    module: str
    conditional: bool = False


def entries(
    module: str, definitions: Iterable[MetricDefinition], *, conditional: bool = False
) -> tuple[Entry, ...]:
    """Return the entries of the metrics that one module measures."""
    return tuple(Entry(definition, module, conditional) for definition in definitions)


@dataclass(frozen=True, slots=True)
class MapEntry:
    """A local map, and the module whose ``local_map`` makes it."""

    definition: MapDefinition
    module: str


def maps(module: str, definitions: Iterable[MapDefinition]) -> tuple[MapEntry, ...]:
    """Return the entries of the maps that one module makes."""
    return tuple(MapEntry(definition, module) for definition in definitions)
