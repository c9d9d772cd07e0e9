"""Pixels that are not compressed: the numbers exactly as they lie in the file."""

import os
import sys
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.images.files import DEFLATED, open_data, refuse
from app.images.grey import clean_bits
from app.images.headers import Header


def read_native(header: Header, frame: int) -> tuple[NDArray[Any], str]:
    """Read one frame that no decoder is needed for.

    Returns
    -------
    tuple
        The stored numbers, (rows, columns) or (rows, columns, samples), and
        their photometric interpretation. YBR_FULL_422 gives its luminance
        alone, (rows, columns), named MONOCHROME2.

    Raises
    ------
    NotAnImage
        The file ends before the frame does.
    """
    first_bit = frame * header.frame_bits
    start, skipped = divmod(first_bit, 8)
    length = (skipped + header.frame_bits + 7) // 8
    swapped = not header.little_endian and header.pixels.vr == "OW" and header.bits_allocated == 8
    file, _ = open_data(header.path)
    with file:
        file.seek(header.pixels.offset + start - (start % 2 if swapped else 0))
        data = file.read(length + 2 if swapped else length)
    if swapped:
        words = np.frombuffer(data[: len(data) // 2 * 2], dtype=">u2").astype("<u2").tobytes()
        data = (words + data[len(words) :])[start % 2 :][:length]
    if len(data) < length:
        raise refuse(header.path, f"it ends within frame {frame + 1}.")
    if header.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        count = header.rows * header.columns * header.samples
        return _shaped(header, bits[skipped : skipped + count]), header.photometric
    flat = np.frombuffer(data, dtype=stored_type(header)).astype(
        stored_type(header).newbyteorder("=")
    )
    if header.photometric == "YBR_FULL_422":
        luminance = flat.reshape(-1, 4)[:, :2]
        return luminance.reshape(header.rows, header.columns), "MONOCHROME2"
    return _shaped(header, flat), header.photometric


def plain(header: Header) -> bool:
    """Return whether the numbers of a file can be taken as they lie in it."""
    return bool(
        sys.byteorder == "little"
        and header.little_endian
        and not header.compressed
        and header.syntax != DEFLATED
        and header.samples == 1
        and header.bits_allocated >= 8
        and header.photometric in ("MONOCHROME1", "MONOCHROME2")
    )


def read_plain(
    file: FileIO, offset: int, header: Header, padding: tuple[float, float] | None, into: Any
) -> NDArray[Any]:
    """Read one frame of a ``plain`` file straight to where it shall lie.

    Parameters
    ----------
    file
        Open without a buffer; a file whose header says what ``header`` says.
    offset
        Where the frame begins, in bytes.
    header, padding
        What the numbers mean; ``padding`` is kept as it is stored.
    into
        An array (rows, columns) to fill; another one is made where it does not fit.

    Returns
    -------
    NDArray
        The array, without the bits above BitsStored.

    Raises
    ------
    NotAnImage
        The file ends before the frame does.
    """
    shape, kind = (header.rows, header.columns), stored_type(header)
    if into is None or into.shape != shape or into.dtype != kind:
        into = np.empty(shape, kind)
    filled: NDArray[Any] = into
    rest = filled.data.cast("B")
    file.seek(offset)
    while rest:
        count = file.readinto(rest)
        if not count:
            raise refuse(Path(os.fsdecode(file.name)), "it ends within its pixels.")
        rest = rest[count:]
    if not _is_clean(header, filled):
        filled[...] = clean_bits(header, filled, padding)
    return filled


def _is_clean(header: Header, plane: NDArray[Any]) -> bool:
    """Return whether no bit above BitsStored is set, but the copies of the sign."""
    bits = header.bits_stored
    if header.floating or bits >= header.bits_allocated:
        return True
    if header.high_bit + 1 > bits:
        return False
    top = 2 ** (bits - 1) if header.signed else 2**bits
    if header.signed and int(plane.min()) < -top:
        return False
    return bool(int(plane.max()) < top)


def stored_type(header: Header) -> np.dtype[Any]:
    """Return the type of one stored number, in the file's byte order."""
    kind = "f" if header.floating else "i" if header.signed else "u"
    size = max(header.bits_allocated // 8, 1)
    return np.dtype(f"{'<' if header.little_endian else '>'}{kind}{size}")


def _shaped(header: Header, flat: NDArray[Any]) -> NDArray[Any]:
    rows, columns, samples = header.rows, header.columns, header.samples
    if samples == 1:
        return flat.reshape(rows, columns)
    from app.images.values import number

    if number(header.dataset, "PlanarConfiguration") == 1:
        return np.moveaxis(flat.reshape(samples, rows, columns), 0, -1)
    return flat.reshape(rows, columns, samples)
