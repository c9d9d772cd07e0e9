"""What is true of one frame: its place, its rescale, its windows.

An enhanced multi-frame file says these things in functional groups, per frame
or shared; a classic file says them once, at the top.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from app.domain.image import SpacingKind, VoiTable
from app.images import values
from app.images.geometry import Orientation, Point, Spacing, usable_orientation
from app.images.headers import Header


@dataclass(frozen=True, slots=True)
class Place:
    """Where one frame lies; each part None where the file does not say."""

    position: Point | None
    orientation: Orientation | None
    spacing: Spacing | None
    spacing_kind: SpacingKind = ""


@dataclass(frozen=True, slots=True)
class Rescale:
    """Real value = stored number * slope + intercept, in ``unit``."""

    slope: float
    intercept: float
    unit: str


class FrameGroups:
    """Looks up one frame's attributes: per-frame group, shared group, top level."""

    def __init__(self, header: Header) -> None:
        self._top = header.dataset
        self._shared = values.items(header.dataset, "SharedFunctionalGroupsSequence")
        self._frames = values.items(header.dataset, "PerFrameFunctionalGroupsSequence")
        self.tables: dict[tuple[int, bool], tuple[VoiTable, ...]] = {}
        """The VOI LUTs made so far, by the item that holds them: frames share them."""

    @property
    def enhanced(self) -> bool:
        """True where the file has functional groups."""
        return bool(self._shared or self._frames)

    def find(self, frame: int, sequence: str) -> Dataset:
        """Return the macro's item for one frame, or the top level of the file."""
        for group in (*self._frames[frame : frame + 1], *self._shared[:1]):
            found = values.items(group, sequence)
            if found:
                return found[0]
        return self._top


def places(header: Header) -> Iterator[Place]:
    """Yield the place of every frame of a file, in the file's order."""
    groups = FrameGroups(header)
    top = header.dataset
    offsets = values.numbers(top, "GridFrameOffsetVector", header.frames)
    for frame in range(header.frames):
        plane = groups.find(frame, "PlanePositionSequence")
        position = values.numbers(plane, "ImagePositionPatient", 3)
        direction = values.numbers(
            groups.find(frame, "PlaneOrientationSequence"), "ImageOrientationPatient", 6
        )
        spacing, kind = _spacing(groups.find(frame, "PixelMeasuresSequence"), top)
        orientation = usable_orientation(direction)
        if header.frames > 1 and plane is top and position:
            position = _offset(position, orientation, offsets[frame] if offsets else None)
        yield Place(
            position=(position[0], position[1], position[2]) if position else None,
            orientation=orientation,
            spacing=spacing,
            spacing_kind=kind,
        )


def _spacing(measures: Dataset, top: Dataset) -> tuple[Spacing | None, SpacingKind]:
    """Return the spacing of the pixels, and where it was measured.

    PS3.3 10.7.1.3: a PixelSpacing equal to ImagerPixelSpacing was not
    corrected for magnification, so it is that of the detector.
    """
    given = _positive(measures, "PixelSpacing")
    detector = _positive(top, "ImagerPixelSpacing")
    scanned = _positive(top, "NominalScannedPixelSpacing")
    if given is None:
        return (detector, "detector") if detector else (scanned, "scanned" if scanned else "")
    if detector is not None:
        corrected = values.text(top, "PixelSpacingCalibrationType")
        return given, "detector" if given == detector and not corrected else "calibrated"
    return given, "scanned" if given == scanned else ""


def _positive(dataset: Dataset, keyword: str) -> Spacing | None:
    found = values.numbers(dataset, keyword, 2)
    return (found[0], found[1]) if found and min(found) > 0 else None


def _offset(
    position: tuple[float, ...], orientation: Orientation | None, offset: float | None
) -> tuple[float, ...]:
    """Move the one position of a dose grid along its normal; nothing is known without offsets."""
    from app.images.geometry import normal_of

    if orientation is None or offset is None:
        return ()
    return tuple(p + n * offset for p, n in zip(position, normal_of(orientation), strict=True))


def rescale(header: Header, groups: FrameGroups, frame: int) -> Rescale:
    """Return the rescale of one frame; a slope of 1 where the file gives none."""
    item = groups.find(frame, "PixelValueTransformationSequence")
    slope, intercept = (values.number(item, f"Rescale{part}") for part in ("Slope", "Intercept"))
    kind = values.text(item, "RescaleType").upper()
    modality = values.text(header.dataset, "Modality").upper()
    dose = values.number(header.dataset, "DoseGridScaling")
    if slope is None and intercept is None and dose:
        return Rescale(dose, 0.0, values.text(header.dataset, "DoseUnits"))
    given = slope is not None or intercept is not None
    unit = "" if kind == "US" else kind
    if modality == "CT" and given:
        unit = unit or "HU"
    elif modality == "PT":
        unit = unit or values.text(header.dataset, "Units")
    return Rescale(1.0 if slope is None else slope, intercept or 0.0, unit)
