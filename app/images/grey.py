"""Stored samples to one grey number a pixel: bits, Modality LUT, colour."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.images import values
from app.images.files import refuse
from app.images.headers import Header
from app.images.segments import expand

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601), as in PS3.3 C.7.6.3.1.2."""


def clean_bits(
    header: Header, plane: NDArray[Any], padding: tuple[float, float] | None = None
) -> NDArray[Any]:
    """Keep the BitsStored bits below HighBit, and extend the sign.

    Numbers within ``padding`` stay as they are: some writers mark padding in
    the bits above BitsStored. A HighBit below BitsStored - 1 is impossible and
    is passed over.
    """
    allocated = plane.dtype.itemsize * 8
    spare = allocated - header.bits_stored
    if header.floating or spare <= 0 or header.bits_allocated == 1:
        return plane
    below = header.high_bit + 1 - header.bits_stored
    below = below if 0 < below <= spare else 0
    clean: NDArray[Any] = (plane << (spare - below)) >> spare
    if padding is None:
        return clean
    return np.where((plane >= padding[0]) & (plane <= padding[1]), plane, clean)


def padding_of(header: Header) -> tuple[float, float] | None:
    """Return the closed range of stored numbers that are padding, or None."""
    kind = header.pixels.keyword.removesuffix("PixelData").removesuffix("Data")
    first = values.number(header.dataset, f"{kind}PixelPaddingValue")
    if first is None or header.samples > 1:
        return None
    last = values.number(header.dataset, f"{kind}PixelPaddingRangeLimit")
    if header.floating:
        first, last = (_as_float(header, end) for end in (first, first if last is None else last))
        return min(first, last), max(first, last)
    ends = [_as_stored(header, end) for end in (first, first if last is None else last)]
    return min(ends), max(ends)


def _as_stored(header: Header, value: float) -> float:
    """Read a padding value written with the wrong sign (US for SS or the reverse)."""
    full = float(2**header.bits_allocated)
    if header.signed and value >= full / 2:
        return value - full
    return value + full if not header.signed and value < 0 else value


def _as_float(header: Header, value: float) -> float:
    return float(np.float32(value)) if header.bits_allocated == 32 else value


def mark_padding(
    pixels: NDArray[Any], paddings: Sequence[tuple[float, float] | None]
) -> tuple[NDArray[Any], tuple[float, float] | None]:
    """Give slices that mark their padding differently one number for it, below all others."""
    if all(one == paddings[0] for one in paddings):
        return pixels, paddings[0]
    mark: float
    if pixels.dtype.kind == "f":
        mark = float(np.finfo(pixels.dtype).min)
    else:
        mark = int(pixels.min()) - 1
        pixels = pixels.astype(np.promote_types(pixels.dtype, np.min_scalar_type(mark)))
    for plane, padding in zip(pixels, paddings, strict=True):
        if padding is not None:
            plane[(plane >= padding[0]) & (plane <= padding[1])] = mark
    return pixels, (mark, mark)


def low_is_bright(header: Header) -> bool:
    """Return whether low values are shown bright.

    MONOCHROME1 and PresentationLUTShape INVERSE say the same thing about an
    image (PS3.3 C.8.11.3.1.2 asks for both together), so both are one inversion.
    """
    shape = values.text(header.dataset, "PresentationLUTShape").upper()
    return header.photometric == "MONOCHROME1" or (
        header.photometric == "MONOCHROME2" and shape == "INVERSE"
    )


def modality_lut(header: Header, plane: NDArray[Any]) -> tuple[NDArray[Any], str, int] | None:
    """Apply the Modality LUT Sequence.

    Returns
    -------
    tuple or None
        The output of the table, its unit and its bits; None without a table.
        PS3.3 C.11.1.1: numbers outside the table take its first or last entry.
    """
    found = values.items(header.dataset, "ModalityLUTSequence")
    if not found:
        return None
    table, first, bits = lookup_table(header, found[0], "LUTDescriptor", "LUTData")
    kind = values.text(found[0], "ModalityLUTType").upper()
    index = np.clip(plane.astype(np.int64) - first, 0, len(table) - 1)
    return table[index], "" if kind == "US" else kind, bits


