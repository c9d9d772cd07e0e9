"""The cells of an XLSX workbook (ECMA-376), and nothing else of it.

A cell is a number or a text; formulas count by the value that was saved with them. A
reader of our own, because all that is needed is this page, and a table from outside is
read without a document type, entities or more than a known amount of memory.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import join, normpath
from typing import NoReturn
from xml.parsers import expat

from app.errors import InputError

MOST_BYTES = 256 * 2**20
"""More than that, unpacked, is no table of scores."""

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_WIDEST = 16_384
_STRINGS = "xl/sharedStrings.xml"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``as_text`` where the format says that it is text though it could be a number."""

    text: str
    as_text: bool = False


Rows = list[tuple[int, list[Cell]]]


def read_workbook(data: bytes, name: str, sheet: str = "") -> tuple[Rows, list[str]]:
    """Return the rows of one sheet that are not empty, with their numbers, and notes.

    Parameters
    ----------
    sheet
        Its name; empty for the first.

    Raises
    ------
    InputError
        This is no workbook, or has no such sheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(_Parts(archive), name, sheet)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        KeyError,
        ValueError,
        IndexError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        raise InputError(
            f"{name} is no XLSX workbook that can be read.",
            remedy="Open it in a spreadsheet and save it again as XLSX, or as CSV.",
        ) from error


class _Parts:
    """The files in a workbook, unpacked up to a limit."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = MOST_BYTES

    def __contains__(self, part: str) -> bool:
        return part in self._archive.namelist()

    def read(self, part: str) -> bytes:
        with self._archive.open(part) as file:
            data = file.read(self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("too large")
        return data


def _read(parts: _Parts, name: str, wanted: str) -> tuple[Rows, list[str]]:
    sheets = _sheets(parts)
    names = [title for title, _ in sheets]
    if not sheets:
        raise ValueError("no sheet")
    if wanted and wanted not in names:
        raise InputError(
            f"{name} has no sheet '{wanted}'.", remedy=f"There is: {', '.join(names)}."
        )
    title, part = next(one for one in sheets if not wanted or one[0] == wanted)
    texts = _Strings(parts.read(_STRINGS)).found if _STRINGS in parts else []
    rows = _Cells(parts.read(part), texts).rows
    others = [one for one in names if one != title]
    notes = [f"sheet '{title}' is read, not {', '.join(others)}"] if others else []
    return [(number, cells) for number, cells in rows if any(c.text.strip() for c in cells)], notes


def _sheets(parts: _Parts) -> list[tuple[str, str]]:
    """Return the names of the sheets and their files, in order."""
    targets: dict[str, str] = {}
    found: list[tuple[str, str]] = []

    def relation(tag: str, values: dict[str, str]) -> None:
        if tag == "Relationship":
            target = values["Target"]
            inside = target.lstrip("/") if target.startswith("/") else join("xl", target)
            targets[values["Id"]] = normpath(inside)

    def sheet(tag: str, values: dict[str, str]) -> None:
        if tag == "sheet":
            found.append((values["name"], values["id"]))

    _parse(parts.read("xl/_rels/workbook.xml.rels"), relation)
    _parse(parts.read("xl/workbook.xml"), sheet)
    return [(title, targets[mark]) for title, mark in found]


class _Strings:
    """The texts that cells point at; of rich text its parts joined, without reading aids."""

    def __init__(self, data: bytes) -> None:
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._taken = False
        self._aside = 0
        _parse(data, self._start, self._end, self._text)

    def _start(self, tag: str, _values: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        self._aside += tag == "rPh"
        self._taken = tag == "t" and not self._aside

    def _end(self, tag: str) -> None:
        self._taken = False
        self._aside -= tag == "rPh"
        if tag == "si" and self._parts is not None:
            self.found.append("".join(self._parts))
            self._parts = None

    def _text(self, text: str) -> None:
        if self._taken and self._parts is not None:
            self._parts.append(text)


class _Cells:
    """The cells of one sheet, row by row."""

    def __init__(self, data: bytes, strings: list[str]) -> None:
        self.rows: Rows = []
        self._strings = strings
        self._kind = ""
        self._column = 0
        self._text: list[str] | None = None
        self._aside = 0
        _parse(data, self._start, self._end, self._take)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "row":
            last = self.rows[-1][0] if self.rows else 0
            self.rows.append((int(values.get("r", last + 1)), []))
        elif tag == "c":
            place = _PLACE.fullmatch(values.get("r", ""))
            self._column = _index(place[1]) if place else len(self.rows[-1][1])
            self._kind = values.get("t", "n")
            self._text = None
        elif tag in ("v", "t") and not self._aside:
            self._text = self._text or []
        self._aside += tag in ("rPh", "f")

    def _take(self, text: str) -> None:
        if self._text is not None and not self._aside:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        self._aside -= tag in ("rPh", "f")
        if tag != "c" or self._text is None:
            return
        cells = self.rows[-1][1]
        if not len(cells) <= self._column < _WIDEST:
            raise ValueError("cells out of order")
        cells += [Cell("")] * (self._column - len(cells))
        cells.append(self._cell("".join(self._text)))
        self._text = None

    def _cell(self, raw: str) -> Cell:
        if self._kind == "s":
            return Cell(self._strings[int(raw)], as_text=True)
        if self._kind in ("str", "inlineStr"):
            return Cell(raw, as_text=True)
        if self._kind == "b":
            return Cell("TRUE" if raw.strip() == "1" else "FALSE", as_text=True)
        if self._kind == "n" and raw.strip():
            return Cell(repr(number) if (number := float(raw)) % 1 else str(int(number)))
        return Cell(raw)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Walk through an XML file; names come without their namespace."""

    def refuse(*_: object) -> NoReturn:
        raise ValueError("a document type in a workbook")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, values: start(
        _bare(tag), {_bare(name): value for name, value in values.items()}
    )
    if end is not None:
        parser.EndElementHandler = lambda tag: end(_bare(tag))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.Parse(data, True)


def _bare(name: str) -> str:
    return name.rsplit(" ", 1)[-1]
