"""The same picture twice: a reconstruction that is its reference, one image in two cases.

A reconstruction that holds slices of its reference at other places has lost its order.

Pictures are told apart by a hash of their real-world values, so that another bit
depth, rescale or transfer syntax hides nothing. Slices of one single value are
equal everywhere and count for nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.images.header_scanner import Unusual, scan_header, wanted_tags

Cell = tuple[str, str]
"""Case and arm; the arm is empty for the reference of the case."""

_PATIENT_ID = 0x00100020
_SHORT = np.dtype("<i2")


def fingerprint(image: Image, index: int) -> str:
    """Return the hash of one slice's real-world values; empty for one single value."""
    shown = _whole_numbers(image, index)
    if shown is None:
        plane = image.values(index)
        shown = np.ascontiguousarray(plane, dtype="<f4")  # forgives the rounding of a rescale
        with np.errstate(invalid="ignore"):  # what is no whole number differs below
            short = shown.astype(_SHORT)
        # adding nothing makes one of the two zeros
        shown = short if np.array_equal(short, shown) else shown + np.float32(0)
        constant = plane.size == 0 or (plane == plane.flat[0]).all()
    else:
        constant = shown.size == 0 or (shown == shown.flat[0]).all()
    if constant:
        return ""
    mark = hashlib.sha256(repr((shown.shape, shown.dtype.str)).encode())
    mark.update(shown.data)
    return mark.hexdigest()[:32]


def _whole_numbers(image: Image, index: int) -> NDArray[Any] | None:
    """Return a slice's values in 16 bits straight from the stored numbers, where they fit."""
    stored, slope, intercept = image.pixels[index], image.slopes[index], image.intercepts[index]
    if stored.dtype.kind not in "iu" or slope != 1.0 or intercept % 1 != 0 or not stored.size:
        return None
    least, most = int(stored.min()) + int(intercept), int(stored.max()) + int(intercept)
    if least < -(2**15) or most >= 2**15:
        return None
    # in rows, as they are hashed; this and the sum may wrap around, and what comes out fits
    short: NDArray[Any] = stored.astype(_SHORT, order="C")
    short += np.array(int(intercept) % 2**16, np.uint16).view(np.int16)
    return short


@dataclass(frozen=True, slots=True)
class Double:
    """An image whose slices are also those of another; ``shared`` of ``slices``.

    ``misplaced`` of them are, of a reconstruction and its own reference, not at the place
    where the reference has them: in another order, or one of them repeated.
    """

    image: Cell
    other: Cell
    shared: int
    slices: int
    misplaced: int = 0

    @property
    def identical(self) -> bool:
        """Whether this is a reconstruction equal to its own reference in every slice."""
        own = self.other == (self.image[0], "")
        return own and self.shared == self.slices and not self.misplaced

    def flag(self, reference_name: str) -> str:
        """Return what stands beside metric values.

        ``identical``; ``slices-misplaced`` where a reconstruction holds slices of its
        reference at other places; or ``duplicate-of:`` and the other's name.
        """
        if self.misplaced:
            return "slices-misplaced"
        if self.identical:
            return "identical"
        case, arm = self.other
        # the table's own separator cannot stand in a flag
        return f"duplicate-of:{case}/{arm or reference_name}".replace(";", ",")


def find_doubles(
    fingerprints: Mapping[Cell, Sequence[str]],
    partners: Mapping[Cell, Sequence[str]] | None = None,
) -> tuple[Double, ...]:
    """Return each image that shares slices with another, with the first such image.

    A reconstruction is compared with its own reference first, slice by slice, then
    with all images of other cases and all other arms of its own, whatever their
    order. What holds slices of its reference is not also told of the other arms
    that do.

    Parameters
    ----------
    fingerprints
        Of every slice of every image, in slice order.
    partners
        Of the slices of the reference that those of a reconstruction are compared
        with, by the reconstruction; all slices of its reference where not given.
    """
    partners = partners or {}
    owners: dict[str, list[Cell]] = defaultdict(list)
    for cell, marks in fingerprints.items():
        for mark in dict.fromkeys(marks):
            if mark:
                owners[mark].append(cell)
    found: list[Double] = []
    for cell, marks in fingerprints.items():
        shared: dict[Cell, int] = defaultdict(int)
        for mark in marks:
            for other in owners.get(mark, ()):
                if other != cell:
                    shared[other] += 1
        own = (cell[0], "")
        elsewhere = [other for other in shared if other[0] != cell[0]]
        among = [own] if own in shared else [*elsewhere, *shared]
        if cell[1] == "":  # a reference is the double of references and images elsewhere only
            among = elsewhere
        count = sum(1 for mark in marks if mark)
        told = dict.fromkeys([*among[:1], *elsewhere[:1]])
        misplaced = 0
        if own in told:
            pairs = zip(marks, partners.get(cell, fingerprints[own]), strict=False)
            in_place = sum(1 for mark, its in pairs if mark and mark == its)
            misplaced = shared[own] - in_place
        found += [
            Double(cell, other, shared[other], count, misplaced if other == own else 0)
            for other in told
        ]
    return tuple(found)


def words_for(doubles: Iterable[Double], reference_name: str) -> list[str]:
    """Return a sentence for each double, each two images told once."""
    told: set[frozenset[Cell]] = set()
    sentences = []
    for double in doubles:
        both = frozenset((double.image, double.other))
        if both in told:
            continue
        told.add(both)
        one, other = (
            f"{case}/{arm or reference_name}" for case, arm in (double.image, double.other)
        )
        many = (
            "every slice"
            if double.shared == double.slices
            else f"{double.shared} of {double.slices} slices"
        )
        if double.misplaced:
            sentences.append(
                f"{one} holds slices of its reference at other places ({double.misplaced} of "
                f"{double.slices} slices): in another order, or one of them repeated. Check the "
                "order of its slices, and that it is no copy of the reference."
            )
        elif double.other == (double.image[0], ""):
            sentences.append(
                f"{one} equals its reference in {many}. Check that it is the reconstruction and "
                "no copy of the reference."
            )
        elif double.image[0] == double.other[0]:
            sentences.append(f"{one} and {other} are the same images in {many}. Leave one out.")
        else:
            sentences.append(
                f"{one} and {other} are the same images in {many}, in two cases. Leave one case "
                "out: cases must be independent, and training must not have seen them."
            )
    return sentences


def patient_of(path: Path) -> str:
    """Return a hash of a DICOM file's PatientID; empty where there is none to be read."""
    try:
        with path.open("rb", buffering=0) as file:
            fields = scan_header(file, wanted_tags([_PATIENT_ID])).fields
    except (OSError, Unusual):
        return ""
    name = fields.raw.get(_PATIENT_ID, ("", b""))[1].strip(b" \0")
    return hashlib.blake2b(name, digest_size=16).hexdigest() if name else ""


def shared_patients(patients: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the cases that carry one patient's ID, by patient.

    Parameters
    ----------
    patients
        Case -> hash of its PatientID, empty where not known. Where three cases
        or more all carry the same one it is the ID of an anonymiser, and tells
        nothing.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for case, patient in patients.items():
        if patient:
            groups[patient].append(case)
    if len(groups) == 1 and len(patients) > 2 and all(patients.values()):
        return []
    return [tuple(cases) for cases in groups.values() if len(cases) > 1]
