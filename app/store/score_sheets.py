"""Tables that people filled by hand, as they are: CSV and XLSX in, what was found out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.domain.score_sheet import Oddity, Sheet, SheetRow
from app.errors import InputError, StoreError
from app.store import columns
from app.store.csv_file import write_rows
from app.store.files import read_bytes
from app.store.xlsx_file import Cell, read_workbook

LIMIT = 64 * 2**20
MOST_ROWS = 1_000_000
_DELIMITERS = (",", ";", "\t")
_REMEDY = "Name a CSV file in UTF-8, or an XLSX workbook."


def read_sheet(path: Path, *, sheet: str = "", header_row: int = 0) -> Sheet:
    """Read a table with a row of headings.

    Parameters
    ----------
    sheet
        Of a workbook the sheet; empty for the first.
    header_row
        The row of the headings, from 1; 0 for the first row that is not empty.

    Raises
    ------
    InputError
        The file cannot be read, or holds no table.
    """
    try:
        data = read_bytes(path, limit=LIMIT, remedy=_REMEDY)
    except StoreError as error:
        raise InputError(str(error), remedy=error.remedy) from error
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        rows, notes = read_workbook(data, path.name, sheet)
    elif path.suffix.lower() == ".xls":
        raise InputError(
            f"{path.name} is a workbook of an old kind.", remedy="Save it as XLSX or CSV."
        )
    else:
        rows, notes = _csv_rows(data, path.name)
    return _with_headings(path.name, rows, notes, header_row)


def write_imported(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write ``observations.csv`` from rows by column; what is not known stays empty."""
    names = tuple(columns.ANSWERS)
    write_rows(path, names, ([row.get(name, "") for name in names] for row in rows))


def write_oddities(path: Path, oddities: Iterable[Oddity]) -> None:
    """Write ``oddities.csv``: what is odd in a table of scores, and what became of it."""
    names = tuple(columns.ODDITIES)
    rows = (
        [getattr(one, name) if name != "row" else one.row or "" for name in names]
        for one in oddities
    )
    write_rows(path, names, rows)


def _csv_rows(data: bytes, name: str) -> tuple[list[tuple[int, list[Cell]]], list[str]]:
    """Return the rows that are not empty, with their numbers, and what to know of them."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(
            f"{name} is no CSV but a workbook.",
            remedy="Give it its ending, .xlsx, or save it as CSV.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no UTF-8 text.", remedy="Save it as CSV in UTF-8.") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    notes = []
    if delimiter != ",":
        word = "a semicolon" if delimiter == ";" else "a tab"
        notes.append(f"the cells are taken as separated by {word}")
    found = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS:
                raise InputError(
                    f"{name} has more than {MOST_ROWS} rows.", remedy="Is it a table of scores?"
                )
            if any(cell.strip() for cell in cells):
                found.append((number, [Cell(cell) for cell in cells]))
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: this is no CSV ({error}).",
            remedy="Save it as comma-separated values in UTF-8.",
        ) from error
    return found, notes


def _with_headings(
    name: str, rows: Sequence[tuple[int, list[Cell]]], notes: list[str], header_row: int
) -> Sheet:
    rows = [(number, cells) for number, cells in rows if number >= header_row]
    if not rows or (header_row and rows[0][0] != header_row):
        raise InputError(
            f"{name} has no row of headings{f' in row {header_row}' if header_row else ''}.",
            remedy="Its first row must say what each column holds, e.g. reader,case,code,score.",
        )
    headings = _distinct([cell.text.strip() for cell in rows[0][1]])
    found = []
    for number, cells in rows[1:]:
        beyond = [cell.text for cell in cells[len(headings) :] if cell.text.strip()]
        if beyond:
            raise InputError(
                f"{name}, row {number}: '{beyond[0][:40]}' stands beyond the last heading.",
                remedy="Give its column a heading, or put a text with commas in quotes.",
            )
        paired = list(zip(headings, cells, strict=False))
        found.append(
            SheetRow(
                number,
                {column: cell.text for column, cell in paired},
                frozenset(column for column, cell in paired if cell.as_text),
            )
        )
    return Sheet(name, headings, tuple(found), tuple(notes))


def _distinct(headings: Sequence[str]) -> tuple[str, ...]:
    """Return the headings, each once: an empty or a second one gets the letter of its column."""
    found: list[str] = []
    for index, heading in enumerate(headings):
        letter = letters(index)
        name = heading or f"column {letter}"
        found.append(name if name not in found else f"{name} ({letter})")
    return tuple(found)


def letters(index: int) -> str:
    """Return what a spreadsheet calls a column, counted from 0.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
