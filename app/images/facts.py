"""What one slice says about itself, and series made of slices that belong together."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Literal

from app.domain.image import Grid
from app.domain.pair import Series, SliceFile
from app.images import frames, values
from app.images.geometry import DIRECTION_TOLERANCE, Orientation, Point, close, dot, normal_of
from app.images.headers import Header

SAME_PLACE = 1e-3
"""Millimetres within which two slices of one series lie at the same place."""

GRIDS_LIMIT = 500
"""Grids of one series that a slice is compared with, so that no file keeps us for hours."""

_FAR = 1e12


@dataclass(frozen=True, slots=True)
class SliceFacts:
    """One frame of one file, with what is needed to put it into its series."""

    file: SliceFile
    folder: Path
    series_uid: str
    instance_uid: str
    modality: str
    description: str
    rows: int
    columns: int
    bits_stored: int
    frame_of_reference: str
    instance_number: float | None
    place: frames.Place
    derived: bool
    localizer: bool
    multiframe: bool
    sources: tuple[str, ...]


def facts_of(header: Header, folder: Path) -> list[SliceFacts]:
    """Return the facts of every frame of a file."""
    top = header.dataset
    kind = [word.upper() for word in values.words(top, "ImageType")]
    fields = {
        "folder": folder,
        "series_uid": values.text(top, "SeriesInstanceUID"),
        "instance_uid": values.text(top, "SOPInstanceUID"),
        "modality": values.text(top, "Modality").upper(),
        "description": values.text(top, "SeriesDescription"),
        "rows": header.rows,
        "columns": header.columns,
        "bits_stored": header.bits_stored,
        "frame_of_reference": values.text(top, "FrameOfReferenceUID"),
        "instance_number": values.number(top, "InstanceNumber"),
        "derived": kind[:1] == ["DERIVED"],
        "localizer": "LOCALIZER" in kind,
        "multiframe": header.frames > 1 or frames.FrameGroups(header).enhanced,
        "sources": _sources(header),
    }
    return [
        SliceFacts(file=SliceFile(header.path, index), place=place, **fields)  # type: ignore[arg-type]
        for index, place in enumerate(frames.places(header))
    ]


def _sources(header: Header) -> tuple[str, ...]:
    """Return the series and instances that a file names as what it was made from."""
    found = [
        values.text(item, "SeriesInstanceUID")
        for item in values.items(header.dataset, "ReferencedSeriesSequence")
    ]
    for item in values.items(header.dataset, "SourceImageSequence"):
        named = ("SeriesInstanceUID", "ReferencedSOPInstanceUID")
        found += [values.text(item, keyword) for keyword in named]
    for group in values.items(header.dataset, "SharedFunctionalGroupsSequence"):
        for macro in values.items(group, "DerivationImageSequence"):
            found += [
                values.text(item, "ReferencedSOPInstanceUID")
                for item in values.items(macro, "SourceImageSequence")
            ]
    return tuple(uid for uid in dict.fromkeys(found) if uid)


def same_grid(slices: Iterable[SliceFacts]) -> list[list[SliceFacts]]:
    """Split slices into those that share matrix, spacing and direction."""
    groups: list[list[SliceFacts]] = []
    for one in slices:
        for group in groups[:GRIDS_LIMIT]:
            if _alike(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _alike(one: SliceFacts, other: SliceFacts) -> bool:
    if (one.rows, one.columns, one.modality, one.frame_of_reference) != (
        other.rows,
        other.columns,
        other.modality,
        other.frame_of_reference,
    ):
        return False
    here, there = one.place, other.place
    return _close(here.spacing, there.spacing, 1e-4) and _close(
        here.orientation, there.orientation, DIRECTION_TOLERANCE
    )


def _close(one: Sequence[float] | None, other: Sequence[float] | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return close(one, other, tolerance)


def sort_slices(slices: Sequence[SliceFacts]) -> tuple[list[SliceFacts], list[SliceFacts]]:
    """Return slices in order along their normal, and those at a place already taken.

    Without a position in every slice the order is InstanceNumber, then name.
    Frames of one file that all lie at one place (a cine) keep their order.
    """
    ordered = sorted(slices, key=_by_number)
    orientation = slices[0].place.orientation
    if orientation is None or any(one.place.position is None for one in slices):
        return ordered, []
    height = _along(orientation)
    ordered.sort(key=height)
    places = _Places()
    kept: list[SliceFacts] = []
    repeated: list[SliceFacts] = []
    for one in ordered:
        (kept if places.take(one.place.position, height(one)) else repeated).append(one)
    one_file = len({one.file.path for one in slices}) == 1
    if len(kept) == 1 and repeated and one_file:
        timeless = [replace(one, place=replace(one.place, position=None)) for one in slices]
        return sorted(timeless, key=_by_number), []
    return kept, repeated


class _Places:
    """The places that are taken, looked up without walking over all of them."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, ...], list[Point]] = defaultdict(list)
        self._height = -math.inf

    def take(self, place: Point | None, height: float) -> bool:
        """Take a place; False where one within SAME_PLACE of it is taken.

        Places come sorted by their height along the normal.
        """
        if place is None:
            return False
        if height - self._height > SAME_PLACE:
            self._cells.clear()
        self._height = height
        cell = tuple(math.floor(max(-_FAR, min(part, _FAR)) / SAME_PLACE) for part in place)
        for step in product((0, -1, 1), repeat=3) if self._cells else ():
            beside = tuple(part + by for part, by in zip(cell, step, strict=True))
            for other in self._cells.get(beside, ()):
                if close(place, other, SAME_PLACE):
                    return False
        self._cells[cell].append(place)
        return True


def _along(orientation: Orientation) -> Callable[[SliceFacts], float]:
    normal = normal_of(orientation)
    return lambda one: dot(one.place.position or (0.0, 0.0, 0.0), normal)


def _by_number(one: SliceFacts) -> tuple[bool, float, str, int]:
    number = one.instance_number
    return number is None, number or 0.0, one.file.path.name, one.file.frame


def series_of(slices: Sequence[SliceFacts], sources: tuple[str, ...]) -> Series:
    """Return the series of sorted slices of one grid."""
    first = slices[0]
    positions = tuple(one.place.position for one in slices if one.place.position is not None)
    placed = len(positions) == len(slices) and first.place.orientation is not None
    return Series(
        uid=first.series_uid,
        folder=first.folder,
        modality=first.modality,
        grid=Grid(
            rows=first.rows,
            columns=first.columns,
            slices=len(slices),
            spacing=first.place.spacing,
            orientation=first.place.orientation,
            positions=positions if placed else None,
            frame_of_reference=first.frame_of_reference,
            spacing_kind=first.place.spacing_kind,
        ),
        slices=tuple(one.file for one in slices),
        bits_stored=max(one.bits_stored for one in slices),
        description=first.description,
        derived=any(one.derived for one in slices),
        derived_from=sources,
        numbered=_numbered([one.instance_number for one in slices]),
    )


def _numbered(numbers: Sequence[float | None]) -> Literal["up", "down", ""]:
    steps = [b - a for a, b in pairwise(numbers) if a is not None and b is not None]
    if not steps or len(steps) < len(numbers) - 1:
        return ""
    return "up" if min(steps) > 0 else "down" if max(steps) < 0 else ""
