"""Does a reconstruction lie where its header says: residual shift, mirroring, likeness.

A header cannot show that an image was mirrored, or resampled half a pixel off,
by the program that wrote it; the pixels can. Each image is cut to its own contrast
(percentiles 2 to 98), so that units and single bright pixels do not count.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.images.displacement import displacement

Plane = NDArray[np.float64]

SHIFT_LIMIT = 0.1
"""Pixels of the reference above which a shift is told."""

CERTAIN = 3.0
"""A shift counts only where it is this many times its standard error."""

UPSAMPLING = 50
"""Parts of a pixel that the phase correlation tells apart."""

LEAST_SIDE = 32
"""Pixels below which a plane is too small to be judged."""

LEAST_STRUCTURE = 0.25
"""Tiles with less contrast than this share of the richest one have nothing to align."""

ALIKE = 0.5
"""Correlation below which two images are hardly of the same object."""

RULE = (
    "median of the phase correlations (upsampled 50 times) of nine half-sized tiles of up to "
    "three slices; told above 0.1 pixel and three standard errors"
)

MIRRORS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "mirrored left to right": lambda p: p[:, ::-1],
    "mirrored top to bottom": lambda p: p[::-1],
    "turned by 180 degrees": lambda p: p[::-1, ::-1],
    "rows and columns exchanged": lambda p: p.T,
    "turned by 90 degrees": lambda p: np.rot90(p),
    "turned by 270 degrees": lambda p: np.rot90(p, 3),
    "mirrored along the other diagonal": lambda p: p[::-1, ::-1].T,
}


CLEARLY = 0.2
"""Correlation of fine structure that a turn must gain to be told."""

MOST_ROUNDS = 6
"""How often a shift is taken back and measured again."""


@dataclass(frozen=True, eq=False)
class _Both:
    """One slice of both images, 0 where not usable."""

    one: Plane
    other: Plane
    usable: NDArray[np.bool_]

    @cached_property
    def whole(self) -> bool:
        """Whether every pixel is usable."""
        return bool(self.usable.all())

    @cached_property
    def centred(self) -> tuple[Plane, Plane, float]:
        """Both planes less their means, 0 where not usable; the root of the product of powers."""
        planes = self.one, self.other
        if self.whole:
            one, other = (plane - plane.mean() for plane in planes)
        else:
            one, other = ((plane - plane[self.usable].mean()) * self.usable for plane in planes)
        return one, other, math.sqrt(np.vdot(one, one) * np.vdot(other, other))

    @property
    def correlation(self) -> float:
        """Pearson's correlation over what both have."""
        one, other, scale = self.centred
        return float(np.vdot(one, other)) / scale if scale > 0 else 0.0

    def correlation_turned(self, name: str) -> float:
        """Return what the correlation is with the reconstruction turned."""
        if not self.whole:
            return self.turned(name).correlation
        one, other, scale = self.centred
        return float(np.vdot(one, MIRRORS[name](other))) / scale if scale > 0 else 0.0

    def turned(self, name: str) -> "_Both":
        """Return it with the reconstruction turned."""
        if self.whole:
            return _Both(self.one, MIRRORS[name](self.other), self.usable)
        usable = self.usable & MIRRORS[name](self.usable)
        return _Both(self.one * usable, MIRRORS[name](self.other) * usable, usable)

    def fine(self) -> "_Both":
        """Return the fine structure of both."""
        from scipy import ndimage

        first, second = (
            plane - ndimage.gaussian_filter(plane, 4.0) for plane in (self.one, self.other)
        )
        return _Both(first, second, self.usable)

    def back(self, shift: NDArray[np.float64]) -> "_Both":
        """Return it with the reconstruction moved back by part of a pixel."""
        if not shift.any():
            return self
        from scipy import ndimage

        other = ndimage.shift(self.other, -shift, order=3, mode="nearest")
        return _Both(self.one, other * self.usable, self.usable)


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a reconstruction lies on its reference.

    ``shift`` is how far the reconstruction lies down and to the right of its
    place, in (rows, columns) of the reference; None where it cannot be known.
    ``correlation`` is that of the pixels as they lie, 0 where nothing stands
    out. ``mirrored`` names a turn after which it fits far better; ``flags``
    are what stands beside metric values.
    """

    shift: tuple[float, float] | None = None
    correlation: float | None = None
    mirrored: str = ""

    @property
    def shifted(self) -> bool:
        """Whether the shift is worth telling."""
        return self.shift is not None and max(map(abs, self.shift)) > SHIFT_LIMIT

    @property
    def unlike(self) -> bool:
        """Whether both images hardly show the same object."""
        return self.correlation is not None and self.correlation < ALIKE

    @property
    def negative(self) -> bool:
        """Whether the numbers of one image run against those of the other."""
        return self.correlation is not None and self.correlation < -ALIKE

    @property
    def flags(self) -> tuple[str, ...]:
        """``shifted:ROWS,COLUMNS``, ``mirrored?`` and ``unlike-reference``, where true."""
        found = []
        if self.mirrored:
            found.append("mirrored?")
        elif self.unlike:
            found.append("unlike-reference")
        if self.shifted and self.shift is not None:
            found.append(f"shifted:{self.shift[0]:.2f},{self.shift[1]:.2f}")
        return tuple(found)

    @property
    def words(self) -> str:
        """What was found and what to do, for a person; empty where nothing was."""
        if self.mirrored:
            return (
                f"It fits its reference far better when {self.mirrored}, and its header does not "
                "say so. Write it the right way round, or correct ImageOrientationPatient and "
                "ImagePositionPatient; it was measured as it is."
            )
        if self.negative:
            return (
                f"It is high where its reference is low (correlation {self.correlation:.2f}), as a "
                "negative is. Write it as the reference is written, or state a slope of -1 and an "
                "intercept in a manifest; it was measured as it is."
            )
        if self.unlike:
            return (
                f"It hardly looks like its reference (correlation {self.correlation:.2f}). "
                "Check that both are of the same patient, place and contrast."
            )
        if self.shifted and self.shift is not None:
            return (
                f"It lies {self.shift[0]:+.2f} rows and {self.shift[1]:+.2f} columns off its "
                "reference. Every metric of single pixels counts this as error: check how it was "
                "resampled, and its ImagePositionPatient."
            )
        return ""


def central(count: int) -> tuple[int, ...]:
    """Return the slices to look at: a quarter, a half and three quarters through."""
    return tuple(sorted({count // 4, count // 2, 3 * count // 4})) if count else ()


def align(reference: Image, reconstruction: Image) -> Alignment:
    """Judge how a reconstruction lies on its reference; both on one grid, few slices.

    The shift is the median over half-sized tiles and slices, each by sub-pixel
    phase correlation (Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156,
    without whitening, so that noise and lost detail do not decide). It is
    measured again after moving the reconstruction back, until nothing is left:
    the tiles' windows stand still and draw a first guess towards zero. Its
    standard error comes from the spread of the tiles: what is changed in one
    place, such as an invented lesion, does not shift the median.

    A mirrored image is told where a turn leaves less than half of what is missing
    from a correlation of 1, or where it fits better and the correlation of the
    fine structure (less a Gaussian blur of 4 pixels) gains at least 0.2: bodies
    are nearly symmetric, details are not. Nothing is ever turned back.
    """
    planes = [
        found
        for index in range(reference.grid.slices)
        if (found := _contrast(reference, reconstruction, index)) is not None
    ]
    if not planes:
        return Alignment()
    plain = _correlation(planes)
    rough = _whole_shift(planes)
    aside = [_moved(plane, rough) for plane in planes]
    moved = _correlation(aside)
    if moved <= plain + 0.01:
        rough, aside, moved = (0, 0), planes, plain
    mirrored = _mirrored(planes, aside, moved)
    if mirrored:
        return Alignment(correlation=plain, mirrored=mirrored)
    if moved < ALIKE:  # moving a negative only blurs what it is
        return Alignment(correlation=plain if plain < -ALIKE else moved)
    return Alignment(_shift(aside, rough), moved)


def _mirrored(planes: Sequence[_Both], aside: Sequence[_Both], moved: float) -> str:
    """Return the turn after which the reconstruction fits far better; empty for none."""
    fitting = [
        name
        for name, turn in MIRRORS.items()
        if all(turn(plane.other).shape == plane.one.shape for plane in planes)
    ]
    likely = {
        name: float(np.mean([plane.correlation_turned(name) for plane in planes]))
        for name in fitting
    }
    best = max(likely, key=likely.__getitem__)
    if likely[best] < max(ALIKE, moved):
        return ""
    if likely[best] - moved > 0.01 and 1 - likely[best] < 0.5 * (1 - moved):
        return best
    own = _correlation([plane.fine() for plane in aside])
    turned = _correlation([plane.turned(best).fine() for plane in planes])
    return best if turned - own > CLEARLY else ""


def _contrast(reference: Image, reconstruction: Image, index: int) -> _Both | None:
    """Return both planes of a slice, each in 0..1 of its contrast; None without any."""
    first, second = reference.values(index), reconstruction.values(index)
    if min(first.shape) < LEAST_SIDE:
        return None
    usable = np.isfinite(first) & np.isfinite(second)
    for image in (reference, reconstruction):
        valid = image.valid(index)
        usable &= True if valid is None else valid
    if usable.sum() < LEAST_SIDE**2:
        return None
    if not usable.all():  # only the box around what both have
        rows, columns = (np.flatnonzero(usable.any(axis=axis)) for axis in (1, 0))
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        first, second, usable = first[box], second[box], usable[box]
        if min(first.shape) < LEAST_SIDE:
            return None
    both = []
    for plane in (first, second):
        low, high = np.percentile(plane[usable], [2, 98])
        if not high > low:
            return None
        inside = np.where(usable, plane, low)
        both.append(np.where(usable, np.clip((inside - low) / (high - low), 0, 1), 0.0))
    return _Both(both[0], both[1], usable)


def _correlation(planes: Sequence[_Both]) -> float:
    """Return the mean of Pearson's correlations of the slices, over what both have."""
    return float(np.mean([plane.correlation for plane in planes]))


