"""A rule with parameters, and one result of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Better = Literal["higher", "lower"]
RegionName = Literal["whole", "body"]


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What a metric is, in the words that ``blindread metrics`` prints."""

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
    parameters: Mapping[str, object] = field(default_factory=dict)


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
class Space:
    """The intensity space of a value: native, or one window (center, width)."""

    center: float | None = None
    width: float | None = None

    @property
    def label(self) -> str:
        """``native`` or ``window:C/W``, as written in the tables."""
        if self.center is None or self.width is None:
            return "native"
        return f"window:{self.center:g}/{self.width:g}"


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
