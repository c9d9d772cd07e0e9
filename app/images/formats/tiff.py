"""TIFF of one or many pages; runs in the worker.

tifffile reads the pages, with imagecodecs for packed ones. Other files that an
OME header names are not opened.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.pair import Storage
from app.images.files import refuse
from app.images.formats import arrays, streams
from app.images.formats.pictures import COLOUR_REMARK, picture_flags

_ONE = "Save the slices as pages of one size, or as files of a folder."

_kept = streams.Kept()


def describe(path: Path) -> Storage:
    """Return how a TIFF file holds its numbers.

    Raises
    ------
    NotAnImage
        The file is damaged, holds pictures of several sizes, or of a kind that
        is not known here.
    """
    with _opened(path) as file:
        series = _series(path, file)
        shape, axes, samples = _layout(path, series)
        page = series.keyframe
        dtype = np.dtype(page.dtype)
        needed = arrays.check_size(path, (*shape, samples), dtype)
        held = sum(int(count) for one in series.pages if one for count in one.databytecounts)
        if int(page.compression) != 1:
            streams.check_packed(path, needed, 2 * held)
        elif held < needed * page.bitspersample // (8 * dtype.itemsize) and len(series.pages) > 1:
            raise refuse(path, f"it is cut short: {needed} bytes are declared, {held} are there.")
        photometric = getattr(page.photometric, "name", str(page.photometric))
        colour = samples > 1
        if photometric == "PALETTE" or samples == 2 or dtype.kind not in arrays.NUMBERS:
            raise refuse(path, f"pictures of the kind {photometric.lower()} are not known here.",
                         "Save it as a grey picture.")  # fmt: skip
        inverted = photometric == "MINISWHITE"
        remarks = (COLOUR_REMARK,) if colour else ()
        return Storage(
            format="TIFF",
            shape=shape,
            dtype=str(dtype),
            axes=axes,
            inverted=inverted,
            flags=(*picture_flags(dtype, colour=colour), *arrays.flags_of(dtype)),
            remarks=(*remarks, "low numbers are white") if inverted else remarks,
        )


def read(path: Path, storage: Storage, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Return some slices as they are stored; colour becomes luminance."""
    with _opened(path) as file:
        series = _series(path, file)
        shape, _, samples = _layout(path, series)
        if shape != storage.shape:
            raise streams.changed(path)
        pages = list(series.pages)
        if storage.axes[0] and len(pages) == shape[0]:
            found = [pages[frame].asarray() for frame in frames]
        else:
            volume = _kept.get(path, "", lambda: np.asarray(series.asarray()))
            if volume.size != int(np.prod(shape)) * samples:
                raise streams.changed(path)
            whole = _stacked(volume, series.axes, shape, samples)
            found = [whole[frame] for frame in frames]
        return [_grey(path, np.asarray(plane), storage, samples) for plane in found]


def _opened(path: Path) -> Any:
    import tifffile

    return tifffile.TiffFile(path, is_ome=False)


def _series(path: Path, file: Any) -> Any:
    whole = [one for one in file.series if not one.keyframe.is_reduced]
    if len(whole) == 1:
        return whole[0]
    sizes = ", ".join(arrays.listed_shape(one.shape) for one in whole[:4])
    if not whole:
        raise refuse(path, "it holds no picture.", _ONE)
    raise refuse(path, f"it holds {len(whole)} pictures of several sizes: {sizes}.", _ONE)


def _layout(path: Path, series: Any) -> tuple[tuple[int, ...], arrays.Axes, int]:
    """Return the shape without colours, the axes, and the samples of one pixel."""
    named = dict(zip(series.axes, series.shape, strict=True))
    samples = int(named.pop("S", 1))
    if len(named) + (1 if "S" in series.axes else 0) != len(series.axes) or not {"Y", "X"} <= set(
        named
    ):
        raise refuse(path, f"its axes {series.axes} are not known here.", _ONE)
    others = [side for name, side in named.items() if name not in "YX" and side > 1]
    if len(others) > 1 or samples not in (1, 3, 4):
        raise refuse(path, f"its array has the shape {arrays.listed_shape(series.shape)}.", _ONE)
    rows, columns = int(named["Y"]), int(named["X"])
    if others:
        return (int(others[0]), rows, columns), (1, 2, 3), samples
    return (rows, columns), (0, 1, 2), samples


def _stacked(volume: NDArray[Any], axes: str, shape: tuple[int, ...], samples: int) -> NDArray[Any]:
    """Return (slices, rows, columns[, samples]) of an array with named axes."""
    if samples > 1:
        volume = np.moveaxis(volume, axes.index("S"), -1)
    sides = shape if len(shape) == 3 else (1, *shape)
    return volume.reshape((*sides, samples) if samples > 1 else sides)


def _grey(path: Path, plane: NDArray[Any], storage: Storage, samples: int) -> NDArray[Any]:
    rows, columns = storage.shape[-2:]
    if samples == 1:
        return plane.reshape(rows, columns)
    if plane.shape[:1] == (samples,) and plane.shape[-1] != samples:
        plane = np.moveaxis(plane, 0, -1)
    plane = plane.reshape(rows, columns, samples)
    if samples == 4 and plane[..., 3].min() < plane[..., 3].max():
        raise refuse(path, "parts of it are transparent.", "Save it without transparency.")
    return arrays.luminance(plane[..., :3])
