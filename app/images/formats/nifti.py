"""NIfTI-1 and NIfTI-2 in one file, .nii or .nii.gz.

nibabel reads the header; the numbers are read here, within what it declares.
"""

import contextlib
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid
from app.domain.pair import Storage
from app.errors import NotAnImage
from app.images.files import refuse
from app.images.formats import arrays, streams
from app.images.formats.numpy_files import read_slices
from app.images.formats.orientation import frame_of_affine, grid_of, looked_at

BEFORE_PIXELS_LIMIT = 64 * 2**20
"""Bytes that header and extensions may take."""

_MILLIMETRES = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Length of the spatial unit in xyzt_units: not given, metre, millimetre, micrometre."""

_kept = streams.Kept()


@dataclass(frozen=True, slots=True)
class _Header:
    """The fields that are used, checked. ``colour`` names the channels of one voxel."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: NDArray[np.float64] | None
    remark: str

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def describe(path: Path) -> tuple[Storage, Grid | None]:
    """Return how a NIfTI file holds its numbers, and where they lie in the patient.

    Raises
    ------
    NotAnImage
        The file is damaged, cut short, or holds something else than one volume.
    """
    with _opened(path) as file:
        header = _header(path, file)
    size = path.stat().st_size
    if _packed(path):
        streams.check_packed(path, header.offset + header.nbytes, size)
    elif size < header.offset + header.nbytes:
        raise refuse(
            path,
            f"it is cut short: {header.nbytes} bytes of numbers are declared, "
            f"{max(size - header.offset, 0)} are there.",
        )
    axes: arrays.Axes = (3, 2, 1) if len(header.shape) > 2 else (0, 2, 1)
    remark, grid = header.remark, None
    if header.affine is not None and axes[0]:
        frame = frame_of_affine(header.affine, (header.shape[0], header.shape[1], header.shape[2]))
        turned = looked_at(frame) if frame else None
        grid = grid_of(frame, turned) if frame and turned else None
        if turned and grid:
            axes = turned
        else:
            remark = "its affine is not usable, so it has no place in the patient"
    colour = header.dtype.names is not None
    storage = Storage(
        format="NIfTI",
        shape=header.shape,
        dtype=str(header.dtype.str if colour else header.dtype),
        axes=axes,
        slope=1.0 if colour else header.slope,
        intercept=0.0 if colour else header.intercept,
        flags=("luminance",) if colour else arrays.flags_of(header.dtype),
        remarks=(remark,) if remark else (),
    )
    return storage, grid


def read(path: Path, storage: Storage, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Return some slices as they are stored; colour becomes luminance."""
    if _packed(path):
        array = _kept.get(path, "", lambda: _unpack(path, storage))
        planes = [arrays.plane_of(array, storage.axes, frame) for frame in frames]
    else:
        with _opened(path) as file:
            header = _same(path, file, storage)
            planes = read_slices(path, file, header.dtype, header.shape, header.offset,
                                 storage.axes, frames, fortran=True)  # fmt: skip
    if planes and planes[0].dtype.names:
        return [_grey(plane) for plane in planes]
    return planes


def _grey(plane: NDArray[Any]) -> NDArray[Any]:
    return arrays.luminance(np.stack([plane[name] for name in "RGB"], axis=-1))


def _unpack(path: Path, storage: Storage) -> NDArray[Any]:
    with _opened(path) as file:
        header = _same(path, file, storage)
        streams.check_packed(path, header.offset + header.nbytes, path.stat().st_size)
        file.seek(0)
        streams.exactly(file, header.offset, path)
        data = streams.exactly(file, header.nbytes, path)
    return streams.shaped(data, header.dtype, header.shape, fortran=True)


def _same(path: Path, file: IO[bytes], storage: Storage) -> _Header:
    header = _header(path, file)
    if header.shape != storage.shape:
        raise streams.changed(path)
    return header


def _packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with path.open("rb") as plain:
        if not _packed(path):
            yield plain
            return
        with gzip.GzipFile(fileobj=plain, mode="rb") as unpacked:
            yield unpacked


def _header(path: Path, file: IO[bytes]) -> _Header:
    try:
        with np.errstate(all="ignore"):
            return _read_header(path, file.read(540))
    except NotAnImage:
        raise
    except Exception as error:  # nibabel has its own kinds of errors
        raise streams.damaged(path) from error


def _read_header(path: Path, start: bytes) -> _Header:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    kinds: dict[int, Any] = {348: Nifti1Header, 540: Nifti2Header}
    sizes = int.from_bytes(start[:4], "little"), int.from_bytes(start[:4], "big")
    size = next((size for size in sizes if size in kinds), 0)
    if not size or len(start) < size:
        raise refuse(path, "it does not begin as a NIfTI file.")
    order = "<" if sizes[0] == size else ">"
    header = kinds[size](start[:size], endianness=order, check=False)
    magic = bytes(header["magic"].tobytes())[:3]
    if magic in (b"ni1", b"ni2"):
        raise refuse(path, "its numbers lie in another file (.img).",
                     "Save it as one file, .nii or .nii.gz.")  # fmt: skip
    if magic not in (b"n+1", b"n+2"):
        raise refuse(path, "it does not begin as a NIfTI file.")
    shape = _shape(path, tuple(int(side) for side in header["dim"]))
    try:
        dtype = header.get_data_dtype()
    except Exception as error:
        raise refuse(path, f"data of the type {int(header['datatype'])} are not known here.",
                     "Save it as integers or floats.") from error  # fmt: skip
    if dtype.names is None:
        arrays.check_size(path, shape, dtype)
    elif not {"R", "G", "B"} <= set(dtype.names):
        raise refuse(path, f"its voxels are {dtype} and not numbers.")
    else:
        arrays.check_size(path, (*shape, dtype.itemsize), np.dtype(np.uint8))
    offset = float(header["vox_offset"])
    if not size <= offset <= BEFORE_PIXELS_LIMIT:
        raise refuse(path, f"its numbers cannot begin at byte {offset:g}.")
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not (np.isfinite(slope) and np.isfinite(intercept)):
        slope, intercept = 1.0, 0.0  # the standard: a slope of 0 means none
    affine, remark = _affine(header, len(shape))
    return _Header(shape, dtype, int(offset), slope, intercept, affine, remark)


def _shape(path: Path, dim: tuple[int, ...]) -> tuple[int, ...]:
    if not 2 <= dim[0] <= 7:
        raise refuse(path, f"it declares {dim[0]} axes.")
    sides = dim[1 : dim[0] + 1]
    if any(side > 1 for side in sides[3:]):
        raise refuse(
            path,
            f"it holds several volumes ({arrays.listed_shape(sides)}), not one.",
            "Save each volume (echo, phase, time point) as a file of its own.",
        )
    return sides[:3]


def _affine(header: Any, axes: int) -> tuple[NDArray[np.float64] | None, str]:
    """Return the affine in millimetres, or None and why it is not used."""
    if axes < 3:
        return None, "a single plane: its place in the patient is not used"
    if not (int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0):
        return (
            None,
            "the file says nothing of its place in the patient; axes read as columns, rows, slices",
        )
    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    if np.array_equal(affine, np.eye(4)):
        return (
            None,
            "an affine that is the identity says nothing; axes read as columns, rows, slices",
        )
    factor = _MILLIMETRES.get(int(header["xyzt_units"]) & 7, 1.0)
    affine[:3] *= factor
    return affine, ""
