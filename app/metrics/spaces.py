"""Intensity spaces: native values, or one window."""

import math
import re

import numpy as np

from app.domain.metric import IntensityRange, Space
from app.errors import InputError
from app.metrics.inputs import Plane

NATIVE = Space()

_WINDOW = re.compile(r"window:([^/]+)/([^/]+)")


def parse_space(text: str) -> Space:
    """Return the space that a person wrote: ``native`` or ``window:CENTER/WIDTH``.

    Raises
    ------
    InputError
        The text is neither, or the width is not above zero.

    Examples
    --------
    >>> parse_space("window:40/400")
    Space(kind='window', first=40.0, second=400.0)
    """
    cleaned = text.strip().lower()
    if cleaned == "native":
        return NATIVE
    remedy = "Write native, or window:CENTER/WIDTH such as window:40/400."
    match = _WINDOW.fullmatch(cleaned)
    if not match:
        raise InputError(f"The intensity space '{text}' cannot be understood.", remedy=remedy)
    try:
        center, width = float(match[1]), float(match[2])
    except ValueError as error:
        raise InputError(f"The window '{text}' holds no two numbers.", remedy=remedy) from error
    if not (math.isfinite(center) and math.isfinite(width) and width > 0):
        raise InputError(f"The window '{text}' needs a width above zero.", remedy=remedy)
    return Space.window(center, width)


def space_range(space: Space, native: IntensityRange) -> IntensityRange:
    """Return the range that counts as full scale in a space: 0..1 in a window."""
    return native if space.kind == "native" else IntensityRange(0.0, 1.0, "window")


def to_space(plane: Plane, space: Space) -> Plane:
    """Return a plane of real-world values in an intensity space.

    In a window the value is ``(v - (center - width / 2)) / width``, clipped to
    0..1: what lies outside the window is not seen and does not count. DICOM's
    half-pixel terms belong to grey levels on a screen and are left out.
    """
    if space.first is None or space.second is None:
        return plane
    return np.clip((plane - (space.first - space.second / 2)) / space.second, 0.0, 1.0)
