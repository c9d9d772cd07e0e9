"""How evenly gradients agree: GMSD and its multi-scale form, by piq's definitions."""

import math
from collections.abc import Mapping

import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.halved import half_of_reconstruction, half_of_reference
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, too_small
from app.metrics.kernels.compiled import plain, plain_mask
from app.metrics.kernels.gradients import (
    prewitt,
    similarity,
    similarity_to_steepness,
    steepness,
)
from app.metrics.kernels.halves import halve_into_frame, halve_mask, scale_into_frame
from app.metrics.kernels.local import deficits_inside

CONSTANT = 170 / 255**2
"""Keeps the similarity of faint gradients near 1; 170 for values of 0..255."""

SCALE_WEIGHTS = (0.096, 0.596, 0.289, 0.019)
MASKING = 0.5
"""What MS-GMSD takes off for gradients that hide behind each other."""

LEAST = 2
LEAST_MULTISCALE = 2 ** len(SCALE_WEIGHTS) + 1

FEWEST = 9
"""Pixels of a map below which its deviation says nothing; of one pixel it would always be 0.

The least slice that MS-GMSD takes has so many at its lowest resolution.
"""


def gradient_similarity_map(
    reference: Plane, reconstruction: Plane, *, range: IntensityRange
) -> Plane:
    """Return the local agreement of gradients, at half the resolution of the planes.

    Parameters
    ----------
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study; both are scaled to 0..1 by it and not clipped.

    Returns
    -------
    ndarray
        Above 0, and 1 where the gradients are equally steep. Symmetric in the planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 2 pixels.

    References
    ----------
    Xue et al. (2014), doi:10.1109/TIP.2013.2293423, equation 4.
    """
    if min(reference.shape) < LEAST:
        raise too_small(reference.shape, LEAST, "GMSD")
    return similarity(_gradient(reference, range), _gradient(reconstruction, range), CONSTANT, 0.0)


def gradient_deviation(
    reference: Plane, reconstruction: Plane, *, range: IntensityRange, mask: Mask | None = None
) -> float:
    """Return the standard deviation of :func:`gradient_similarity_map`, inside a mask if given.

    Lower is better; 0 for identical planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 2 pixels, or the slice or the mask has fewer than 9 pixels
        at half the resolution.
    """
    local = gradient_similarity_map(reference, reconstruction, range=range)
    return _deviation(local, _halved(mask, local.shape), "mask")


def multiscale_gradient_deviation(
    reference: Plane, reconstruction: Plane, *, range: IntensityRange, mask: Mask | None = None
) -> float:
    """Return the weighed root mean square of the gradient deviations of four scales.

    The first scale has the full resolution. Lower is better; 0 for identical planes.

    Raises
    ------
    MetricRefused
        A side is shorter than 17 pixels, or the mask has fewer than 9 pixels at one of the
        scales.

    References
    ----------
    Zhang, Sander & Bovik (2017), doi:10.1109/ICIP.2017.8296357, equations 2 to 5.
    """
    if min(reference.shape) < LEAST_MULTISCALE:
        raise too_small(reference.shape, LEAST_MULTISCALE, "MS-GMSD")
    pairs = zip(_gradients(reference, range), _gradients(reconstruction, range), strict=True)
    return _multiscale([similarity(*pair, CONSTANT, MASKING) for pair in pairs], mask, "mask")


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return ``gmsd`` or ``ms-gmsd`` of each region of a prepared slice."""
    maps = [] if metric == "gmsd" else _maps(prepared)
    flags = ("identical",) if prepared.identical else ()
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        outside = None
        try:
            if metric == "gmsd":
                value = _spread(*_sums(prepared, region, mask), region)
                if region == "whole":
                    outside = _outside(prepared)
            else:
                value = _multiscale(maps, mask, region)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags, "", outside)
    return outcomes


def local_map(name: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return :func:`gradient_similarity_map`, each of its pixels spread over two by two."""
    rows, columns = prepared.shape
    return np.repeat(np.repeat(_map(prepared)[0], 2, axis=0), 2, axis=1)[:rows, :columns]


