"""The metrics that BlindRead knows, in the words that ``blindread metrics`` prints.

One file for each family; none of them imports what measures.
"""

from app.metrics.catalog import (
    distribution,
    gradient,
    information,
    learned,
    medical,
    natural,
    phase,
    pixelwise,
    rarer,
    structural,
    wavelet,
)
from app.metrics.catalog.entry import Entry, MapEntry

__all__ = ["ENTRIES", "MAPS", "Entry", "MapEntry"]

ENTRIES: tuple[Entry, ...] = (
    *pixelwise.ENTRIES,
    *structural.ENTRIES,
    *gradient.ENTRIES,
    *learned.ENTRIES,
    *natural.ENTRIES,
    *medical.ENTRIES,
    *information.ENTRIES,
    *wavelet.ENTRIES,
    *rarer.ENTRIES,
    *phase.ENTRIES,
    *distribution.ENTRIES,
)

MAPS: tuple[MapEntry, ...] = (
    *pixelwise.MAPS,
    *structural.MAPS,
    *gradient.MAPS,
    *natural.MAPS,
    *information.MAPS,
    *learned.MAPS,
    *wavelet.MAPS,
    *phase.MAPS,
)
