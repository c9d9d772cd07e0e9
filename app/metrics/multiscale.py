"""Structural similarity over five scales (MS-SSIM), by piq's definition."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from app.domain.metric import IntensityRange
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, too_small
from app.metrics.kernels.compiled import plain, plain_mask
from app.metrics.kernels.halves import halve, halve_mask
from app.metrics.kernels.local import sums_inside
from app.metrics.structural import EDGE, Similarity, similarity, similarity_at, similarity_of

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the scales, finest first, as published."""

Grid = TypeVar("Grid", Plane, Mask)

LEAST = 161
"""Pixels on a side below which the window does not fit at the coarsest scale."""


def multiscale_similarity(
    reference: Plane,
    reconstruction: Plane,
    *,
    range: IntensityRange,
    mask: Mask | None = None,
) -> float:
    """Return the structural similarity over five scales.

    The product of the mean contrast-and-structure terms of the four finer scales and
    of the mean SSIM of the coarsest, each to its published power; a negative mean
    counts as zero. Each scale is half as wide as the one before, by means of 2 x 2
    pixels; where a side is odd, the first row and the first column are doubled
    before. A mask is brought to each scale: a pixel lies in it where at least half of
    its four do.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study, used as in ``structural.ssim_map``.
    mask
        The pixels to average over.

    Returns
    -------
    float
        0..1; higher is better, 1 for identical planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 161 pixels, or the mask misses the valid area of a scale.

    References
    ----------
    Wang, Simoncelli & Bovik (2003), doi:10.1109/ACSSC.2003.1292216, equation 7.
    """
    _check_size(reference)
    maps = [
        similarity(*pair, range=range)
        for pair in zip(_scales(reference), _scales(reconstruction), strict=True)
    ]
    return _combine(maps, _masks(mask, reference.shape), "mask")


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the MS-SSIM of each region of a prepared slice."""
    _check_size(prepared.reference)
    references = prepared.of_reference.once("halves", lambda: _scales(prepared.reference))
    means: dict[int, Plane] = prepared.of_reference.once("ssim-means", dict)
    maps = [similarity_of(prepared)]
    for scale, pair in enumerate(
        zip(references[1:], _scales(prepared.reconstruction)[1:], strict=True), start=1
    ):
        maps.append(similarity_at(scale, *pair, range=prepared.range, means=means))
    flags = ("identical",) if prepared.identical else ()
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            value = _combine(maps, _masks(mask, prepared.reference.shape), region)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def _scales(plane: Plane) -> list[Plane]:
    return _halved(plain(plane), halve)


def _masks(mask: Mask | None, shape: tuple[int, ...]) -> list[Mask]:
    return _halved(plain_mask(mask, shape), lambda finer: halve_mask(finer, True))


def _halved(first: Grid, half: Callable[[Grid], Grid]) -> list[Grid]:
    levels = [first]
    while len(levels) < len(WEIGHTS):
        levels.append(half(levels[-1]))
    return levels


def _combine(maps: Sequence[Similarity], masks: Sequence[Mask], region: str) -> float:
    value = 1.0
    for scale, (maps_here, mask) in enumerate(zip(maps, masks, strict=True)):
        local = maps_here.similar if scale == len(WEIGHTS) - 1 else maps_here.contrast
        pixels, total, _ = sums_inside(local, mask, EDGE, 1.0)
        if pixels == 0:
            raise Refusal(
                f"No pixel of the region '{region}' lies five pixels or more inside the slice "
                f"at scale {scale + 1} of {len(WEIGHTS)}.",
                remedy="Measure the whole slice, or leave MS-SSIM out.",
                flag="refused:too-small",
            )
        value *= math.pow(max(total / pixels, 0.0), WEIGHTS[scale])
    return value


def _check_size(plane: Plane) -> None:
    if min(plane.shape) < LEAST:
        raise too_small(plane.shape, LEAST, "MS-SSIM")
