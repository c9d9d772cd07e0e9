"""The elements of one header as they lie in the file, made into values when asked for.

A stand-in for a pydicom data set. The few kinds of value that differ from
slice to slice are read here where they are written plainly; everything else is
made by pydicom itself, from the same bytes.
"""

import re
from functools import cache, lru_cache
from typing import Any

from pydicom.charset import convert_encodings, default_encoding
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement, convert_raw_data_element, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

Raw = tuple[str | None, bytes]
"""The VR, None where the encoding is implicit, and the bytes of one value."""

CHARACTER_SET = 0x00080005
PIXEL_REPRESENTATION = 0x00280103

_PLAIN = {
    "UI": re.compile(rb"[0-9.]{1,64}\0?"),
    "IS": re.compile(rb" ?-?[0-9]{1,9} ?"),
    "DS": re.compile(
        rb" ?[-+]?[0-9]{1,12}(?:\.[0-9]{1,15})?(?:[eE][-+]?[0-9]{1,2})?"
        rb"(?:\\ ?[-+]?[0-9]{1,12}(?:\.[0-9]{1,15})?(?:[eE][-+]?[0-9]{1,2})?)* ?"
    ),
}
"""How a value is written when nothing about it is unusual."""


class _Tags(dict[str, int]):
    def __missing__(self, keyword: str) -> int:
        tag = tag_for_keyword(keyword)
        found = self[keyword] = -1 if tag is None else int(tag)
        return found


TAGS = _Tags()
"""The tag of every keyword; -1 for a word that is none."""


@cache
def usual_vr(tag: int) -> str:
    """Return the VR of a tag in the dictionary of DICOM; empty for one it does not know."""
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return ""


class Fields:
    """The wanted elements of one data set.

    Parameters
    ----------
    raw
        Tag to VR and bytes.
    implicit
        Whether the data set is in Implicit VR.
    sequences
        Tag to items, for the sequences that were walked through.
    parent
        The data set that these are an item of.
    """

    __slots__ = ("_full", "context", "encoding", "implicit", "raw", "sequences")

    def __init__(
        self,
        raw: dict[int, Raw],
        implicit: bool,
        sequences: "dict[int, list[dict[int, Raw]]] | None" = None,
        parent: "Fields | None" = None,
    ) -> None:
        self.raw = raw
        self.implicit = implicit
        self.encoding: str | tuple[str, ...] = default_encoding
        if parent is not None:
            self.encoding = parent.encoding
        charset = raw.get(CHARACTER_SET)
        if charset is not None:
            self.encoding = _encoding(charset, implicit)
        self.sequences = {
            tag: [Fields(item, implicit, parent=self) for item in items]
            for tag, items in (sequences or {}).items()
        }
        self.context = _context(implicit, self.encoding, raw.get(PIXEL_REPRESENTATION))
        self._full: Dataset | None = None

    def __contains__(self, keyword: object) -> bool:
        return isinstance(keyword, str) and TAGS[keyword] in self.raw

    def __getitem__(self, keyword: str) -> Any:
        return self.full[keyword]

    def __getattr__(self, name: str) -> Any:
        """Leave everything else to pydicom."""
        return getattr(self.full, name)

    @property
    def full(self) -> Dataset:
        """The same elements as a data set of pydicom."""
        if self._full is None:
            elements = {BaseTag(tag): self._element(tag, *raw) for tag, raw in self.raw.items()}
            self._full = Dataset(elements)
            encoding = self.encoding if isinstance(self.encoding, str) else list(self.encoding)
            self._full.set_original_encoding(self.implicit, True, encoding)
        return self._full

    def value(self, keyword: str) -> object:
        """Return the value of an element that is there, as text where it is written plainly."""
        vr, data = self.raw[TAGS[keyword]]
        vr = vr or usual_vr(TAGS[keyword])
        if vr == "US" and len(data) == 2:
            return data[0] | data[1] << 8
        plain = _PLAIN.get(vr)
        if plain is None or plain.fullmatch(data) is None:
            return self.full[keyword].value
        text = data.rstrip(b"\0").decode("ascii")
        return [part.strip() for part in text.split("\\")] if "\\" in text else text.strip()

    def _element(self, tag: int, vr: str | None, data: bytes) -> RawDataElement:
        return _raw_element(tag, vr, data, self.implicit)


def _context(implicit: bool, encoding: object, sign: Raw | None) -> object:
    """Return what else the meaning of an element's bytes depends on, as one small value."""
    if sign is not None and len(sign[1]) > 2:
        return object()
    known = (implicit, encoding if isinstance(encoding, str) else tuple(encoding), sign)  # type: ignore[arg-type]
    return _contexts.setdefault(known, len(_contexts))


_contexts: dict[object, int] = {}


def _raw_element(tag: int, vr: str | None, data: bytes, implicit: bool) -> RawDataElement:
    value = data or empty_value_for_VR(vr, raw=True)
    return RawDataElement(Tag(tag), vr, len(data), value, 0, implicit, True)


@lru_cache(64)
def _encodings(vr: str | None, data: bytes, implicit: bool) -> tuple[str, ...]:
    element = convert_raw_data_element(_raw_element(CHARACTER_SET, vr, data, implicit))
    return tuple(convert_encodings(element.value))


def _encoding(charset: Raw, implicit: bool) -> tuple[str, ...]:
    """Return the encodings that a character set means; may raise what pydicom raises."""
    return _encodings(charset[0], charset[1], implicit)
