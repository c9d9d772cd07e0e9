"""Pixels that are not compressed: the numbers exactly as they lie in the file."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.images.files import open_data, refuse
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
