"""Pixels with units and geometry."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True, slots=True)
class Window:
    """WindowCenter, WindowWidth and VOILUTFunction, in real-world values."""

    center: float
    width: float
    function: VoiFunction = "LINEAR"
    explanation: str = ""

    def plain(self) -> "Window":
        """Return the window itself; a table gives the straight line nearest to it."""
        return self


@dataclass(frozen=True, slots=True)
class VoiTable(Window):
    """One item of the VOI LUT Sequence: a curve from values to brightness.

    ``table`` holds the brightness (0 dark to 1 bright) of equally wide steps
    of values, the first at the left end of the window; so a moved or widened
    window moves or stretches the curve.
    """

    table: tuple[float, ...] = ()

    def plain(self) -> Window:
        """Return the window from the last darkest to the first brightest entry."""
        table = self.table
        last = len(table) - 1
        first = next((i for i in range(last) if table[i + 1] != table[0]), 0)
        end = next((i for i in range(last, 0, -1) if table[i - 1] != table[last]), last)
        step = self.width / max(len(table), 1)
        low = self.center + (first - last / 2) * step
        width = max(end - first, 1) * step
        return Window(low + width / 2, width, "LINEAR_EXACT", self.explanation)


SpacingKind = Literal["", "detector", "calibrated", "scanned"]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the pixels lie.

    ``spacing`` is PixelSpacing in millimetres (between rows, between columns),
    ``orientation`` ImageOrientationPatient, ``positions`` one
    ImagePositionPatient a slice. Each is None where the files do not say.
    ``spacing_kind`` says what the spacing of a projection is measured at:
    ``detector`` (ImagerPixelSpacing, larger than in the patient), ``calibrated``
    (corrected by an object of known size or by the geometry), ``scanned``
    (NominalScannedPixelSpacing, on the film); empty where it lies in the patient.
    """

    rows: int
    columns: int
    slices: int
    spacing: tuple[float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    positions: tuple[tuple[float, float, float], ...] | None = None
    frame_of_reference: str = ""
    spacing_kind: SpacingKind = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        return self.slices, self.rows, self.columns

    @property
    def spacing_words(self) -> str:
        """The size of a pixel and where it was measured, e.g. ``0.139 mm detector``."""
        if self.spacing is None:
            return ""
        rows, columns = (f"{size:.3g}" for size in self.spacing)
        size = rows if rows == columns else f"{rows} x {columns}"
        return f"{size} mm {self.spacing_kind}".rstrip()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Image:
    """Stored numbers with the rescale that makes them real-world values.

    ``pixels`` has the shape (slices, rows, columns) and keeps the numbers as
    they were stored; real value = pixels * slope + intercept, per slice.
    ``inverted`` means that low values are shown bright (MONOCHROME1).
    ``padding`` is the closed range of stored numbers that are no tissue
    (PixelPaddingValue). ``covered`` is False where the image has no data, e.g.
    outside a smaller field of view brought onto the reference's grid.
    ``flags`` are facts worth telling beside a number, e.g. ``luminance`` for a
    colour image that was turned grey. ``unread`` names the slices that were asked
    for and could not be read, and why; nothing of them is valid.
    """

    pixels: NDArray[np.generic]
    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    grid: Grid
    modality: str = ""
    unit: str = ""
    bits_stored: int = 16
    inverted: bool = False
    windows: tuple[Window, ...] = ()
    padding: tuple[float, float] | None = None
    series_uid: str = ""
    flags: tuple[str, ...] = field(default=())
    covered: NDArray[np.bool_] | None = None
    unread: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse an image whose parts do not fit together."""
        if self.pixels.shape != self.grid.shape:
            raise ValueError(f"pixels {self.pixels.shape} do not fill the grid {self.grid.shape}")
        if not len(self.slopes) == len(self.intercepts) == self.grid.slices:
            raise ValueError("one slope and one intercept are needed for each slice")
        if self.covered is not None and self.covered.shape != self.pixels.shape:
            raise ValueError(f"the mask {self.covered.shape} does not fit {self.pixels.shape}")

    def values(self, index: int) -> NDArray[np.float64]:
        """Return the real-world values of one slice, (rows, columns) in float64."""
        plane: NDArray[np.float64] = self.pixels[index].astype(np.float64)
        slope, intercept = self.slopes[index], self.intercepts[index]
        if (slope, intercept) != (1.0, 0.0):
            plane *= slope
            plane += intercept
        return plane

    def valid(self, index: int) -> NDArray[np.bool_] | None:
        """Return where one slice holds tissue values, or None where all of it does."""
        covered = None if self.covered is None else self.covered[index]
        if self.padding is None:
            return None if covered is None or covered.all() else covered
        low, high = self.padding
        plane = self.pixels[index]
        valid: NDArray[np.bool_] = (plane < low) | (plane > high)
        if covered is not None:
            valid &= covered
        return None if valid.all() else valid
