"""One pair opened for looking: its images, their difference and their SSIM map."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Window
from app.domain.metric import IntensityRange
from app.domain.pair import Pair
from app.domain.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class PairView:
    """The matching slices of one pair, slice i of one lying on slice i of the other."""

    pair: Pair
    reference: Image
    reconstruction: Image
    range: IntensityRange

    @property
    def slices(self) -> int:
        """How many matching slices there are."""
        return self.reference.grid.slices

    @property
    def window(self) -> Window:
        """The first view: the reference's own window, else its full range."""
        if self.reference.windows:
            return self.reference.windows[0]
        return Window(
            center=(self.range.low + self.range.high) / 2, width=max(self.range.width, 1.0)
        )


def load(pair: Pair) -> Generator[Progress, None, PairView]:
    """Read the matching slices of both images of a pair."""
    from app.images.read import read_image
    from app.images.regrid import read_reconstruction
    from app.metrics.ranges import auto_range

    yield Progress(0, 2, f"{pair.case}: reference")
    reference = read_image(pair.reference, [first for first, _ in pair.slices])
    yield Progress(1, 2, f"{pair.case}: {pair.arm}")
    reconstruction = read_reconstruction(pair)
    yield Progress(2, 2, "ready")
    chosen = auto_range(
        reference.modality, reference.bits_stored, value_limits(reference), unit=reference.unit
    )
    return PairView(pair, reference, reconstruction, chosen)


def difference(view: PairView, index: int) -> NDArray[np.float64]:
    """Return reconstruction minus reference of one slice, in real-world values.

    Where the reconstruction has no data the difference is 0.
    """
    found = view.reconstruction.values(index) - view.reference.values(index)
    covered = view.reconstruction.covered
    return found if covered is None else np.where(covered[index], found, 0.0)


def ssim_map(view: PairView, index: int) -> NDArray[np.float64]:
    """Return the SSIM map of one slice; NaN where the window or the data leaves the image."""
    from app.metrics.structural import ssim_map as compute

    found = compute(
        view.reference.values(index), view.reconstruction.values(index), range=view.range
    )
    covered = view.reconstruction.covered
    return found if covered is None else np.where(covered[index], found, np.nan)


def value_limits(image: Image) -> tuple[float, float]:
    """Return the least and greatest finite real-world value that is tissue."""
    low, high = np.inf, -np.inf
    for index in range(image.grid.slices):
        plane, valid = image.values(index), image.valid(index)
        plane = plane[np.isfinite(plane) if valid is None else valid & np.isfinite(plane)]
        if plane.size:
            low, high = min(low, float(plane.min())), max(high, float(plane.max()))
    return (low, high) if low <= high else (0.0, 0.0)
