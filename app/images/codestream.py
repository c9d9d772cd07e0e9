"""What a compressed frame says about itself, asked before a decoder believes it."""

from app.images.files import refuse
from app.images.headers import Header

_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_NO_SIZE = {0xC4, 0xC8, 0xCC}  # DHT, JPG, DAC lie among the frame markers
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


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
    """Return rows and columns of a JPEG, JPEG-LS or JPEG 2000 codestream, or None.

    JPEG: the frame header SOF (ISO 10918-1 B.2.2; 14495-1 C.2.2 for JPEG-LS).
    JPEG 2000: the marker SIZ (ISO 15444-1 A.5.1), which comes first.
    """
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 24:
        right, bottom, left, top = (
            int.from_bytes(data[at : at + 4], "big") for at in (8, 12, 16, 20)
        )
        return bottom - top, right - left
    if data[:2] != b"\xff\xd8":
        return None
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
