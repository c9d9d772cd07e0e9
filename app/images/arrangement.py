"""Every series that was found with its place: what a person corrects by hand."""

from pathlib import Path

from app.domain.arrangement import Placement
from app.domain.pair import Pairing, Role, Series, SliceFile
from app.images.layouts import find_layout, parts_of, split_named
from app.images.pairing import path_of
from app.images.scan import Found


def placements(
    found: Found, source: Path, reference: str | None, pairing: Pairing
) -> tuple[Placement, ...]:
    """Return all series with the place that names gave them, or else their pairs.

    Parameters
    ----------
    found, source, reference
        As they were given to ``app.images.pairing.pair``.
    pairing
        What it returned.
    """
    series = split_named(found.series, reference)
    layout = find_layout(series, source, reference)
    if layout is None:
        return _placed_by_pairs(series, source, pairing)
    placed = []
    for one in series:
        place = layout.place_series(one)
        if place is None:
            placed.append(placement(one, source))
        elif layout.is_reference(place[1]):
            name = layout.reference_name
            placed.append(placement(one, source, place[0], name, "reference"))
        else:
            placed.append(placement(one, source, *place, "reconstruction"))
    return tuple(placed)


def placement(
    series: Series, source: Path, case: str = "", arm: str = "", role: Role | None = None
) -> Placement:
    """Return a series at its place, with the names that its path suggests."""
    parts = parts_of(series)
    root = (source.resolve().stem if source.is_file() else source.resolve().name) or "case"
    return Placement(
        series,
        path_of(series),
        name=parts[-1] if parts else series.description or "reconstruction",
        home="/".join(part for part in parts[:-1] if part != "..") or root,
        case=case,
        arm=arm,
        role=role or "",
    )


def _placed_by_pairs(series: list[Series], source: Path, pairing: Pairing) -> tuple[Placement, ...]:
    places: dict[SliceFile, tuple[str, str, Role]] = {}
    for pair in pairing.pairs:
        name = pairing.reference_name
        places[pair.reference.slices[0]] = (pair.case, name, "reference")
        places[pair.reconstruction.slices[0]] = (pair.case, pair.arm, "reconstruction")
    return tuple(
        placement(one, source, *places.get(one.slices[0], ("", "", None))) for one in series
    )
