"""Where slices lie in the patient, and whether two series lie on one grid.

Positions are millimetres in the patient's coordinates (PS3.3 C.7.6.2.1.1). A
slice's place in its series is its position projected on the normal, the cross
product of the row and column directions: a tilted gantry or a reversed
InstanceNumber changes nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.image import Grid
from app.domain.pair import Series
from app.errors import GeometryMismatch

Point = tuple[float, float, float]
Orientation = tuple[float, float, float, float, float, float]
Spacing = tuple[float, float]

POSITION_TOLERANCE = 0.01
"""Millimetres along the normal within which two slices are the same slice."""

PLANE_TOLERANCE = 0.02
"""Part of a pixel by which two planes may be shifted against each other."""

DIRECTION_TOLERANCE = 1e-3
"""Difference of a direction cosine that is rounding (0.06 degrees)."""

RESAMPLE = "Resample it to the reference's grid, and say so in the name of the arm."


def usable_orientation(cosines: Sequence[float]) -> Orientation | None:
    """Return ImageOrientationPatient where it is two unit vectors at a right angle."""
    if len(cosines) != 6:
        return None
    a, b, c, d, e, f = cosines
    unit = all(abs(math.hypot(*vector) - 1) < 0.01 for vector in ((a, b, c), (d, e, f)))
    return (a, b, c, d, e, f) if unit and abs(a * d + b * e + c * f) < 0.01 else None


def normal_of(orientation: Orientation) -> Point:
    """Return the cross product of the row and column directions."""
    a, b, c, d, e, f = orientation
    return b * f - c * e, c * d - a * f, a * e - b * d


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the scalar product."""
    return sum(x * y for x, y in zip(one, other, strict=True))


def distances(grid: Grid) -> tuple[float, ...] | None:
    """Return each slice's place along the normal in mm, or None without geometry."""
    if grid.orientation is None or grid.positions is None:
        return None
    normal = normal_of(grid.orientation)
    return tuple(dot(position, normal) for position in grid.positions)


def close(one: Sequence[float], other: Sequence[float], tolerance: float) -> bool:
    """Return whether every number agrees within the tolerance."""
    return all(abs(x - y) <= tolerance for x, y in zip(one, other, strict=True))


def slice_step(places: Sequence[float]) -> float:
    """Return the least distance of neighbouring slices in mm; 0 for one slice."""
    return min((b - a for a, b in pairwise(sorted(places))), default=0.0)


@dataclass(frozen=True, slots=True)
class Match:
    """The slices that belong together (reference, reconstruction), how found, and a remark."""

    slices: tuple[tuple[int, int], ...]
    slices_by: str
    note: str = ""


def match(reference: Series, reconstruction: Series) -> Match:
    """Return which slices of two series show the same plane, pixel on pixel.

    By position along the normal, within 0.01 mm or a tenth of the distance of
    the slices, whichever is less; by order only where a series has no position.

    Raises
    ------
    GeometryMismatch
        The planes have other pixels, spacing, directions or places; the
        sentence says which, with both numbers.
    """
    ours, theirs = reference.grid, reconstruction.grid
    _check_plane(ours, theirs)
    notes = _remarks(reference, reconstruction)
    places, other_places = distances(ours), distances(theirs)
    if places is None or other_places is None:
        return _by_order(reference, reconstruction, notes)
    step, other_step = slice_step(places), slice_step(other_places)
    steps = [found for found in (step, other_step) if found > 0]
    tolerance = min([POSITION_TOLERANCE, *(0.1 * found for found in steps)])
    slices = _nearest(places, other_places, tolerance)
    if not slices:
        gap = min(abs(a - b) for a in places for b in other_places)
        raise GeometryMismatch(
            f"No slice lies where a slice of the reference lies; the nearest is {gap:.3g} mm away.",
            remedy="Pair series of the same acquisition, or resample this one to the reference.",
        )
    _check_shift(ours, theirs, slices)
    if len(slices) < max(ours.slices, theirs.slices):
        notes.append(
            f"{len(slices)} slices lie at the same position, of {ours.slices} in the reference "
            f"and {theirs.slices} in the reconstruction"
        )
    if step and other_step and abs(step - other_step) > 0.1 * step and len(slices) < ours.slices:
        notes.append(f"slices {other_step:g} mm apart against {step:g} mm: thickness may differ")
    return Match(slices, "position", "; ".join(notes))


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


