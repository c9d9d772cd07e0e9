"""The same numbers written in every format, for the tests. No patient data."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

SPACING, STEP, START = (0.5, 0.5), 5.0, (-8.0, -8.0, 100.0)
"""The geometry that ``write_ct`` gives: between rows and columns, between slices, the first."""


def affine_of_dicom() -> np.ndarray:
    """Return the NIfTI affine (RAS+) of voxels [column, row, slice] of ``write_ct``."""
    lps = np.diag([SPACING[1], SPACING[0], STEP, 1.0])
    lps[:3, 3] = START
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps


def write_nifti(path: Path, pixels: np.ndarray, affine: np.ndarray | None = None, **header) -> Path:
    """Write (slices, rows, columns) as NIfTI, [column, row, slice]."""
    import nibabel

    path.parent.mkdir(parents=True, exist_ok=True)
    there = affine_of_dicom() if affine is None else affine
    image = nibabel.Nifti1Image(pixels.T, there, dtype=pixels.dtype)
    for name, value in header.items():
        if name == "slope_inter":
            image.header.set_slope_inter(*value)
        else:
            image.header[name] = value
    nibabel.save(image, path)
    return path


def write_npy(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, pixels)
    return path


def write_npz(path: Path, **arrays: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def write_h5(path: Path, *, packed: bool = False, **arrays: np.ndarray) -> Path:
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip" if packed else None)
    return path


def write_tiff(path: Path, pixels: np.ndarray, **options) -> Path:
    import tifffile

    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels, photometric=options.pop("photometric", "minisblack"), **options)
    return path


def write_pngs(folder: Path, pixels: np.ndarray, name: str = "slice_{}.png") -> list[Path]:
    """Write a picture a slice, numbered from 1 without leading zeros."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name.format(index + 1) for index in range(len(pixels))]
    for path, plane in zip(paths, pixels, strict=True):
        Pillow.fromarray(plane).save(path)
    return paths


def png_with_header(rows: int, columns: int, bits: int = 8, colour: int = 0) -> bytes:
    """Return a PNG of one packed row of zeros that declares another size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(64)))
        + chunk(b"IEND", b"")
    )
