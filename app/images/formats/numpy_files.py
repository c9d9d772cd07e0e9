"""NumPy's .npy and .npz. Nothing is ever unpickled.

The layout of both is that of NEP 1 and ``numpy.lib.format``; the pixels are
read here, so that a header's promise is checked before memory is taken.
"""

import io
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from app.domain.pair import Storage
from app.errors import NotAnImage
from app.images.files import refuse
from app.images.formats import arrays, streams
from app.images.formats.choice import choose

HEADER_LIMIT = 2**16
MEMBERS_LIMIT = 10_000

_kept = streams.Kept()


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int
    nbytes: int


def describe(path: Path, member: str) -> Storage:
    """Return how a .npy or .npz file holds its numbers.

    Raises
    ------
    NotAnImage
        The file is damaged, holds no image, or several and none was named.
    """
    if path.suffix.lower() == ".npz":
        return _describe_archive(path, member)
    with path.open("rb") as file:
        header = _header(path, file)
    _check_there(path, header, path.stat().st_size)
    return _storage(path, header, "")


def read(path: Path, storage: Storage, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Return some slices as they are stored."""
    if storage.member:
        array = _kept.get(path, storage.member, lambda: _read_member(path, storage.member))
        return [arrays.plane_of(array, storage.axes, frame) for frame in frames]
    with path.open("rb") as file:
        header = _header(path, file)
        if header.shape != storage.shape or str(header.dtype) != storage.dtype:
            raise streams.changed(path)
        return read_slices(path, file, header.dtype, header.shape, header.offset,
                           storage.axes, frames, fortran=header.fortran)  # fmt: skip


def read_slices(
    path: Path,
    file: IO[bytes],
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    offset: int,
    axes: arrays.Axes,
    frames: Sequence[int],
    *,
    fortran: bool,
) -> list[NDArray[Any]]:
    """Read slices of an unpacked array; no more than needed where they are contiguous."""
    slowest = len(shape) if fortran else 1
    first, last = 0, shape[slowest - 1] - 1
    if abs(axes[0]) == slowest:
        first, last = min(frames), max(frames)
    step = dtype.itemsize * int(np.prod(shape, dtype=np.int64)) // shape[slowest - 1]
    part = list(shape)
    part[slowest - 1] = last - first + 1
    file.seek(offset + first * step)
    data = streams.exactly(file, step * part[slowest - 1], path)
    array = streams.shaped(data, dtype, tuple(part), fortran=fortran)
    return [arrays.plane_of(array, axes, frame - first) for frame in frames]


def _storage(path: Path, header: _Header, member: str) -> Storage:
    return Storage(
        format="NumPy",
        shape=header.shape,
        dtype=str(header.dtype),
        axes=arrays.axes_of(path, header.shape, header.dtype),
        member=member,
        flags=arrays.flags_of(header.dtype),
    )


def _header(path: Path, file: IO[bytes]) -> _Header:
    """Read and check the header of one array, which may lie in an archive."""
    try:
        start = io.BytesIO(file.read(HEADER_LIMIT))
        major, _ = npy.read_magic(start)
        readers: dict[int, Callable[..., Any]] = {
            1: npy.read_array_header_1_0,
            2: npy.read_array_header_2_0,
        }
        if major not in readers:
            raise refuse(path, f"version {major} of the format is not known here.",
                         "Save it again as plain numbers.")  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # written by Python 2: read all the same
            shape, fortran, dtype = readers[major](start)
    except NotAnImage:
        raise
    except Exception as error:  # tokens, literals and zip entries have errors of their own
        raise streams.damaged(path) from error
    return _Header(shape, fortran, dtype, start.tell(), arrays.check_size(path, shape, dtype))


def _check_there(path: Path, header: _Header, size: int) -> None:
    if size < header.offset + header.nbytes:
        raise refuse(
            path,
            f"it is cut short: {header.nbytes} bytes of numbers are declared, "
            f"{max(size - header.offset, 0)} are there.",
        )


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except streams.DAMAGE as error:
        raise streams.damaged(path, "it is no archive of arrays, or it is damaged.") from error


def _describe_archive(path: Path, member: str) -> Storage:
    found: dict[str, Storage] = {}
    reason: NotAnImage | None = None
    with _open(path) as archive:
        entries = archive.infolist()
        if len(entries) > MEMBERS_LIMIT:
            raise refuse(path, f"it holds {len(entries)} arrays; the limit is {MEMBERS_LIMIT}.")
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            if not entry.filename.endswith(".npy") or (member and name != member):
                continue
            try:
                with _member(path, archive, entry) as file:
                    header = _header(path, file)
                _check_there(path, header, entry.file_size)
                found[name] = _storage(path, header, name)
                streams.check_packed(path, header.nbytes, entry.compress_size)
            except NotAnImage as error:
                if member:
                    raise
                reason = reason or error
    if not found and reason is not None:
        raise reason
    names = list(found) or [entry.filename.removesuffix(".npy") for entry in entries if member]
    return found[choose(path, names, member, "array")]


def _member(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    if entry.flag_bits & 1:
        raise refuse(path, "it is encrypted.", "Save it without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse(path, "it is packed in a way that NumPy does not use.",
                     "Save it again with numpy.savez.")  # fmt: skip
    try:
        return archive.open(entry)
    except streams.DAMAGE as error:
        raise streams.damaged(path) from error


def _read_member(path: Path, member: str) -> NDArray[Any]:
    with _open(path) as archive:
        try:
            entry = archive.getinfo(f"{member}.npy")
        except KeyError as error:
            raise streams.changed(path) from error
        with _member(path, archive, entry) as file:
            header = _header(path, file)
        streams.check_packed(path, header.nbytes, entry.compress_size)
        with _member(path, archive, entry) as file:
            streams.exactly(file, header.offset, path)
            data = streams.exactly(file, header.nbytes, path)
    return streams.shaped(data, header.dtype, header.shape, fortran=header.fortran)
