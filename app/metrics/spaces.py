"""Intensity spaces: native values, windows, and spaces that follow the reference or the image."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange, Space, Statistics
from app.errors import InputError
from app.metrics.inputs import Plane

NATIVE = Space()

_PAIRS = ("window", "percentile")
_PLAIN = ("native", "minmax", "zscore", "8bit")
_REMEDY = (
    "Write native, window:CENTER/WIDTH such as window:40/400, percentile:LOW/HIGH such as "
    "percentile:1/99, minmax, zscore or 8bit."
)

Z_LIMIT = 4.0
"""Full scale of z-scores: this many standard deviations on either side of the mean."""


def parse_spaces(text: str) -> tuple[Space, ...]:
    """Return the spaces that a person wrote, with commas between, each once.

    Raises
    ------
    InputError
        One of them is unknown, or none is named.
    """
    spaces = tuple(dict.fromkeys(parse_space(part) for part in text.split(",") if part.strip()))
    if not spaces:
        raise InputError("No intensity space is named.", remedy=_REMEDY)
    return spaces


def parse_space(text: str) -> Space:
    """Return the space that a person wrote.

    Raises
    ------
    InputError
        There is no such space, or its numbers make none.

    Examples
    --------
    >>> parse_space("window:40/400")
    Space(kind='window', first=40.0, second=400.0)
    """
    cleaned = text.strip().lower()
    for kind in _PLAIN:
        if cleaned == kind:
            return Space(kind)  # type: ignore[arg-type]
    kind, _, numbers = cleaned.partition(":")
    if kind not in _PAIRS or "/" not in numbers:
        raise InputError(f"The intensity space '{text}' cannot be understood.", remedy=_REMEDY)
    try:
        first, second = (float(number) for number in numbers.split("/"))
    except ValueError as error:
        raise InputError(
            f"The intensity space '{text}' holds no two numbers.", remedy=_REMEDY
        ) from error
    finite = math.isfinite(first) and math.isfinite(second)
    if kind == "window":
        if not (finite and second > 0):
            raise InputError(f"The window '{text}' needs a width above zero.", remedy=_REMEDY)
        return Space.window(first, second)
    if not (finite and 0 <= first < second <= 100):
        raise InputError(f"The percentages of '{text}' do not rise within 0..100.", remedy=_REMEDY)
    return Space("percentile", first, second)


def space_range(space: Space, native: IntensityRange) -> IntensityRange:
    """Return the range that counts as full scale in a space.

    0..1 in a window and between percentiles or extremes of the reference, -4..4
    in standard deviations, 0..255 in 8 bits.
    """
    if space.kind == "native":
        return native
    if space.kind == "zscore":
        return IntensityRange(-Z_LIMIT, Z_LIMIT, "z-scores")
    if space.kind == "8bit":
        return IntensityRange(0.0, 255.0, "8-bit")
    return IntensityRange(0.0, 1.0, "window" if space.kind == "window" else "reference")


def space_words(space: Space) -> str:
    """Return how values come into a space, as it stands beside a value; empty for native."""
    return {
        "native": "",
        "window": "(v - (center - width / 2)) / width, clipped to 0..1",
        "percentile": "(v - p_low) / (p_high - p_low), clipped to 0..1; percentiles of the "
        "whole reference",
        "minmax": "(v - min) / (max - min), clipped to 0..1; extremes of the whole reference",
        "zscore": "(v - mean) / sd, each image by its own mean and population standard deviation "
        "over all its slices",
        "8bit": "255 (v - low) / (high - low) of the study's range, rounded half up, "
        "clipped to 0..255",
    }[space.kind]


def needs_statistics(spaces: Sequence[Space]) -> bool:
    """Tell whether a space follows the values of a whole image."""
    return any(space.kind in ("percentile", "minmax", "zscore") for space in spaces)


def percentages(spaces: Sequence[Space]) -> tuple[float, ...]:
    """Return the percentages that spaces ask of a reference, each once, rising."""
    asked = {
        number
        for space in spaces
        if space.kind == "percentile"
        for number in (space.first, space.second)
        if number is not None
    }
    return tuple(sorted(asked))


def statistics_of(values: NDArray[np.float64], wanted: Sequence[float] = ()) -> Statistics:
    """Return the statistics of all values of one image (any shape, finite).

    Percentiles are interpolated linearly between values; the standard deviation
    is that of a population.
    """
    found = np.percentile(values, list(wanted)) if wanted else ()
    return Statistics(
        low=float(values.min()),
        high=float(values.max()),
        mean=float(values.mean()),
        deviation=float(values.std()),
        percentiles={float(p): float(v) for p, v in zip(wanted, found, strict=True)},
    )


def to_space(
    plane: Plane,
    space: Space,
    native: IntensityRange | None = None,
    own: Statistics | None = None,
    reference: Statistics | None = None,
) -> Plane:
    """Return a plane of real-world values in an intensity space.

    In a window the value is ``(v - (center - width / 2)) / width``, clipped to
    0..1: what lies outside the window is not seen and does not count. DICOM's
    half-pixel terms belong to grey levels on a screen and are left out.

    Parameters
    ----------
    plane
        Real-world values, (rows, columns).
    space
        Where they shall go. A plane in native space is returned as it is.
    native
        The range of the study (for ``8bit``).
    own, reference
        Statistics of the whole image that the plane is of (for ``zscore``), and
        of its whole reference (for ``percentile`` and ``minmax``).

    Raises
    ------
    InputError
        The statistics that the space needs are missing, or leave it without extent.
    """
    if space.kind == "native":
        return plane
    low, width = _origin(space, native, own, reference)
    if not (width > 0 and math.isfinite(width)):
        raise InputError(
            f"The space {space.label} has no extent here: the image holds one single value.",
            remedy="Measure such images in native values.",
        )
    moved = (plane - low) / width
    if space.kind == "zscore":
        return moved
    if space.kind == "8bit":
        return np.clip(np.floor(255 * moved + 0.5), 0.0, 255.0)
    return np.clip(moved, 0.0, 1.0)


def _origin(
    space: Space,
    native: IntensityRange | None,
    own: Statistics | None,
    reference: Statistics | None,
) -> tuple[float, float]:
    """Return the value that becomes 0 and the difference that becomes 1."""
    if space.kind == "window" and space.first is not None and space.second is not None:
        return space.first - space.second / 2, space.second
    if space.kind == "8bit" and native is not None:
        return native.low, native.width
    if space.kind == "zscore" and own is not None:
        return own.mean, own.deviation
    if space.kind == "minmax" and reference is not None:
        return reference.low, reference.high - reference.low
    if space.kind == "percentile" and reference is not None:
        low, high = (reference.percentiles[float(p or 0)] for p in (space.first, space.second))
        return low, high - low
    raise InputError(
        f"The space {space.label} needs to know the whole image, which could not be read.",
        remedy="Run `blindread pair` to see why, or measure in native values.",
    )
