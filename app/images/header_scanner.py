"""A quick way through the header of an ordinary file, in bounded steps.

The elements are walked over as they lie in the file and only the wanted ones
are kept. The slices of a series have nearly the same header: a run of elements
whose tags and lengths were seen before is taken in one step. Whatever is out
of the ordinary raises Unusual, and pydicom reads the file instead, so that
there is one opinion about strange files.
"""

import os
import re
import struct
from collections.abc import Container, Iterable
from functools import lru_cache
from io import FileIO
from struct import Struct
from typing import NamedTuple

from pydicom.uid import UID

from app.images.fields import CHARACTER_SET, Fields, Raw, usual_vr
from app.images.header_runs import Runs, Step

CHUNK = 8 * 2**10
"""Bytes read at once."""

VALUE_LIMIT = 64 * 2**10
"""Bytes that one wanted element may have."""

STEPS_LIMIT = 20_000
CHUNKS_LIMIT = 64
DEPTH_LIMIT = 16
UNDEFINED = 0xFFFFFFFF
PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)

SOURCES = (0x00081115, 0x00082112)
"""ReferencedSeriesSequence and SourceImageSequence: their items are walked through."""

GROUPS = (0x52009229, 0x52009230)
"""The functional groups of enhanced files, which are left to pydicom."""

SYNTAX = 0x00020010
"""TransferSyntaxUID."""

_IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
_PREAMBLE, _DATA_SET = 132, 0x00080000
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UID = re.compile(rb"[0-9.]{5,64}\0?")
_LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
_SHORT = ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH",
          "SL", "SS", "ST", "TM", "UI", "UL", "US")  # fmt: skip
_NAMES: dict[bytes, tuple[str, bool]] = {
    **{vr.encode(): (vr, True) for vr in _LONG},
    **{vr.encode(): (vr, False) for vr in _SHORT},
}
_explicit = Struct("<HH2sH").unpack_from
_implicit = Struct("<HHI").unpack_from
_length = Struct("<I").unpack_from
_runs = {True: Runs(), False: Runs()}


class Unusual(Exception):
    """The file is not of the ordinary kind."""


class Scanned(NamedTuple):
    """The wanted elements of a file, and where its pixels begin."""

    fields: Fields
    syntax: str
    size: int
    tag: int
    vr: str | None
    offset: int
    length: int


class _Source:
    """A window on a file, or on bytes in memory."""

    def __init__(self, data: bytes, size: int, file: FileIO | None = None) -> None:
        self.data, self.base, self.size = data, 0, size
        self._file, self._chunks = file, 0

    def move(self, at: int, length: int = 0) -> None:
        """Put the window on a place in the file; may reach less far at its end."""
        self._chunks += 1
        if self._file is None or self._chunks > CHUNKS_LIMIT or at >= self.size:
            raise Unusual
        self._file.seek(at)
        self.data, self.base = self._file.read(max(CHUNK, length)), at

    def part(self, at: int, length: int) -> bytes:
        """Return bytes of the file, exactly as many."""
        start = at - self.base
        if start < 0 or start + length > len(self.data):
            self.move(at, length)
            start = 0
        part = self.data[start : start + length]
        if len(part) < length:
            raise Unusual
        return part


def scan_header(file: FileIO, wanted: Container[int]) -> Scanned:
    """Walk over the header of an open file.

    Parameters
    ----------
    file
        Open for reading bytes, without a buffer, at its beginning.
    wanted
        The tags to keep, made by ``wanted_tags``.

    Raises
    ------
    Unusual
        The file is not an ordinary one; whether it can be read is not decided here.
    """
    size = os.fstat(file.fileno()).st_size
    source = _Source(file.read(CHUNK), size, file)
    if source.data[128:132] != b"DICM":
        raise Unusual
    try:
        raw, implicit, tag, vr, offset, length = _top(source, wanted)
        syntax = _syntax(raw)
        if implicit != (syntax == _IMPLICIT_SYNTAX):
            raise Unusual
        del raw[SYNTAX]
        sequences = {
            one: _items(raw[one][1], implicit) for one in SOURCES if raw.get(one, ("", b""))[1]
        }
        try:
            fields = Fields(raw, implicit, sequences)
        except Exception as error:  # a character set that pydicom does not like
            raise Unusual from error
    except (struct.error, KeyError) as error:  # past the end, or a VR that is none
        raise Unusual from error
    return Scanned(fields, syntax, size, tag, vr, offset, length)


