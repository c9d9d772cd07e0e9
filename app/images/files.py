"""Files as bytes: is it DICOM, and open it with its deflated data inflated within bounds."""

import io
import zlib
from pathlib import Path
from typing import BinaryIO

from pydicom.filereader import _read_file_meta_info, read_preamble

from app.errors import NotAnImage
from app.images import values

INFLATED_LIMIT = 256 * 2**20
"""Bytes that a deflated data set may grow to."""

DEFLATED = "1.2.840.10008.1.2.1.99"
STEPS_LIMIT = 600_000
"""Reads that the header of one file may take."""

SAME_AS_ORIGINAL = "Copy the file again from its source, or leave it out."


class PatientFile:
    """A file that is read in a bounded number of steps.

    A header takes a few steps an element. Megabytes of zeros look like millions
    of empty elements, and would keep a reader busy for minutes.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path, self._steps = file, path, 0
        self.name = str(path)
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        """Read as the file does.

        Raises
        ------
        NotAnImage
            The header took more than STEPS_LIMIT steps.
        """
        self._steps += 1
        if self._steps > STEPS_LIMIT:
            raise refuse(self._path, "its header does not end.")
        return self._file.read(size)


def refuse(path: Path, what: str, remedy: str = SAME_AS_ORIGINAL) -> NotAnImage:
    """Return the refusal of one file, named in the sentence."""
    return NotAnImage(f"{path.name}: {what}", remedy=remedy)


def looks_like_dicom(path: Path) -> bool:
    """Return whether a file has the DICOM prefix, or begins as a bare data set."""
    with path.open("rb") as file:
        start = file.read(132)
    if start[128:132] == b"DICM":
        return True
    group, element = start[0:2], start[2:4]
    if element[:1] not in (b"\x00", b"\x01", b"\x05", b"\x08", b"\x10", b"\x12", b"\x16"):
        element = element[::-1]
    return len(start) > 16 and (
        (group in (b"\x08\x00", b"\x02\x00") and start[3:4] == b"\x00")
        or (group == b"\x00\x08" and start[2:3] == b"\x00")
    )


def open_data(path: Path) -> tuple[BinaryIO, str | None]:
    """Open what a PixelElement's offset counts in.

    Returns
    -------
    tuple
        The open file and None, or for a deflated file its inflated data set
        and the transfer syntax.
    """
    file = path.open("rb")
    try:
        read_preamble(file, True)
        meta = _read_file_meta_info(file)
        if values.text(meta, "TransferSyntaxUID") != DEFLATED:
            file.seek(0)
            return file, None
        inflated = _inflate(path, file)
    except BaseException:
        file.close()
        raise
    file.close()
    return io.BytesIO(inflated), DEFLATED


_inflated: dict[tuple[Path, int, int, int], bytes] = {}


def _inflate(path: Path, file: BinaryIO) -> bytes:
    """Inflate the rest of a file within bounds; the last one is kept for its other frames."""
    stat = path.stat()
    key = path, file.tell(), stat.st_mtime_ns, stat.st_size
    known = _inflated.get(key)
    if known is not None and len(known) <= INFLATED_LIMIT:
        return known
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflater.decompress(file.read(INFLATED_LIMIT), INFLATED_LIMIT + 1)
    if len(inflated) > INFLATED_LIMIT:
        raise refuse(path, f"its deflated data grows beyond {INFLATED_LIMIT // 2**20} MiB.")
    _inflated.clear()
    _inflated[key] = inflated
    return inflated


def what_it_is(path: Path) -> str:
    """Say what a file that is no DICOM file is."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        return "the file is empty."
    for magic, name in {b"\xff\xd8": "a JPEG picture", b"\x1f\x8b": "a gzip archive",
                        b"\x89PNG": "a PNG picture", b"PK": "a zip archive"}.items():  # fmt: skip
        if start.startswith(magic):
            return f"it is {name}, not a DICOM file."
    return "it does not begin as a DICOM file."
