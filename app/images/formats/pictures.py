"""PNG and JPEG: their headers are read here, their pixels by Pillow in the worker.

A picture has no units and no place in the patient, and says so by a flag:
``8-bit-picture`` or ``16-bit-picture``. Colour becomes luminance (ITU-R BT.601).
"""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.pair import Storage
from app.images.files import refuse
from app.images.formats import arrays, streams

PNG_START = b"\x89PNG\r\n\x1a\n"
COLOUR_REMARK = "a colour picture, turned grey by its luminance"
_SEGMENTS_LIMIT = 10_000
_AS_GREY = "Save it as a grey picture."
_PNG_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


@dataclass(frozen=True, slots=True)
class _Header:
    format: str
    rows: int
    columns: int
    bits: int
    colour: bool


def describe(path: Path) -> Storage:
    """Return how a PNG or JPEG file holds its numbers.

    Raises
    ------
    NotAnImage
        The header is damaged, too large, or of a kind that is not known here.
    """
    with path.open("rb") as file:
        try:
            header = _png(path, file) if path.suffix.lower() == ".png" else _jpeg(path, file)
        except (struct.error, IndexError) as error:
            raise streams.damaged(path) from error
    dtype = np.dtype(np.uint16 if header.bits > 8 else np.uint8)
    shape = (header.rows, header.columns)
    arrays.check_size(path, (*shape, 4), dtype)
    flags = picture_flags(dtype, colour=header.colour)
    remarks = (COLOUR_REMARK,) if header.colour else ()
    if header.format == "JPEG":
        flags, remarks = (*flags, "lossy-picture"), (*remarks, "JPEG has lost detail")
    return Storage(header.format, shape, str(dtype), (0, 1, 2), flags=flags, remarks=remarks)


def picture_flags(dtype: np.dtype[Any], *, colour: bool) -> tuple[str, ...]:
    """Return the flags of a picture of whole numbers: its depth, and ``luminance``."""
    depth: tuple[str, ...] = ()
    if dtype.kind in "bui" and dtype.itemsize <= 2:
        depth = ("8-bit-picture" if dtype.itemsize == 1 else "16-bit-picture",)
    return (*depth, *(("luminance",) if colour else ()))


def _png(path: Path, file: IO[bytes]) -> _Header:
    start = file.read(33)
    if start[12:16] != b"IHDR" or len(start) < 33:
        raise streams.damaged(path)
    columns, rows, bits, kind = struct.unpack(">IIBB", start[16:26])
    if bits not in _PNG_DEPTHS.get(kind, ()):
        raise streams.damaged(path)
    if bits == 16 and kind != 0:
        raise refuse(path, f"16-bit pictures of the kind {_PNG_COLOURS[kind]} are not known here.",
                     _AS_GREY)  # fmt: skip
    return _Header("PNG", rows, columns, bits, kind not in (0, 4))


def _jpeg(path: Path, file: IO[bytes]) -> _Header:
    """Walk the segments of a JPEG file to its frame header (ITU-T T.81, B.2.2)."""
    file.seek(2)
    for _ in range(_SEGMENTS_LIMIT):
        mark = file.read(2)
        while mark[:1] == b"\xff" and mark[1:] == b"\xff":  # fill bytes
            mark = mark[1:] + file.read(1)
        if len(mark) < 2 or mark[0] != 0xFF:
            break
        (length,) = struct.unpack(">H", file.read(2))
        code = mark[1]
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            bits, rows, columns, components = struct.unpack(">BHHB", file.read(6))
            if bits != 8 or components not in (1, 3):
                raise refuse(path, f"JPEG of {bits} bits and {components} colours is not known "
                             "here.", _AS_GREY)  # fmt: skip
            return _Header("JPEG", rows, columns, bits, components == 3)
        if code == 0xDA or length < 2:
            break
        file.seek(length - 2, 1)
    raise streams.damaged(path)


def decode(path: Path, storage: Storage) -> NDArray[Any]:
    """Return the pixels of a picture as (rows, columns); runs in the worker.

    Raises
    ------
    NotAnImage
        The picture moves, is partly transparent, or is not what its header says.
    """
    from PIL import Image as Pillow

    before = Pillow.MAX_IMAGE_PIXELS  # the DICOM decoder beside us has the same Pillow
    Pillow.MAX_IMAGE_PIXELS = max(int(np.prod(storage.shape, dtype=np.int64)), 1)
    try:
        pixels = _decode(path, storage, Pillow)
    finally:
        Pillow.MAX_IMAGE_PIXELS = before
    if storage.format == "PNG" and pixels.dtype == np.uint8:
        pixels = _as_stored(path, pixels)
    return pixels


def _decode(path: Path, storage: Storage, pillow: Any) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pillow.open(path, formats=[storage.format]) as picture:
            if getattr(picture, "n_frames", 1) > 1:
                raise refuse(path, "it is a moving picture.", "Save each slice as a picture.")
            if picture.size != (storage.shape[1], storage.shape[0]):
                raise streams.changed(path)
            return _grey(path, picture)


def _grey(path: Path, picture: Any) -> NDArray[Any]:
    if picture.mode == "P":
        see_through = "transparency" in picture.info
        picture = picture.convert("RGBA" if see_through else "RGB")
    if picture.mode in ("LA", "RGBA"):
        if np.asarray(picture.getchannel("A")).min() < 255:
            raise refuse(path, "parts of it are transparent.", "Save it without transparency.")
        picture = picture.convert("L" if picture.mode == "LA" else "RGB")
    pixels: NDArray[Any] = np.asarray(picture)
    if picture.mode == "RGB":
        return arrays.luminance(pixels)
    if picture.mode == "1":
        return pixels.astype(np.uint8) * 255
    if picture.mode == "L":
        return pixels
    if picture.mode.startswith("I;16"):
        return pixels.astype(np.uint16)
    raise refuse(path, f"pictures of the kind {picture.mode} are not known here.", _AS_GREY)


def _as_stored(path: Path, pixels: NDArray[Any]) -> NDArray[Any]:
    """Undo the stretching of grey pictures of 1, 2 and 4 bits to 0..255."""
    with path.open("rb") as file:
        start = file.read(26)
    bits, kind = start[24], start[25]
    if kind != 0 or bits >= 8:
        return pixels
    stored: NDArray[Any] = pixels // np.uint8(255 // (2**bits - 1))
    return stored
