"""A manifest as the source: a CSV that says what every file is.

Columns ``case,arm,role,path``; role is reference, reconstruction, mask,
segmentation or uncertainty; the arm of a mask or segmentation is its name. A path
is a file or a folder, relative to the manifest. Several rows of one case, arm and
role are one series. A further column ``frames`` may choose frames of a file, from
1: ``1-4 7``. Three more are for what a file does not say itself: ``slope`` and
``intercept`` make values of the numbers that it gives, ``dataset`` names the image
in a file of several.
"""

import csv
import math
import os
import re
import time
from collections.abc import Generator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.arrangement import Arrangement, NamedFile, Placement
from app.domain.pair import Pair, Pairing, Problem, Role, Series
from app.domain.progress import Progress
from app.errors import InputError
from app.images.arrangement import placement
from app.images.names import did_you_mean, relative_path
from app.images.pairing import CaseSeries, pair_cases
from app.images.scan import LONGEST_S, LOOKING, Found, find_files, scan_files

COLUMNS = ("case", "arm", "role", "path")
ROLES = ("reference", "reconstruction", "mask", "segmentation", "uncertainty")
FRAMES = "frames"
MASKS = ("mask", "segmentation")
STATED = ("slope", "intercept", "dataset")
ROWS_LIMIT = 1_000_000

