"""One reference made worse in known ways, step by step, to see how metrics answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.inputs import Mask, Plane

SEED = 20040413
"""The noise is the same field at every level and in every run."""

DIAMETER = 12
"""Pixels across the planted lesion."""

NOTHING = "nothing"
"""The reference against itself."""


@dataclass(frozen=True, slots=True)
class Degradation:
    """A way to make an image worse, and how much at each step."""

    name: str
    unit: str
    levels: tuple[float, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: a degradation by its name, and its level."""

    degradation: str
    level: float


LADDER = (
    Degradation(
        "noise",
        "% of range",
        (0.5, 1.0, 2.0, 4.0, 8.0),
        "white Gaussian noise on every pixel; the level is its standard deviation",
    ),
    Degradation(
        "blur", "pixel", (0.5, 1.0, 2.0, 3.0, 4.0), "Gaussian; the level is its standard deviation"
    ),
    Degradation(
        "shift", "pixel", (0.25, 0.5, 1.0, 2.0), "to the right, by splines of the fifth degree"
    ),
    Degradation(
        "contrast",
        "% lost",
        (2.0, 5.0, 10.0, 20.0, 40.0),
        "values of the body drawn towards their mean; air stays",
    ),
    Degradation(
        "lesion",
        "% of range",
        (1.0, 2.0, 4.0, 8.0, 16.0),
        "a smooth bright blob of 12 pixels across planted in the body; the level is its height",
    ),
)


def rungs() -> Iterator[Rung]:
    """Yield every step, the reference itself first."""
    yield Rung(NOTHING, 0.0)
    for degradation in LADDER:
        for level in degradation.levels:
            yield Rung(degradation.name, level)


def degrade(
    reference: Plane, rung: Rung, *, range: IntensityRange, body: Mask | None = None
) -> Plane:
    """Return the reference made worse by one step; always the same numbers.

    Values are not clipped and not rounded, in float64.

    Parameters
    ----------
    reference
        Real-world values, ``(rows, columns)``, all finite.
    rung
        What to do, and how much; see ``LADDER`` for units.
    range
        The range of the study, of which noise and lesion are shares.
    body
        The body mask: contrast is lost inside of it and the lesion lies in it. The
        whole slice where there is none.

    Raises
    ------
    MetricRefused
        There is no such degradation, or no room for the lesion.
    """
    from scipy import ndimage

    inside = np.ones(reference.shape, np.bool_) if body is None or not body.any() else body
    worse: Plane
    if rung.degradation == NOTHING:
        return reference.copy()
    if rung.degradation == "noise":
        field = np.random.Generator(np.random.PCG64(SEED)).standard_normal(reference.shape)
        return reference + rung.level / 100 * range.width * field
    if rung.degradation == "blur":
        worse = ndimage.gaussian_filter(reference, rung.level, mode="nearest", truncate=5.0)
        return worse
    if rung.degradation == "shift":
        worse = ndimage.shift(reference, (0.0, rung.level), order=5, mode="nearest")
        return worse
    if rung.degradation == "contrast":
        mean = float(reference[inside].mean())
        return np.where(inside, mean + (1 - rung.level / 100) * (reference - mean), reference)
    if rung.degradation == "lesion":
        return reference + rung.level / 100 * range.width * lesion(inside)
    known = ", ".join(degradation.name for degradation in LADDER)
    raise MetricRefused(
        f"There is no degradation '{rung.degradation}'.", remedy=f"Known are: {known}."
    )


def lesion(body: Mask) -> Plane:
    """Return a smooth blob of height 1 and 12 pixels across, 0 elsewhere.

    A raised cosine around the body's pixel nearest to 35 % of the way from its left
    and 45 % from its top, of those that lie 10 pixels or more inside; where no pixel
    lies so deep, around the deepest.

    Raises
    ------
    MetricRefused
        No pixel lies 6 pixels or more inside the body.
    """
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(np.pad(body, 1))[1:-1, 1:-1]
    deepest = float(depth.max())
    if deepest <= DIAMETER / 2:
        raise MetricRefused(
            f"The body has no room for a lesion {DIAMETER} pixels across.",
            remedy="Choose another slice.",
        )
    rows, columns = np.nonzero(body)
    wanted = (
        rows.min() + 0.45 * (rows.max() - rows.min()),
        columns.min() + 0.35 * (columns.max() - columns.min()),
    )
    places = np.argwhere(depth >= min(10.0, deepest))
    away = ((places - wanted) ** 2).sum(axis=1)
    row, column = places[int(np.argmin(away))]
    down, across = np.ogrid[: body.shape[0], : body.shape[1]]
    radius = np.hypot(down - row, across - column) / (DIAMETER / 2)
    return np.where(radius < 1, 0.5 * (1 + np.cos(np.pi * radius)), 0.0)
