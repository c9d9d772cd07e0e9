"""One file that is not DICOM -> one series."""

import hashlib
from pathlib import Path

import numpy as np

from app.domain.image import Grid
from app.domain.pair import Series, SliceFile, Storage
from app.errors import NotAnImage
from app.images.files import refuse
from app.images.formats import arrays, serve, streams
from app.images.formats.orientation import frames_of

_BY_SUFFIX = {
    ".nii": "NIfTI",
    ".nii.gz": "NIfTI",
    ".npy": "NumPy",
    ".npz": "NumPy",
    ".h5": "HDF5",
    ".hdf5": "HDF5",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
}
_NIFTI = (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c")
_MAGIC: dict[str, tuple[bytes, ...]] = {
    ".nii": _NIFTI,
    ".nii.gz": (b"\x1f\x8b",),
    ".npy": (b"\x93NUMPY",),
    ".npz": (b"PK\x03\x04", b"PK\x05\x06"),
    ".h5": (b"\x89HDF\r\n\x1a\n",),
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
}
_SAME = {".hdf5": ".h5", ".tiff": ".tif", ".jpeg": ".jpg"}
_SAMPLE = 2**16


def recognise(path: Path) -> str:
    """Return the suffix of a known format that a file's name has; empty for none.

    The name decides whether a file means to be an image; whether it is one, its
    first bytes. DICOM files with such a name stay DICOM.
    """
    name = path.name.lower()
    suffix = ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()
    if suffix not in _BY_SUFFIX:
        return ""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return suffix
    return "" if start[128:132] == b"DICM" else suffix


def describe(path: Path, folder: Path, member: str = "") -> Series:
    """Return the series that one file holds; its header is read, its pixels are not.

    Parameters
    ----------
    path
        A file that ``recognise`` knows.
    folder
        Its folder relative to the source.
    member
        The name of the array in a file of several; empty for the only one.

    Raises
    ------
    NotAnImage
        The file holds no image that can be read.
    WorkerDied
        Its reader crashed or hung.
    """
    suffix = recognise(path)
    named = _BY_SUFFIX[suffix]
    grid: Grid | None = None
    try:
        with path.open("rb") as file:
            start = file.read(_SAMPLE)
        if not start.startswith(_MAGIC[_SAME.get(suffix, suffix)]):
            raise refuse(path, f"it is named as {named} and does not begin as such a file.")
        if named == "NIfTI":
            from app.images.formats import nifti

            storage, grid = nifti.describe(path)
        elif named == "NumPy":
            from app.images.formats import numpy_files

            storage = numpy_files.describe(path, member)
        elif named in ("PNG", "JPEG"):
            from app.images.formats import pictures

            storage = pictures.describe(path)
        else:
            storage = serve.describe(path, named, member)
        uid = uid_of(path, folder, storage.member)
    except NotAnImage:
        raise
    except OSError as error:
        reason = error.strerror or "the disk refused"
        raise refuse(
            path, f"the file cannot be opened ({reason}).", "Check that the file may be read."
        ) from error
    except streams.DAMAGE as error:
        raise streams.damaged(path) from error
    if member and not storage.member:
        raise refuse(path, "it holds one image without a name.",
                     "Leave the column dataset empty for it.")  # fmt: skip
    return _series(path, folder, uid, storage, grid)


def _series(path: Path, folder: Path, uid: str, storage: Storage, grid: Grid | None) -> Series:
    count, rows, columns = arrays.sides(storage.shape, storage.axes)
    colour = "luminance" in storage.flags
    return Series(
        uid=uid,
        folder=folder,
        modality="",
        grid=grid or Grid(rows, columns, count),
        slices=frames_of(SliceFile(path), storage.axes, count),
        bits_stored=8 if colour and storage.format == "NIfTI" else bits_of(storage),
        description=storage.member,
        derived=True,
        storage=storage,
    )


def bits_of(storage: Storage) -> int:
    """Return how many bits one stored number has."""
    return arrays.bits_of(np.dtype(storage.dtype))


def uid_of(path: Path, folder: Path, member: str = "") -> str:
    """Return a UID (2.25, PS3.5 B.2) that is always the same for the same file in its place.

    Made of the path below the source, the size, and the first and last 64 KiB.
    """
    mark = hashlib.sha256((folder / path.name).as_posix().encode("utf-8", "surrogateescape"))
    with path.open("rb") as file:
        size = file.seek(0, 2)
        mark.update(f"|{member}|{size}|".encode("utf-8", "surrogateescape"))
        file.seek(0)
        mark.update(file.read(_SAMPLE))
        file.seek(max(size - _SAMPLE, 0))
        mark.update(file.read(_SAMPLE))
    return uid_from(mark.digest())


def uid_from(digest: bytes) -> str:
    """Return the UID of a hash."""
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