def _by_order(reference: Series, reconstruction: Series, notes: list[str]) -> Match:
    ours, theirs = reference.grid.slices, reconstruction.grid.slices
    if ours != theirs:
        raise GeometryMismatch(
            f"It has {theirs} slices and the reference {ours}, and without positions "
            "(ImagePositionPatient) nobody can say which belong together.",
            remedy="Export it with its positions, or with as many slices as the reference.",
        )
    if ours > 1:
        notes.append("slices paired by their order: the files do not say where they lie")
    return Match(tuple((index, index) for index in range(ours)), "order", "; ".join(notes))


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


def _check_plane(ours: Grid, theirs: Grid) -> None:
    """Refuse planes whose pixels do not lie on each other, with the reason."""
    sizes = f"{theirs.rows} x {theirs.columns} pixels against {ours.rows} x {ours.columns}"
    if (ours.rows, ours.columns) != (theirs.rows, theirs.columns):
        raise GeometryMismatch(_why_other_size(ours, theirs, sizes), remedy=RESAMPLE)
    if ours.spacing and theirs.spacing:
        tolerance = PLANE_TOLERANCE / max(ours.rows, ours.columns)
        if any(
            abs(a / b - 1) > max(tolerance, 1e-5)
            for a, b in zip(theirs.spacing, ours.spacing, strict=True)
        ):
            raise GeometryMismatch(
                f"Its pixels are {_millimetres(theirs.spacing)}, those of the reference "
                f"{_millimetres(ours.spacing)}.",
                remedy=RESAMPLE,
            )
    if ours.orientation and theirs.orientation:
        _check_orientation(ours.orientation, theirs.orientation)


def _why_other_size(ours: Grid, theirs: Grid, sizes: str) -> str:
    if not (ours.spacing and theirs.spacing):
        return f"It has another pixel grid: {sizes}."
    sides = [
        (theirs.rows * theirs.spacing[0], ours.rows * ours.spacing[0]),
        (theirs.columns * theirs.spacing[1], ours.columns * ours.spacing[1]),
    ]
    same_field = all(abs(a - b) < 0.01 * b for a, b in sides)
    ratios = [b / a for a, b in zip(theirs.spacing, ours.spacing, strict=True)]
    if all(abs(ratio - 1) < 1e-4 for ratio in ratios):
        part = "only a part of" if all(a <= b for a, b in sides) else "another field than"
        return f"It shows {part} the reference's field of view: {sizes} of the same size."
    pixels = f"of {_millimetres(theirs.spacing)} against {_millimetres(ours.spacing)}"
    if same_field and abs(ratios[0] - ratios[1]) < 1e-3 * ratios[0]:
        kind = "finer" if ratios[0] > 1 else "coarser"
        factor = max(ratios[0], 1 / ratios[0])
        return f"Its pixel grid is {factor:.3g} times {kind}: {sizes}."
    if abs(theirs.spacing[0] - theirs.spacing[1]) > 1e-3 * theirs.spacing[0]:
        return f"Its pixels are not square, on another grid: {sizes}, {pixels}."
    return f"It has another pixel grid: {sizes}, {pixels}."


def _check_orientation(ours: Orientation, theirs: Orientation) -> None:
    if close(ours, theirs, DIRECTION_TOLERANCE):
        return
    rows, columns = (dot(ours[i : i + 3], theirs[i : i + 3]) for i in (0, 3))
    if abs(abs(rows) - 1) < DIRECTION_TOLERANCE and abs(abs(columns) - 1) < DIRECTION_TOLERANCE:
        flips = [name for name, cosine in (("left to right", rows), ("top to bottom", columns))
                 if cosine < 0]  # fmt: skip
        what = f"It is mirrored {' and '.join(flips)} against the reference"
    else:
        what = "Its slices are turned against those of the reference"
    raise GeometryMismatch(
        f"{what} (ImageOrientationPatient).",
        remedy="Write it in the reference's orientation, and say so in the name of the arm.",
    )


def _check_shift(ours: Grid, theirs: Grid, slices: Sequence[tuple[int, int]]) -> None:
    """Refuse planes at the same height that are shifted sideways."""
    if not (ours.positions and theirs.positions and ours.orientation):
        return
    pixel = min(ours.spacing) if ours.spacing else 1.0
    tolerance = max(POSITION_TOLERANCE, PLANE_TOLERANCE * pixel)
    for one, other in slices:
        offset = [b - a for a, b in zip(ours.positions[one], theirs.positions[other], strict=True)]
        along = [dot(offset, ours.orientation[i : i + 3]) for i in (0, 3)]
        if max(map(abs, along)) > tolerance:
            raise GeometryMismatch(
                f"Its planes are shifted against the reference by {along[0]:.3g} mm along the "
                f"rows and {along[1]:.3g} mm along the columns.",
                remedy=RESAMPLE,
            )


def _millimetres(spacing: Spacing) -> str:
    return f"{spacing[0]:g} x {spacing[1]:g} mm"
