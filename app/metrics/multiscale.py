"""Structural similarity over five scales (MS-SSIM), by piq's definition."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from app.domain.metric import IntensityRange
from app.metrics.halved import half_of_reconstruction, half_of_reference, halve_stored
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, too_small
from app.metrics.kernels.compiled import plain, stack
from app.metrics.kernels.halves import halve_mask
from app.metrics.stacked import stacked
from app.metrics.stored import Stored
from app.metrics.structural import similarity, similarity_of

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
    _check_size(reference.shape)
    masks = _masks(stack([] if mask is None else [mask], reference.shape))
    found = [
        similarity(*pair, range=range, masks=inside).sums
        for *pair, inside in zip(_scales(reference), _scales(reconstruction), masks, strict=True)
    ]
    return _combine([sums[-1] for sums in found], "mask")


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the MS-SSIM of each region of a prepared slice."""
    _check_size(prepared.shape)
    references = prepared.of_reference.once("halves", lambda: _coarser(half_of_reference(prepared)))
    reconstructions = _coarser(half_of_reconstruction(prepared))
    rows, whole_size = stacked(prepared)
    coarser = prepared.of_masks("coarser masks", lambda: _masks(whole_size)[1:])
    found = [similarity_of(prepared).sums]
    for *planes, masks in zip(references, reconstructions, coarser, strict=True):
        found.append(similarity(*planes, range=prepared.range, masks=masks).sums)
    flags = ("identical",) if prepared.identical else ()
    outcomes: dict[str, Outcome] = {}
    for region in prepared.masks:
        try:
            value = _combine([sums[rows[region]] for sums in found], region)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def _scales(plane: Plane) -> list[Plane]:
    return [plain(plane), *_coarser(_half(plane))]


def _half(plane: Plane) -> Plane:
    return halve_stored(Stored.of(plane))


def _coarser(half: Plane) -> list[Plane]:
    """Return the scales from the second on."""
    return _halved(half, _half, len(WEIGHTS) - 1)


def _masks(masks: Mask) -> list[Mask]:
    def half(finer: Mask) -> Mask:
        shape = ((finer.shape[1] + 1) // 2, (finer.shape[2] + 1) // 2)
        return stack([halve_mask(mask, True) for mask in finer], shape)

    return _halved(masks, half, len(WEIGHTS))


def _halved(first: Grid, half: Callable[[Grid], Grid], count: int) -> list[Grid]:
    levels = [first]
    while len(levels) < count:
        levels.append(half(levels[-1]))
    return levels


def _combine(found: Sequence[Plane], region: str) -> float:
    """Return the product over the scales from pixels, SSIM and contrast times structure of each."""
    value = 1.0
    coarsest = len(WEIGHTS) - 1
    for scale, (pixels, similar, contrast) in enumerate(found):
        if pixels == 0:
            raise Refusal(
                f"No pixel of the region '{region}' lies five pixels or more inside the slice "
                f"at scale {scale + 1} of {len(WEIGHTS)}.",
                remedy="Measure the whole slice, or leave MS-SSIM out.",
                flag="refused:too-small",
            )
        mean = (similar if scale == coarsest else contrast) / pixels
        value *= math.pow(max(mean, 0.0), WEIGHTS[scale])
    return value


def _check_size(shape: tuple[int, ...]) -> None:
    if min(shape) < LEAST:
        raise too_small(shape, LEAST, "MS-SSIM")
