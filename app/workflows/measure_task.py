"""What goes to a measuring process, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.metric import IntensityRange, Space, Statistics
from app.domain.pair import Pair

CHANGED = "A file changed while it was measured; measure again when nothing writes to it any more."
"""Why a slice has no values whose files are not those that the run began with."""

Cell = tuple[str, str, str]
"""Label of the space, region and metric: with a slice of a pair it names one value."""


UNREADABLE = "unreadable"
"""Origin of the range of a modality of which no reference could be read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the work items of one run share; sent once to each process.

    ``place`` is where networks run on the computer that planned: keys hold it, and are the
    same in every process. ``own`` and ``references`` hold the statistics of whole images by
    number of the pair, where a space asks for them; ``cohorts`` the fitted models by label
    of the space. ``features`` asks for the features of each image, for metrics of
    whole distributions. ``masks`` gives further regions by case and
    name, each laid on its reference. ``version`` names the program and the source of its
    metrics, so that no value outlives the code that made it. ``store`` is the file of
    values that are known already.
    """

    pairs: tuple[Pair, ...]
    metrics: tuple[str, ...]
    regions: tuple[str, ...]
    spaces: tuple[Space, ...]
    ranges: Mapping[str, IntensityRange]
    units: Mapping[str, str]
    device: str = "cpu"
    place: str = "cpu"
    own: Mapping[int, Statistics] = field(default_factory=dict)
    references: Mapping[int, Statistics] = field(default_factory=dict)
    cohorts: Mapping[str, object] = field(default_factory=dict)
    features: bool = False
    masks: Mapping[tuple[str, str], Pair] = field(default_factory=dict)
    body_masks: str = ""
    store: str = ""
    version: str = ""

    def range_of(self, number: int) -> IntensityRange:
        """Return the range of the study for one pair."""
        return self.ranges[self.pairs[number].reference.modality]


@dataclass(frozen=True, slots=True)
class Item:
    """One work item: some slices of one reference, with every arm that is measured on them.

    ``parts`` lists the number of each pair in the plan, and the indices of its
    matching slices.
    """

    parts: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What one slice of one pair gave: entries of the value store, or why there are none.

    ``seen`` is what is known of the slice itself, and ``state`` the key of that: it says
    in which state its files were when it was measured.
    """

    number: int
    index: int
    entries: tuple[tuple[bytes, object], ...] = ()
    reason: str = ""
    state: bytes = b""
    seen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the choice of an intensity range needs to know of one reference.

    ``whole`` is False where some of its slices could not be read.
    """

    unit: str
    bits_stored: int
    low: float
    high: float
    whole: bool = True
