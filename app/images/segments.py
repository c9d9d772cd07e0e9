"""Segmented palettes: lookup tables written as runs, lines and repetitions (PS3.3 C.7.9.2)."""

import numpy as np
from numpy.typing import NDArray

_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


def expand(words: NDArray[np.unsignedinteger], entries: int, *, wide: bool) -> list[int]:
    """Return the entries of a segmented table, at most ``entries`` of them.

    Parameters
    ----------
    words
        The table as it is stored, numbers of 8 or 16 bits.
    entries
        How many entries the descriptor declares; more are never made.
    wide
        True for 16-bit numbers: an indirect segment writes the place it
        repeats as two of them, otherwise as four.

    Raises
    ------
    ValueError
        The segments contradict themselves or end too early.
    """
    found: list[int] = []
    _expand([int(word) for word in words], 0, len(words), found, entries, wide, nested=False)
    return found


def _expand(
    words: list[int],
    at: int,
    segments: int,
    found: list[int],
    entries: int,
    wide: bool,
    *,
    nested: bool,
) -> None:
    """Append the entries of some segments, from one place on."""
    parts, bits, size = (2, 16, 2) if wide else (4, 8, 1)
    end = len(words)
    while at + 2 <= end and segments > 0 and len(found) < entries:
        kind, length = words[at], words[at + 1]
        at, segments = at + 2, segments - 1
        if kind == _DISCRETE and at + length <= end:
            found += words[at : at + length]
            at += length
        elif kind == _LINEAR and length and at < end and found:
            first, last = found[-1], words[at]
            found += [first + round((last - first) * i / length) for i in range(1, length + 1)]
            at += 1
        elif kind == _INDIRECT and at + parts <= end and not nested:
            place = sum(words[at + i] << (bits * i) for i in range(parts)) // size
            _expand(words, place, length, found, entries, wide, nested=True)
            at += parts
        else:
            raise ValueError("a segment contradicts itself")
    del found[entries:]
