"""One pair opened for looking: its images and their difference."""

import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Window
from app.domain.metric import IntensityRange
from app.domain.pair import Pair, Series, borrows_polarity
from app.domain.progress import Progress
from app.domain.windows import opening_window
from app.errors import BlindReadError, MetricRefused

if TYPE_CHECKING:
    from app.images.cache import ImageCache, Stamps
    from app.images.gradual import Gathering

LONGEST_S = 0.2
"""Seconds between two steps while a slow drive is asked about its files."""

BETWEEN_GLIMPSES = 0.15
"""Seconds between two Glimpses, so that the screen keeps up."""


@dataclass(frozen=True, slots=True, eq=False)
class PairView:
    """The matching slices of one pair, slice i of one lying on slice i of the other.

    ``range`` is what metrics take: that of the study, None while it is not known.
    ``own`` is that of this reference alone, for looking, where it was found already.
    """

    pair: Pair
    reference: Image
    reconstruction: Image
    range: IntensityRange | None
    own: IntensityRange | None = None

    @property
    def slices(self) -> int:
        """How many matching slices there are."""
        return self.reference.grid.slices

    def unread(self, index: int) -> str:
        """Return why a slice of this pair cannot be read; empty where it can."""
        for image in (self.reference, self.reconstruction):
            for at, why in image.unread:
                if at == index:
                    return why
        return ""

    @property
    def window(self) -> Window:
        """The first view: the reference's own window, else what its values ask for."""
        return opening_window(self.reference, self.full)

    @property
    def full(self) -> IntensityRange:
        """The range of this reference alone, for looking."""
        return self.own or full_range(self.reference)


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse(Progress):
    """A pair of which some slices can be shown already.

    ``there`` tells of every slice of ``reference`` and ``reconstruction``
    whether it has come; the numbers of the others mean nothing yet. ``window`` is
    the first view, as far as the first slice can tell it.
    """

    reference: Image | None = None
    reconstruction: Image | None = None
    there: tuple[bool, ...] = ()
    window: Window | None = None


def load(
    pair: Pair, looking_at: Callable[[int], int] = lambda count: count // 2
) -> Generator[Progress, None, PairView]:
    """Read the matching slices of both images of a pair.

    What was read lately is at hand at once. The slices of compressed series come one by
    one as Glimpses. The range of the study is known where the images fix it: CT in HU.

    Parameters
    ----------
    looking_at
        Called with the number of slices; returns the slice in view, which comes
        first. Its neighbours follow, those in the direction of scrolling before
        the others.
    """
    from app.metrics.ranges import fixed_range

    if _is_slow(pair):
        yield from _gather(pair, looking_at)
    yield Progress(0, 2, f"{pair.case}: reference")
    reference = yield from _reference(pair)
    yield Progress(1, 2, f"{pair.case}: {pair.arm}")
    reconstruction = yield from _reconstruction(pair)
    for side, image in enumerate((reference, reconstruction)):
        if image.unread:  # next time it may be: a decoder was late, a drive was away
            _images().forget(_key((pair.reference, pair.reconstruction)[side], side, pair))
    reconstruction = _of_polarity(reconstruction, pair, reference)
    yield Progress(2, 2, "ready")
    known = fixed_range(reference.modality, reference.bits_stored, unit=reference.unit)
    view = PairView(pair, reference, reconstruction, known, full_range(reference))
    _ = view.window  # found here, where nobody waits
    return view


def _of_polarity(reconstruction: Image, pair: Pair, reference: Image) -> Image:
    """Return a reconstruction that does not say how it is shown in the reference's polarity."""
    if borrows_polarity(pair.reconstruction) and reconstruction.inverted != reference.inverted:
        return replace(reconstruction, inverted=reference.inverted)
    return reconstruction


def full_range(reference: Image) -> IntensityRange:
    """Return the range of one reference alone, for looking; an image of one value has one too."""
    from app.metrics.ranges import auto_range

    low, high = limits = value_limits(reference)
    try:
        return auto_range(reference.modality, reference.bits_stored, limits, unit=reference.unit)
    except MetricRefused:
        return IntensityRange(low - 0.5, high + 0.5, "references")


def _first_window(image: Image | None, index: int) -> Window | None:
    """Return the first view as far as one slice can tell it."""
    if image is None or image.windows:
        return image.windows[0] if image is not None else None
    only = slice(index, index + 1)
    alone = replace(
        image,
        pixels=image.pixels[only],
        slopes=image.slopes[only],
        intercepts=image.intercepts[only],
        grid=replace(image.grid, slices=1, positions=None),
        covered=None if image.covered is None else image.covered[only],
    )
    return opening_window(alone, full_range(alone))


