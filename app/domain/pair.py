"""What was found on disk, and what belongs together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.domain.image import Grid

Role = Literal["reference", "reconstruction"]


@dataclass(frozen=True, slots=True)
class SliceFile:
    """One slice as it lies on disk: a file and a frame in it (from 0)."""

    path: Path
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One DICOM series, sorted along its normal; pixels not yet read.

    ``folder`` is relative to the scanned source. ``derived_from`` holds the
    series that the files name as their source (may be empty).
    """

    uid: str
    folder: Path
    modality: str
    grid: Grid
    slices: tuple[SliceFile, ...]
    bits_stored: int = 16
    description: str = ""
    derived: bool = False
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Reference and reconstruction of one case and arm.

    ``slices`` lists the matching slice indices (reference, reconstruction),
    from 0. ``matched_by`` names the rule: ``folder``, ``geometry``, ``source``
    or ``manifest`` for the series; ``slices_by`` is ``position`` or ``order``.
    """

    case: str
    arm: str
    reference: Series
    reconstruction: Series
    slices: tuple[tuple[int, int], ...]
    matched_by: str
    slices_by: str = "position"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One file or series that could not be used: why, and what to do."""

    path: str
    what: str
    remedy: str
    case: str = ""
    arm: str = ""
    role: Role | Literal[""] = ""
    series_uid: str = ""
    slices: int = 0


@dataclass(frozen=True, slots=True)
class Pairing:
    """All that was found under one source: pairs, and what is not paired."""

    source: Path
    reference_name: str
    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of the cases, in order of first sight."""
        return tuple(dict.fromkeys(pair.case for pair in self.pairs))

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms, in order of first sight."""
        return tuple(dict.fromkeys(pair.arm for pair in self.pairs))
