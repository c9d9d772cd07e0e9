"""What was measured at a shape: a small table, and curves of every image."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.progress import Progress
from app.domain.shape import Shape, ShapeKind

ChartKind = Literal["histogram", "noise", "added", "ratio", "profile", "edge", "mtf"]

CHART_TITLES: dict[ChartKind, str] = {
    "histogram": "Histogram",
    "noise": "Noise power",
    "added": "Noise power of difference",
    "ratio": "Power ratio",
    "profile": "Profile",
    "edge": "Edge spread",
    "mtf": "MTF",
}
CHART_HINTS: dict[ChartKind, str] = {
    "histogram": "How often each value is there; all images have the same bins.",
    "noise": "Noise power spectrum of each image; true in a region meant to be uniform.",
    "added": "Noise power spectrum of reconstruction minus reference.",
    "ratio": "Power of each reconstruction over that of the reference: where frequencies went.",
    "profile": "The values along the line.",
    "edge": "The values across the edge, from every pixel within 12 pixels of the line.",
    "mtf": "How much contrast is left of each frequency at the edge.",
}


def charts_of(kind: ShapeKind) -> tuple[ChartKind, ...]:
    """Return the charts that a shape can have, the usual one first."""
    if kind == "profile":
        return "profile", "edge", "mtf"
    if kind in ("distance", "angle"):
        return ()
    return "histogram", "noise", "added", "ratio"


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One quantity for each column; None where it is not defined, and ``tip`` may say why."""

    title: str
    unit: str
    values: tuple[float | None, ...]
    tip: str = ""


@dataclass(frozen=True, slots=True)
class RowsSoFar(Progress):
    """Rows of which some columns have come already."""

    rows: tuple[MeasuredRow, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a chart. ``y`` has one entry less than ``x`` where it is a histogram."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Curves on common axes, which are named with their units."""

    kind: ChartKind
    across: str
    up: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured at one shape of one slice, in native values.

    ``columns`` names the images, the reference first; or holds one word where the
    quantity is none of an image. ``notes`` are sentences that belong to the numbers.
    """

    shape: Shape
    columns: tuple[str, ...]
    rows: tuple[MeasuredRow, ...]
    chart: Chart | None = None
    notes: tuple[str, ...] = ()
