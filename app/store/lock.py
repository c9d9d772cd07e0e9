"""One holder at a time, even between programs; the system lets go when a program dies."""

import os
import sys
from pathlib import Path
from typing import IO

from app.errors import StoreError


class HeldFile:
    """A file that this program alone holds, until it is closed.

    Raises
    ------
    StoreError
        Another program holds it, or the disk refused.
    """

    def __init__(self, path: Path, *, busy: str, remedy: str) -> None:
        try:
            self._file: IO[bytes] = path.open("ab")
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror}.",
                remedy="Put the study where you may write.",
            ) from error
        try:
            _take(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise StoreError(busy, remedy=remedy) from error

    def close(self) -> None:
        """Let go."""
        self._file.close()


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
