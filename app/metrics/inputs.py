"""What a metric is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange, Space
from app.errors import MetricRefused

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Refusal(MetricRefused):
    """A refusal that also names the flag to stand in the table."""

    def __init__(self, what: str, *, remedy: str, flag: str = "refused") -> None:
        super().__init__(what, remedy=remedy)
        self.flag = flag


@dataclass(frozen=True, slots=True, eq=False)
class SliceInputs:
    """One slice of a pair, and what is to be measured on it.

    Parameters
    ----------
    reference, reconstruction
        Real-world values, ``(rows, columns)`` in float64, on one grid.
    valid
        Where both hold tissue values; None where all of both does.
    body
        The body mask of the reference; None where it was not made.
    range
        The range of the study in native values.
    space
        The intensity space to measure in.
    metrics, regions
        Ids of the registry; ``whole`` and ``body``.
    body_rule
        The words of ``regions.body_rule``, to stand beside values of the body.
    device
        Where the learned metrics run: ``cpu``, ``cuda`` or ``auto``.
    """

    reference: Plane
    reconstruction: Plane
    valid: Mask | None
    body: Mask | None
    range: IntensityRange
    space: Space
    metrics: tuple[str, ...]
    regions: tuple[str, ...] = ("whole",)
    body_rule: str = ""
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class SliceResult:
    """One value of one metric in one region of one slice.

    ``value`` None means not given: ``flags`` then say why in a word and
    ``reason`` in a sentence. ``parameters`` holds plain values that serialise
    to JSON and do not depend on the slice.
    """

    metric: str
    region: str
    value: float | None
    parameters: Mapping[str, object]
    flags: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a metric's own code says for one region.

    ``outside`` is the share of the summed deficit that lies outside the body,
    given for the whole slice where a body mask is at hand.
    """

    value: float | None
    flags: tuple[str, ...] = ()
    reason: str = ""
    outside: float | None = None


@dataclass(eq=False)
class Prepared:
    """A checked slice in its intensity space, shared by the metrics of one call.

    ``range`` is that of the space: 0..1 in a window. Pixels that are not valid
    hold ``range.low`` in both planes. ``masks`` gives the pixels of each wanted
    region, valid ones only; None stands for every pixel. ``body`` is the body
    mask within the valid pixels, wanted or not.
    """

    reference: Plane
    reconstruction: Plane
    range: IntensityRange
    valid: Mask | None
    body: Mask | None
    masks: Mapping[str, Mask | None]
    device: str = "cpu"

    @cached_property
    def identical(self) -> bool:
        """Whether the two planes are equal in every pixel."""
        return bool(np.array_equal(self.reference, self.reconstruction))

    @cached_property
    def scaled(self) -> tuple[Plane, Plane]:
        """Both planes scaled by the range to 0..1 and clipped."""
        return self._scale(self.reference), self._scale(self.reconstruction)

    @cached_property
    def reconstruction_clipped(self) -> bool:
        """Whether the reconstruction leaves the range."""
        return self._leaves(self.reconstruction)

    @cached_property
    def clipped(self) -> bool:
        """Whether either plane leaves the range."""
        return self.reconstruction_clipped or self._leaves(self.reference)

    def _scale(self, plane: Plane) -> Plane:
        return np.clip((plane - self.range.low) / self.range.width, 0.0, 1.0)

    def _leaves(self, plane: Plane) -> bool:
        return bool(plane.min() < self.range.low or plane.max() > self.range.high)


def too_small(shape: tuple[int, ...], least: int, metric: str) -> Refusal:
    """Return the refusal of a slice that is smaller than a metric's window."""
    return Refusal(
        f"{metric} needs at least {least} x {least} pixels; the slice has {shape[0]} x {shape[1]}.",
        remedy="Measure larger slices, or leave this metric out.",
        flag="refused:too-small",
    )


def share_outside(deficit: Plane, counted: Mask | None, body: Mask | None) -> float | None:
    """Return the share of a summed, non-negative deficit that lies outside the body.

    None where there is no body mask, or no deficit at all.
    """
    if body is None or not body.any():
        return None
    deficit = np.maximum(deficit, 0.0)
    everywhere = deficit if counted is None else deficit[counted]
    total = float(everywhere.sum())
    if total <= 0:
        return None
    inside = float(deficit[body if counted is None else body & counted].sum())
    return 1 - inside / total
