"""What was found on disk, and what belongs together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Storage:
    """How files that are not DICOM hold the numbers of a series.

    ``format`` is NIfTI, NumPy, HDF5, TIFF, PNG or JPEG; ``member`` names the
    array in a file of several. ``shape`` and ``dtype`` are those of the file.
    ``axes`` says along which of its axes, counted from 1, slices, rows and
    columns run: negative where backwards, 0 where there is no such axis.
    Value = stored number * slope + intercept, as the file itself says.
    ``remarks`` are what a person should know, in words; ``flags`` the same,
    beside every value.
    """

    format: str
    shape: tuple[int, ...]
    dtype: str
    axes: tuple[int, int, int]
    member: str = ""
    slope: float = 1.0
    intercept: float = 0.0
    inverted: bool = False
    flags: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One series of slices, sorted along its normal; pixels not yet read.

    ``folder`` is relative to the scanned source. ``derived_from`` holds the
    series that the files name as their source (may be empty). ``storage`` is
    None for DICOM. ``mapping`` is the slope and intercept that a manifest
    states; they are applied after those of the file. ``numbered`` says whether
    InstanceNumber goes up or down from the first slice to the last; empty for neither.
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
    storage: Storage | None = None
    mapping: tuple[float, float] | None = None
    numbered: Literal["up", "down", ""] = ""


@dataclass(frozen=True, slots=True)
class Regridding:
    """How a reconstruction on another grid is brought onto the grid of its reference.

    ``rows``, ``columns`` and ``slices`` name what happens along each axis:
    ``none`` (pixels are taken as they are, by indexing), ``linear`` or ``area
    mean``. ``flags`` stand beside every value, ``words`` in the list of pairs.
    ``covered`` is the share of the reference's plane that the reconstruction
    covers, 0..1. ``blends`` holds, for each matching slice of the pair, the
    slices of the reconstruction and their weights where slices are made from
    several; it is empty where each comes from one.
    """

    rows: str
    columns: str
    slices: str
    flags: tuple[str, ...]
    covered: float
    words: str
    blends: tuple[tuple[tuple[int, float], ...], ...] = ()

    @property
    def interpolation(self) -> str:
        """All that is done to values, e.g. ``linear``; ``none`` where nothing is."""
        named = dict.fromkeys((self.slices, self.rows, self.columns))
        return " and ".join(name for name in named if name != "none") or "none"


@dataclass(frozen=True, slots=True)
class Pair:
    """Reference and reconstruction of one case and arm.

    ``slices`` lists the matching slice indices (reference, reconstruction),
    from 0. ``matched_by`` names the rule: ``folder``, ``geometry``, ``source``
    or ``manifest`` for the series; ``slices_by`` is ``position`` or ``order``.
    ``regrid`` is None where both lie on one grid.
    """

    case: str
    arm: str
    reference: Series
    reconstruction: Series
    slices: tuple[tuple[int, int], ...]
    matched_by: str
    slices_by: str = "position"
    note: str = ""
    regrid: Regridding | None = None


def borrows_polarity(series: Series) -> bool:
    """Return whether a series is shown as its reference is: an array does not say how."""
    return series.storage is not None and series.storage.format in ("NIfTI", "NumPy", "HDF5")


def marked_series(pair: Pair) -> tuple[Series, int]:
    """Return the series that marks of a pair refer to, and which side of the pair it is.

    That is the reconstruction (1) where its pixels are those on the screen;
    where it was brought onto another grid, or is no DICOM, the reference (0).
    """
    if pair.regrid is None and pair.reconstruction.storage is None:
        return pair.reconstruction, 1
    return pair.reference, 0


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
    """All that was found under one source: pairs, and what is not paired.

    ``masks`` holds the masks that a manifest names, by case and name, each laid on
    its reference as a reconstruction would be.
    """

    source: Path
    reference_name: str
    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    masks: Mapping[tuple[str, str], Pair] = field(default_factory=dict)

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of the cases, in order of first sight."""
        return tuple(dict.fromkeys(pair.case for pair in self.pairs))

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms, in order of first sight."""
        return tuple(dict.fromkeys(pair.arm for pair in self.pairs))
