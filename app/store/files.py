"""Writing a file so that it is either the old one or the new one, never half of one."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import StoreError


def canonical_json(data: object) -> str:
    """Return the one JSON text of some data: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def atomic_write(path: Path, content: str | bytes) -> None:
    """Write beside, make it durable, then replace.

    Raises
    ------
    StoreError
        The disk refused; an older file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    atomic_write_with(path, lambda file: file.write(data))


def atomic_write_with(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """As ``atomic_write``, for content that is written piece by piece."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise StoreError(f"{path} is {what}.", remedy="Name a file to write.")
    try:
        try:
            with beside.open("xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} could not be written: {error.strerror or error}.",
            remedy="Check the free space and your rights on the folder, then try again.",
        ) from error


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises
    ------
    StoreError
        The disk refused, or a file stands in the way.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be made: {error.strerror or error}.",
            remedy="Name another folder, where you may write.",
        ) from error


def read_bytes(path: Path, *, limit: int, remedy: str) -> bytes:
    """Return a file's content; refuse one larger than it can honestly be.

    Raises
    ------
    StoreError
        The file is missing, cannot be read or is larger than ``limit`` bytes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise StoreError(
            f"{path} could not be read: {error.strerror or error}.", remedy=remedy
        ) from error
    if len(data) > limit:
        raise StoreError(f"{path} is larger than such a file can be.", remedy=remedy)
    return data


def read_json(path: Path, *, limit: int, remedy: str) -> Any:
    """Return the data of a JSON file.

    Raises
    ------
    StoreError
        The file is missing, too large, or no JSON.
    """
    data = read_bytes(path, limit=limit, remedy=remedy)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path} is damaged: it is no JSON.", remedy=remedy) from error


def sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows needs and allows no such thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
