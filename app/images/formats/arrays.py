"""Which axis of an array is which, and its numbers in a form that every metric takes."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.images.files import refuse
from app.images.grey import LUMINANCE
from app.images.headers import IMAGE_LIMIT

Axes = tuple[int, int, int]

ORDER = "Save it as (slices, rows, columns) or (rows, columns)."
NUMBERS = "biufc"
"""Kinds of dtype that are numbers: bool, signed, unsigned, float, complex."""


def axes_of(path: Path, shape: Sequence[int], dtype: np.dtype[Any]) -> Axes:
    """Return where slices, rows and columns run in a C-ordered array.

    (rows, columns), (slices, rows, columns), and more axes where they have the
    length 1; a last axis of length 1 is a channel.

    Raises
    ------
    NotAnImage
        The array has another number of axes, or its last one looks like colours.
    """
    kept = list(range(1, len(shape) + 1))
    if len(shape) > 2 and shape[-1] == 1:
        kept = kept[:-1]
    while len(kept) > 3:
        single = [axis for axis in kept if shape[axis - 1] == 1]
        if not single:
            break
        kept.remove(single[0])
    if len(kept) not in (2, 3):
        raise refuse(path, f"its array has the shape {listed_shape(shape)}.", ORDER)
    colours = len(kept) == 3 and shape[kept[2] - 1] in (3, 4) and dtype.kind in "bu"
    if colours and shape[kept[1] - 1] > 4:
        raise refuse(
            path,
            f"its shape {listed_shape(shape)} looks like colours, not like slices.",
            "Save one number a pixel. " + ORDER,
        )
    return (0, kept[0], kept[1]) if len(kept) == 2 else (kept[0], kept[1], kept[2])


def listed_shape(shape: Sequence[int]) -> str:
    """Return a shape in words, e.g. 12 x 512 x 512."""
    return " x ".join(str(side) for side in shape) or "of a single number"


def check_size(path: Path, shape: Sequence[int], dtype: np.dtype[Any]) -> int:
    """Return how many bytes an array takes, before any memory is taken.

    Raises
    ------
    NotAnImage
        It holds no numbers, none at all, or more than IMAGE_LIMIT bytes.
    """
    if dtype.kind not in NUMBERS or dtype.hasobject or dtype.subdtype is not None:
        raise refuse(path, f"it holds {dtype} and not plain numbers.",
                     "Save it as an array of numbers.")  # fmt: skip
    if not shape or any(side < 1 for side in shape):
        raise refuse(path, f"an image cannot have the shape {listed_shape(shape)}.")
    needed = math.prod(int(side) for side in shape) * dtype.itemsize
    if needed > IMAGE_LIMIT:
        raise refuse(
            path,
            f"its {listed_shape(shape)} numbers need {needed / 2**30:.1f} GiB; "
            f"the limit is {IMAGE_LIMIT // 2**30} GiB.",
            "Split the file, or leave it out.",
        )
    return needed


def sides(shape: Sequence[int], axes: Axes) -> tuple[int, int, int]:
    """Return how many slices, rows and columns an array has."""
    count, rows, columns = (shape[abs(axis) - 1] if axis else 1 for axis in axes)
    return count, rows, columns


def plane_of(array: Any, axes: Axes, frame: int) -> NDArray[Any]:
    """Return one slice as (rows, columns), from an array or a dataset on disk."""
    along, down, across = axes
    index: list[int | slice] = [0] * len(array.shape)
    index[abs(down) - 1] = index[abs(across) - 1] = slice(None)
    if along:
        index[abs(along) - 1] = frame
    plane: NDArray[Any] = np.asarray(array[tuple(index)])
    if abs(down) > abs(across):
        plane = plane.T
    return plane[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]


def plain(plane: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in the machine's byte order and in a type that metrics take.

    bool becomes 0 and 1, half precision single, more than double double, and a
    complex number its magnitude. Integers and floats stay what they are.
    """
    kind = plane.dtype.kind
    if kind == "c":
        plane, kind = np.abs(plane), "f"
    if kind == "b":
        return plane.astype(np.uint8)
    if kind == "f" and plane.dtype.itemsize not in (4, 8):
        return plane.astype(np.float32 if plane.dtype.itemsize < 4 else np.float64)
    return np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder("="), copy=False))


def luminance(colours: NDArray[Any]) -> NDArray[Any]:
    """Return red, green and blue (last axis) as one number, ITU-R BT.601; integers are rounded."""
    parts = [weight * colours[..., i].astype(np.float64) for i, weight in enumerate(LUMINANCE)]
    grey = parts[0] + parts[1] + parts[2]
    return (np.rint(grey) if colours.dtype.kind in "bui" else grey).astype(colours.dtype)


def plain_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that ``plain`` gives."""
    return plain(np.zeros((1, 1), dtype)).dtype


def bits_of(dtype: np.dtype[Any]) -> int:
    """Return how many bits one number has."""
    return 1 if dtype.kind == "b" else plain_type(dtype).itemsize * 8


def flags_of(dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Return what must be told of a type: ``magnitude`` for complex numbers."""
    return ("magnitude",) if dtype.kind == "c" else ()
