"""Marks on reconstructions: kept beside the values of their source, carried away as tables."""

import getpass
import os
import unicodedata
import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.image import Grid
from app.domain.mark import Mark, MarkHistory, MarkRecord
from app.domain.pair import Pair, Pairing, marked_series
from app.domain.progress import Progress
from app.errors import BlindReadError, InputError
from app.workflows.aside import Aside
from app.workflows.clock import now

Pairs = Mapping[tuple[str, str], Pair]


def marks_file(values: Path) -> Path:
    """Return where the marks of a source lie, beside its metric values."""
    from app.store.annotations import FILE

    return values.with_name(FILE)


def author() -> str:
    """Return the name under which this person works on this computer; empty if unknown."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def new_id() -> str:
    """Return an id that no other mark has."""
    return uuid.uuid4().hex


def read_marks(path: Path) -> MarkHistory:
    """Return the history of the marks in a file; an empty one where there is no file."""
    from app.store.annotations import read

    return MarkHistory.of(read(path))


def keep_mark(path: Path, record: MarkRecord) -> None:
    """Keep a record durably before anything else happens."""
    from app.store.annotations import append

    append(path, record)


def record_of(deed: str, mark: Mark | None = None) -> MarkRecord:
    """Return a record of what this person does now."""
    return MarkRecord(deed, now(), author(), mark)  # type: ignore[arg-type]  # one of the four


def place_in_mm(grid: Grid, index: int, row: float, column: float) -> tuple[float, ...] | None:
    """Return where a place of a slice lies in the patient, in mm; None where no file says.

    Parameters
    ----------
    grid
        Of the whole series; ``index`` counts its slices from 0.
    row, column
        In pixels from the upper left corner of the plane; the middle of the
        first pixel is (0.5, 0.5), whose centre is ImagePositionPatient.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1.
    """
    if grid.spacing is None or grid.orientation is None or grid.positions is None:
        return None
    if not 0 <= index < len(grid.positions):
        return None
    down, across = grid.spacing
    along, below = grid.orientation[:3], grid.orientation[3:]
    return tuple(
        origin + x * (column - 0.5) * across + y * (row - 0.5) * down
        for origin, x, y in zip(grid.positions[index], along, below, strict=True)
    )


def export_marks(marks: Sequence[Mark], pairing: Pairing, target: Path) -> Path:
    """Write ``marks.csv``: one row a mark, with its place in the patient where that is known.

    Raises
    ------
    StoreError
        The disk refused; an older file is untouched.
    """
    from app.store.tables import write_marks

    pairs = _pairs_of(pairing)
    write_marks(target, (_row(mark, pairs.get((mark.case, mark.arm))) for mark in marks))
    return target


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Marks of one case and arm that no DICOM SR can hold: how many, and why."""

    case: str
    arm: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """The DICOM SR files of some marks, one for each case and arm, and what is in none of them."""

    files: tuple[tuple[Path, Pair, tuple[Mark, ...]], ...]
    left_out: tuple[LeftOut, ...]

    def replaced(self) -> tuple[Path, ...]:
        """Return the files that are there already; their folder is listed once."""
        if not self.files:
            return ()
        paths = [path for path, _, _ in self.files]
        try:
            there = set(os.listdir(paths[0].parent))  # noqa: PTH208 - names alone
        except FileNotFoundError:
            return ()
        except OSError:
            return tuple(path for path in paths if _is_there(path))  # it may not be listed
        alike = {_plain(name) for name in there}
        return tuple(
            path
            for path in paths
            if path.name in there or (_plain(path.name) in alike and _is_there(path))
        )


def plan_report(marks: Sequence[Mark], pairing: Pairing, folder: Path) -> ReportPlan:
    """Return what :func:`export_report` writes; no file is read."""
    pairs = _pairs_of(pairing)
    gathered: dict[tuple[str, str], list[Mark]] = {}
    for mark in marks:
        gathered.setdefault((mark.case, mark.arm), []).append(mark)
    files: list[tuple[Path, Pair, tuple[Mark, ...]]] = []
    left_out: list[LeftOut] = []
    names: set[str] = set()
    for (case, arm), found in gathered.items():
        pair = pairs.get((case, arm))
        if pair is None:
            left_out.append(LeftOut(case, arm, len(found), "no longer in this source"))
        elif marked_series(pair)[0].storage is not None:
            left_out.append(LeftOut(case, arm, len(found), "no DICOM images"))
        else:
            files.append((folder / _file_name(case, arm, names), pair, tuple(found)))
    return ReportPlan(tuple(files), tuple(left_out))


