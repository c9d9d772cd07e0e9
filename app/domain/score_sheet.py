"""Scores that were read elsewhere: the table as it came, how to read it, what is odd in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["reader", "case", "arm", "opponent", "criterion", "value", "comment"]
ROLES: tuple[Role, ...] = ("reader", "case", "arm", "opponent", "criterion", "value", "comment")
"""What a column of a table of scores can hold, beside the scores of one criterion."""

Accepted = Literal["text", "unread"]

OddityKind = Literal[
    "outside its scale",
    "label",
    "duplicate",
    "missing",
    "text",
    "not a number",
    "anchor",
    "unread",
    "key",
]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a table: its number as a spreadsheet shows it, and its cells by column.

    ``as_text`` are the columns whose cell is stored as text by a format that tells text
    from numbers.
    """

    number: int
    cells: Mapping[str, str]
    as_text: frozenset[str] = frozenset()

    def text(self, column: str) -> str:
        """Return a cell without the spaces around it; empty where there is no such column."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it came, unmended. ``notes`` are facts about how it was taken."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person decided about one cell: another value, or None to leave it out."""

    row: int
    column: str
    was: str
    value: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScoreMapping:
    """How a table of scores is to be read, and what a person decided about what is odd.

    Parameters
    ----------
    columns
        Which column holds what, by role.
    criteria
        Column -> criterion, where each criterion has a column of its own.
    fixed
        Role -> what holds for every row, where no column says it.
    key
        Which column of the key holds ``case``, ``code`` and ``arm``.
    labels
        A label that matches nothing -> what it stands for.
    named_arms
        Arms that stand in the table under their own name rather than a code.
    accept
        ``text``: numbers written as text count. ``unread``: what the key has and nobody
        scored is known to be so.
    sheet, header_row
        Of a workbook the sheet; the row of the headings, 0 for the first that is not empty.
    """

    columns: Mapping[Role, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[Role, str] = field(default_factory=dict)
    key: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    named_arms: tuple[str, ...] = ()
    accept: tuple[Accepted, ...] = ()
    corrections: tuple[Correction, ...] = ()
    sheet: str = ""
    header_row: int = 0


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One row of an answer key: what a code stands for, in one case or in all (case empty)."""

    row: int
    case: str
    code: str
    arm: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in a table that is not as it should be, and what became of it.

    ``row`` is 0 for what no row shows. ``nearest`` is what may have been meant; nobody has
    put it there. ``decision`` is what a person decided; without one the row, or the cell,
    is left out.
    """

    table: Literal["scores", "key"]
    row: int
    column: str
    value: str
    kind: OddityKind
    what: str
    nearest: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: rows of ``observations.csv`` by column, what is odd, and what to know."""

    rows: tuple[Mapping[str, object], ...]
    oddities: tuple[Oddity, ...]
    notes: tuple[str, ...]

    @property
    def undecided(self) -> tuple[Oddity, ...]:
        """The oddities that nobody has decided on."""
        return tuple(one for one in self.oddities if not one.decision)
