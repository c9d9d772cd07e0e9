"""A model of a cohort's own references, for ``niqe@cohort``.

Fitted as the published model was to photographs (Mittal, Soundararajan & Bovik
2013, doi:10.1109/LSP.2012.2227726, section II.D): the features of blocks of 96 x 96
pixels, sharp ones where there are enough, by their mean and covariance.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.metrics import blocks
from app.metrics.aggd import FEATURES
from app.metrics.blocks import Model
from app.metrics.inputs import Mask, Plane, Refusal

LEAST_IMAGES = 5
"""Blocks of one image resemble each other; a cohort is more than a handful of images."""

LEAST_COHORT_BLOCKS = 2 * 2 * FEATURES
"""Twice as many blocks as features: at 36 or fewer the covariance has no inverse, and near that a
poor one."""

SHARP = 0.75
"""A block is sharp from this share of the sharpness of the sharpest in its slice (section II.D)."""

Taken = Literal["sharp", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class CohortModel:
    """Mean (36) and covariance (36, 36) of the features of references, and what they rest on.

    ``sha256`` is the fingerprint of both. ``taken`` says whether the sharp
    blocks were enough or all had to be taken.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    images: int
    blocks: int
    sha256: str
    taken: Taken = "sharp"

    @property
    def model(self) -> Model:
        """What distances are measured from."""
        return Model(self.mean, self.covariance)

    @property
    def parameters(self) -> Mapping[str, object]:
        """What stands beside every value made with this model."""
        return {
            "model": "fitted to this cohort's references",
            "model_images": self.images,
            "model_blocks": self.blocks,
            "model_taken": f"{self.taken} blocks",
            "model_sha256": self.sha256,
        }


def block_features_of(scaled: Plane, mask: Mask | None = None) -> NDArray[np.float64]:
    """Return what :func:`fit_cohort` needs of one slice of a reference: ``(blocks, 37)``.

    36 features of each full block that has structure (and, with a mask, at least
    half of its pixels inside), then its sharpness, 1 for the sharpest of the
    slice. No rows where the slice is too small or flat. Slices of one reference
    are joined with ``np.concatenate``.

    Parameters
    ----------
    scaled
        Values in 0..1, ``(rows, columns)``.
    """
    if min(blocks.grid(scaled.shape)) == 0:
        return np.empty((0, 2 * FEATURES + 1))
    found = blocks.describe(scaled)
    usable = found.inside(mask) & np.isfinite(found.features).all(axis=1)
    sharpness = found.sharpness[usable]
    relative = sharpness / sharpness.max(initial=np.finfo(np.float64).tiny)
    return np.column_stack([found.features[usable], relative])


def fit_cohort(features: Sequence[NDArray[np.float64]]) -> CohortModel:
    """Return the model of a cohort; the order of its references does not matter.

    Sharp blocks are taken where they are at least 72 from at least 5 references,
    all blocks otherwise.

    Parameters
    ----------
    features
        One array for each reference image, from :func:`block_features_of`.

    Raises
    ------
    Refusal
        Fewer than 5 references hold blocks, or all hold fewer than 72.
    """
    given = [image for image in features if len(image)]
    taken: Taken = "sharp"
    chosen = [image[image[:, -1] > SHARP] for image in given]
    if not _enough(chosen):
        taken, chosen = "all", given
    if not _enough(chosen):
        raise Refusal(
            f"A model of this cohort needs at least {LEAST_COHORT_BLOCKS} blocks of "
            f"{blocks.BLOCK} x {blocks.BLOCK} pixels with structure from at least {LEAST_IMAGES} "
            f"references; there are {sum(map(len, chosen))} from {len(chosen)}.",
            remedy="Give more references, or leave niqe@cohort out.",
            flag="refused:no-cohort",
        )
    stacked = np.concatenate(chosen)[:, :-1]
    ordered = stacked[np.lexsort(stacked.T[::-1])]  # sums depend on their order
    mean, covariance = ordered.mean(axis=0), np.cov(ordered, rowvar=False)
    digest = hashlib.sha256(mean.astype("<f8").tobytes() + covariance.astype("<f8").tobytes())
    return CohortModel(mean, covariance, len(chosen), len(ordered), digest.hexdigest(), taken)


def _enough(chosen: Sequence[NDArray[np.float64]]) -> bool:
    """Whether these images hold blocks enough; each that is given holds at least one."""
    return len(chosen) >= LEAST_IMAGES and sum(map(len, chosen)) >= LEAST_COHORT_BLOCKS
