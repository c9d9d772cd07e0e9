"""An image whose slices come one by one, the one in view first.

For compressed series: a slice takes a decoder milliseconds, a series seconds. And for
series of which some slices cannot be read: the others are there to be looked at.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.domain.pair import Series
from app.errors import BlindReadError
from app.images.grey import mark_padding
from app.images.headers import IMAGE_LIMIT, read_header
from app.images.read import read_image

MOST_UNREAD = 3
"""Slices that may be unreadable while no more of the series have been read."""


def is_slow(series: Series) -> bool:
    """Return whether every slice of a series has to be decoded."""
    if series.storage is not None or len(series.slices) < 2:
        return False
    try:
        return read_header(series.slices[0].path).compressed
    except BlindReadError:  # told when the series is read
        return False


class Gathering:
    """The slices of one image that have come so far.

    Parameters
    ----------
    count
        How many slices the image will have.
    """

    def __init__(self, count: int) -> None:
        self._parts: list[Image | None] = [None] * count
        self._pixels: NDArray[Any] | None = None
        self._unread: dict[int, BlindReadError] = {}
        self._positions: list[tuple[float, float, float] | None] = [None] * count

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, index: int) -> bool:
        return self._parts[index] is not None or index in self._unread

    @property
    def bytes(self) -> int:
        """Bytes of memory that the whole image takes; 0 before the first slice."""
        return 0 if self._pixels is None else self._pixels.nbytes

    def add(self, index: int, part: Image) -> None:
        """Take one slice, an image of its own."""
        plane = part.pixels[0]
        if self._pixels is None:
            self._pixels = np.zeros((len(self._parts), *plane.shape), plane.dtype)
        elif not np.can_cast(plane.dtype, self._pixels.dtype):
            self._pixels = self._pixels.astype(np.result_type(self._pixels.dtype, plane.dtype))
        self._pixels[index] = plane
        self._positions[index] = part.grid.positions[0] if part.grid.positions else None
        self._parts[index] = replace(
            part, pixels=np.broadcast_to(plane[:1, :1].copy(), part.pixels.shape)
        )

    def read(self, index: int, series: Series, number: int) -> None:
        """Read one slice, or keep in mind why it cannot be read.

        Parameters
        ----------
        index
            Its place in the image.
        series, number
            The series, and its place in that.

        Raises
        ------
        BlindReadError
            It cannot be read, nor could more than a few of the others: so it is the series.
        """
        try:
            self.add(index, read_image(series, [number]))
        except BlindReadError as error:
            self._unread[index] = error
            if series.grid.positions:
                self._positions[index] = series.grid.positions[number]
            read = sum(part is not None for part in self._parts)
            if len(self._unread) > max(MOST_UNREAD, read):
                raise

    def try_again(self) -> None:
        """Forget which slices could not be read."""
        self._unread.clear()

    def image(self) -> Image | None:
        """Return the image as far as it has come; None where its slices are of several kinds.

        The numbers of slices that have not come mean nothing. Those that cannot be read
        hold no valid pixel.
        """
        parts = [part for part in self._parts if part is not None]
        if not parts or self._pixels is None:
            return None
        first = parts[0]
        kinds = {(one.unit, one.inverted, one.covered is None) for one in parts}
        if kinds != {(first.unit, first.inverted, True)}:
            return None
        middle = self._parts[len(self._parts) // 2] or first
        flags = list(dict.fromkeys(flag for part in parts for flag in part.flags))
        pixels, padding = self._pixels, first.padding
        if any(part.padding != padding for part in parts):
            stated = [None if part is None else part.padding for part in self._parts]
            pixels, padding = mark_padding(pixels.copy(), stated)
        positions = [one for one in self._positions if one is not None]
        placed = len(positions) == len(self._parts)
        covered = None
        if self._unread:
            covered = np.ones(pixels.shape, bool)
            covered[list(self._unread)] = False
        return replace(
            first,
            pixels=pixels,
            slopes=tuple(1.0 if one is None else one.slopes[0] for one in self._parts),
            intercepts=tuple(0.0 if one is None else one.intercepts[0] for one in self._parts),
            grid=replace(
                first.grid,
                slices=len(self._parts),
                positions=tuple(positions) if placed else None,
            ),
            bits_stored=max(part.bits_stored for part in parts),
            windows=middle.windows,
            padding=padding,
            flags=tuple(flags),
            covered=covered,
            unread=tuple((at, error.sentence) for at, error in sorted(self._unread.items())),
        )


def read_most(series: Series, numbers: Sequence[int]) -> Image:
    """Read slices of a series, without those that cannot be read (``Image.unread``).

    For looking only: what is measured tells of every slice by itself.

    Raises
    ------
    NotAnImage, WorkerDied
        As :func:`app.images.read.read_image`, where it is not a few slices that fail.
    """
    try:
        return read_image(series, numbers)
    except BlindReadError:
        if len(numbers) < 2 or series.storage is not None:
            raise
        gathering = Gathering(len(numbers))
        for index, number in enumerate(numbers):
            gathering.read(index, series, number)
            if gathering.bytes > IMAGE_LIMIT:
                raise
        image = gathering.image()
        if image is None or not image.unread:
            raise
        return image


def next_slice(done: Gathering, at: int, forward: bool) -> int | None:
    """Return the slice to read next: the one in view, then its neighbours.

    Of the slices that have not come, the nearest ahead in the direction of
    scrolling; one behind counts as if it lay three times as far away.
    """

    def cost(index: int) -> int:
        ahead = index - at if forward else at - index
        return ahead if ahead >= 0 else -3 * ahead

    missing = [index for index in range(len(done)) if index not in done]
    return min(missing, key=cost, default=None)