Known = MutableMapping[tuple[tuple[str, ...], ...], Found]
"""What the scan of some rows gave; the rows are known by path, frames and dataset."""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One line of a manifest."""

    line: int
    case: str
    arm: str
    role: str
    path: str
    frames: str = ""
    slope: str = ""
    intercept: str = ""
    dataset: str = ""

    @property
    def mapping(self) -> tuple[float, float] | None:
        """Slope and intercept; None where the row states neither.

        Raises
        ------
        ValueError
            They are no numbers, or the slope is 0.
        """
        if not self.slope and not self.intercept:
            return None
        slope, intercept = float(self.slope or 1), float(self.intercept or 0)
        if slope == 0 or not (math.isfinite(slope) and math.isfinite(intercept)):
            raise ValueError("not a mapping")
        return slope, intercept


def read_manifest(source: Path) -> list[ManifestRow]:
    """Read the rows of a manifest.

    Raises
    ------
    InputError
        The file is no CSV in UTF-8, lacks a column, or has no rows.
    """
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            header = [name.strip().lower() for name in reader.fieldnames or ()]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise InputError(
                    f"{source.name} lacks the column{'s' if len(missing) > 1 else ''} "
                    f"{', '.join(missing)}.",
                    remedy=f"A manifest has the columns {','.join(COLUMNS)}.",
                )
            reader.fieldnames = header
            rows = [
                ManifestRow(
                    reader.line_num,
                    **{name: (row[name] or "").strip() for name in COLUMNS},
                    **{name: (row.get(name) or "").strip() for name in (FRAMES, *STATED)},
                )
                for row, _ in zip(reader, range(ROWS_LIMIT), strict=False)
            ]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise InputError(
            f"{source.name} cannot be read as a table.",
            remedy="Save it as CSV, comma-separated, in UTF-8.",
        ) from error
    rows = [row for row in rows if any((row.case, row.arm, row.role, row.path))]
    if not rows:
        raise InputError(f"{source.name} has no rows.", remedy="Add a row for each image.")
    return rows


def pair_manifest(source: Path) -> Generator[Progress, None, Pairing]:
    """Scan what a manifest names, and pair it as the manifest says.

    Raises
    ------
    InputError
        The manifest itself cannot be read.
    """
    return (yield from arrange_manifest(source)).pairing


def arrange_manifest(source: Path) -> Generator[Progress, None, Arrangement]:
    """Pair as the manifest says, and tell the place of every series it names.

    Raises
    ------
    InputError
        The manifest itself cannot be read.
    """
    return (yield from arrange_rows(read_manifest(source), source.parent, source))


def arrange_rows(
    rows: Sequence[ManifestRow], root: Path, source: Path, known: Known | None = None
) -> Generator[Progress, None, Arrangement]:
    """Scan what the rows name, relative to ``root``, and pair it as they say.

    ``known`` keeps what was scanned for the next call, so that only rows that
    were not there before are read again.
    """
    groups: dict[tuple[str, str, str], list[ManifestRow]] = {}
    problems: list[Problem] = []
    others: list[NamedFile] = []
    reference_name = next(
        (row.arm for row in rows if row.role.lower() == "reference" and row.arm), "reference"
    )
    for row in rows:
        reason = _refusal(row, root)
        if row.role.lower() in MASKS and row.path:
            others.append(NamedFile(row.case, row.arm, row.role, root / row.path))
        if reason is not None:
            problems.append(reason)
            if row.role.lower() in ROLES and row.role.lower() not in MASKS:
                others.append(NamedFile(row.case, row.arm, row.role, root / row.path))
            continue
        arm = reference_name if row.role.lower() == "reference" else row.arm
        groups.setdefault((row.case, arm, row.role.lower()), []).append(row)
    cases: dict[str, CaseSeries] = {}
    masks: dict[str, dict[str, list[Series]]] = {}
    placed: list[Placement] = []
    for (case, arm, role), members in groups.items():
        found = yield from _known_scan(members, root, {} if known is None else known)
        found = _stated(found, members, root)
        said: Role = "reference" if role == "reference" else "reconstruction"
        problems += [replace(one, case=case, arm=arm, role=said) for one in found.problems]
        if role in MASKS:
            masks.setdefault(case, {}).setdefault(arm, []).extend(found.series)
            continue
        name = members[0].arm or arm
        placed += [placement(one, source, case, name, said) for one in found.series]
        entry = cases.setdefault(case, CaseSeries())
        if role == "reference":
            entry.references += found.series
        elif found.series:
            entry.arms.setdefault(arm, []).extend(found.series)
    pairs, alone = pair_cases(cases, reference_name, "manifest")
    laid, astray = _lay_masks(masks, cases, reference_name)
    pairing = Pairing(source, reference_name, pairs, (*problems, *alone, *astray), laid)
    return Arrangement(pairing, tuple(placed), tuple(others))


def _lay_masks(
    masks: dict[str, dict[str, list[Series]]], cases: dict[str, CaseSeries], reference_name: str
) -> tuple[dict[tuple[str, str], Pair], tuple[Problem, ...]]:
    """Bring masks onto the slices of their references, as reconstructions are."""
    with_masks = {
        case: CaseSeries(references=list(cases[case].references), arms=dict(named))
        for case, named in masks.items()
        if case in cases
    }
    if not with_masks:
        return {}, ()
    pairs, problems = pair_cases(with_masks, reference_name, "manifest")
    return {(pair.case, pair.arm): pair for pair in pairs}, problems


def _known_scan(
    rows: list[ManifestRow], root: Path, known: Known
) -> Generator[Progress, None, Found]:
    key = tuple(
        (os.path.abspath(root / row.path), row.frames, row.dataset)  # noqa: PTH100 - resolve() would follow links
        for row in rows
    )
    if key not in known:
        known[key] = yield from _scan(rows, root)
    return known[key]


def _scan(rows: list[ManifestRow], root: Path) -> Generator[Progress, None, Found]:
    named: list[Path] = []
    inside: list[Path] = []
    told = time.monotonic()
    for path in (root / row.path for row in rows):
        if path.is_dir():
            inside += yield from find_files(path)
        else:
            named.append(path)
        if time.monotonic() - told > LONGEST_S:
            yield Progress(0, 0, LOOKING)
            told = time.monotonic()
    datasets = {root / row.path: row.dataset for row in rows if row.dataset}
    first = yield from scan_files(named, root, demanded=True, datasets=datasets)
    chosen = {root / row.path: frames_of(row.frames) for row in rows if row.frames}
    kept = (_cut(one, chosen) for one in first.series)
    first = Found(tuple(one for one in kept if one is not None), first.problems)
    if not inside:
        return first
    second = yield from scan_files(inside, root)
    return Found(first.series + second.series, first.problems + second.problems)


def _stated(found: Found, rows: list[ManifestRow], root: Path) -> Found:
    """Give every series the slope and intercept that its rows state."""
    if all(row.mapping is None for row in rows):
        return found
    by_path = {root / row.path: row.mapping for row in rows}
    series: list[Series] = []
    problems = list(found.problems)
    for one in found.series:
        named = {
            next((by_path[place] for place in (path, *path.parents) if place in by_path), None)
            for path in {file.path for file in one.slices}
        }
        if len(named) == 1:
            series.append(replace(one, mapping=named.pop()))
            continue
        problems.append(
            Problem(
                relative_path(one.slices[0].path, root).as_posix(),
                "The rows of its slices state different slopes or intercepts.",
                "State the same for all slices of a series.",
                series_uid=one.uid,
                slices=one.grid.slices,
            )
        )
    return Found(tuple(series), tuple(problems))


def _states_numbers(row: ManifestRow) -> bool:
    try:
        return row.mapping is None or bool(row.mapping)
    except ValueError:
        return False


def _cut(series: Series, frames: dict[Path, frozenset[int] | None]) -> Series | None:
    """Return the slices of a series that were chosen; None where there are none."""
    kept = [
        index
        for index, one in enumerate(series.slices)
        if (wanted := frames.get(one.path)) is None or one.frame + 1 in wanted
    ]
    if not kept or len(kept) == len(series.slices):
        return series if kept else None
    places = series.grid.positions
    grid = replace(
        series.grid,
        slices=len(kept),
        positions=None if places is None else tuple(places[index] for index in kept),
    )
    return replace(series, slices=tuple(series.slices[index] for index in kept), grid=grid)


def frames_of(words: str) -> frozenset[int] | None:
    """Return the frames that a cell chooses, from 1; None where it cannot be read.

    >>> sorted(frames_of("1-3 7"))
    [1, 2, 3, 7]
    """
    chosen: set[int] = set()
    for word in words.split():
        read = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", word)
        if read is None:
            return None
        first = int(read[1])
        chosen.update(range(first, int(read[2] or first) + 1))
    return frozenset(chosen)


def frames_in_words(frames: Sequence[int]) -> str:
    """Return frames as ``frames_of`` reads them.

    >>> frames_in_words([1, 2, 3, 7])
    '1-3 7'
    """
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _refusal(row: ManifestRow, root: Path) -> Problem | None:
    """Return why a row cannot be used, or None."""
    role = row.role.lower()
    if role not in ROLES:
        what = f"Line {row.line} has the role {row.role or '(none)'}.{did_you_mean(role, ROLES)}"
        remedy = f"A role is one of {', '.join(ROLES)}."
    elif role == "uncertainty":
        what = f"Line {row.line}: images of the role {role} are not used yet."
        remedy = "Nothing needs to be done."
    elif not row.case or not row.path or (role != "reference" and not row.arm):
        what = f"Line {row.line} has an empty field."
        remedy = "Fill in case, arm, role and path."
    elif frames_of(row.frames) is None:
        what = f"Line {row.line} chooses the frames {row.frames}, which cannot be read."
        remedy = "Write numbers and ranges with spaces between them, such as 1-4 7."
    elif not _states_numbers(row):
        what = f"Line {row.line} states the slope {row.slope or 1} and intercept "
        what += f"{row.intercept or 0}."
        remedy = "Both are numbers with a point for the decimals, and the slope is not 0."
    elif not (root / row.path).exists():
        what = f"Line {row.line} names {row.path}, which does not exist."
        remedy = f"Check the path; it is taken from the folder of the manifest ({root.name})."
    else:
        return None
    path = relative_path(root / row.path, root).as_posix()
    return Problem(path, what, remedy, case=row.case, arm=row.arm)
