"""Which slices of two series show the same plane, and how one grid becomes the other.

Slices meet where they lie along the reference's normal, then by order only where
a series has no position. A reconstruction on another pixel grid is brought onto
the reference's (``app.images.lattice`` says how), or refused with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid
from app.domain.pair import Regridding, Series
from app.errors import GeometryMismatch
from app.images.geometry import (
    DIRECTION_TOLERANCE,
    POSITION_TOLERANCE,
    Spacing,
    distances,
    dot,
    normal_of,
    slice_step,
)
from app.images.lattice import Axis, PlaneMap, Turned, Upright, plane_map

LEAST_COVERED = 0.5
"""Share of the reference's field below which nothing is compared."""

LARGEST_GAP = 1.5
"""Distance, in steps of the series, beyond which a slice between two others is missing."""

Blend = tuple[tuple[int, float], ...]
_Heights = NDArray[np.float64]

_ALONE = "Pair series of the same acquisition, or resample this one to the reference."
_GEOMETRY = "Write it with the position, orientation and spacing of its pixels, or on the " \
    "reference's grid."  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """The slices that belong together (reference, reconstruction), how found, and a remark."""

    slices: tuple[tuple[int, int], ...]
    slices_by: str
    note: str = ""
    regrid: Regridding | None = None


def match(reference: Series, reconstruction: Series) -> Match:
    """Return which slices of two series show the same plane, and how their pixels meet.

    By position along the normal, within 0.01 mm or a tenth of the distance of
    the slices, whichever is less. Where not one slice lies where a slice of
    the reference lies, slices are made from their neighbours: the mean over the
    reference's slice where the reconstruction's lie closer, linear
    interpolation otherwise. By order only where a series has no position; that
    of InstanceNumber where both have it.

    Raises
    ------
    GeometryMismatch
        The grids cannot be brought together; the sentence says why.
    """
    ours, theirs = reference.grid, reconstruction.grid
    notes = _remarks(reference, reconstruction)
    places, other_places = distances(ours), distances(theirs)
    if places is None or other_places is None:
        _check_sizes(ours, theirs)
        return _by_order(reference, reconstruction, notes)
    other_places = _along(ours, theirs)
    ours, theirs = _with_spacing(ours, theirs, notes)
    step, other_step = slice_step(places), slice_step(other_places)
    steps = [found for found in (step, other_step) if found > 0]
    tolerance = min([POSITION_TOLERANCE, *(0.1 * found for found in steps)])
    slices, rule = _nearest(places, other_places, tolerance), "none"
    blends: tuple[Blend, ...] = ()
    if not slices:
        slices, blends, rule = _between(places, other_places, step, other_step)
    if not slices:
        gap = min(abs(a - b) for a in places for b in other_places)
        raise GeometryMismatch(
            f"No slice lies where a slice of the reference lies; the nearest is {gap:.3g} mm away.",
            remedy=_ALONE,
        )
    regrid = _regridding(ours, theirs, slices, blends, rule)
    if regrid is not None:
        _check_frames(ours, theirs, regrid)
        notes.append(regrid.words)
    if len(slices) < max(ours.slices, theirs.slices) and not blends:
        notes.append(
            f"{len(slices)} slice{' lies' if len(slices) == 1 else 's lie'} at the same position, "
            f"of {ours.slices} in the reference "
            f"and {theirs.slices} in the reconstruction"
        )
    if blends and len(slices) < ours.slices:
        notes.append(
            f"{ours.slices - len(slices)} of the reference's {ours.slices} slices lie beyond its "
            "slices or where one is missing, and are left out"
        )
    if step and other_step and abs(step - other_step) > 0.1 * step and len(slices) < ours.slices:
        notes.append(f"slices {other_step:g} mm apart against {step:g} mm: thickness may differ")
    return Match(slices, "position", "; ".join(notes), regrid)


