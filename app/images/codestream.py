"""What a compressed frame says about itself, asked before a decoder believes it."""

from app.images.files import refuse
from app.images.headers import Header

_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_NO_SIZE = {0xC4, 0xC8, 0xCC}  # DHT, JPG, DAC lie among the frame markers
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_JXL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_JXL_BOX_LIMIT = 100


def check_codestream(header: Header, frame: int, data: bytes) -> None:
    """Refuse a frame whose codestream is not of the size the header declares.

    A decoder takes memory for what the codestream claims, and CharLS searches
    for seconds in a JPEG-LS stream that has lost its end.

    Raises
    ------
    NotAnImage
        Rows or columns differ, or a JPEG-LS stream has no end marker.
    """
    size = size_of(data)
    if size is not None and size != (header.rows, header.columns):
        raise refuse(
            header.path,
            f"frame {frame + 1} is compressed as {size[0]} x {size[1]} pixels, "
            f"but {header.rows} x {header.columns} are declared.",
        )
    if header.syntax in _JPEG_LS and not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise refuse(header.path, f"frame {frame + 1} is cut short.")


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return rows and columns of a JPEG, JPEG-LS, JPEG 2000 or JPEG XL stream, or None.

    JPEG: the frame header SOF (ISO 10918-1 B.2.2; 14495-1 C.2.2 for JPEG-LS).
    JPEG 2000: the marker SIZ (ISO 15444-1 A.5.1), which comes first; a stream
    within a JP2 file is looked for in its box ``jp2c``. JPEG XL: the
    SizeHeader (ISO 18181-1 D.2), also within a container (18181-2).
    """
    if data[4:8] in (b"JXL ", b"jP  "):
        data = _in_container(data)
    if data[:2] == b"\xff\x0a":
        return _jpeg_xl_size(data)
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 24:
        right, bottom, left, top = (
            int.from_bytes(data[at : at + 4], "big") for at in (8, 12, 16, 20)
        )
        return bottom - top, right - left
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in _NO_SIZE):
            rows, columns = (int.from_bytes(data[i : i + 2], "big") for i in (at + 5, at + 7))
            return rows, columns
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _in_container(data: bytes) -> bytes:
    """Return the codestream within the boxes of a JP2 or JPEG XL file."""
    at = 0
    for _ in range(_JXL_BOX_LIMIT):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start = at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        if kind in (b"jp2c", b"jxlc", b"jxlp"):
            return data[start + (4 if kind == b"jxlp" else 0) :][:64]
        if size < 8 or at + size >= len(data):
            break
        at += size
    return b""


def _jpeg_xl_size(data: bytes) -> tuple[int, int] | None:
    bits = int.from_bytes(data[2:16], "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    small = take(1)

    def side() -> int:
        return 8 * (take(5) + 1) if small else 1 + take((9, 13, 18, 30)[take(2)])

    rows, ratio = side(), take(3)
    if ratio == 0:
        return rows, side()
    across, down = _JXL_RATIOS[ratio - 1]
    return rows, rows * across // down
