"""An image whose slices come one by one, the one in view first.

For compressed series: a slice takes a decoder milliseconds, a series seconds.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.domain.pair import Series
from app.errors import BlindReadError
from app.images.headers import read_header


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

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, index: int) -> bool:
        return self._parts[index] is not None

    def add(self, index: int, part: Image) -> None:
        """Take one slice, an image of its own."""
        plane = part.pixels[0]
        if self._pixels is None:
            self._pixels = np.zeros((len(self._parts), *plane.shape), plane.dtype)
        elif not np.can_cast(plane.dtype, self._pixels.dtype):
            self._pixels = self._pixels.astype(np.result_type(self._pixels.dtype, plane.dtype))
        self._pixels[index] = plane
        self._parts[index] = replace(
            part, pixels=np.broadcast_to(plane[:1, :1].copy(), part.pixels.shape)
        )

    def image(self) -> Image | None:
        """Return the image as far as it has come; None where its slices are of several kinds.

        The numbers of slices that have not come mean nothing.
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
        padding = first.padding
        if any(part.padding != padding for part in parts):
            padding, flags = None, [*flags, "padding-differs"]
        positions = [part.grid.positions[0] for part in parts if part.grid.positions]
        placed = len(positions) == len(self._parts)
        return replace(
            first,
            pixels=self._pixels,
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
        )


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