def _map(prepared: Prepared) -> tuple[Plane, float, float]:
    """Return the map, and the sums of what all its pixels lack of 1 and of its square."""
    if min(prepared.shape) < LEAST:
        raise too_small(prepared.shape, LEAST, "GMSD")

    def make() -> tuple[Plane, float, float]:
        shown = prepared.range
        if any(side % 2 for side in prepared.shape):  # piq frames them in another way
            known = prepared.of_reference.once(
                "half-gradient", lambda: _gradient(prepared.reference, shown)
            )
            local = similarity(known, _gradient(prepared.reconstruction, shown), CONSTANT, 0.0)
            return local, *deficits_inside(local, plain_mask(None, local.shape))[1:]
        known = prepared.of_reference.once(
            "half-steepness", lambda: steepness(half_of_reference(prepared), shown.low)
        )
        # The squares are not yet divided by the range's width and by Prewitt's three.
        constant = CONSTANT * (3.0 * shown.width) ** 2
        found = half_of_reconstruction(prepared)
        return similarity_to_steepness(known, found, shown.low, constant)

    return prepared.of_pair.once("gmsd", make)


def _maps(prepared: Prepared) -> list[Plane]:
    if min(prepared.shape) < LEAST_MULTISCALE:
        raise too_small(prepared.shape, LEAST_MULTISCALE, "MS-GMSD")
    known = prepared.of_reference.once(
        "gradients", lambda: _gradients(prepared.reference, prepared.range)
    )
    found = _gradients(prepared.reconstruction, prepared.range)
    return [similarity(*pair, CONSTANT, MASKING) for pair in zip(known, found, strict=True)]


def _gradient(plane: Plane, range: IntensityRange) -> Plane:
    return prewitt(halve_into_frame(plain(plane), range.low, range.width))


def _gradients(plane: Plane, range: IntensityRange) -> list[Plane]:
    framed = scale_into_frame(plain(plane), range.low, range.width)
    gradients = [prewitt(framed)]
    while len(gradients) < len(SCALE_WEIGHTS):
        framed = halve_into_frame(plain(framed[1:-1, 1:-1]), 0.0, 1.0)
        gradients.append(prewitt(framed))
    return gradients


def _sums(prepared: Prepared, region: str, mask: Mask | None) -> tuple[float, float, float]:
    """Return pixels, and the sums of what they lack of 1 and of its square, in a region."""
    local, total, squares = _map(prepared)
    if mask is None:
        return float(local.size), total, squares
    return deficits_inside(local, _half_mask(prepared, region, mask))


def _half_mask(prepared: Prepared, region: str, mask: Mask | None) -> Mask:
    shape = _map(prepared)[0].shape
    return prepared.of_masks(("half-mask", region), lambda: _halved(mask, shape))


def _halved(mask: Mask | None, shape: tuple[int, ...]) -> Mask:
    """Return a mask at half the resolution, or every pixel of that shape."""
    if mask is None:
        return plain_mask(None, shape)
    return halve_mask(plain_mask(mask, mask.shape), False)


def _deviation(local: Plane, mask: Mask, region: str) -> float:
    return _spread(*deficits_inside(local, mask), region)


def _spread(pixels: float, total: float, squares: float, region: str) -> float:
    if pixels < FEWEST:
        raise Refusal(
            f"The region '{region}' has {int(pixels)} pixels at a resolution that is compared; "
            f"{FEWEST} are needed for a deviation.",
            remedy="Choose a larger region, or leave the metrics of gradients out.",
            flag="refused:too-small",
        )
    return math.sqrt(max(squares / pixels - (total / pixels) ** 2, 0.0))


def _multiscale(maps: list[Plane], mask: Mask | None, region: str) -> float:
    total = 0.0
    for scale, local in enumerate(maps):
        if scale > 0 and mask is not None:
            mask = _halved(mask, local.shape)
        total += (
            SCALE_WEIGHTS[scale] * _deviation(local, plain_mask(mask, local.shape), region) ** 2
        )
    return math.sqrt(total)


def _outside(prepared: Prepared) -> float | None:
    """Return the share of the gradients' summed disagreement that lies outside the body."""
    if prepared.body is None or not prepared.body.any():
        return None
    whole = prepared.masks["whole"]
    total = _sums(prepared, "whole", whole)[1]
    body = _half_mask(prepared, "body", prepared.body) & _half_mask(prepared, "whole", whole)
    if total <= 0 or not body.any():
        return None
    return 1 - deficits_inside(_map(prepared)[0], body)[1] / total