def to_grey(header: Header, plane: NDArray[Any], photometric: str) -> tuple[NDArray[Any], bool]:
    """Return one number a pixel, and whether colour was turned into luminance.

    Raises
    ------
    NotAnImage
        The colours are of a kind that is not known here.
    """
    if photometric == "PALETTE COLOR":
        colours = []
        for name in ("Red", "Green", "Blue"):
            table, first, _ = lookup_table(
                header,
                header.dataset,
                f"{name}PaletteColorLookupTableDescriptor",
                f"{name}PaletteColorLookupTableData",
            )
            colours.append(table[np.clip(plane.astype(np.int64) - first, 0, len(table) - 1)])
        return _luminance(np.stack(colours, axis=-1)), True
    if plane.ndim == 2:
        return plane, photometric != header.photometric
    if photometric == "RGB":
        return _luminance(plane), True
    if photometric in ("YBR_FULL", "YBR_FULL_422"):
        return np.ascontiguousarray(plane[..., 0]), True
    raise refuse(
        header.path,
        f"colours of the kind {photometric} are not known here.",
        "Export the image again as MONOCHROME2 or RGB.",
    )


def _luminance(colours: NDArray[Any]) -> NDArray[Any]:
    weighted = sum(weight * colours[..., i].astype(float) for i, weight in enumerate(LUMINANCE))
    return np.rint(weighted).astype(colours.dtype)


def lookup_table(
    header: Header, dataset: Dataset, descriptor: str, data: str, *, signed: bool | None = None
) -> tuple[NDArray[Any], int, int]:
    """Return a lookup table, the number that its first entry is for, and its bits.

    ``signed`` says whether numbers that go in may be negative; by default
    those of a signed file may.

    Raises
    ------
    NotAnImage
        The table is missing, shorter than it says, or not of 8 to 16 bits.
    """
    signed = header.signed if signed is None else signed
    shape = values.numbers(dataset, descriptor, 3)
    if shape:
        entries, first, bits = (int(part) for part in shape)
        entries %= 2**16
        entries = entries or 2**16
        first = (first + 2**15) % 2**16 - 2**15 if signed else first % 2**16
        table = _entries(header, dataset, data, entries)
        if not len(table) and f"Segmented{data}" in dataset:
            table = _segmented(header, dataset, f"Segmented{data}", entries, wide=bits > 8)
        if len(table) >= entries and bits in range(8, 17):
            table = table[:entries]
            return (
                table.astype(np.uint8 if table.max() < 256 and bits == 8 else np.uint16),
                first,
                bits,
            )
    raise refuse(header.path, f"its lookup table ({data}) is missing or damaged.")


def _entries(header: Header, dataset: Dataset, keyword: str, entries: int) -> NDArray[Any]:
    try:
        raw = dataset[keyword].value if keyword in dataset else b""
    except Exception:  # any value of a hostile file may fail in any way
        raw = b""
    if isinstance(raw, bytes):
        wide = len(raw) >= 2 * entries
        order = "<" if header.little_endian else ">"
        return np.frombuffer(
            raw[: len(raw) // 2 * 2] if wide else raw, f"{order}u2" if wide else "u1"
        )
    try:
        return np.asarray(raw, dtype=np.int64).ravel() % 2**16
    except (TypeError, ValueError, OverflowError):
        return np.empty(0, np.int64)


def _segmented(
    header: Header, dataset: Dataset, keyword: str, entries: int, *, wide: bool
) -> NDArray[Any]:
    words = _entries(header, dataset, keyword, 0 if wide else 2**32)
    try:
        return np.asarray(expand(words, entries, wide=wide), dtype=np.int64)
    except ValueError:
        return np.empty(0, np.int64)
