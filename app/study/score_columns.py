"""Which column of a table of scores holds what: guessed from the headings, then checked."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from app.domain.protocol import Protocol
from app.domain.score_sheet import KeyEntry, Role, ScoreMapping, Sheet
from app.errors import InputError
from app.study.score_labels import folded, words_of
from app.study.score_numbers import number_in

_HEADINGS: Mapping[Role, tuple[str, ...]] = {
    "reader": ("reader", "rater", "radiologist", "observer", "reviewer", "annotator", "user"),
    "case": ("case", "set", "patient", "subject", "case id", "patient id", "study id", "anatomy"),
    "arm": ("code", "arm", "method", "image", "model", "algorithm", "label", "blinded"),
    "opponent": ("opponent", "versus", "compared with"),
    "criterion": ("criterion", "question", "item", "measure"),
    "value": ("value", "score", "rating", "grade", "answer"),
    "comment": ("comment", "comments", "remark", "remarks", "note", "notes"),
}
_KEY_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "case": _HEADINGS["case"],
    "code": ("code", "label", "blinded", "letter", "image", "picture"),
    "arm": ("arm", "method", "model", "algorithm", "reconstruction"),
}


def guess_mapping(
    sheet: Sheet,
    *,
    key: Sheet | None = None,
    protocol: Protocol | None = None,
    known: Collection[str] = (),
) -> ScoreMapping:
    """Return how a table is read as its headings suggest; what they do not say is left out.

    Parameters
    ----------
    known
        Columns of our own tables, which hold no criterion.
    """
    columns = {role: name for role, words in _HEADINGS.items() if (name := _named(sheet, words))}
    key_columns = guess_key(key) if key is not None else {}
    own = {"presentation", "criterion", "value"} <= set(sheet.columns)
    if own:  # a table of ours: its label says the score in words
        columns["arm"] = "arm"
    criteria: dict[str, str] = {}
    if protocol is not None:
        criteria = _criteria_named(sheet, protocol)
    fixed: dict[Role, str] = {}
    if "criterion" in columns and "value" in columns:
        criteria = {}
    elif criteria:
        columns.pop("value", None)
        columns.pop("criterion", None)
    elif "value" in columns and protocol is not None and len(protocol.criteria) == 1:
        fixed["criterion"] = protocol.criteria[0].id
    elif protocol is None:
        taken = {*columns.values()} - {columns.get("value", "")} | {*known}
        criteria = {name: name for name in _numeric(sheet) if name not in taken}
        if criteria:
            columns.pop("value", None)
    return ScoreMapping(columns=columns, criteria=criteria, fixed=fixed, key=key_columns)


def guess_key(key: Sheet) -> dict[str, str]:
    """Return which column of an answer key holds case, code and arm."""
    found = {what: name for what, words in _KEY_HEADINGS.items() if (name := _named(key, words))}
    if len(set(found.values())) < len(found):
        found.pop("code")
    return found


def missing_roles(mapping: ScoreMapping, *, case_in_key: bool = False) -> tuple[str, ...]:
    """Return what no column says and must be told: reader, case, arm, scores.

    Parameters
    ----------
    case_in_key
        Whether the key tells the case from the code alone.
    """
    told = {**mapping.fixed, **mapping.columns}
    needed: list[Role] = ["reader", "arm"] if case_in_key else ["reader", "case", "arm"]
    missing: list[str] = [role for role in needed if role not in told]
    if not mapping.criteria:
        missing += [role for role in ("criterion", "value") if role not in told]
    return tuple(missing)


def check_mapping(mapping: ScoreMapping, sheet: Sheet, key: Sheet | None = None) -> None:
    """Refuse a mapping that names a column which is not there, or one column twice.

    Raises
    ------
    InputError
        Names the column, and the nearest there is.
    """
    named = [*mapping.columns.values(), *mapping.criteria]
    _must_have(sheet, named)
    for name in named:
        if named.count(name) > 1:
            raise InputError(
                f"The mapping uses the column '{name}' twice.",
                remedy="Give every column one meaning.",
            )
    if mapping.criteria and ("value" in mapping.columns or "criterion" in mapping.columns):
        raise InputError(
            "The mapping gives both columns of one criterion each and a column of values.",
            remedy="Leave out either 'criteria', or 'criterion' and 'value'.",
        )
    if key is not None:
        _must_have(key, mapping.key.values())


def key_entries(key: Sheet, columns: Mapping[str, str]) -> tuple[KeyEntry, ...]:
    """Return the rows of an answer key.

    Raises
    ------
    InputError
        A column is not known, a cell is empty, or the key contradicts itself.
    """
    for needed in ("code", "arm"):
        if needed not in columns:
            raise InputError(
                f"{key.name}: no heading says which column is the {needed}.",
                remedy="Name its columns case, code and arm, or say so in the mapping under 'key'.",
            )
    _must_have(key, columns.values())
    entries = []
    seen: dict[tuple[str, str], KeyEntry] = {}
    for row in key.rows:
        case = row.text(columns["case"]) if "case" in columns else ""
        entry = KeyEntry(row.number, case, row.text(columns["code"]), row.text(columns["arm"]))
        if not entry.code or not entry.arm or ("case" in columns and not case):
            raise InputError(
                f"{key.name}, row {row.number}: a cell is empty.",
                remedy="A key needs a code and an arm in every row, and a case if it has cases.",
            )
        former = seen.setdefault((folded(case), folded(entry.code)), entry)
        if former.arm != entry.arm:
            raise InputError(
                f"{key.name}, rows {former.row} and {row.number}: the code '{entry.code}'"
                f"{f' of {case}' if case else ''} stands for {former.arm} and for {entry.arm}.",
                remedy="Correct the key; nobody can tell which is right.",
            )
        if former is entry:
            entries.append(entry)
    return tuple(entries)


def tells_case(entries: Sequence[KeyEntry]) -> bool:
    """Return whether the code alone tells the case."""
    codes = [entry.code for entry in entries if entry.case]
    return bool(codes) and len(set(codes)) == len(entries)


def without_empty_case(mapping: ScoreMapping, sheet: Sheet) -> ScoreMapping:
    """Return the mapping without a column of cases in which every cell is empty."""
    column = mapping.columns.get("case", "")
    if not column or any(row.text(column) for row in sheet.rows):
        return mapping
    columns: dict[Role, str] = {r: name for r, name in mapping.columns.items() if r != "case"}
    return replace(mapping, columns=columns)


def _named(sheet: Sheet, words: Sequence[str]) -> str:
    """Return the column whose heading is one of some words; the first word counts most."""
    headings = {words_of(name): name for name in reversed(sheet.columns)}
    return next((headings[word] for word in words if word in headings), "")


def _criteria_named(sheet: Sheet, protocol: Protocol) -> dict[str, str]:
    named = [(text, one.id) for one in protocol.criteria for text in (one.id, one.prompt)]
    found: dict[str, str] = {}
    for column in sheet.columns:
        name = _criterion_named(column, named)
        if name and name not in found.values():
            found[column] = name
    return found


def _criterion_named(column: str, named: Sequence[tuple[str, str]]) -> str:
    """Return the one criterion that a heading names: to the letter, when folded, by its words."""
    ways: tuple[Callable[[str], str], ...] = (str.strip, folded, words_of)
    for same in ways:
        ids = {id for text, id in named if same(text) == same(column)}
        if ids:
            return ids.pop() if len(ids) == 1 else ""
    return ""


def _numeric(sheet: Sheet) -> list[str]:
    """Return the columns of which at least half of what is written is numbers."""
    found = []
    for column in sheet.columns:
        cells = [row.text(column) for row in sheet.rows if row.text(column)]
        numbers = sum(number_in(cell) is not None for cell in cells)
        if cells and 2 * numbers >= len(cells):
            found.append(column)
    return found


def _must_have(sheet: Sheet, names: Iterable[str]) -> None:
    for name in names:
        if name not in sheet.columns:
            near = difflib.get_close_matches(name, sheet.columns, n=1)
            raise InputError(
                f"{sheet.name} has no column '{name}'.",
                remedy=f"Did you mean '{near[0]}'?"
                if near
                else f"There is: {', '.join(sheet.columns)}.",
            )
