"""Moving pictures, written frame by frame: GIF by Pillow, MP4 by OpenCV."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.errors import StoreError
from app.store.beside import beside

Frame = NDArray[np.uint8]
"""(rows, columns, 3), red, green and blue."""

KINDS = (".gif", ".mp4")
FASTEST = 50.0
"""Frames a second; GIF counts in hundredths of a second and players take no less than two."""

_MOST_COLORS = 224


@contextmanager
def film(
    path: Path, rate: float, colors: NDArray[np.uint8] | None = None
) -> Iterator[Callable[[Frame], None]]:
    """Give a function that takes frame after frame; the file is there when all have come.

    Parameters
    ----------
    path
        Its suffix, ``.gif`` or ``.mp4``, is the kind.
    rate
        Frames a second, above 0 and at most ``FASTEST``.
    colors
        For GIF, which knows 256 colours: those beside grey that frames use,
        (n, 3); grey then has 255 - n levels, else all 256.

    Raises
    ------
    StoreError
        The kind is not known or cannot be made here, or the disk refused.
    """
    if not 0 < rate <= FASTEST:
        raise StoreError(
            f"A film of {rate:g} frames a second cannot be written.",
            remedy=f"Choose a rate up to {FASTEST:g}.",
        )
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise StoreError(
            f"A film cannot be written as {path.name}.", remedy="Name a .gif or an .mp4 file."
        )
    with beside(path) as place:
        if kind == ".gif":
            with place.open("xb") as file:
                gif = _Gif(file, rate, colors)
                yield gif.add
                gif.end()
        else:
            mp4 = _Mp4(place, rate)
            try:
                yield mp4.add
            finally:
                mp4.end()
            mp4.check()


class _Gif:
    """A GIF that is played again and again; each frame is whole.

    References
    ----------
    GIF89a, CompuServe 1990; the looping extension is Netscape's.
    """

    def __init__(self, file: BinaryIO, rate: float, colors: NDArray[np.uint8] | None) -> None:
        from PIL import Image

        self._file = file
        self._hundredths = max(2, round(100 / rate))
        self._palette = _palette(colors)
        self._greys = 256 - (0 if colors is None else min(len(colors), _MOST_COLORS))
        self._model = Image.new("P", (1, 1))
        self._model.putpalette(self._palette.tobytes())
        self._count = 0

    def add(self, frame: Frame) -> None:
        from PIL import Image

        indexed = Image.fromarray(self._indices(frame))
        indexed.putpalette(self._palette.tobytes())
        packed = BytesIO()
        indexed.save(packed, "GIF", optimize=False, interlace=False)
        if not self._count:
            rows, columns = frame.shape[:2]
            self._file.write(b"GIF89a" + struct.pack("<HHBBB", columns, rows, 0, 0, 0))
            self._file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", 0, 0))
        self._file.write(b"\x21\xf9\x04\x04" + struct.pack("<HBB", self._hundredths, 0, 0))
        self._file.write(_as_frame(packed.getvalue()))
        self._count += 1

    def _indices(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the place in the palette of each pixel: greys exactly, colours the nearest."""
        from PIL import Image

        red = frame[..., 0]
        grey = (red == frame[..., 1]) & (red == frame[..., 2])
        places: NDArray[np.uint8] = np.rint(red * ((self._greys - 1) / 255.0)).astype(np.uint8)
        if grey.all():
            return places
        picture = Image.fromarray(np.ascontiguousarray(frame))
        nearest = picture.quantize(palette=self._model, dither=Image.Dither.NONE)
        made: NDArray[np.uint8] = np.where(grey, places, np.asarray(nearest))
        return made

    def end(self) -> None:
        if not self._count:
            raise StoreError("A film without a picture cannot be written.", remedy="Choose slices.")
        self._file.write(b"\x3b")


def _palette(colors: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Return 256 colours: grey in equal steps, then those given."""
    more = (
        np.zeros((0, 3), np.uint8)
        if colors is None
        else np.asarray(colors, np.uint8)[:_MOST_COLORS]
    )
    grey = np.rint(np.linspace(0, 255, 256 - len(more))).astype(np.uint8)
    made: NDArray[np.uint8] = np.concatenate([np.repeat(grey[:, np.newaxis], 3, axis=1), more])
    return made


def _as_frame(gif: bytes) -> bytes:
    """Return the picture of a GIF of one frame, the colours of the file as its own."""
    flags = gif[10]
    size = 3 * 2 ** ((flags & 7) + 1)
    colors, at = gif[13 : 13 + size], 13 + size
    while gif[at] == 0x21:  # extensions before the picture
        at += 2
        while gif[at]:
            at += gif[at] + 1
        at += 1
    descriptor = bytearray(gif[at : at + 10])
    descriptor[9] = 0x80 | (descriptor[9] & 0x40) | (flags & 7)  # its own colours, its own order
    return bytes(descriptor) + colors + gif[at + 10 : -1]


class _Mp4:
    """An MP4 (MPEG-4 Part 2), which every player on a desktop shows."""

    def __init__(self, place: Path, rate: float) -> None:
        self._place, self._rate = place, rate
        self._writer: object = None
        self._count = 0

    def add(self, frame: Frame) -> None:
        import cv2

        rows, columns = frame.shape[:2]
        even = np.pad(frame, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
        if self._writer is None:
            size = (even.shape[1], even.shape[0])
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._place), cv2.CAP_FFMPEG, code, self._rate, size)
            if not self._writer.isOpened():
                raise StoreError(
                    "An MP4 cannot be written here.",
                    remedy="Check your rights on the folder, or choose GIF.",
                )
        assert isinstance(self._writer, cv2.VideoWriter)  # noqa: S101 - for the type alone
        self._writer.write(np.ascontiguousarray(even[..., ::-1]))
        self._count += 1

    def end(self) -> None:
        import cv2

        if isinstance(self._writer, cv2.VideoWriter):
            self._writer.release()

    def check(self) -> None:
        """Read the file back: an encoder that fails does not always say so."""
        import cv2

        if not self._count:
            raise StoreError("A film without a picture cannot be written.", remedy="Choose slices.")
        reader = cv2.VideoCapture(str(self._place))
        found = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
        reader.release()
        if found != self._count:
            raise StoreError(
                f"The MP4 holds {found} pictures instead of {self._count}.",
                remedy="Check the free space, or choose GIF.",
            )
