"""What the worker process does for other formats: describe a file, or read slices of it."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.pair import Storage
from app.errors import NotAnImage
from app.images import worker
from app.images.files import refuse
from app.images.formats import arrays, streams

OUTSIDE = frozenset({"HDF5", "TIFF", "PNG", "JPEG"})
"""Formats whose pixels C libraries read: never in the program's own process."""

BATCH = 64 * 2**20
"""Bytes that one answer may hold, where it holds more than one slice."""

_BASE_MEMORY = 3 * 2**30


def describe(path: Path, format: str, member: str) -> Storage:
    """Ask the worker how a file holds its numbers.

    Raises
    ------
    NotAnImage
        The file holds no image that can be read.
    WorkerDied
        Its reader crashed or hung.
    """
    request = {"task": "describe", "format": format, "member": member}
    message, _ = worker.ask(path, request, 0, "at its header")
    return storage_of(message["storage"])


def read(path: Path, storage: Storage, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Ask the worker for slices of a file, as they are stored.

    Raises
    ------
    NotAnImage
        The pixels are damaged.
    WorkerDied
        The reader crashed or hung.
    """
    _, rows, columns = arrays.sides(storage.shape, storage.axes)
    plane = rows * columns * max(np.dtype(storage.dtype).itemsize, 8)
    step = max(BATCH // plane, 1)
    found: list[NDArray[Any]] = []
    for start in range(0, len(frames), step):
        some = list(frames[start : start + step])
        request = {"task": "read", "storage": asdict(storage), "frames": some}
        _, pixels = worker.ask(path, request, plane * len(some), f"at slice {some[0] + 1}")
        if pixels is None or pixels.shape[0] != len(some):
            raise streams.changed(path)
        found += list(pixels)
    return found


def storage_of(fields: Mapping[str, Any]) -> Storage:
    """Return a Storage from its fields as JSON gives them."""
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return Storage(**plain)


def answer(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Do one task in the worker; return the answer to send and the pixels that follow it."""
    try:
        _limit_memory(request)
        if request["task"] == "describe":
            storage = _describe(path, str(request["format"]), str(request["member"]))
            return {"storage": asdict(storage)}, b""
        storage = storage_of(request["storage"])
        planes = _read(path, storage, [int(frame) for frame in request["frames"]])
        pixels = np.stack([arrays.plain(plane) for plane in planes])
        little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
        return {"dtype": little.dtype.str, "shape": little.shape}, little.tobytes()
    except NotAnImage as error:
        return {"what": str(error), "remedy": error.remedy}, b""
    except Exception as error:  # every reader has its own ways to say no
        no = refuse(path, "it is damaged or cut short.")
        if isinstance(error, ModuleNotFoundError):
            install = f"Install it with 'pip install {error.name}'."
            no = refuse(path, f"the package {error.name}, which reads it, is missing.", install)
        return {"what": str(no), "remedy": no.remedy}, b""


def _describe(path: Path, format: str, member: str) -> Storage:
    if format == "HDF5":
        from app.images.formats import hdf5

        return hdf5.describe(path, member)
    from app.images.formats import tiff

    return tiff.describe(path)


def _read(path: Path, storage: Storage, frames: list[int]) -> list[NDArray[Any]]:
    if storage.format == "HDF5":
        from app.images.formats import hdf5

        return hdf5.read(path, storage, frames)
    if storage.format == "TIFF":
        from app.images.formats import tiff

        return tiff.read(path, storage, frames)
    from app.images.formats import pictures

    return [pictures.decode(path, storage) for _ in frames]


def _limit_memory(request: Mapping[str, Any]) -> None:
    """Let a file that unpacks to more than it declares fail, and nothing else."""
    if sys.platform == "win32":
        return
    import resource

    needed = 0
    if "storage" in request:
        fields = request["storage"]
        needed = int(np.prod(fields["shape"], dtype=np.int64)) * np.dtype(fields["dtype"]).itemsize
    soft = _BASE_MEMORY + 4 * needed
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (soft if hard < 0 else min(soft, hard), hard))
