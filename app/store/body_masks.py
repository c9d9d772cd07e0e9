"""Body masks that a person has drawn: one small file for each slice of a reference."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import StoreError
from app.store.files import atomic_write, make_folder, read_bytes

Mask = NDArray[np.bool_]

FOLDER = "body-masks"
"""The name of the folder, beside the measurements that it belongs to."""

LARGEST_FILE = 64 << 20
LARGEST_SIDE = 1 << 16
_REMEDY = "Draw the body of this slice again, or delete the file to use the one found."


def save(folder: Path, reference_uid: str, slice_number: int, mask: Mask) -> Path:
    """Keep a mask; an older one of the same slice is replaced.

    Parameters
    ----------
    folder
        Made where it is not there.
    reference_uid
        SeriesInstanceUID of the reference, or what stands for it.
    slice_number
        Number of the reference's slice, from 1.
    mask
        True in the body, ``(rows, columns)``.

    Raises
    ------
    StoreError
        The disk refused; an older file is untouched.
    """
    make_folder(folder)
    content = io.BytesIO()
    np.savez_compressed(
        content,
        bits=np.packbits(mask),
        shape=np.array(mask.shape, dtype=np.int64),
        reference_uid=np.array(reference_uid),
        slice_number=np.array(slice_number, dtype=np.int64),
    )
    path = path_of(folder, reference_uid, slice_number)
    atomic_write(path, content.getvalue())
    return path


def load(folder: Path, reference_uid: str, slice_number: int) -> Mask | None:
    """Return the mask of a slice, or None where none was drawn.

    Raises
    ------
    StoreError
        The file cannot be read, is damaged, or belongs to another slice.
    """
    path = path_of(folder, reference_uid, slice_number)
    if not path.is_file():
        return None
    data = read_bytes(path, limit=LARGEST_FILE, remedy=_REMEDY)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            rows, columns = (int(side) for side in file["shape"])
            owner = str(file["reference_uid"]), int(file["slice_number"])
            if not (0 < rows <= LARGEST_SIDE and 0 < columns <= LARGEST_SIDE):
                raise ValueError(f"a mask of {rows} x {columns} pixels")
            bits = file["bits"]
        if bits.dtype != np.uint8 or bits.size != -(-rows * columns // 8):
            raise ValueError(f"{bits.size} bytes for {rows} x {columns} pixels")
        mask = np.unpackbits(bits, count=rows * columns).reshape(rows, columns).astype(np.bool_)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(f"The body mask {path} is damaged.", remedy=_REMEDY) from error
    if owner != (reference_uid, slice_number):
        raise StoreError(f"The body mask {path} belongs to another slice.", remedy=_REMEDY)
    return mask


def remove(folder: Path, reference_uid: str, slice_number: int) -> None:
    """Forget the mask of a slice, so that the one found counts again.

    Raises
    ------
    StoreError
        The disk refused.
    """
    path = path_of(folder, reference_uid, slice_number)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path} could not be deleted: {error.strerror or error}.",
            remedy="Check your rights on the folder, then try again.",
        ) from error


def fingerprint(mask: Mask) -> str:
    """Return the SHA-256 of a mask's shape and pixels, equal for equal masks."""
    rows, columns = mask.shape
    head = f"{rows}x{columns}:".encode("ascii")
    return hashlib.sha256(head + np.packbits(mask).tobytes()).hexdigest()


def path_of(folder: Path, reference_uid: str, slice_number: int) -> Path:
    """Return where the mask of a slice lies, or would lie.

    A UID may hold anything where it does not come from DICOM, so that its hash
    stands in the name; the file itself holds the UID.
    """
    mark = hashlib.sha256(reference_uid.encode("utf-8")).hexdigest()[:16]
    return folder / f"{mark}-{slice_number:04d}.npz"
