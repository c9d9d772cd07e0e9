"""The intensity ranges of a study: one a modality, from all references."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.metric import IntensityRange
from app.errors import BlindReadError


@dataclass(frozen=True, slots=True)
class StudyRanges:
    """The ranges of a study by modality, and why a modality has none.

    Both may lack a modality whose images fix their range themselves, or that was not looked
    at yet. Of those refused, the modalities in ``passing`` may have one when asked again.
    """

    ranges: Mapping[str, IntensityRange] = field(default_factory=dict)
    refused: Mapping[str, BlindReadError] = field(default_factory=dict)
    passing: frozenset[str] = frozenset()


UNKNOWN = StudyRanges()
"""Nothing was looked at yet."""