def _whole_shift(planes: Sequence[_Both]) -> tuple[int, int]:
    """Return by how many whole pixels the reconstruction lies down and right of its place."""
    steps = [displacement(plane.one, plane.other, upsampling=1) for plane in planes]
    found = np.median(steps, axis=0)
    return round(float(found[0])), round(float(found[1]))


def _moved(plane: _Both, shift: tuple[int, int]) -> _Both:
    """Return what both share after the reconstruction is moved back by whole pixels."""
    first, second = [], []
    for count, steps in zip(plane.one.shape, shift, strict=True):
        left = count - abs(steps)
        if left < LEAST_SIDE:
            return plane
        first.append(slice(max(-steps, 0), max(-steps, 0) + left))
        second.append(slice(max(steps, 0), max(steps, 0) + left))
    here, there = (first[0], first[1]), (second[0], second[1])
    usable = plane.usable[here] & plane.usable[there]
    if usable.sum() < LEAST_SIDE**2:
        return plane
    return _Both(plane.one[here] * usable, plane.other[there] * usable, usable)


def _shift(planes: Sequence[_Both], start: tuple[int, int]) -> tuple[float, float] | None:
    """Return the shift in rows and columns; one that is not certain is 0."""
    total = np.zeros(2)
    certain = np.zeros(2, dtype=np.bool_)
    for _ in range(MOST_ROUNDS):
        found = np.array([step for plane in planes for step in _steps(plane.back(total))])
        if len(found) < 3:
            return None
        middle = np.median(found, axis=0)
        spread = 1.4826 * np.median(np.abs(found - middle), axis=0)
        error = 1.2533 * spread / np.sqrt(len(found))  # of a median of normal values
        total += middle
        certain = np.abs(total) > CERTAIN * error
        if np.abs(middle).max() <= 1 / UPSAMPLING or np.abs(total).max() <= SHIFT_LIMIT / 2:
            break
    settled = np.where(certain, total, 0.0) + start
    return float(round(settled[0], 2)), float(round(settled[1], 2))


def _steps(plane: _Both) -> list[tuple[float, float]]:
    """Return the displacement of each tile that has something to align."""
    tiles = _tiles(plane.one.shape[0], plane.one.shape[1])
    structure = [float(plane.one[tile].std()) for tile in tiles]
    return [
        displacement(plane.one[tile], plane.other[tile], upsampling=UPSAMPLING)
        for tile, rich in zip(tiles, structure, strict=True)
        if rich > LEAST_STRUCTURE * max(structure)
    ]


def _tiles(rows: int, columns: int) -> Sequence[tuple[slice, slice]]:
    """Return nine tiles of half the sides, overlapping by half."""
    return [
        (slice(top, top + rows // 2), slice(left, left + columns // 2))
        for top in (0, rows // 4, rows - rows // 2)
        for left in (0, columns // 4, columns - columns // 2)
    ]
