"""Blinded pictures: pixels on one common grid of numbers, and nothing of the headers.

All pictures of a case get the same shape, data type, intercept, slope, spacing
and window, so that neither their files nor their numbers' format tells the arm.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid, Image, Window
from app.errors import ProtocolError, StoreError
from app.store.files import atomic_write, atomic_write_with, canonical_json, read_json
from app.store.study_folder import level_times

_TOP = 65535
_LARGEST = 1e300  # beyond, differences have no float64: such a value is no number
_CODE = re.compile(r"[A-Z0-9]{4,32}")
_REMEDY = "Take the reading folder from the coordinator's copy again."


def write_blinded(
    folder: Path,
    images: Mapping[str, Image],
    *,
    names: Mapping[str, tuple[str, str]],
    window: Window,
) -> None:
    """Write all pictures of one case as ``CODE.npy`` (uint16) with ``CODE.json`` beside.

    Where the real values of all pictures are whole numbers within a span of
    65535, they are kept exactly; otherwise they are rounded to 65536 steps over
    the common range. Padding, and values that are no number, become the common
    value shown darkest.

    Parameters
    ----------
    images
        Picture code -> Image, all of one case.
    names
        Picture code -> (case, arm), for the coordinator's eyes in a refusal.
    window
        The opening window of the case; its explanation is left out.

    Raises
    ------
    ProtocolError
        The pictures differ in size, or some are shown inverted and others not.
    StoreError
        The disk refused.
    """
    _check_alike(images, names)
    first = next(iter(images.values()))
    low, slope, top = _common_scale(images)
    blank = top if first.inverted else 0
    spacings = {image.grid.spacing for image in images.values()}
    modalities = {image.modality for image in images.values()}
    sidecar = canonical_json(
        {
            "version": 1,
            "intercept": low,
            "slope": slope,
            "spacing": first.grid.spacing if len(spacings) == 1 else None,
            "modality": first.modality if len(modalities) == 1 else "",
            "inverted": first.inverted,
            "window": asdict(replace(window, explanation="")),
        }
    )
    for code in sorted(images):
        numbers = _numbers(images[code], low, slope, blank)
        pixels, facts = _paths(folder, code)
        atomic_write_with(pixels, partial(np.save, arr=numbers, allow_pickle=False))
        atomic_write(facts, sidecar + "\n")
        level_times((pixels, facts))


def load_blinded(folder: Path, code: str) -> Image:
    """Return a blinded picture.

    Its Image has pixel spacing, the common window, and the modality where all
    arms share it; no series, no position, no frame of reference.

    Raises
    ------
    StoreError
        The picture is missing or damaged.
    """
    if not _CODE.fullmatch(code):
        raise StoreError(f"'{code}' is no picture code.", remedy=_REMEDY)
    pixels_path, facts_path = _paths(folder, code)
    facts = read_json(facts_path, limit=2**16, remedy=_REMEDY)
    try:
        with pixels_path.open("rb") as file:
            pixels = np.lib.format.read_array(file, allow_pickle=False)
        if pixels.ndim != 3 or pixels.dtype != np.uint16:
            raise ValueError("no blinded picture")
        slices, rows, columns = pixels.shape
        spacing = facts["spacing"]
        return Image(
            pixels=pixels,
            slopes=(float(facts["slope"]),) * slices,
            intercepts=(float(facts["intercept"]),) * slices,
            grid=Grid(
                rows=rows,
                columns=columns,
                slices=slices,
                spacing=(float(spacing[0]), float(spacing[1])) if spacing else None,
            ),
            modality=str(facts["modality"]),
            inverted=bool(facts["inverted"]),
            windows=(Window(**facts["window"]),),
        )
    except (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, MemoryError) as error:
        raise StoreError(
            f"The picture {pixels_path} is missing or damaged.", remedy=_REMEDY
        ) from error


def _paths(folder: Path, code: str) -> tuple[Path, Path]:
    return folder / f"{code}.npy", folder / f"{code}.json"


def _check_alike(images: Mapping[str, Image], names: Mapping[str, tuple[str, str]]) -> None:
    first_code, first = next(iter(images.items()))
    first_arm = names[first_code][1]
    for code, image in images.items():
        case, arm = names[code]
        if image.grid.shape != first.grid.shape:
            raise ProtocolError(
                f"In case '{case}' the arm '{arm}' has {_size(image)} and '{first_arm}' has "
                f"{_size(first)}; the size would tell them apart.",
                remedy="Leave the case or the arm out, or bring the images to one grid.",
            )
        if image.inverted != first.inverted:
            raise ProtocolError(
                f"In case '{case}' only one of the arms '{arm}' and '{first_arm}' is stored "
                "inverted (MONOCHROME1); the look would tell them apart.",
                remedy="Leave the case or the arm out, or store both the same way.",
            )


def _size(image: Image) -> str:
    slices, rows, columns = image.grid.shape
    return f"{slices} slices of {rows} x {columns}"


def _plane(image: Image, index: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the real values of a slice and which of them count: no padding, no NaN."""
    values = image.values(index)
    counts = np.abs(values) < _LARGEST
    valid = image.valid(index)
    return values, counts if valid is None else counts & valid


def _common_scale(images: Mapping[str, Image]) -> tuple[float, float, int]:
    """Return the intercept, slope and highest number that all pictures share."""
    low, high, whole = np.inf, -np.inf, True
    planes = (
        _plane(image, index) for image in images.values() for index in range(image.grid.slices)
    )
    for plane, counts in planes:
        values = plane[counts]
        if values.size:
            low = min(low, float(values.min()))
            high = max(high, float(values.max()))
            whole = whole and bool((values == np.rint(values)).all())
    if low > high:
        return 0.0, 1.0, 0
    if whole and high - low <= _TOP:
        return low, 1.0, int(high - low)
    return low, (high / _TOP - low / _TOP) or 1.0, _TOP


def _numbers(image: Image, low: float, slope: float, blank: int) -> NDArray[np.uint16]:
    numbers = np.empty(image.grid.shape, dtype=np.uint16)
    for index in range(image.grid.slices):
        values, counts = _plane(image, index)
        scaled = np.rint((np.where(counts, values, low) - low) / slope)
        numbers[index] = np.where(counts, np.clip(scaled, 0, _TOP), blank)
    return numbers
