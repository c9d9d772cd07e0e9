"""What runs inside the decoding worker: one frame, one named decoder."""

import contextlib
import io
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, generate_fragments, get_frame, parse_basic_offsets
from pydicom.pixels import get_decoder

from app.errors import NotAnImage
from app.images import codecs, values
from app.images.codestream import check_codestream
from app.images.files import open_data, refuse
from app.images.headers import JPEG_XL, Header, read_header

_BASE_MEMORY = 2**30
_MEMORY_PER_PIXEL = 64


def prepare_process() -> None:
    """Let a crash be quiet and quick: no core file, no dialogue box."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002 | 0x8000)
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(path: Path, frame: int) -> tuple[dict[str, Any], bytes]:
    """Decode one frame; return the answer to send and the pixels that follow it."""
    try:
        stat = path.stat()
        header = _header(path, stat.st_mtime_ns, stat.st_size)
        _limit_memory(header)
        pixels, photometric = _decode(header, frame)
    except NotAnImage as error:
        return {"what": str(error), "remedy": error.remedy}, b""
    except OSError as error:
        gone = refuse(path, f"the file cannot be opened ({error.strerror}).", "Check the file.")
        return {"what": str(gone), "remedy": gone.remedy}, b""
    little = np.ascontiguousarray(pixels).astype(pixels.dtype.newbyteorder("<"), copy=False)
    about = {"dtype": little.dtype.str, "shape": little.shape, "photometric": photometric}
    return about, little.tobytes()


@lru_cache(maxsize=1)
def _header(path: Path, _changed: int, _size: int) -> Header:
    return read_header(path)


def _limit_memory(header: Header) -> None:
    """Let a codestream that claims more pixels than its header fail, and nothing else."""
    if sys.platform == "win32":
        return
    import resource

    soft = _BASE_MEMORY + _MEMORY_PER_PIXEL * header.rows * header.columns
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (soft if hard < 0 else min(soft, hard), hard))


def _decode(header: Header, frame: int) -> tuple[Any, str]:
    codecs.check_decoder(header)
    plugin = codecs.plugin_of(header.syntax) or ""
    options = {
        "rows": header.rows,
        "columns": header.columns,
        "number_of_frames": 1,
        "samples_per_pixel": header.samples,
        "photometric_interpretation": header.photometric,
        "bits_allocated": header.bits_allocated,
        "bits_stored": header.bits_stored,
        "pixel_representation": int(header.signed),
        "pixel_keyword": "PixelData",
        "planar_configuration": values.integer(header.dataset, "PlanarConfiguration", 0),
    }
    file, _ = open_data(header.path)
    try:
        with file:
            packed = _packed(header, file, frame)
            check_codestream(header, frame, packed)
            if plugin in ("imagecodecs", "none"):
                unpack = _unpack if plugin == "imagecodecs" else _unpacked
                return unpack(header, packed)
            alone = io.BytesIO(encapsulate([packed], has_bot=False))
            pixels, properties = get_decoder(header.syntax).as_array(
                alone, index=0, raw=True, decoding_plugin=plugin, **options
            )
    except NotAnImage:
        raise
    except Exception as error:  # every decoder has its own ways to say no
        raise refuse(
            header.path,
            f"frame {frame + 1} cannot be decoded as {header.syntax_name}; "
            "it is damaged or cut short.",
        ) from error
    return pixels, str(properties["photometric_interpretation"])


def _packed(header: Header, file: BinaryIO, frame: int) -> bytes:
    """Return the bytes of one frame; its fragments are counted where the offsets are wrong."""
    file.seek(header.pixels.offset)
    with contextlib.suppress(Exception):  # wrong offsets lead anywhere
        packed = bytes(get_frame(file, frame, number_of_frames=header.frames))
        if packed:
            return packed
    file.seek(header.pixels.offset)
    parse_basic_offsets(file)
    fragments = list(generate_fragments(file))
    if header.frames not in (1, len(fragments)):
        raise ValueError("its fragments are no frames")
    return fragments[frame] if len(fragments) == header.frames else b"".join(fragments)


def _unpack(header: Header, packed: bytes) -> tuple[NDArray[Any], str]:
    """Decode JPEG of every kind, and JPEG XL, by libjpeg-turbo and libjxl."""
    import imagecodecs

    colour = header.samples > 1
    if header.syntax in JPEG_XL:
        pixels = imagecodecs.jpegxl_decode(packed, numthreads=1)
    elif colour:  # named twice as RGB, so that the components stay what they are
        pixels = imagecodecs.jpeg8_decode(packed, colorspace="RGB", outcolorspace="RGB")
    else:
        pixels = imagecodecs.jpeg8_decode(packed)
    expected = (header.rows, header.columns, *((header.samples,) if colour else ()))
    wanted = _kind(header)
    if pixels.shape != expected or pixels.dtype.kind != "u" or pixels.itemsize > wanted.itemsize:
        raise ValueError("pixels of another kind than the header declares")
    wide = pixels.astype(wanted.str.replace("i", "u"), copy=False).view(wanted)
    mixed = header.syntax in JPEG_XL and colour
    return wide, "RGB" if mixed else header.photometric


def _unpacked(header: Header, packed: bytes) -> tuple[NDArray[Any], str]:
    """Return the numbers of a frame that lies in a fragment without compression."""
    kind = _kind(header).newbyteorder("<")
    count = header.rows * header.columns * header.samples
    pixels = np.frombuffer(packed, kind, count)
    side = (header.samples,) if header.samples > 1 else ()
    return pixels.reshape(header.rows, header.columns, *side), header.photometric


def _kind(header: Header) -> np.dtype[Any]:
    return np.dtype(f"{'i' if header.signed else 'u'}{max(header.bits_allocated // 8, 1)}")