def read_ahead(pair: Pair) -> Generator[Progress, None, None]:
    """Read a pair that will be looked at soon, so that ``load`` has it at hand.

    A failure is told when the pair is loaded. Closing the generator keeps what has come.
    """
    try:
        if _is_slow(pair):
            yield from _gather(pair, lambda count: count // 2)
        yield Progress(0, 2, "")
        yield from _reference(pair)
        yield Progress(1, 2, "")
        yield from _reconstruction(pair)
    except BlindReadError:
        return


def warm_up() -> None:
    """Import what pairing and reading need, so that the first folder opens at once.

    For a thread of its own, while nothing is asked for yet.
    """
    for name in (
        "cv2",  # painting asks for it with the first image
        "app.images.arrangement",
        "app.images.gradual",
        "app.images.regrid",
        "app.metrics.ranges",
        "app.store.annotations",
        "app.store.body_masks",
        "app.workflows.annotate",
        "app.workflows.measure",
        "app.workflows.pair",
    ):
        import_module(name)


@cache
def _images() -> "ImageCache":
    from app.images.cache import ImageCache

    return ImageCache()


_begun: "OrderedDict[Hashable, tuple[Gathering, Gathering]]" = OrderedDict()
"""Pairs of which some slices have come; the last two, so that none is decoded twice."""


def _is_slow(pair: Pair) -> bool:
    from app.images.gradual import is_slow

    if pair.regrid is not None or len(pair.slices) < 2:
        return False
    sides = enumerate((pair.reference, pair.reconstruction))
    missing = [one for side, one in sides if not _images().holds(_key(one, side, pair))]
    return any(is_slow(one) for one in missing)


def _gather(pair: Pair, looking_at: Callable[[int], int]) -> Generator[Progress, None, None]:
    """Read slice after slice, and give the whole images to the cache."""
    from app.images.gradual import Gathering, next_slice

    count = len(pair.slices)
    held = _images().holds(_key(pair.reference, 0, pair))
    known = (yield from _reference(pair)) if held else None
    begun = _begun.pop(pair) if pair in _begun else (Gathering(count), Gathering(count))
    ours, theirs = begun
    ours.try_again()
    theirs.try_again()
    last, forward, told = looking_at(count), True, 0.0
    window: Window | None = None
    try:
        while True:
            at = min(max(looking_at(count), 0), count - 1)
            if at != last:
                last, forward = at, at > last
            index = next_slice(theirs, at, forward)
            if index is None:
                break
            first, second = pair.slices[index]
            if known is None and index not in ours:
                ours.read(index, pair.reference, first)
            theirs.read(index, pair.reconstruction, second)
            if time.monotonic() - told > BETWEEN_GLIMPSES or index == at:
                told = time.monotonic()
                there = tuple(one in theirs for one in range(count))
                reference = known or ours.image()
                window = window or _first_window(reference, index)
                what = f"{pair.case}: {pair.arm}"
                image = theirs.image()
                if image is not None and reference is not None:
                    image = _of_polarity(image, pair, reference)
                yield Glimpse(sum(there), count, what, reference, image, there, window)
    finally:
        _begun[pair] = (ours, theirs)
        while len(_begun) > 2:
            _begun.popitem(last=False)
    _begun.pop(pair, None)
    for side, (series, image) in enumerate(
        ((pair.reference, known or ours.image()), (pair.reconstruction, theirs.image()))
    ):
        if image is not None:
            _images().get(_key(series, side, pair), _files(series), _value(image))


def _value(image: Image) -> Callable[[], Image]:
    return lambda: image


def _reference(pair: Pair) -> Generator[Progress, None, Image]:
    from app.images.gradual import read_most

    stamps = yield from _stamps(pair.reference)
    return _images().get_stamped(
        _key(pair.reference, 0, pair),
        stamps,
        lambda: read_most(pair.reference, [first for first, _ in pair.slices]),
    )


def _reconstruction(pair: Pair) -> Generator[Progress, None, Image]:
    from app.images.gradual import read_most
    from app.images.regrid import read_reconstruction

    def read() -> Image:
        if pair.regrid is not None:
            return read_reconstruction(pair)
        return read_most(pair.reconstruction, [second for _, second in pair.slices])

    stamps = yield from _stamps(pair.reconstruction)
    return _images().get_stamped(_key(pair.reconstruction, 1, pair), stamps, read)


def _key(series: Series, side: int, pair: Pair) -> Hashable:
    """Return what an image depends on: a reference is the same for every arm."""
    chosen = tuple(both[side] for both in pair.slices)
    return series, chosen, pair if pair.regrid is not None and side else None


def _stamps(series: Series) -> "Generator[Progress, None, Stamps]":
    """Ask the drive whether files have changed; it may be slow, and nobody wait any more."""
    from app.images.cache import stamps_of

    told = time.monotonic()
    steps = stamps_of(_files(series))
    while True:
        try:
            next(steps)
        except StopIteration as finished:
            found: Stamps = finished.value
            return found
        if time.monotonic() - told > LONGEST_S:
            yield Progress(0, 0, "looking at the files")
            told = time.monotonic()


def _files(series: Series) -> tuple[Path, ...]:
    return tuple(one.path for one in series.slices)


def difference(view: PairView, index: int) -> NDArray[np.float64]:
    """Return reconstruction minus reference of one slice, in real-world values.

    Where one of the two has no tissue value (padding, or outside its field of view) there
    is no difference: NaN. Metrics leave those pixels out as well.
    """
    found = view.reconstruction.values(index) - view.reference.values(index)
    for image in (view.reference, view.reconstruction):
        valid = image.valid(index)
        if valid is not None:
            found[~valid] = np.nan
    return found


def value_limits(image: Image) -> tuple[float, float]:
    """Return the least and greatest finite real-world value that is tissue."""
    low, high = np.inf, -np.inf
    for index in range(image.grid.slices):
        plane, valid = image.pixels[index], image.valid(index)
        if valid is not None:
            plane = plane[valid]
        if plane.dtype.kind == "f":
            plane = plane[np.isfinite(plane)]
        if plane.size:
            slope, intercept = image.slopes[index], image.intercepts[index]
            ends = [float(end) * slope + intercept for end in (plane.min(), plane.max())]
            low, high = min(low, *ends), max(high, *ends)
    return (low, high) if low <= high else (0.0, 0.0)