def _along(ours: Grid, theirs: Grid) -> tuple[float, ...]:
    """Return the reconstruction's places along the reference's normal.

    Raises
    ------
    GeometryMismatch
        Its slices are oblique to those of the reference.
    """
    if not (ours.orientation and theirs.orientation and theirs.positions):
        raise ValueError("both grids need positions and an orientation")
    normal = normal_of(ours.orientation)
    one, other = (np.array(found) / np.linalg.norm(found) for found in (
        normal, normal_of(theirs.orientation)))  # fmt: skip
    apart = min(np.linalg.norm(one - other), np.linalg.norm(one + other))
    if apart > DIRECTION_TOLERANCE:
        raise GeometryMismatch(
            f"Its slices are turned by {np.degrees(2 * np.arcsin(apart / 2)):.3g} degrees against "
            "those of the reference (ImageOrientationPatient).",
            remedy="Reformat it to the reference's planes, and say so in the name of the arm.",
        )
    return tuple(dot(position, normal) for position in theirs.positions)


def _with_spacing(ours: Grid, theirs: Grid, notes: list[str]) -> tuple[Grid, Grid]:
    """Return the grids with a spacing each; one that is missing is the other's, and told."""
    if ours.spacing and theirs.spacing:
        return ours, theirs
    _check_sizes(ours, theirs)
    if ours.spacing or theirs.spacing:
        notes.append("one of them does not give its PixelSpacing; the other's is taken")
    spacing = ours.spacing or theirs.spacing or (1.0, 1.0)
    return replace(ours, spacing=spacing), replace(theirs, spacing=spacing)


def _nearest(
    places: Sequence[float], others: Sequence[float], tolerance: float
) -> tuple[tuple[int, int], ...]:
    """Return the index pairs of places that agree; both are sorted in one walk."""
    left = sorted(range(len(places)), key=places.__getitem__)
    right = sorted(range(len(others)), key=others.__getitem__)
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        difference = others[right[j]] - places[left[i]]
        if abs(difference) <= tolerance:
            found.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif difference < 0:
            j += 1
        else:
            i += 1
    return tuple(sorted(found))


def _between(
    places: Sequence[float], others: Sequence[float], step: float, other_step: float
) -> tuple[tuple[tuple[int, int], ...], tuple[Blend, ...], str]:
    """Return the slices that can be made from neighbours, their weights, and the rule."""
    if not other_step:
        return (), (), "none"
    averaged = step > other_step * (1 + 1e-3)
    order = sorted(range(len(others)), key=others.__getitem__)
    heights = np.array([others[index] for index in order])
    found: list[tuple[tuple[int, int], Blend]] = []
    for index, place in enumerate(places):
        if averaged:
            weights = _slab(heights, place, step, other_step)
        else:
            weights = _linear(heights, place, other_step)
        if weights:
            blend = tuple((order[at], weight) for at, weight in weights)
            nearest = min(blend, key=lambda part: abs(others[part[0]] - place))[0]
            found.append(((index, nearest), blend))
    rule = "area mean" if averaged else "linear"
    return tuple(pair for pair, _ in found), tuple(blend for _, blend in found), rule


def _slab(heights: _Heights, place: float, step: float, other_step: float) -> Blend:
    """Return the share of each slice in one thicker slice; nothing where some is missing."""
    low, high = place - step / 2, place + step / 2
    ends = np.minimum(high, heights + other_step / 2)
    shares = np.clip(ends - np.maximum(low, heights - other_step / 2), 0, None) / step
    if shares.sum() < 0.99:
        return ()
    inside = np.flatnonzero(shares > 1e-6)
    total = float(shares[inside].sum())
    return tuple((int(at), round(float(shares[at]) / total, 9)) for at in inside)


def _linear(heights: _Heights, place: float, other_step: float) -> Blend:
    after = int(np.searchsorted(heights, place))
    if after in (0, len(heights)):
        return ()
    below, above = float(heights[after - 1]), float(heights[after])
    if above - below > LARGEST_GAP * other_step:
        return ()
    share = round((place - below) / (above - below), 9)
    return (after - 1, 1 - share), (after, share)


