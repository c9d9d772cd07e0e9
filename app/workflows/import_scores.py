"""Bring in scores that were read elsewhere, and say what is odd about them."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from app import SOFTWARE
from app.domain.progress import Progress
from app.domain.protocol import Protocol
from app.domain.score_sheet import Imported, Oddity, ScoreMapping, Sheet
from app.errors import InputError
from app.resources import resource
from app.store import columns
from app.store.files import atomic_write, make_folder
from app.store.protocol_file import protocol_sha256, read_protocol
from app.store.score_mapping_file import mapping_to_yaml, read_mapping
from app.store.score_sheets import read_sheet, write_imported, write_oddities
from app.study.score_columns import (
    check_mapping,
    guess_key,
    guess_mapping,
    key_entries,
    missing_roles,
    tells_case,
    without_empty_case,
)
from app.study.score_import import import_scores as take


@dataclass(frozen=True, slots=True)
class Opened:
    """The tables of an import, and how they would be read."""

    files: tuple[Path, ...]
    sheet: Sheet
    key: Sheet | None
    protocol: Protocol | None
    mapping: ScoreMapping
    mapping_file: Path | None = None
    as_read: ScoreMapping | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What no column says yet: reader, case, arm, criterion, value."""
        return missing_roles(self.mapping, case_in_key=self._case_in_key())

    def _case_in_key(self) -> bool:
        if self.key is None or not {"code", "arm"} <= set(self.mapping.key):
            return False
        return tells_case(key_entries(self.key, self.mapping.key))


@dataclass(frozen=True, slots=True)
class Written:
    """What an import has written."""

    observations: Path
    oddities: Path
    mapping: Path
    imported: Imported


def open_scores(
    scores: Path,
    *,
    key: Path | None = None,
    protocol: Path | None = None,
    mapping: Path | None = None,
) -> Opened:
    """Read the tables of an import; without a mapping the headings suggest one.

    Parameters
    ----------
    protocol
        A protocol file, or the name of a study that comes with the program.

    Raises
    ------
    BlindReadError
        A file cannot be read or does not describe what it must.
    """
    given = read_mapping(mapping) if mapping is not None else None
    wanted = given or ScoreMapping()
    sheet = read_sheet(scores, sheet=wanted.sheet, header_row=wanted.header_row)
    key_sheet = read_sheet(key) if key is not None else None
    design = read_protocol(_protocol_file(protocol)) if protocol is not None else None
    if given is None:
        given = guess_mapping(sheet, key=key_sheet, protocol=design, known=tuple(columns.ANSWERS))
    elif key_sheet is not None and not given.key:
        given = replace(given, key=guess_key(key_sheet))
    given = without_empty_case(given, sheet)
    files = tuple(path for path in (scores, key, protocol) if path is not None)
    as_read = given if mapping is not None else None
    return Opened(files, sheet, key_sheet, design, given, mapping, as_read)


def take_scores(opened: Opened) -> Imported:
    """Return what the tables hold, and what is odd; nothing is written.

    Raises
    ------
    InputError
        A column is not there or not told, or the key contradicts itself.
    """
    mapping = opened.mapping
    check_mapping(mapping, opened.sheet, opened.key)
    entries = key_entries(opened.key, mapping.key) if opened.key is not None else ()
    if opened.missing:
        raise InputError(
            _untold(opened),
            remedy="Say it in a mapping file (--mapping), or use File > Import scores.",
        )
    return take(
        opened.sheet,
        mapping,
        key=entries,
        protocol=opened.protocol,
        protocol_sha256=protocol_sha256(opened.protocol) if opened.protocol else "",
        software=SOFTWARE,
        carry=tuple(columns.ANSWERS),
    )


def import_scores(opened: Opened, output: Path) -> Generator[Progress, None, Written]:
    """Write ``observations.csv``, the oddities and the mapping beside it.

    Raises
    ------
    InputError
        The tables cannot be read as the mapping says, or hold no score; or another
        mapping lies beside the output, which may hold a person's decisions.
    """
    yield Progress(0, 2, "reading")
    _must_not_replace(output, opened)
    beside = mapping_beside(output)
    mapping = opened.mapping_file
    text = mapping_to_yaml(opened.mapping).encode()
    if mapping is not None and opened.mapping == opened.as_read:
        text = mapping.read_bytes()  # a person's own words are kept
    if mapping is None and beside.exists() and beside.read_bytes() != text:
        raise InputError(
            f"{beside} is there already and says something else.",
            remedy="Start from it (--mapping, or Open a mapping), or remove it.",
        )
    if opened.missing:
        make_folder(output.parent)
        atomic_write(beside, text)
        raise InputError(_untold(opened), remedy=f"Complete {beside} and name it with --mapping.")
    imported = take_scores(opened)
    if not imported.rows:
        first = imported.oddities[0].what if imported.oddities else "the table has no rows"
        raise InputError(
            f"{opened.sheet.name} holds no score that can be taken ({first}).",
            remedy="Check which column is which, and whether the key is the one of this table.",
        )
    yield Progress(1, 2, "writing")
    make_folder(output.parent)
    odd = output.with_name(f"{output.stem}.oddities.csv")
    write_imported(output, imported.rows)
    write_oddities(odd, imported.oddities)
    if not beside.is_file() or beside.read_bytes() != text:
        atomic_write(beside, text)
    yield Progress(2, 2, "done")
    return Written(output, odd, beside, imported)


def grouped(oddities: Iterable[Oddity]) -> list[tuple[Oddity, str]]:
    """Return the oddities, those that differ only in their row as one, with their rows."""
    rows: dict[Oddity, list[int]] = {}
    for one in oddities:
        rows.setdefault(replace(one, row=0), []).append(one.row)
    return [(replace(one, row=min(where)), told_rows(where)) for one, where in rows.items()]


def told_rows(rows: Iterable[int]) -> str:
    """Return numbers of rows with those that follow each other as a range: ``3, 5-9``."""
    ranges: list[list[int]] = []
    for row in sorted(set(rows) - {0}):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    told = [f"{first}" if first == last else f"{first}-{last}" for first, last in ranges]
    return ", ".join(told[:8]) + (f" and {len(told) - 8} more" if len(told) > 8 else "")


def mapping_beside(output: Path) -> Path:
    """Return where the mapping of an import is kept."""
    return output.with_name(f"{output.stem}.mapping.yaml")


def _untold(opened: Opened) -> str:
    *first, last = opened.missing
    roles = f"{', '.join(first)} and {last}" if first else last
    headings = ", ".join(opened.sheet.columns[:8]) + (", ..." if opened.sheet.columns[8:] else "")
    return f"{opened.sheet.name}: no heading ({headings}) says which column holds the {roles}."


def _must_not_replace(output: Path, opened: Opened) -> None:
    """Refuse to write over what is read."""
    for path in opened.files:
        if path.exists() and output.resolve() == path.resolve():
            raise InputError(
                f"{output} is what is read.", remedy="Name another file to write with -o."
            )


def _protocol_file(path: Path) -> Path:
    shipped = resource("studies", f"{path}.yaml")
    return shipped if not path.exists() and path.name == str(path) and shipped.is_file() else path