def alike(found: Scanned, before: Scanned, varying: frozenset[int]) -> bool:
    """Return whether a header says the same as one that was found good.

    Only the wanted tags count, and of them not the ``varying`` ones.
    """
    if found.tag != before.tag or found.vr != before.vr or found.length != before.length:
        return False
    if found.syntax != before.syntax or found.fields.context != before.fields.context:
        return False
    there = found.size - found.offset
    if there < (8 if found.length == UNDEFINED else found.length):
        return False
    ours, theirs = found.fields.raw, before.fields.raw
    return ours.keys() == theirs.keys() and varying.issuperset(
        [tag for tag, raw in ours.items() if theirs[tag] != raw]
    )


def wanted_tags(tags: Iterable[int]) -> frozenset[int]:
    """Return the tags with those that every header is read by."""
    return frozenset((*tags, CHARACTER_SET, SYNTAX))


def _syntax(raw: dict[int, Raw]) -> str:
    """Return the transfer syntax that the meta header names."""
    return _ordinary_syntax(raw[SYNTAX][1])


@lru_cache(256)
def _ordinary_syntax(value: bytes) -> str:
    if _UID.fullmatch(value) is None:
        raise Unusual
    name = value.rstrip(b"\0").decode("ascii")
    if not _known(name):
        raise Unusual
    return name


@lru_cache(256)
def _known(syntax: str) -> bool:
    """Return whether the data set of a syntax is little endian as it lies in the file."""
    uid = UID(syntax)
    return bool(
        not uid.is_private
        and uid.is_transfer_syntax
        and uid.is_little_endian
        and not uid.is_deflated
        and uid.name != syntax
    )


def _top(
    source: _Source, wanted: Container[int]
) -> tuple[dict[int, Raw], bool, int, str | None, int, int]:
    """Walk over the meta header and the top level of the data set, up to the pixels."""
    raw: dict[int, Raw] = {}
    trail: list[Step] = []
    beginning = data = source.data
    base, pos, room = 0, _PREAMBLE, len(data)
    last, steps, implicit, runs = 0x0001FFFF, 0, False, _runs[False]
    while True:
        if pos + 12 > room:
            source.move(base + pos)
            data, base, pos = source.data, source.base, 0
            room = len(data)
        run = runs.match(data, pos, last, wanted)
        if run is not None:
            raw.update(run.taken(data, pos))
            last, pos = run.last, pos + run.size
            continue
        steps += 1
        group, element, name, length = _explicit(data, pos)
        tag = group << 16 | element
        if last < _DATA_SET <= tag and not implicit and _syntax(raw) == _IMPLICIT_SYNTAX:
            if name.isalpha():
                raise Unusual  # explicit after all
            implicit, runs, trail = True, _runs[True], []
        vr, head = None, 8
        if implicit:
            length = _implicit(data, pos)[2]
        else:
            vr, long = _NAMES[name]
            if long:
                head, (length,) = 12, _length(data, pos + 8)
        if tag <= last or steps > STEPS_LIMIT or tag in GROUPS or 2 < group < 8:
            raise Unusual
        last = tag
        if tag >= 0x7FE00008:
            if tag not in PIXEL_TAGS:
                raise Unusual
            runs.learn(beginning, trail, wanted)
            return raw, implicit, tag, vr, base + pos + head, length
        if length == UNDEFINED:
            start = base + pos + head
            end = _past_sequence(source, start, tag, vr, implicit)
            if tag in wanted:
                if end - 8 - start > VALUE_LIMIT:
                    raise Unusual
                raw[tag] = (vr, source.part(start, end - 8 - start))
            data, base = source.data, source.base
            pos, room = end - base, len(data)
            continue
        end = pos + head + length
        if base + end > source.size:
            raise Unusual
        keep = tag in wanted
        if keep:
            if length > VALUE_LIMIT:
                raise Unusual
            if end > room:
                raw[tag] = (vr, source.part(base + pos + head, length))
                end += base - source.base
                data, base, room = source.data, source.base, len(source.data)
            else:
                raw[tag] = (vr, data[pos + head : end])
        if base == 0 and end <= room:
            trail.append(Step(pos, head, end, tag, vr, keep))
        pos = end


