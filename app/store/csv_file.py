"""Tables as CSV: UTF-8, comma, header, LF, shortest decimals, written at once or not at all."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError
from app.store.files import atomic_write


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, atomically.

    Numbers are written by their shortest exact decimals, infinity as ``inf``,
    and None as an empty cell.

    Raises
    ------
    StoreError
        The disk refused.
    """
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell_text(value) for value in row])
    atomic_write(path, "".join(lines.text))


class _Lines:
    """Lines that end in LF, of a writer that quotes a lone carriage return too.

    Python's writer quotes only the characters of its own line end.
    """

    def __init__(self) -> None:
        self.text: list[str] = []

    def write(self, line: str) -> None:
        self.text.append(line.removesuffix("\r\n") + "\n")


def cell_text(value: object) -> str:
    """Return a value as it stands in a table, and is read from it again."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = repr(float(value)) if isinstance(value, float) else str(value)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table that was read, and where it stands, for an error."""

    path: Path
    line: int
    cells: dict[str, str]

    def text(self, column: str, default: str = "") -> str:
        """Return a cell; the default where the table has no such column."""
        return self.cells.get(column, default)

    def number(self, column: str) -> float | None:
        """Return a cell as a number, None where it is empty.

        Raises
        ------
        InputError
            The cell is no number; names file, line and column.
        """
        cell = self.cells.get(column, "").strip()
        if not cell:
            return None
        try:
            number = float(cell)
        except ValueError as error:
            raise self.wrong(column, "is no number") from error
        if math.isnan(number):
            raise self.wrong(column, "is no number")
        return number

    def whole(self, column: str) -> int | None:
        """Return a cell as a whole number, None where it is empty.

        Raises
        ------
        InputError
            The cell is no whole number; names file, line and column.
        """
        number = self.number(column)
        if number is not None and not number.is_integer():
            raise self.wrong(column, "is no whole number")
        return None if number is None else int(number)

    def wrong(self, column: str, what: str) -> InputError:
        """Return the error for a cell that does not fit."""
        return InputError(
            f"{self.path}, line {self.line}, column '{column}': "
            f"'{self.cells.get(column, '')[:40]}' {what}.",
            remedy="Correct the cell, or write the table anew.",
        )


def read_rows(path: Path, required: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or a row has too many or too
        few cells; names file and line.
    """
    remedy = f"The table needs the columns {', '.join(required)}."
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            missing = [column for column in required if column not in header]
            if missing:
                raise InputError(f"{path} has no column '{missing[0]}'.", remedy=remedy)
            if len(set(header)) != len(header):
                raise InputError(f"{path} has two columns of one name.", remedy=remedy)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise InputError(
                        f"{path}, line {reader.line_num}: {len(cells)} cells "
                        f"under a header of {len(header)}.",
                        remedy="Correct the row, or write the table anew.",
                    )
                yield Row(path, reader.line_num, dict(zip(header, cells, strict=True)))
    except OSError as error:
        raise InputError(
            f"{path} could not be read: {error.strerror or error}.", remedy=remedy
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 text.", remedy="Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise InputError(
            f"{path}, line {reader.line_num}: this is no CSV ({error}).",
            remedy="Save it as comma-separated values in UTF-8.",
        ) from error
