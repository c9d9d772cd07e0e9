"""How far the images of an arm lie from the references as two clouds, not pair by pair.

Each image becomes 512 numbers: relu5_3 of VGG16, averaged over the image. The
original metrics use another network (Inception), whose weights are not to be
had here: values compare with each other, not with published ones.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics import networks
from app.metrics.inputs import Outcome, Plane, Prepared, Refusal, too_small

NEIGHBOURS = 5
"""Which nearest neighbour's distance is the reach of an image (precision, recall)."""

FEW = 512
"""Images of each side below which a value is flagged: the numbers of one image."""

_LEAST_SIDE = 32
_LEAST_IMAGES = 2
_NEAR = 1e-5, 1e-8
"""Relative and absolute: distances no further apart count as equal, as piq has it."""

Features = NDArray[np.floating[Any]]
Matrix = NDArray[np.float64]


def features_of(plane: Plane, *, device: str = "cpu") -> NDArray[np.float32]:
    """Return the 512 numbers of one image: each channel of relu5_3, averaged over the image.

    Parameters
    ----------
    plane
        Values in 0..1, ``(rows, columns)``; the one channel is repeated to three.
    device
        ``cpu``, ``cuda`` or ``auto``.

    Raises
    ------
    MetricRefused
        A side is shorter than 32 pixels.
    MetricUnavailable
        The weights are not installed, or the device is not there.
    """
    if min(plane.shape) < _LEAST_SIDE:
        raise too_small(plane.shape, _LEAST_SIDE, "The distance of distributions")
    place = networks.device(device)
    total, count = np.zeros(512), 0
    with networks.exact():
        network = networks.vgg16(place)
        for strip in networks.strips(plane.shape):
            *_, deepest = network.layers(plane[strip.start : strip.stop])
            layer = deepest[0, :, strip.wanted(16)]
            total += layer.double().sum(dim=(1, 2)).cpu().numpy()
            count += layer.shape[1] * layer.shape[2]
    made: NDArray[np.float32] = (total / count).astype(np.float32)
    return made


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Refuse: one slice has no value of its own here."""
    refused = _refused(
        f"{metric} is of all images of an arm together, not of one slice.",
        "Look at the row of the whole arm.",
        "refused:whole-arm",
    )
    return dict.fromkeys(prepared.masks, refused)


def distribution_value(metric: str, reference: Features, reconstruction: Features) -> Outcome:
    """Return how an arm's images agree with the references, all of them taken together.

    Parameters
    ----------
    metric
        ``fid``, ``kid``, ``precision`` or ``recall``.
    reference, reconstruction
        One row of features for each image; the numbers of rows may differ.

    Returns
    -------
    Outcome
        Flagged ``small-sample`` below 512 images on either side: FID is then
        too large, precision and recall are coarse; KID is unbiased and merely
        uncertain. Refused below two images (six for precision and recall, so
        that each has five neighbours), and where a feature is not finite.
    """
    counts = len(reference), len(reconstruction)
    least = NEIGHBOURS + 1 if metric in ("precision", "recall") else _LEAST_IMAGES
    if min(counts) < least:
        return _refused(
            f"It needs at least {least} images on each side; there are "
            f"{counts[0]} references and {counts[1]} reconstructions.",
            "Measure more slices.",
            "refused:too-few",
        )
    one, other = (np.asarray(rows, dtype=np.float64) for rows in (reference, reconstruction))
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return _refused("A feature is NaN or infinite.", "Mend the images.", "not-finite")
    value = _VALUES[metric](one, other)
    identical = one.shape == other.shape and bool(np.array_equal(one, other))
    flags = (
        *(("identical",) if identical else ()),
        *(("small-sample",) if min(counts) < FEW else ()),
    )
    return Outcome(value, flags)


def frechet_distance(reference: Matrix, reconstruction: Matrix) -> float:
    """Return the Fréchet distance of the normal distributions fitted to two clouds.

    The trace of the root of the product of the covariances is the sum of the
    singular values of the product of the centred clouds: no matrix root, and
    exact also where there are fewer images than features.

    References
    ----------
    Heusel et al. (2017), arXiv:1706.08500, equation 6.
    """
    centred, spreads, means = [], [], []
    for rows in (reference, reconstruction):
        mean = rows.mean(axis=0)
        apart = (rows - mean) / math.sqrt(len(rows) - 1)
        centred.append(apart)
        spreads.append(float((apart**2).sum()))
        means.append(mean)
    shared = float(np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum())
    apart = means[0] - means[1]
    # Identical clouds differ from zero by rounding alone.
    return max(0.0, float(apart @ apart) + spreads[0] + spreads[1] - 2 * shared)


def kernel_distance(reference: Matrix, reconstruction: Matrix) -> float:
    """Return the unbiased squared maximum mean discrepancy, all images as one subset.

    The kernel is ``(x . y / features + 1) ** 3``. May be a little below zero
    where the two clouds are alike.

    References
    ----------
    Bińkowski et al. (2018), arXiv:1801.01401, equation 4.
    """
    inside = [_kernel(rows, rows) for rows in (reference, reconstruction)]
    sums = [
        float(kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1))
        for kernel in inside
    ]
    return sums[0] + sums[1] - 2 * float(_kernel(reference, reconstruction).mean())


def precision_of(reference: Matrix, reconstruction: Matrix) -> float:
    """Return the share of reconstructions that lie within the reach of some reference.

    The reach of an image is its distance to its fifth nearest neighbour among its own.

    References
    ----------
    Kynkäänniemi et al. (2019), arXiv:1904.06991, equations 1 and 2.
    """
    reach = np.sort(_distances(reference, reference), axis=1)[:, NEIGHBOURS]
    apart = _distances(reference, reconstruction)
    within = (apart < reach[:, None]) | np.isclose(apart, reach[:, None], *_NEAR)
    return float(within.any(axis=0).mean())


def recall_of(reference: Matrix, reconstruction: Matrix) -> float:
    """Return the share of references that lie within the reach of some reconstruction."""
    return precision_of(reconstruction, reference)


_VALUES = {
    "fid": frechet_distance,
    "kid": kernel_distance,
    "precision": precision_of,
    "recall": recall_of,
}


def _kernel(one: Matrix, other: Matrix) -> Matrix:
    made: Matrix = (one @ other.T / one.shape[1] + 1) ** 3
    return made


def _distances(one: Matrix, other: Matrix) -> Matrix:
    """Return the distance of each row of one cloud to each of the other, without cancellation."""
    from scipy.spatial.distance import cdist

    made: Matrix = cdist(one, other)
    return made


def _refused(sentence: str, remedy: str, flag: str) -> Outcome:
    refusal = Refusal(sentence, remedy=remedy, flag=flag)
    return Outcome(None, (refusal.flag,), refusal.sentence)
