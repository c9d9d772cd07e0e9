"""Named texts inside a PNG picture: put in, and read again."""

import struct
import zlib
from collections.abc import Iterator, Mapping

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LONGEST_TEXT = 16 * 2**20


def with_texts(png: bytes, texts: Mapping[str, str]) -> bytes:
    """Return a PNG picture with named texts inside.

    Parameters
    ----------
    png
        A complete PNG file.
    texts
        By name, 1 to 79 letters of ASCII, e.g. ``Description``.

    Raises
    ------
    ValueError
        It is no PNG picture.

    References
    ----------
    PNG (ISO/IEC 15948) 11.3.4: tEXt holds Latin-1, iTXt the rest of Unicode.
    """
    chunks = b"".join(_text_chunk(name, text) for name, text in texts.items())
    kind, start, length = next(_chunks(png), (b"", 0, 0))
    if kind != b"IHDR":
        raise ValueError("this is no PNG picture")
    end = start + length + 4
    return png[:end] + chunks + png[end:]


def texts_of(png: bytes) -> dict[str, str]:
    """Return the named texts of a PNG picture; empty where it is none or is damaged."""
    found: dict[str, str] = {}
    for kind, start, length in _chunks(png):
        data = png[start : start + length]
        name, _, rest = data.partition(b"\0")
        try:
            if kind == b"tEXt":
                found[name.decode("latin-1")] = rest.decode("latin-1")
            elif kind == b"iTXt":
                packed, words = rest[0], rest[2:].split(b"\0", 2)[2]
                if packed:
                    words = zlib.decompressobj().decompress(words, _LONGEST_TEXT)
                found[name.decode("latin-1")] = words.decode("utf-8")
        except (IndexError, UnicodeDecodeError, zlib.error):
            continue
    return found


def _text_chunk(name: str, text: str) -> bytes:
    key = name.encode("ascii")
    if not 1 <= len(key) <= 79:
        raise ValueError(f"a text inside a picture cannot be called {name!r}")
    try:
        kind, data = b"tEXt", key + b"\0" + text.replace("\0", " ").encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", key + b"\0\0\0\0\0" + text.encode("utf-8")
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def _chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and length of the data of each chunk that is complete."""
    at = len(_SIGNATURE)
    if png[:at] != _SIGNATURE:
        return
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if at + 12 + length > len(png):
            return
        yield png[at + 4 : at + 8], at + 8, length
        at += 12 + length
