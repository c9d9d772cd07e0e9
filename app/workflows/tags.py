"""The DICOM attributes of one file, or of two beside each other."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.attribute import Attribute
from app.domain.progress import Progress


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute of one file, or of two: None where a file does not have it."""

    tag: str
    keyword: str
    name: str
    vr: str
    first: str | None
    second: str | None = None
    children: tuple["AttributeRow", ...] = ()
    differs: bool = False

    def matches(self, words: Sequence[str]) -> bool:
        """Return whether each word, in small letters, is in tag, name or value."""
        digits = self.tag.strip("()").replace(",", "")
        shown = (self.tag, digits, self.keyword, self.name, self.first or "", self.second or "")
        text = " ".join(shown).casefold()
        return all(word in text for word in words)


def read_tags(
    first: Path, second: Path | None = None
) -> Generator[Progress, None, tuple[AttributeRow, ...]]:
    """Read the attributes of a file, or of two to compare; pixels are never loaded.

    Raises
    ------
    NotAnImage
        A file is not DICOM, or cannot be read; the sentence says which.
    """
    from app.images.attributes import read_attributes

    yield Progress(0, 2, first.name)
    ours = read_attributes(first)
    if second is None:
        return tuple(_alone(one) for one in ours)
    yield Progress(1, 2, second.name)
    return beside(ours, read_attributes(second))


def beside(ours: Sequence[Attribute], theirs: Sequence[Attribute]) -> tuple[AttributeRow, ...]:
    """Return the attributes of two files in one list, in the order of their tags."""
    mine, others = {one.tag: one for one in ours}, {one.tag: one for one in theirs}
    rows = []
    for tag in sorted(mine.keys() | others.keys(), key=_order):
        one, other = mine.get(tag), others.get(tag)
        known = one or other
        if known is None:
            continue
        children = beside(one.children if one else (), other.children if other else ())
        values = (one.value if one else None, other.value if other else None)
        differs = values[0] != values[1] or any(child.differs for child in children)
        rows.append(
            AttributeRow(tag, known.keyword, known.name, known.vr, *values, children, differs)
        )
    return tuple(rows)


def chosen(
    rows: Sequence[AttributeRow], typed: str, *, only_different: bool = False
) -> tuple[AttributeRow, ...]:
    """Return what has every word typed, with what it stands in and what stands in it."""
    words = typed.casefold().split()
    kept = []
    for row in rows:
        if only_different and not row.differs:
            continue
        found = row.matches(words)
        children = chosen(row.children, "" if found else typed, only_different=only_different)
        if found or children:
            kept.append(replace(row, children=children))
    return tuple(kept)


def _alone(one: Attribute) -> AttributeRow:
    children = tuple(_alone(child) for child in one.children)
    return AttributeRow(one.tag, one.keyword, one.name, one.vr, one.value, None, children)


def _order(tag: str) -> tuple[int, str]:
    """Items stand by their number, and attributes by their tag."""
    number = tag.removeprefix("Item ")
    return (int(number), "") if number.isdigit() else (0, tag)