def _past_sequence(source: _Source, at: int, tag: int, vr: str | None, implicit: bool) -> int:
    """Return where a sequence of undefined length ends, with its delimiter."""
    if implicit:
        usual = usual_vr(tag)
        if usual != "SQ" and (usual or source.part(at, 4) != b"\xfe\xff\x00\xe0"):
            raise Unusual
    elif vr != "SQ":
        raise Unusual
    inside = [_SEQUENCE_END]  # what ends each open level
    for _ in range(STEPS_LIMIT):
        group, element, length = _implicit(source.part(at, 8))
        found = group << 16 | element
        if found in (_ITEM_END, _SEQUENCE_END):
            if found != inside.pop() or length:
                raise Unusual
            at += 8
            if not inside:
                return at
        elif inside[-1] == _SEQUENCE_END:
            if found != _ITEM:
                raise Unusual
            at += 8
            if length == UNDEFINED:
                inside.append(_ITEM_END)
            else:
                at += length
        else:
            name = None
            if not implicit:
                head = source.part(at, 8)
                name, long = _NAMES[head[4:6]]
                length = int.from_bytes(head[6:8], "little")
                if long:
                    (length,) = _length(source.part(at + 8, 4))
                    at += 4
            at += 8
            if length == UNDEFINED:
                sequence = name == "SQ" or (implicit and usual_vr(found) == "SQ")
                if not sequence or len(inside) >= DEPTH_LIMIT:
                    raise Unusual
                inside.append(_SEQUENCE_END)
            else:
                at += length
        if at > source.size:
            raise Unusual
    raise Unusual


def _items(data: bytes, implicit: bool) -> list[dict[int, Raw]]:
    """Return the elements of every item of a sequence, without those of deeper sequences."""
    source, at, items = _Source(data, len(data)), 0, []
    while at < len(data):
        group, element, length = _implicit(source.part(at, 8))
        if group << 16 | element != _ITEM:
            raise Unusual
        end = None if length == UNDEFINED else at + 8 + length
        if end is not None and end > len(data):
            raise Unusual
        item, at = _item(source, at + 8, end, implicit)
        items.append(item)
    return items


def _item(source: _Source, at: int, end: int | None, implicit: bool) -> tuple[dict[int, Raw], int]:
    raw: dict[int, Raw] = {}
    last = 0
    while end is None or at < end:
        group, element, length = _implicit(source.part(at, 8))
        tag, vr, head = group << 16 | element, None, 8
        if tag == _ITEM_END:
            if end is not None or length:
                raise Unusual
            return raw, at + 8
        if not implicit:
            _, _, name, length = _explicit(source.part(at, 8))
            vr, long = _NAMES[name]
            if long:
                head, (length,) = 12, _length(source.part(at + 8, 4))
        if tag <= last or group == 0xFFFE:
            raise Unusual
        last = tag
        if length == UNDEFINED:
            at = _past_sequence(source, at + head, tag, vr, implicit)
            continue
        raw[tag] = (vr, source.part(at + head, length))
        at += head + length
    if end is not None and at != end:
        raise Unusual
    return raw, at
