"""What pixels say against their names: shifts, mirrored images, doubles, slices out of order."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.pair import Pair, Pairing
from app.domain.progress import Progress
from app.errors import BlindReadError
from app.images.alignment import Alignment, align, central
from app.images.duplicates import (
    Cell,
    find_doubles,
    fingerprint,
    patient_of,
    shared_patients,
    words_for,
)
from app.images.regrid import read_pair
from app.workflows.processes import default_jobs, pool, run_all

FEW_PAIRS = 24
FEW_SLICES = 400
"""Up to this many pairs and slices, looking at all pixels takes a moment."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the pixels of one pair say: how it lies, and the hashes of its slices."""

    alignment: Alignment
    reference: tuple[str, ...] = ()
    reconstruction: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was found in all pairs.

    ``flags`` stand beside the metric values of a (case, arm); ``words`` belong
    to one pair; ``notes`` tell everything, for a person.
    """

    flags: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def is_small(pairing: Pairing) -> bool:
    """Return whether all pixels can be looked at in a moment."""
    slices = sum(len(pair.slices) for pair in pairing.pairs)
    return len(pairing.pairs) <= FEW_PAIRS and slices <= FEW_SLICES


def look(pair: Pair) -> Alignment:
    """Judge how the middle slices of a pair lie; nothing where they cannot be read."""
    try:
        return align(*read_pair(pair, central(len(pair.slices))))
    except BlindReadError:
        return Alignment()  # measuring and showing tell the reason


def look_closely(pair: Pair) -> Look:
    """Judge a pair and hash all of its slices."""
    try:
        reference, reconstruction = read_pair(pair)
    except BlindReadError:
        return Look(Alignment())
    slices = range(len(pair.slices))
    return Look(
        look(pair),
        tuple(fingerprint(reference, index) for index in slices),
        tuple(fingerprint(reconstruction, index) for index in slices),
    )


def examine(
    pairing: Pairing, *, jobs: int = 0
) -> Generator[Progress, None, tuple[Pairing, Likeness]]:
    """Read the pixels of all pairs and tell what contradicts their names and headers.

    Returns
    -------
    tuple
        The pairing with a remark on each pair where something was found, and
        all findings. Nothing is corrected: a pair stays what it was.

    Raises
    ------
    WorkerDied
        A process ended in the middle of its work.
    """
    pairs = pairing.pairs
    looks: dict[Cell, Look] = {}
    if is_small(pairing):
        for done, pair in enumerate(pairs):
            yield Progress(done, len(pairs), f"looking at {pair.case}  {pair.arm}")
            looks[pair.case, pair.arm] = look_closely(pair)
    else:
        with pool(jobs or default_jobs()) as crew:
            yield Progress(0, len(pairs), "looking at the pixels")
            for done, (pair, seen) in enumerate(run_all(crew, look_closely, pairs), start=1):
                looks[pair.case, pair.arm] = seen
                yield Progress(done, len(pairs), f"looked at {pair.case}  {pair.arm}")
    found = judge(pairing, looks)
    return (
        replace(
            pairing,
            pairs=tuple(
                replace(pair, note="; ".join(filter(None, (pair.note, *words))))
                if (words := found.words.get((pair.case, pair.arm)))
                else pair
                for pair in pairs
            ),
        ),
        found,
    )


def judge(pairing: Pairing, looks: Mapping[Cell, Look]) -> Likeness:
    """Put together what was seen in each pair."""
    flags: dict[Cell, list[str]] = {}
    words: dict[Cell, list[str]] = {}
    notes: list[str] = []
    marks: dict[Cell, tuple[str, ...]] = {}
    partners: dict[Cell, tuple[str, ...]] = {}
    for pair in pairing.pairs:
        cell = pair.case, pair.arm
        seen = looks.get(cell, Look(Alignment()))
        flags[cell] = list(seen.alignment.flags)
        words[cell] = [seen.alignment.words] if seen.alignment.words else []
        notes += [f"{pair.case}/{pair.arm}: {sentence}" for sentence in words[cell]]
        # two arms may match other slices of one reference: all of them are its slices
        known = marks.setdefault((pair.case, ""), ())
        marks[pair.case, ""] = tuple(dict.fromkeys((*known, *seen.reference)))
        marks[cell], partners[cell] = seen.reconstruction, seen.reference
    name = pairing.reference_name or "reference"
    doubles = find_doubles(marks, partners)
    for double in doubles:
        case, arm = double.image
        cells = [cell for cell in flags if cell == double.image or (cell[0] == case and not arm)]
        for cell in cells:
            flags[cell].append(double.flag(name))
            words[cell] += words_for([double], name)
    notes += words_for(doubles, name)
    for cases in shared_patients(_patients(pairing.pairs)):
        notes.append(
            f"The cases {', '.join(cases[:6])}{' and more' * (len(cases) > 6)} carry the same "
            "PatientID. Keep them in one cohort, and do not count them as independent."
        )
    return Likeness(
        {cell: tuple(dict.fromkeys(found)) for cell, found in flags.items() if found},
        {cell: tuple(dict.fromkeys(found)) for cell, found in words.items() if found},
        tuple(notes),
    )


def _patients(pairs: Iterable[Pair]) -> dict[str, str]:
    """Return the hash of each case's PatientID, from the reference."""
    found: dict[str, str] = {}
    for pair in pairs:
        if pair.case not in found:
            found[pair.case] = patient_of(pair.reference.slices[0].path)
    return found


def looks_of(
    pairs: Sequence[Pair],
    alignments: Mapping[Cell, Alignment],
    marks: Mapping[Cell, Sequence[tuple[str, str]]],
) -> dict[Cell, Look]:
    """Join alignments with the slices' hashes (reference, reconstruction) of each pair."""
    looks = {}
    for pair in pairs:
        cell = pair.case, pair.arm
        both = marks.get(cell, ())
        looks[cell] = Look(
            alignments.get(cell, Alignment()),
            tuple(one for one, _ in both),
            tuple(other for _, other in both),
        )
    return looks
