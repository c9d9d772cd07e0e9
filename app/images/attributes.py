"""All attributes of one DICOM file, in words; its pixels are never loaded."""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag

from app.domain.attribute import Attribute
from app.images import values
from app.images.files import PatientFile, open_data
from app.images.headers import PIXELS, UNDEFINED, judged

LONGEST_TEXT = 4096
"""Characters of a value that are kept; of a longer one the rest is told by a checksum."""

DEFERRED = 2**20
"""Bytes above which one element is left on the disk, told by its length alone."""

MOST = 20_000
"""Attributes that are told of one file; more are no help to a person."""

_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW"))


def read_attributes(path: Path) -> tuple[Attribute, ...]:
    """Return the attributes of a file in the order of their tags.

    Raises
    ------
    NotAnImage
        The file is not DICOM, or its header cannot be read; the sentence says which.
    """
    values.hush()
    return judged(path, _read)


def _read(path: Path) -> tuple[Attribute, ...]:
    told: list[Attribute] = []
    file, deflated = open_data(path)
    with file:
        patient = cast(BinaryIO, PatientFile(file, path))

        def at_pixels(tag: int, vr: str | None, length: int) -> bool:
            if tag in PIXELS and not told:
                size = "of undefined length" if length == UNDEFINED else f"{length:,} bytes"
                told.append(_of_tag(Tag(tag), PIXELS[tag], vr or "OW", f"{size}, not loaded"))
            return tag >= 0x7FE00008

        if deflated:
            dataset = read_dataset(patient, False, True, stop_when=at_pixels, defer_size=DEFERRED)
            meta: Iterable[DataElement] = ()
        else:
            dataset = read_partial(patient, stop_when=at_pixels, defer_size=DEFERRED, force=True)
            meta = dataset.file_meta
    budget = _Budget(MOST)
    return (*(_told(one, budget) for one in meta), *_attributes(dataset, budget), *told)


class _Budget:
    """Counts attributes down, so that no file makes a list without an end."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _attributes(dataset: Dataset, budget: _Budget) -> Iterator[Attribute]:
    for raw in sorted(dataset.values(), key=lambda one: one.tag):  # as they lie, not converted
        tag = BaseTag(raw.tag)
        if not budget.take():
            yield Attribute("…", "", "More attributes follow", "", "they are not shown")
            return
        if isinstance(raw, RawDataElement) and raw.value is None and raw.length:
            yield _of_tag(tag, "", raw.VR or "", f"{raw.length:,} bytes, not loaded")
            continue
        try:
            element = dataset[tag]
        except Exception as error:  # pydicom raises what a hostile element makes it raise
            if isinstance(error, RecursionError):
                raise
            yield _of_tag(tag, "", getattr(raw, "VR", "") or "", "cannot be read")
        else:
            yield _told(element, budget)


def _told(element: DataElement, budget: _Budget) -> Attribute:
    if element.VR != "SQ":
        return _of_tag(
            element.tag, element.keyword, element.VR, in_words(element.value, element.VR), element
        )
    items = tuple(
        Attribute(f"Item {number}", "", "", "", "", tuple(_attributes(item, budget)))
        for number, item in enumerate(element.value or (), start=1)
        if budget.left > 0
    )
    count = len(element.value or ())
    words = f"{count} item{'s' if count != 1 else ''}"
    made = _of_tag(element.tag, element.keyword, "SQ", words, element)
    return Attribute(made.tag, made.keyword, made.name, "SQ", words, items)


def _of_tag(
    tag: BaseTag, keyword: str, vr: str, value: str, element: DataElement | None = None
) -> Attribute:
    written = f"({tag.group:04X},{tag.elem:04X})"
    name = element.name if element is not None else keyword
    return Attribute(written, keyword, name, vr, value)


def in_words(value: Any, vr: str) -> str:
    """Return a value as text; bytes, and what is very long, end in a checksum."""
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray) or vr in _BINARY:
        data = value if isinstance(value, bytes | bytearray) else repr(value).encode()
        return f"{len(data):,} bytes, CRC-32 {zlib.crc32(data):08x}" if data else ""
    many = isinstance(value, Iterable) and not isinstance(value, str) and vr != "PN"
    parts = value if many or type(value).__name__ == "MultiValue" else (value,)
    text = "\\".join(str(part) for part in parts)
    if len(text) <= LONGEST_TEXT:
        return text
    rest = text[LONGEST_TEXT:].encode("utf-8", "replace")
    return f"{text[:LONGEST_TEXT]}… {len(rest):,} more, CRC-32 {zlib.crc32(rest):08x}"
