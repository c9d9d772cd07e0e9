"""A manifest as the source: a CSV that says what every file is.

Columns ``case,arm,role,path``; role is reference, reconstruction, mask,
segmentation or uncertainty; a path is a file or a folder, relative to the
manifest. Several rows of one case, arm and role are one series.
"""

import csv
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.pair import Pairing, Problem, Role
from app.domain.progress import Progress
from app.errors import InputError
from app.images.names import did_you_mean, relative_path
from app.images.pairing import CaseSeries, pair_cases
from app.images.scan import Found, list_files, scan_files

COLUMNS = ("case", "arm", "role", "path")
ROLES = ("reference", "reconstruction", "mask", "segmentation", "uncertainty")
ROWS_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One line of a manifest."""

    line: int
    case: str
    arm: str
    role: str
    path: str


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
                ManifestRow(reader.line_num, *((row[name] or "").strip() for name in COLUMNS))
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
    root = source.parent
    groups: dict[tuple[str, str, str], list[ManifestRow]] = {}
    problems: list[Problem] = []
    rows = read_manifest(source)
    reference_name = next(
        (row.arm for row in rows if row.role.lower() == "reference" and row.arm), "reference"
    )
    for row in rows:
        reason = _refusal(row, root)
        if reason is not None:
            problems.append(reason)
            continue
        arm = reference_name if row.role.lower() == "reference" else row.arm
        groups.setdefault((row.case, arm, row.role.lower()), []).append(row)
    cases: dict[str, CaseSeries] = {}
    for (case, arm, role), members in groups.items():
        found = yield from _scan(members, root)
        said: Role = "reference" if role == "reference" else "reconstruction"
        problems += [replace(one, case=case, arm=arm, role=said) for one in found.problems]
        entry = cases.setdefault(case, CaseSeries())
        if role == "reference":
            entry.references += found.series
        elif found.series:
            entry.arms.setdefault(arm, []).extend(found.series)
    pairs, alone = pair_cases(cases, reference_name, "manifest")
    return Pairing(source, reference_name, pairs, (*problems, *alone))


def _scan(rows: list[ManifestRow], root: Path) -> Generator[Progress, None, Found]:
    folders = [path for path in (root / row.path for row in rows) if path.is_dir()]
    named = [path for path in (root / row.path for row in rows) if not path.is_dir()]
    inside = [path for folder in folders for path in list_files(folder)]
    first = yield from scan_files(named, root, demanded=True)
    if not inside:
        return first
    second = yield from scan_files(inside, root)
    return Found(first.series + second.series, first.problems + second.problems)


def _refusal(row: ManifestRow, root: Path) -> Problem | None:
    """Return why a row cannot be used, or None."""
    role = row.role.lower()
    if role not in ROLES:
        what = f"Line {row.line} has the role {row.role or '(none)'}.{did_you_mean(role, ROLES)}"
        remedy = f"A role is one of {', '.join(ROLES)}."
    elif role not in ("reference", "reconstruction"):
        what = f"Line {row.line}: images of the role {role} are not used yet."
        remedy = "Nothing needs to be done."
    elif not row.case or not row.path or (role == "reconstruction" and not row.arm):
        what = f"Line {row.line} has an empty field."
        remedy = "Fill in case, arm, role and path."
    elif not (root / row.path).exists():
        what = f"Line {row.line} names {row.path}, which does not exist."
        remedy = f"Check the path; it is taken from the folder of the manifest ({root.name})."
    else:
        return None
    path = relative_path(root / row.path, root).as_posix()
    return Problem(path, what, remedy, case=row.case, arm=row.arm)
