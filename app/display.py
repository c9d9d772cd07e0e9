"""Real-world values and a window to grey levels and colours: the one place.

The screen, the report and the golden pictures all come through here.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import VoiTable, Window
from app.errors import InputError

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]
LookUp = Callable[[NDArray[np.unsignedinteger], NDArray[Any]], NDArray[np.unsignedinteger]]

UNDEFINED = (64, 64, 64)
"""The colour of NaN in a difference: a grey that it does not hold otherwise."""

NOTHING = (0, 0, 0)
"""The colour of NaN in a local map: the ground of the panes."""

_COLD_TO_WARM = (
    (-1.0, (150, 214, 255)),
    (-0.5, (28, 108, 214)),
    (0.0, (0, 0, 0)),
    (0.5, (196, 84, 12)),
    (1.0, (255, 206, 120)),
)
_DARK_TO_HOT = (
    (0.0, (33, 12, 74)),
    (1 / 7, (86, 16, 110)),
    (2 / 7, (137, 34, 106)),
    (3 / 7, (187, 55, 84)),
    (4 / 7, (227, 89, 50)),
    (5 / 7, (249, 140, 10)),
    (6 / 7, (249, 201, 50)),
    (1.0, (252, 255, 164)),
)
"""Inferno without its black, which is left to pixels that a map says nothing of."""

_PIECE = 32768
"""Numbers that are worked on together: as float64 they fit into a processor's cache."""


def grey_levels(
    plane_stored: NDArray[np.generic],
    slope: float,
    intercept: float,
    window: Window,
    *,
    inverted: bool = False,
    bits: int = 8,
    look_up: LookUp = np.take,
) -> NDArray[np.unsignedinteger]:
    """Return the grey levels of stored numbers under one window.

    Parameters
    ----------
    plane_stored
        Stored numbers of any shape; real value = number * slope + intercept.
    slope, intercept
        RescaleSlope and RescaleIntercept.
    window
        Center and width in real values, with its VOI LUT function; or a
        VoiTable, whose curve takes the place of the function.
    inverted
        Low values are shown bright (MONOCHROME1); applied once, at the end.
    bits
        Depth of the grey levels, 1 to 16.
    look_up
        Returns a table's entries at unsigned integers, for whoever has a faster way.

    Returns
    -------
    array
        Same shape, uint8 for up to 8 bits and uint16 above; halves round up.
        Infinite values go to the ends, NaN is 0 in either polarity.

    Raises
    ------
    InputError
        The window has no width (below 1 for LINEAR), or a number of it or of
        the rescale is not finite, or the depth is out of range.

    Notes
    -----
    Integers of 8 and 16 bits, and wider ones that span at most 65,536 values,
    go through a table; the levels equal those of the float path.

    References
    ----------
    DICOM PS3.3 C.11.2.1.1 (VOI LUT), C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2
    (LINEAR_EXACT).
    """
    _check(window, slope, intercept, bits)
    plane = np.asarray(plane_stored)
    if not plane.dtype.isnative:
        plane = plane.astype(plane.dtype.newbyteorder("="))
    if plane.dtype.kind in "iu" and plane.size:
        if plane.dtype.itemsize <= 2:
            unsigned = plane.view(np.dtype(f"u{plane.dtype.itemsize}"))
            table = _table(plane.dtype.str, slope, intercept, window, inverted, bits)
            return look_up(table, unsigned)
        low, high = int(plane.min()), int(plane.max())
        if high - low < 65536:
            span = low + np.arange(high - low + 1, dtype=plane.dtype)
            table = _levels(span, slope, intercept, window, inverted, bits)
            return np.take(table, plane - low)
    return _levels(plane, slope, intercept, window, inverted, bits)


def diverging(difference: NDArray[np.floating], limit: float) -> Colour:
    """Return a signed difference in colours: blue below zero, black at it, orange above.

    Parameters
    ----------
    difference
        Reconstruction minus reference, any shape.
    limit
        The positive difference that gets the last colour, in the same units.

    Returns
    -------
    array
        RGB in uint8, one axis more. NaN is grey, infinite values get the last colours.

    Raises
    ------
    InputError
        The limit is not a positive number.

    Notes
    -----
    Blue and orange differ for every common colour blindness; the luminance of
    both sides is alike, so that the sign has no weight of its own.
    """
    if not (math.isfinite(limit) and limit > 0):
        raise InputError(
            f"A difference cannot be coloured up to {limit:g}.",
            remedy="Give the largest difference as a positive number.",
        )
    values = np.asarray(difference, dtype=np.float64)
    return _colours(values / limit / 2 + 0.5, _palette(_COLD_TO_WARM, UNDEFINED))


def loss(values: NDArray[np.floating], neutral: float, extreme: float) -> Colour:
    """Return a local map in colours: dark where nothing is lost, hot at the extreme.

    Parameters
    ----------
    values
        A local map, any shape.
    neutral
        The value that means "no difference"; it and all beyond it are dark.
    extreme
        The value that gets the last colour, above or below ``neutral``.

    Returns
    -------
    array
        RGB in uint8, one axis more; brightness rises from neutral to extreme. NaN is black.

    Raises
    ------
    InputError
        The two ends are equal or not finite.

    Notes
    -----
    The colours are those of inferno: perceptually uniform, in order of
    brightness for every common colour blindness.
    """
    if not (math.isfinite(neutral) and math.isfinite(extreme) and neutral != extreme):
        raise InputError(
            f"A map cannot be coloured from {neutral:g} to {extreme:g}.",
            remedy="Give two different numbers.",
        )
    shares = (np.asarray(values, dtype=np.float64) - neutral) / (extreme - neutral)
    return _colours(shares, _palette(_DARK_TO_HOT, NOTHING))


