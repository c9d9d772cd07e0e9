"""Damaged copies of real files: element by element, and byte by byte. Repeatable by number."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import data_store
import pydicom
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

SIZE_LIMIT = 200_000
"""Larger real files are left out: they say nothing new, only slower."""

INFLATED_LIMIT = 2_000_000

_LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
_VRS = [*sorted(_LONG), "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "PN",
        "SH", "SL", "SS", "TM", "UI", "UL", "US", "\0\0", "??"]  # fmt: skip
_LENGTHS = [
    0,
    1,
    2,
    3,
    7,
    8,
    255,
    0x7FFF,
    0xFFFE,
    0xFFFF,
    0x10000,
    2**24,
    2**31 - 1,
    2**32 - 2,
    2**32 - 1,
]
_WORDS = [
    *(b"", b"0", b"-1", b"1", b"1e308", b"-1e-308", b"NaN", b"inf", b"9" * 20, b"abc"),
    *(b"0\\0", b"1\\2", b"1e30\\1e30\\1e30", b"1\\2\\3\\4\\5\\6", b"0\\0\\0\\0\\0\\0"),
    *(b"1\\0\\0\\0\\1\\0", b"\xff\xfe\x00", b"%s%n", b"../../x", b" " * 64, b"\\" * 40),
    *(b"A" * 5000, b"\n\r\t", b"MONOCHROME1", b"RGB", b"YBR_FULL_422", b"PALETTE COLOR"),
    *(b"ISO 2022 IR 87", b"INVERSE"),
]
_NUMBERS = "50 51 57 70 80 81 90 91 100 110 112 201 203"
_SYNTAXES = [
    f"1.2.840.10008.1.2{end}".encode()
    for end in ("", ".1", ".2", ".5", ".1.98", ".1.99", *(f".4.{n}" for n in _NUMBERS.split()))
]


@dataclass(frozen=True)
class Element:
    """Where one element of the file lies: its tag, its length field and its value."""

    tag: int
    start: int
    length_at: int
    length_size: int
    value: int
    size: int


def real_files(shared: Path | None) -> list[Path]:
    """Return the real files to damage: those that come with pydicom, and the shared ones."""
    folders = [Path(pydicom.__file__).parent / "data" / "test_files",
               Path(data_store.__file__).parent / "data"]  # fmt: skip
    if shared is not None:
        folders.append(shared / "data" / "dicom")
    files = [path for folder in folders for path in sorted(folder.rglob("*.dcm"))]
    return [path for path in files if 132 < path.stat().st_size <= SIZE_LIMIT]


def damaged(original: bytes, number: int) -> bytes:
    """Return the damaged copy of that number."""
    chance = random.Random(number)  # noqa: S311 - repeatable damage
    data = bytearray(original)
    inflated = _inflated(original)
    if inflated is not None and chance.random() < 0.8:
        head, body = inflated
        return head + _deflated(bytes(_damage(bytearray(head + body), chance))[len(head) :])
    return bytes(_damage(data, chance))


def _damage(data: bytearray, chance: random.Random) -> bytearray:
    if chance.random() < 0.3:
        return _bytes(data, chance)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        elements = _elements(bytes(data))
        if not elements:
            return _bytes(data, chance)
        weights = [
            6 if one.tag >> 16 in (0x0002, 0x0020, 0x0028, 0x7FE0) else 1 for one in elements
        ]
        (one,) = chance.choices(elements, weights)
        data = chance.choice(_WAYS)(data, one, chance)
    return data


def _bytes(data: bytearray, chance: random.Random) -> bytearray:
    """Change, cut out, double or lose bytes anywhere behind the preamble."""
    for _ in range(chance.choice([1, 1, 2, 8])):
        if len(data) < 140:
            break
        at = chance.randrange(128, len(data))
        kind = chance.randrange(6)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at : at + 4] = b"\xff\xff\xff\xff"
        elif kind == 2:
            del data[at : at + chance.randrange(1, 16)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randrange(1, 64)]
        elif kind == 4:
            data[at : at + 64] = bytes(64)
        else:
            del data[max(at, 140) :]
    return data


def _vr(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    if one.value - one.start == 8 and one.length_size == 4:  # implicit: there is none
        return _length(data, one, chance)
    data[one.start + 4 : one.start + 6] = chance.choice(_VRS).encode()
    return data


def _length(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    wrong = chance.choice([*_LENGTHS, one.size + 1, max(one.size - 1, 0), one.size * 2])
    size = one.length_size
    data[one.length_at : one.length_at + size] = (wrong % 2 ** (8 * size)).to_bytes(size, "little")
    return data


def _value(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    """Put another value in, with its length told rightly."""
    if one.tag == 0x00020010:
        new = chance.choice(_SYNTAXES)
    elif one.size in (2, 4, 8) and chance.random() < 0.7:
        number = chance.choice([0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 32, 64, 255, 2**15, 2**16 - 1,
                                2**31, 2**32 - 1, chance.randrange(2**16)])  # fmt: skip
        new = struct.pack("<Q", number)[: one.size]
    else:
        new = chance.choice(_WORDS)
    new += b" " * (len(new) % 2)
    if len(new) >= 2 ** (8 * one.length_size):
        new = new[:1000]
    data[one.length_at : one.length_at + one.length_size] = len(new).to_bytes(
        one.length_size, "little"
    )
    data[one.value : one.value + one.size] = new
    return data


def _remove(data: bytearray, one: Element, _chance: random.Random) -> bytearray:
    del data[one.start : one.value + one.size]
    return data


def _double(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    whole = data[one.start : one.value + one.size][:4096]
    data[one.start : one.start] = whole * chance.choice([1, 2, 50])
    return data


def _tag(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    tag = chance.choice([0x00080005, 0x00280010, 0x00280008, 0x00283010, 0x52009230, 0x60003000,
                         0x7FE00008, 0x7FE00009, 0x7FE00010, 0xFFFEE000, 0xFFFEE0DD,
                         chance.randrange(2**32)])  # fmt: skip
    data[one.start : one.start + 4] = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    return data


def _end(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    del data[max(chance.choice([one.start, one.value, one.value + one.size // 2]), 140) :]
    return data


def _nest(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    """Put sequences within sequences before the element."""
    opening = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    data[one.start : one.start] = opening * chance.choice([1, 10, 600])
    return data


def _zeros(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    data[one.start : one.start] = bytes(chance.choice([8, 1000, 100_000]))
    return data


def _inside(data: bytearray, one: Element, chance: random.Random) -> bytearray:
    """Change bytes near the beginning of a value: codestreams tell their size there."""
    for _ in range(chance.choice([1, 3, 10])):
        at = one.value + chance.randrange(max(min(one.size, 200), 1))
        if at < len(data):
            data[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    return data


_WAYS: list[Callable[[bytearray, Element, random.Random], bytearray]] = [
    _vr, _length, _value, _value, _value, _value, _remove, _double, _tag, _end, _nest, _zeros,
    _inside, _inside,
]  # fmt: skip


def _elements(data: bytes) -> list[Element]:
    """Return where the elements lie, also those within sequences of undefined length."""
    found: list[Element] = []
    try:
        ds = pydicom.dcmread(BytesIO(data), force=True)
        _walk(ds, data, found)
        if hasattr(ds, "file_meta"):
            _walk(ds.file_meta, data, found)
    except Exception:  # damaged before: what was found so far will do
        return found
    return found


def _walk(ds: Dataset, data: bytes, found: list[Element]) -> None:
    for raw in list(ds._dict.values()):
        if isinstance(raw, RawDataElement) and raw.length is not None:
            value, size = raw.value_tell, raw.length
            if not 136 <= value <= len(data):
                continue
            undefined = size == 0xFFFFFFFF
            long = raw.is_implicit_VR or raw.VR in _LONG
            length_at = value - (4 if long else 2)
            start = value - (8 if raw.is_implicit_VR or not long else 12)
            size = len(data) - value if undefined else min(size, len(data) - value)
            found.append(Element(int(raw.tag), start, length_at, 4 if long else 2, value, size))
        elif isinstance(raw, DataElement) and raw.VR == "SQ":
            for item in raw.value[:3]:
                _walk(item, data, found)


def _inflated(data: bytes) -> tuple[bytes, bytes] | None:
    """Return the head and the inflated body of a deflated file."""
    if b"1.2.840.10008.1.2.1.99" not in data[:1000]:
        return None
    try:
        length = struct.unpack_from("<I", data, 140)[0]
        body = zlib.decompressobj(-15).decompress(data[144 + length :], INFLATED_LIMIT)
        return (data[: 144 + length], body) if len(body) < INFLATED_LIMIT else None
    except (struct.error, zlib.error):
        return None


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()
