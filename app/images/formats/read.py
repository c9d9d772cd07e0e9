"""Read a series that is not DICOM into an Image, and apply what a manifest states."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.domain.pair import Series, Storage
from app.errors import NotAnImage
from app.images.files import refuse
from app.images.formats import arrays, serve, streams
from app.images.headers import IMAGE_LIMIT


def read_stored(series: Series, wanted: Sequence[int]) -> Image:
    """Read slices of a series with a Storage; numbers as stored, NaN and infinity kept.

    Raises
    ------
    NotAnImage
        A file is damaged, or has changed since the scan.
    WorkerDied
        The reader of a file crashed or hung.
    """
    storage, grid = series.storage, series.grid
    assert storage is not None  # noqa: S101 - the caller's choice of this reader
    first = series.slices[wanted[0]].path
    dtype = arrays.plain_type(_number_type(storage))
    needed = len(wanted) * grid.rows * grid.columns * dtype.itemsize
    if needed > IMAGE_LIMIT:
        raise refuse(
            first,
            f"the series needs {needed / 2**30:.1f} GiB of memory; "
            f"the limit is {IMAGE_LIMIT // 2**30} GiB.",
            "Split the series.",
        )
    pixels = np.empty((len(wanted), grid.rows, grid.columns), dtype)
    files = [series.slices[index] for index in wanted]
    done = 0
    for path, group in groupby(files, key=lambda file: file.path):
        for plane in _planes(path, storage, [file.frame for file in group]):
            if plane.shape != (grid.rows, grid.columns) or plane.dtype != dtype:
                raise streams.changed(path)
            pixels[done] = plane
            done += 1
    return Image(
        pixels=pixels,
        slopes=(storage.slope,) * len(wanted),
        intercepts=(storage.intercept,) * len(wanted),
        grid=replace(
            grid,
            slices=len(wanted),
            positions=tuple(grid.positions[i] for i in wanted) if grid.positions else None,
        ),
        modality=series.modality,
        bits_stored=series.bits_stored,
        inverted=storage.inverted,
        series_uid=series.uid,
        flags=storage.flags,
    )


def stated(image: Image, mapping: tuple[float, float] | None) -> Image:
    """Apply the slope and intercept of a manifest to the values that the file gives."""
    if mapping is None:
        return image
    slope, intercept = mapping
    return replace(
        image,
        slopes=tuple(slope * one for one in image.slopes),
        intercepts=tuple(slope * one + intercept for one in image.intercepts),
    )


def _number_type(storage: Storage) -> np.dtype[Any]:
    if storage.format == "NIfTI" and "luminance" in storage.flags:
        return np.dtype(np.uint8)
    return np.dtype(storage.dtype)


def _planes(path: Path, storage: Storage, frames: list[int]) -> list[NDArray[Any]]:
    try:
        if storage.format in serve.OUTSIDE:
            return serve.read(path, storage, frames)
        if storage.format == "NIfTI":
            from app.images.formats import nifti

            stored = nifti.read(path, storage, frames)
        else:
            from app.images.formats import numpy_files

            stored = numpy_files.read(path, storage, frames)
        return [arrays.plain(plane) for plane in stored]
    except NotAnImage:
        raise
    except OSError as error:
        reason = error.strerror or "the disk refused"
        raise refuse(
            path, f"the file cannot be opened ({reason}).", "Check that the file may be read."
        ) from error
    except streams.DAMAGE as error:
        raise streams.damaged(path, "it is damaged or cut short.") from error
