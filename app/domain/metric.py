"""A rule with parameters, and one result of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Better = Literal["higher", "lower"]
Pooled = Literal["", "mean", "square", "decibel"]
SpaceKind = Literal["native", "window", "percentile", "minmax", "zscore", "8bit"]

SIGNED = ("hu-bias",)
"""Ids of metrics of which 0 is best and the sign is a direction."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What a metric is, in the words that ``blindread metrics`` prints.

    ``pooled`` says how the values of slices make the value of the volume as if
    it had been measured at once, each weighed by what its own mean was taken
    over: ``mean`` (of the values), ``square`` (root of the mean square) or
    ``decibel`` (mean power); empty where the volume has no such value.
    ``of_pixels`` marks what looks at single pixels and never at neighbours.
    ``photographs`` marks a model that was learned from photographs and judges
    one image by how much it resembles them.
    """

    id: str
    title: str
    summary: str
    better: Better
    low: float
    high: float
    unit: str
    source: str
    refuses: str
    needs_reference: bool = True
    needs_weights: bool = False
    pooled: Pooled = ""
    of_pixels: bool = False
    photographs: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapDefinition:
    """A local map: what it shows of every pixel of a slice, and how to read it.

    ``low`` and ``high`` are the ends of its colours where they are known
    beforehand; None where each map brings its own. ``neutral`` is the value
    that means "no difference".
    """

    id: str
    title: str
    summary: str
    better: Better
    neutral: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    needs_weights: bool = False


@dataclass(frozen=True, slots=True)
class IntensityRange:
    """The closed range of real-world values that counts as full scale.

    One range per study and modality, never per image. ``origin`` says where it
    came from: ``given``, ``8-bit``, ``CT 12-bit``, ``references``, ``window``.
    """

    low: float
    high: float
    origin: str

    @property
    def width(self) -> float:
        """The metric's ``data_range``."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a space that follows its image needs to know of a whole series, in native values.

    ``percentiles`` maps a percentage to its value; ``low`` and ``high`` are the extremes.
    """

    low: float
    high: float
    mean: float
    deviation: float
    percentiles: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Space:
    """The intensity space of a value.

    ``native``: real-world values as they are. ``window``: one window, ``first``
    its center and ``second`` its width. ``percentile``: 0..1 between two
    percentages (``first``, ``second``) of the reference's values; ``minmax``:
    the same between its extremes. ``zscore``: each image less its own mean, by
    its own standard deviation. ``8bit``: 0..255 by the study's range, rounded.
    """

    kind: SpaceKind = "native"
    first: float | None = None
    second: float | None = None

    @classmethod
    def window(cls, center: float, width: float) -> "Space":
        """Return the space of one window."""
        return cls("window", center, width)

    @property
    def label(self) -> str:
        """``native``, ``window:C/W``, ``percentile:1/99`` ..., as written in the tables."""
        if self.first is None or self.second is None:
            return self.kind
        return f"{self.kind}:{self.first:g}/{self.second:g}"


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One row of ``metrics.csv``.

    ``slice`` counts from 1; None is the value of the volume. ``value`` None
    means not defined, and a flag says why. ``parameters`` is canonical JSON.
    """

    case: str
    arm: str
    slice: int | None
    region: str
    metric: str
    value: float | None
    unit: str
    better: Better
    space: str
    data_range: float
    parameters: str
    reference_uid: str
    reconstruction_uid: str
    flags: tuple[str, ...]
    software: str

    @property
    def pooling(self) -> str:
        """How slices became the value of the volume: ``mean``, ``worst``, ``volume``.

        Also ``distribution``, of all images of an arm; empty for a slice.
        """
        if self.slice is not None:
            return ""
        try:
            told = json.loads(self.parameters)
        except ValueError:
            return "mean"
        return str(told.get("pooling", "mean")) if isinstance(told, dict) else "mean"

    @property
    def stands_for_image(self) -> bool:
        """Whether this is the value of one image: the mean over its slices."""
        return self.slice is None and self.pooling == "mean"