def _regridding(
    ours: Grid,
    theirs: Grid,
    slices: Sequence[tuple[int, int]],
    blends: tuple[Blend, ...],
    through: str,
) -> Regridding | None:
    """Return how the planes meet; None where every slice lies pixel on pixel."""
    maps = [cached_map(ours, theirs, one, other) for one, other in slices]
    if all(isinstance(found, Upright) and found.same for found in maps) and not blends:
        return None
    distinct = tuple(dict.fromkeys(maps))
    covered = min(_covered(found) for found in distinct)
    # slices may lie differently, as in a sheared series: the one that takes most speaks for all
    rows, columns, flags, words = _told(max(distinct, key=_effort))
    if through != "none":
        words.append(
            "slices made from their neighbours "
            + ("(mean over the reference's slice)" if through == "area mean" else "(linear)")
        )
    resampled = {rows, columns, through} != {"none"}
    if covered < 0.995:
        flags = list(dict.fromkeys([*flags, "cropped"]))
        words.append(f"it covers {covered:.0%} of the reference's field; the rest is kept out")
    return Regridding(
        rows=rows,
        columns=columns,
        slices=through,
        flags=(*flags, *(("resampled",) * resampled)),
        covered=round(covered, 4),
        words="brought onto the reference's grid: " + ", ".join(words),
        blends=blends,
    )


def _effort(found: PlaneMap) -> int:
    """Return how much a map does to a plane: nothing, indexing, interpolation."""
    if isinstance(found, Turned):
        return 2
    if {found.rows.interpolation, found.columns.interpolation} != {"none"}:
        return 2
    return 0 if found.same else 1


def _told(found: PlaneMap) -> tuple[str, str, list[str], list[str]]:
    """Return the rule of rows and columns, the flags and the words of a map."""
    if isinstance(found, Turned):
        if max(np.hypot(*np.transpose(found.matrix))) > 1 + 1e-3:
            raise GeometryMismatch(
                "It is turned in its plane against the reference, and finer.",
                remedy="Write it in the reference's orientation.",
            )
        return "linear", "linear", ["turned"], ["turned in its plane", "linear interpolation"]
    flags: list[str] = []
    words: list[str] = []
    mirrored = [
        name
        for name, axis in (("left to right", found.columns), ("top to bottom", found.rows))
        if axis.scale < 0
    ]
    if found.swapped:
        flags.append("transposed")
        words.append("rows and columns exchanged")
    if mirrored:
        flags.append("flipped")
        words.append(f"mirrored {' and '.join(mirrored)} and put right")
    axes = found.rows, found.columns
    rules = [axis.interpolation for axis in axes]
    if any(axis.stride > 1 for axis in axes):
        flags.append("subsampled")
        words.append("its samples on the reference's own points are taken")
    if all(axis.stride == 1 for axis in axes) and not all(axis.whole for axis in axes):
        flags.append("cropped")
        words.append("another part of the same pixel grid")
    if rules == ["none", "none"]:
        words.append("no interpolation")
        return rules[0], rules[1], flags, words
    words.append(_how_fine(found.rows, found.columns))
    if rules[0] == rules[1]:
        words.append(_RULES[rules[0]])
    else:
        words += [f"rows: {_RULES[rules[0]]}", f"columns: {_RULES[rules[1]]}"]
    return rules[0], rules[1], flags, words


_RULES = {
    "none": "taken as they are",
    "linear": "linear interpolation",
    "area mean": "mean over the area of each reference pixel",
}


def _how_fine(rows: Axis, columns: Axis) -> str:
    if abs(rows.finer - columns.finer) < 1e-3 * rows.finer:
        if abs(rows.finer - 1) < 1e-3:
            return "shifted by part of a pixel"
        factor = max(rows.finer, 1 / rows.finer)
        return f"{factor:.3g} times {'finer' if rows.finer > 1 else 'coarser'}"
    return f"pixels {1 / rows.finer:.3g} x {1 / columns.finer:.3g} times as large"


def _covered(found: PlaneMap) -> float:
    if isinstance(found, Turned):
        return float(found.covered.mean())
    return float(found.rows.taps.covered.mean() * found.columns.taps.covered.mean())


@lru_cache(maxsize=64)
def _rounded_map(ours: Grid, theirs: Grid) -> PlaneMap:
    return plane_map(ours, theirs, 0, 0)


