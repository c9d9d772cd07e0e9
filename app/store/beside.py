"""A file written by someone else's encoder, and there only when it is complete."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import StoreError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside a file to write to, which replaces the file in the end.

    The place has the same suffix, by which encoders choose their format. After any
    failure, and when a generator that waits in here is closed, it is removed and an
    older file is untouched.

    Raises
    ------
    StoreError
        The disk refused.
    """
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise StoreError(f"{path} is {what}.", remedy="Name a file to write.")
    place = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        try:
            yield place
            place.replace(path)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(
            f"{path} could not be written: {error.strerror or error}.",
            remedy="Check the free space and your rights on the folder, then try again.",
        ) from error
