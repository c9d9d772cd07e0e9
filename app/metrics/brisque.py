"""BRISQUE: how distorted an image looks, without a reference.

After Mittal, Moorthy & Bovik (2012), doi:10.1109/TIP.2012.2214050, with the
regression that the authors published, in the definition of piq. It was learned
from photographs and the distortions of the LIVE database.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.metrics import brisque_model
from app.metrics.aggd import describe, fit, shape_table
from app.metrics.inputs import Outcome, Plane, Prepared, Refusal, too_small
from app.metrics.resize import shrink

LEAST_SIDE = 16
"""Half of it still holds a window of seven pixels."""

_ABSOLUTE, _LEFT, _RIGHT = range(3)


def distortion(scaled: Plane) -> float:
    """Return the BRISQUE of one plane; lower is less distorted.

    36 features (see :func:`features`), scaled to the range of the training
    images, through the published regression. 0..100 on photographs, without
    bound on others.

    Parameters
    ----------
    scaled
        Values in 0..1, ``(rows, columns)``; scaled to 0..255 and not rounded.

    Raises
    ------
    Refusal
        A side is below 16 pixels, or the plane is flat.
    """
    described = features(scaled)
    return brisque_model.published_model().predict(brisque_model.scale(described))


def features(scaled: Plane) -> NDArray[np.float64]:
    """Return the 36 features: 18 of the plane, and 18 of the plane at half its size.

    Shape and variance of the local contrast (a symmetric generalised Gaussian),
    then shape, mean and both variances of its products with its four neighbours
    (asymmetric ones; the plane wraps around). The local mean and deviation see
    zeros beyond the edge. Products below 1e-9 count as zero: in flat areas they
    are rounding noise.

    Raises
    ------
    Refusal
        A side is below 16 pixels, or the plane is flat.
    """
    if min(scaled.shape) < LEAST_SIDE:
        raise too_small(scaled.shape, LEAST_SIDE, "BRISQUE")
    plane = scaled * 255
    described = np.concatenate(
        [_features(plane), _features(shrink(plane, (plane.shape[0] // 2, plane.shape[1] // 2)))]
    )
    if not np.isfinite(described).all():
        raise Refusal(
            "BRISQUE needs structure; the slice is flat.",
            remedy="Choose a range or window in which the slice is not flat, or leave BRISQUE out.",
            flag="refused:constant",
        )
    return described


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Return the BRISQUE of the reconstruction for each region of a prepared slice."""
    outcomes: dict[str, Outcome] = {}
    flags = ("clipped",) if prepared.reconstruction_clipped else ()
    for region in prepared.masks:
        try:
            value = distortion(prepared.scale(prepared.filled(region)[1]))
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def _features(plane: Plane) -> NDArray[np.float64]:
    moments = describe(plane, *plane.shape, edges="constant").moments[0]
    products = fit(moments[1:], plane.size)
    described = np.stack(
        [products.shape, products.mean, products.left**2, products.right**2], axis=-1
    )
    return np.concatenate([_symmetric(moments[0], plane.size), described.ravel()])


def _symmetric(moments: NDArray[np.float64], count: int) -> tuple[float, float]:
    """Return shape and variance of a generalised Gaussian by its moments; NaN where flat.

    Sharifi & Leon-Garcia (1995), doi:10.1109/76.350779. The grid is searched for
    the ratio of the variance to the squared mean of absolute values, as piq does.
    """
    variance = (moments[_LEFT] + moments[_RIGHT]) / count
    mean = moments[_ABSOLUTE] / count
    if variance == 0:
        return np.nan, np.nan
    table = shape_table()
    at = np.argmin(np.abs(1 / table.ratios - variance / mean**2))
    return float(table.shapes[at]), float(variance)