def cached_map(ours: Grid, theirs: Grid, one: int, other: int) -> PlaneMap:
    """Return the map of two slices, made once for all slices with the same offset in the plane."""
    if not (ours.positions and theirs.positions and ours.orientation):
        raise ValueError("both grids need positions and an orientation")
    apart = np.array(ours.positions[one]) - np.array(theirs.positions[other])
    normal = np.array(normal_of(ours.orientation))
    sideways = tuple(round(float(x), 6) for x in apart - (apart @ normal) * normal)
    here = replace(ours, slices=1, positions=((sideways[0], sideways[1], sideways[2]),))
    there = replace(theirs, slices=1, positions=((0.0, 0.0, 0.0),))
    return _rounded_map(here, there)


def _check_frames(ours: Grid, theirs: Grid, regrid: Regridding) -> None:
    """Refuse what physical coordinates cannot bring together."""
    frames = ours.frame_of_reference, theirs.frame_of_reference
    if all(frames) and frames[0] != frames[1]:
        raise GeometryMismatch(
            "It lies on another grid and in another frame of reference (FrameOfReferenceUID) "
            "than the reference, so nobody can say where its pixels belong.",
            remedy="Write it with the reference's FrameOfReferenceUID, or on the reference's grid.",
        )
    if regrid.covered < LEAST_COVERED:
        raise GeometryMismatch(
            f"It covers {regrid.covered:.0%} of the reference's field of view; "
            f"at least {LEAST_COVERED:.0%} is needed.",
            remedy=_ALONE,
        )


def _check_sizes(ours: Grid, theirs: Grid) -> None:
    """Refuse planes of another size where nothing says how they lie on each other."""
    sizes = f"{theirs.rows} x {theirs.columns} pixels against {ours.rows} x {ours.columns}"
    if (ours.rows, ours.columns) != (theirs.rows, theirs.columns):
        raise GeometryMismatch(
            f"It has another pixel grid: {sizes}, and the files do not say where they lie "
            "in the patient.",
            remedy=_GEOMETRY,
        )
    if ours.spacing and theirs.spacing and not _same_spacing(ours.spacing, theirs.spacing):
        raise GeometryMismatch(
            f"Its pixels are {_millimetres(theirs.spacing)}, those of the reference "
            f"{_millimetres(ours.spacing)}, and the files do not say where they lie in the "
            "patient.",
            remedy=_GEOMETRY,
        )


def _same_spacing(ours: Spacing, theirs: Spacing) -> bool:
    return all(abs(a / b - 1) <= 1e-4 for a, b in zip(theirs, ours, strict=True))


def _by_order(reference: Series, reconstruction: Series, notes: list[str]) -> Match:
    ours, theirs = reference.grid.slices, reconstruction.grid.slices
    if ours != theirs:
        raise GeometryMismatch(
            f"It has {theirs} slices and the reference {ours}, and without positions "
            "(ImagePositionPatient) nobody can say which belong together.",
            remedy="Export it with its positions, or with as many slices as the reference.",
        )
    order, lie = range(ours), "the files do not say where they lie"
    numbered = {reference.numbered, reconstruction.numbered}
    if numbered == {"up", "down"}:
        order = range(ours - 1, -1, -1)
        notes.append(f"slices paired by their order, that of InstanceNumber: {lie}")
    elif ours > 1:
        notes.append(f"slices paired by their order: {lie}")
        if "down" in numbered:
            notes.append("where they lie goes against InstanceNumber: see that none is reversed")
    return Match(tuple(enumerate(order)), "order", "; ".join(notes))


def _remarks(reference: Series, reconstruction: Series) -> list[str]:
    notes = []
    frames = (reference.grid.frame_of_reference, reconstruction.grid.frame_of_reference)
    if all(frames) and frames[0] != frames[1]:
        notes.append("another frame of reference (FrameOfReferenceUID) than the reference")
    if reconstruction.bits_stored < reference.bits_stored:
        notes.append(
            f"{reconstruction.bits_stored} bits stored against {reference.bits_stored} "
            "in the reference"
        )
    if reference.modality != reconstruction.modality:
        notes.append(
            f"modality {reconstruction.modality or 'not given'} against "
            f"{reference.modality or 'not given'}"
        )
    return notes


def _millimetres(spacing: Spacing) -> str:
    return f"{spacing[0]:g} x {spacing[1]:g} mm"
