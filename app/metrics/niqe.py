"""NIQE: naturalness of one image, without a reference.

After Mittal, Soundararajan & Bovik (2013), doi:10.1109/LSP.2012.2227726, with
the pristine model that the authors published. That model was learned from
photographs: on medical images the value orders images of one kind, no more.
``niqe@cohort`` puts a model of the cohort's own references in its place.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

import numpy as np

from app.errors import StoreError
from app.metrics import blocks
from app.metrics.blocks import Blocks, Model
from app.metrics.cohort import LEAST_COHORT_BLOCKS, LEAST_IMAGES, CohortModel
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal
from app.resources import resource

MODEL = "niqe_official_model"
_MODEL_SHA256 = "e4490af668656d2e256b02bb704859f991204535c127a545e777f344b0570502"

_NAME = "NIQE"


def naturalness(scaled: Plane, *, mask: Mask | None = None, model: Model | None = None) -> float:
    """Return the NIQE of one plane; lower is more like the pristine photographs.

    The plane is scaled to 0..255 and rounded half up. Blocks of 96 x 96 pixels
    from the upper left corner are described by 18 features at two scales (the
    second by antialiased bicubic halving), and the distance of their mean from
    the model is ``sqrt(d @ pinv((S1 + S2) / 2) @ d)`` (equation 10 of the paper).

    Products of contrast below 1e-9 count as zero: in exactly flat areas they are
    rounding noise, which would decide the value otherwise. A block in which a
    feature is not defined (all flat) is left out.

    Parameters
    ----------
    scaled
        Values in 0..1, ``(rows, columns)``.
    mask
        Take only blocks with at least half of their pixels inside.
    model
        What to measure the distance from; the published model where None.

    Raises
    ------
    MetricRefused
        Fewer than two full blocks lie in the plane or the mask, or fewer than
        two of them hold any structure.
    """
    blocks.refuse_small(scaled.shape, name=_NAME)
    found = blocks.describe(scaled)
    value, _ = _value(found, found.inside(mask), model or pristine_model())
    return value


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return NIQE, by either model, of the reconstruction for each region of a slice."""
    try:
        model = pristine_model() if metric == "niqe" else _cohort_model(prepared)
        found = _blocks(prepared)
    except Refusal as refusal:
        refused = Outcome(None, (refusal.flag,), refusal.sentence)
        return dict.fromkeys(prepared.masks, refused)
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            value, flags = _value(found, found.inside(None if region == "whole" else mask), model)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        if prepared.reconstruction_clipped:
            flags = (*flags, "clipped")
        outcomes[region] = Outcome(value, flags)
    return outcomes


def local_map(id: str, prepared: Prepared) -> Plane:  # noqa: ARG001 - one signature for every family
    """Return the distance of each block of the reconstruction from the published model.

    The covariance is pooled over all blocks of the slice, as for the value of
    the slice, and each block stands for itself instead of the mean of all. NaN
    where no full block lies and where a block holds no structure.

    Raises
    ------
    Refusal
        As for the value of the whole slice.
    """
    found = _blocks(prepared)
    usable, _ = found.usable(found.inside(None), name=_NAME)
    values = np.full(len(found.features), np.nan)
    taken = found.features[usable]
    values[usable] = blocks.distances(taken, pristine_model(), taken)
    return found.spread(values)


@cache
def pristine_model() -> Model:
    """Return the published model.

    Raises
    ------
    StoreError
        The shipped file is missing or was altered.
    """
    path = resource("reference", f"{MODEL}.npz")
    try:
        intact = hashlib.sha256(path.read_bytes()).hexdigest() == _MODEL_SHA256
    except OSError:
        intact = False
    if not intact:
        raise StoreError(
            f"The model of NIQE, {path.name}, is missing or was altered.",
            remedy="Install BlindRead again.",
        )
    with np.load(path, allow_pickle=False) as stored:
        return Model(stored["mean"], stored["covariance"])


def _blocks(prepared: Prepared) -> Blocks:
    plane = prepared.scaled[1]
    blocks.refuse_small(plane.shape, name=_NAME)
    return prepared.of_pair.once("niqe-blocks", lambda: blocks.describe(plane))


def _cohort_model(prepared: Prepared) -> Model:
    if not isinstance(prepared.cohort, CohortModel):
        raise Refusal(
            "There is no model of this cohort's references: it takes at least "
            f"{LEAST_COHORT_BLOCKS} blocks of {blocks.BLOCK} x {blocks.BLOCK} pixels from at "
            f"least {LEAST_IMAGES} of them.",
            remedy="Measure a larger cohort, or leave this metric out.",
            flag="refused:no-cohort",
        )
    return prepared.cohort.model


def _value(found: Blocks, chosen: Mask, model: Model) -> tuple[float, blocks.Flags]:
    usable, flags = found.usable(chosen, name=_NAME)
    taken = found.features[usable]
    (value,) = blocks.distances(taken, model, taken.mean(axis=0)[None])
    return float(value), flags
