"""Bytes taken from files and archives: never more than was declared, and the last kept."""

import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from app.errors import NotAnImage
from app.images.files import refuse

KEPT_LIMIT = 2**30
"""Bytes of the one unpacked array that is kept for the next slices."""

PACKED_LIMIT = 2 * 2**30
"""Bytes that packed numbers may grow to."""

DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,  # RecursionError and NotImplementedError among them
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers of other formats raise at damaged files."""

_CHUNK = 2**24


def exactly(stream: IO[bytes], size: int, path: Path) -> bytearray:
    """Read so many bytes, growing as they come and not as a header promises.

    Raises
    ------
    NotAnImage
        The file ends before, or its packed data is damaged.
    """
    data = bytearray()
    try:
        while len(data) < size:
            more = stream.read(min(_CHUNK, size - len(data)))
            if not more:
                break
            data += more
    except DAMAGE as error:
        raise refuse(path, "its packed data is damaged or cut short.") from error
    if len(data) < size:
        raise refuse(path, f"it is cut short: {size} bytes are declared, {len(data)} are there.")
    return data


def shaped(
    data: bytearray, dtype: np.dtype[Any], shape: tuple[int, ...], *, fortran: bool
) -> NDArray[Any]:
    """Return bytes as an array of a shape."""
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def check_packed(path: Path, needed: int, packed: int) -> None:
    """Refuse packed numbers that grow too large, or more than deflate can pack.

    Raises
    ------
    NotAnImage
        More than PACKED_LIMIT bytes, or more than 1,040 times the packed bytes.
    """
    if needed > PACKED_LIMIT:
        raise refuse(
            path,
            f"its packed numbers grow to {needed / 2**30:.1f} GiB; "
            f"the limit is {PACKED_LIMIT // 2**30} GiB.",
            "Save it without compression.",
        )
    if needed > 1040 * packed + 4096:
        raise refuse(path, f"its {packed} packed bytes cannot hold the {needed} it declares.")


class Kept:
    """The array that was unpacked last, because its next slices are asked for next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entry: tuple[object, NDArray[Any]] | None = None

    def get(self, path: Path, member: str, unpack: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the array of a file, unpacked again only where the file has changed."""
        state = path.stat()
        key = str(path), member, state.st_size, state.st_mtime_ns
        with self._lock:
            if self._entry is not None and self._entry[0] == key:
                return self._entry[1]
            self._entry = None
            array = unpack()
            if array.nbytes <= KEPT_LIMIT:
                self._entry = key, array
            return array


def changed(path: Path) -> NotAnImage:
    """Return the refusal of a file that is not what the scan saw."""
    return refuse(
        path, "the file has changed since the folder was scanned.", "Scan the folder again."
    )


def damaged(path: Path, what: str = "its header is damaged and cannot be read.") -> NotAnImage:
    """Return the refusal of a file whose reader gave up."""
    return refuse(path, what)