def export_report(marks: Sequence[Mark], pairing: Pairing, folder: Path) -> tuple[Path, ...]:
    """Write one DICOM SR for each case and arm that has marks, as :func:`plan_report` says.

    All are made before the first is written: where one cannot be made, none is there. A file
    that is there already is replaced.

    Raises
    ------
    InputError
        There are no marks, none lies on an image that is DICOM, or one lies on a slice that
        matches no more.
    StoreError
        The disk refused.
    BlindReadError
        The package for it is not installed.
    """
    from app.images.mark_report import make_report
    from app.store.files import atomic_write, make_folder

    plan = plan_report(marks, pairing, folder)
    if not plan.files:
        raise InputError(
            "There is no mark on a DICOM image; a DICOM SR can only refer to DICOM images."
            if marks
            else "There are no marks to write.",
            remedy="Export the marks as CSV; it holds them all."
            if marks
            else "Mark a place first: press T, then 1, 2 or 3, and click on an image.",
        )
    made = [(path, make_report(pair, found)) for path, pair, found in plan.files]
    make_folder(folder)
    for path, report in made:
        atomic_write(path, report)
    return tuple(path for path, _ in made)


def export_report_aside(
    marks: Sequence[Mark], pairing: Pairing, folder: Path
) -> Generator[Progress, None, tuple[Path, ...]]:
    """Do as :func:`export_report` in a process of its own, which ends when it has answered.

    Whole headers are copied in Python for each image: a thread that does so keeps the screen
    waiting. Closing the generator waits for the files: they are asked for once and not lost.
    """
    marked = {(mark.case, mark.arm) for mark in marks}
    pairs = tuple(pair for pair in pairing.pairs if (pair.case, pair.arm) in marked)
    few = replace(pairing, pairs=pairs, problems=(), masks={})
    try:
        paths: tuple[Path, ...] = yield from _elsewhere.ask(tuple(marks), few, folder)
    finally:
        _elsewhere.settle()
        _elsewhere.end()
    return paths


_elsewhere = Aside(export_report, "the reports")


def _pairs_of(pairing: Pairing) -> Pairs:
    return {(pair.case, pair.arm): pair for pair in pairing.pairs}


def _row(mark: Mark, pair: Pair | None) -> dict[str, object]:
    told: dict[str, object] = {
        "case": mark.case,
        "arm": mark.arm,
        "reference_uid": "",
        "reconstruction_uid": "",
        "sop_instance_uid": "",
        "slice": mark.slice,
        "row": mark.row,
        "column": mark.column,
        "shape": mark.shape,
        "height": mark.height or None,
        "width": mark.width or None,
        "x_mm": None,
        "y_mm": None,
        "z_mm": None,
        "type": mark.kind,
        "severity": mark.severity,
        "note": mark.note,
        "author": mark.author,
        "made_at": mark.made_at,
        "id": mark.id,
    }
    if pair is None:
        return told  # a case that is no longer there; the mark is not lost
    told["reference_uid"] = pair.reference.uid
    told["reconstruction_uid"] = pair.reconstruction.uid
    told["sop_instance_uid"] = _sop_instance_uid(mark, pair)
    place = place_in_mm(pair.reference.grid, mark.slice - 1, mark.row, mark.column)
    if place is not None:
        told["x_mm"], told["y_mm"], told["z_mm"] = (round(one, 4) for one in place)
    return told


def _sop_instance_uid(mark: Mark, pair: Pair) -> str:
    """Return the SOPInstanceUID of the reconstruction's slice; empty where there is none."""
    if pair.reconstruction.storage is not None:
        return ""
    theirs = next((second for first, second in pair.slices if first + 1 == mark.slice), None)
    if theirs is None:
        return ""
    from app.images.mark_report import sop_instance_uid

    try:
        return sop_instance_uid(pair.reconstruction.slices[theirs].path)
    except BlindReadError:
        return ""  # the file has gone since; the rest of the row still holds


def _plain(name: str) -> str:
    """Return what names have in common that some systems take for the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # a folder that cannot be looked into; writing says why


def _file_name(case: str, arm: str, taken: set[str]) -> str:
    """Return a file name of letters that every system allows, unlike all others."""
    plain = "".join(one if one.isalnum() or one in "-_." else "_" for one in f"{case}-{arm}")
    name, number = f"marks-{plain[:80]}.dcm", 1
    while name.lower() in taken:
        number += 1
        name = f"marks-{plain[:80]}-{number}.dcm"
    taken.add(name.lower())
    return name