def _check(window: Window, slope: float, intercept: float, bits: int) -> None:
    if not all(map(math.isfinite, (window.center, window.width, slope, intercept))):
        raise InputError(
            "A window or rescale value is not a finite number.",
            remedy="Set the window by hand, and check RescaleSlope and RescaleIntercept.",
        )
    if isinstance(window, VoiTable) and not window.table:
        raise InputError("A VOI LUT without entries shows nothing.", remedy="Set a window by hand.")
    least = 1.0 if window.function == "LINEAR" else 0.0
    if window.width < least or window.width <= 0:
        raise InputError(
            f"A window of width {window.width:g} cannot be shown with {window.function}.",
            remedy="Use a width of 1 or more, or LINEAR_EXACT with a width above 0.",
        )
    if not 1 <= bits <= 16:
        raise InputError(
            f"Grey levels of {bits} bits cannot be made.", remedy="Ask for 1 to 16 bits."
        )


def _levels(
    plane: NDArray[np.generic],
    slope: float,
    intercept: float,
    window: Window,
    inverted: bool,
    bits: int,
) -> NDArray[np.unsignedinteger]:
    """Return the levels by formula, in pieces that stay in the processor's cache."""
    levels = np.empty(plane.shape, np.uint8 if bits <= 8 else np.uint16)
    numbers, made = plane.reshape(-1), levels.reshape(-1)
    for first in range(0, numbers.size, _PIECE):
        piece = slice(first, first + _PIECE)
        values = numbers[piece].astype(np.float64)
        if (slope, intercept) != (1.0, 0.0):
            values *= slope
            values += intercept
        made[piece] = _piece(values, window, inverted, float(2**bits - 1))
    return levels


def _piece(
    values: NDArray[np.float64], window: Window, inverted: bool, top: float
) -> NDArray[np.float64]:
    """Return levels from 0 to ``top``; the values are written over."""
    undefined = np.isnan(values)
    shares = _shares(values, window)
    shares *= top
    shares += 0.5
    np.floor(shares, out=shares)
    if inverted:
        np.subtract(top, shares, out=shares)
    if undefined.any():
        shares[undefined] = 0.0
    return shares


def _shares(values: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Return the brightness from 0 to 1; the values are written over."""
    center, width = window.center, window.width
    if isinstance(window, VoiTable):
        return _curve(values, window)
    if window.function == "SIGMOID":
        with np.errstate(over="ignore"):
            shares: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-4.0 * (values - center) / width))
        return shares
    if window.function == "LINEAR" and width == 1.0:
        return (values > center - 0.5).astype(np.float64)
    values -= center if window.function == "LINEAR_EXACT" else center - 0.5
    values /= width if window.function == "LINEAR_EXACT" else width - 1.0
    values += 0.5
    return np.clip(values, 0.0, 1.0, out=values)


def _curve(values: NDArray[np.float64], window: VoiTable) -> NDArray[np.float64]:
    """Return the brightness by a table; values beyond it take its first or last entry.

    The entry i of n stands for values around center + (i - (n - 1) / 2) * step.
    """
    entries = np.asarray(window.table, dtype=np.float64)
    step = window.width / len(entries)
    places = np.floor((values - window.center) / step + len(entries) / 2)
    places = np.clip(np.where(np.isnan(places), 0.0, places), 0, len(entries) - 1)
    return entries[places.astype(np.intp)]


@lru_cache(maxsize=16)
def _table(
    kind: str, slope: float, intercept: float, window: Window, inverted: bool, bits: int
) -> NDArray[np.unsignedinteger]:
    """Return the level of each bit pattern of an 8- or 16-bit integer type."""
    dtype = np.dtype(kind)
    patterns = np.arange(2 ** (8 * dtype.itemsize)).astype(f"u{dtype.itemsize}").view(dtype)
    table = _levels(patterns, slope, intercept, window, inverted, bits)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=2)
def _palette(
    anchors: tuple[tuple[float, tuple[int, int, int]], ...], undefined: tuple[int, int, int]
) -> Colour:
    """Return 511 colours between the anchors, an anchor in the middle exact; then that of NaN."""
    places = np.array([place for place, _ in anchors])
    colours = np.array([colour for _, colour in anchors], dtype=np.float64)
    steps = np.linspace(places[0], places[-1], 511)
    parts = [np.interp(steps, places, colours[:, part]) for part in range(3)]
    palette: Colour = np.vstack([np.rint(np.stack(parts, -1)), undefined]).astype(np.uint8)
    palette.flags.writeable = False
    return palette


def _colours(shares: NDArray[np.float64], palette: Colour) -> Colour:
    last = len(palette) - 2
    undefined = np.isnan(shares)
    steps = np.rint(np.clip(np.where(undefined, 0.0, shares), 0.0, 1.0) * last).astype(np.intp)
    return palette[np.where(undefined, last + 1, steps)]
