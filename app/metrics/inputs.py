"""What a metric is given, and what it gives back."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange, Space, Statistics
from app.errors import MetricRefused
from app.metrics.stored import Plane as Plane
from app.metrics.stored import Stored

Mask = NDArray[np.bool_]
Made = TypeVar("Made")

NEARLY_ALL = 0.995
"""A body mask that covers more of the picture than this tells nothing apart."""


class Kept:
    """What was made once and serves several metrics: a map, a pyramid, features."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` returned when this key was asked for first."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made


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
        Real-world values, ``(rows, columns)``, on one grid: in float64, or as they are stored.
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
    modality
        DICOM Modality of the reference; empty where not known.
    masks
        Further masks by the name of their region, e.g. ``mask:lesion``.
    body_edited
        Whether a person changed the body mask.
    own_statistics, reference_statistics
        Those of the whole reconstruction and the whole reference, for spaces
        that follow them.
    cohort
        The model of ``niqe@cohort``, an ``app.metrics.cohort.CohortModel``.
    shared
        What depends on the reference alone. Hand the same one in for every arm
        of one slice of one reference, and each metric looks at it once.
    """

    reference: Plane | Stored
    reconstruction: Plane | Stored
    valid: Mask | None
    body: Mask | None
    range: IntensityRange
    space: Space
    metrics: tuple[str, ...]
    regions: tuple[str, ...] = ("whole",)
    body_rule: str = ""
    device: str = "cpu"
    modality: str = ""
    masks: Mapping[str, Mask] = field(default_factory=dict)
    body_edited: bool = False
    own_statistics: Statistics | None = None
    reference_statistics: Statistics | None = None
    cohort: object | None = None
    shared: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True)
class SliceResult:
    """One value of one metric in one region of one slice.

    ``value`` None means not given: ``flags`` then say why in a word and
    ``reason`` in a sentence. ``parameters`` holds plain values that serialise
    to JSON and do not depend on the slice. ``outside`` and ``weight`` are those
    of the ``Outcome``.
    """

    metric: str
    region: str
    value: float | None
    parameters: Mapping[str, object]
    flags: tuple[str, ...] = ()
    reason: str = ""
    outside: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a metric's own code says for one region.

    ``outside`` is the share of the summed deficit that lies outside the body,
    given for the whole slice where a body was found. ``weight`` is what
    the value is a mean over (pixels, say), for metrics whose definition says how
    slices are ``pooled``.
    """

    value: float | None
    flags: tuple[str, ...] = ()
    reason: str = ""
    outside: float | None = None
    weight: float | None = None


class Prepared:
    """A checked slice in its intensity space, shared by the metrics of one call.

    ``range`` is that of the space: 0..1 in a window. Pixels that are not valid
    hold ``range.low`` in both planes. ``masks`` gives the pixels of each wanted
    region, valid ones only; None stands for every pixel. ``body`` is the body
    mask within the valid pixels, wanted or not.

    ``of_reference`` keeps what depends on the reference plane alone (as it is
    here: in its space, padding filled) and is shared by all its arms. ``of_pair``
    keeps what one metric makes and another of the same pair needs. ``refusals``
    says of wanted regions that cannot be had why. ``cohort`` is that of the inputs.

    ``stored_reference`` and ``stored_reconstruction`` are the planes as kernels read
    them: still in stored integers where nothing had to be done to them.
    """

    def __init__(
        self,
        reference: Plane | Stored,
        reconstruction: Plane | Stored,
        range: IntensityRange,
        valid: Mask | None,
        body: Mask | None,
        masks: Mapping[str, Mask | None],
        device: str = "cpu",
        of_reference: Kept | None = None,
        *,
        refusals: Mapping[str, Refusal] | None = None,
        cohort: object | None = None,
    ) -> None:
        self.stored_reference = Stored.of(reference)
        self.stored_reconstruction = Stored.of(reconstruction)
        self.range = range
        self.valid = valid
        self.body = body
        self.masks = masks
        self.device = device
        self.of_reference = Kept() if of_reference is None else of_reference
        self.of_pair = Kept()
        self.refusals = refusals or {}
        self.cohort = cohort

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.stored_reference.shape

    @property
    def reference(self) -> Plane:
        """The values of the reference."""
        return self.stored_reference.values

    @property
    def reconstruction(self) -> Plane:
        """The values of the reconstruction."""
        return self.stored_reconstruction.values

    def filled(self, region: str) -> tuple[Plane, Plane]:
        """Return both planes with the range's low end outside a region.

        For metrics without a local map: nothing outside the region can change them.
        """
        mask = self.masks[region]
        if region == "whole" or mask is None:
            return self.reference, self.reconstruction
        low = self.range.low
        return np.where(mask, self.reference, low), np.where(mask, self.reconstruction, low)

    def within(self, region: str) -> "Prepared":
        """Return this slice as if it had no pixels but those of a region."""
        return Prepared(
            *self.filled(region), self.range, self.valid, self.body, {region: None}, self.device
        )

    def of_masks(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what depends on masks and body alone, made once for all arms with these."""
        masks = [mask for mask in (*self.masks.values(), self.body) if mask is not None]
        # The masks are kept too, so that no other comes to lie where one of them lay.
        _, made = self.of_reference.once(
            (key, *map(id, masks), *self.masks), lambda: (masks, make())
        )
        return made

    @cached_property
    def identical(self) -> bool:
        """Whether the two planes are equal in every pixel."""
        return self.stored_reference.equals(self.stored_reconstruction)

    @cached_property
    def body_is_all(self) -> bool:
        """Whether the body mask covers nearly everything and tells nothing apart."""
        if self.body is None:
            return False
        return bool(np.count_nonzero(self.body) > NEARLY_ALL * self.body.size)

    @cached_property
    def scaled(self) -> tuple[Plane, Plane]:
        """Both planes scaled by the range to 0..1 and clipped."""
        reference = self.of_reference.once("scaled", lambda: self.scale(self.reference))
        return reference, self.scale(self.reconstruction)

    @cached_property
    def reconstruction_clipped(self) -> bool:
        """Whether the reconstruction leaves the range."""
        return self._leaves(self.reconstruction)

    @cached_property
    def clipped(self) -> bool:
        """Whether either plane leaves the range."""
        return self.reconstruction_clipped or self._leaves(self.reference)

    def scale(self, plane: Plane) -> Plane:
        """Return a plane scaled by the range to 0..1 and clipped."""
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

    None where there is no body, or no deficit at all.
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
