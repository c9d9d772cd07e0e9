"""Which public pictures the sample is made of, and which part of each becomes a case."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Window
from app.errors import InputError

PACKAGE = "data_store"
REMEDY = "Install the public sample files with: pip install --force-reinstall pydicom-data"


@dataclass(frozen=True, slots=True)
class Invention:
    """One untruth of the arm ``invented``: where it lies in the case, in pixels.

    ``contrast`` is added to the stored numbers for the kind ``added``.
    ``slices`` counts from 0.
    """

    kind: str
    row: int
    column: int
    radius: int
    contrast: float = 0.0
    slices: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Crop:
    """One case: a rectangle of the field, in pixels of the field."""

    case: str
    anatomy: str
    top: int
    left: int
    rows: int
    columns: int
    inventions: tuple[Invention, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One public file, how it becomes a field, and the cases cut from it.

    ``bin`` averages blocks of pixels; ``zoom`` interpolates by zero-filling
    k-space, as scanners do; ``flip`` turns the rows around, so that the
    patient's front is up; ``columns`` keeps the exposed part of a radiograph
    (of a picture without a place in space). ``window`` is the first window, in real values.
    """

    file: str
    origin: str
    modality: str
    window: Window
    crops: tuple[Crop, ...]
    bin: int = 1
    zoom: int = 1
    flip: bool = False
    columns: tuple[int, int] | None = None
    nominal_spacing: float | None = None


SOURCES: tuple[Source, ...] = (
    Source(
        file="explicit_VR-UN.dcm",
        origin="NIH Pancreas-CT, The Cancer Imaging Archive, CC BY 3.0, "
        "doi:10.7937/K9/TCIA.2016.tNB1kqBU",
        modality="CT",
        window=Window(40.0, 400.0, explanation="ABDOMEN"),
        flip=True,
        crops=(
            Crop("ct-01", "right upper abdomen", 150, 80, 240, 184,
                 (Invention("added", 100, 82, 9, -70.0),)),
            Crop("ct-02", "left upper abdomen", 150, 264, 240, 184),
            Crop("ct-03", "pancreas and great vessels", 150, 172, 240, 184,
                 (Invention("removed", 107, 112, 11),)),
        ),
    ),
    Source(
        file="MR2_UNCR.dcm",
        origin="NEMA DICOM working group 4, compression samples",
        modality="MR",
        window=Window(850.0, 1700.0, explanation="SHOULDER"),
        bin=2,
        crops=(
            Crop("mr-01", "humeral head", 84, 112, 192, 192),
            Crop("mr-02", "acromion and glenoid", 84, 304, 192, 192),
            Crop("mr-03", "proximal humerus", 268, 100, 192, 208,
                 (Invention("added", 62, 84, 8, -140.0),)),
        ),
    ),
    Source(
        file="emri_small.dcm",
        origin="enhanced MR sample of the pydicom project (de-identified)",
        modality="MR",
        window=Window(170.0, 340.0, explanation="BRAIN"),
        zoom=3,
        nominal_spacing=1.0,
        crops=(
            Crop("mr-04", "head, ten slices", 0, 0, 192, 192,
                 (Invention("added", 96, 60, 8, 110.0, (4, 5, 6)),)),
        ),
    ),
    Source(
        file="RG1_UNCR.dcm",
        origin="NEMA DICOM working group 4, compression samples",
        modality="CR",
        window=Window(12000.0, 22000.0, explanation="CHEST"),
        bin=3,
        crops=(
            Crop("cr-01", "right upper lung", 60, 60, 224, 224,
                 (Invention("added", 75, 150, 9, -1400.0),)),
            Crop("cr-02", "left upper lung", 60, 320, 224, 224),
            Crop("cr-03", "right lower lung", 284, 40, 224, 224),
            Crop("cr-04", "left lower lung", 284, 330, 224, 224,
                 (Invention("removed", 106, 154, 40),)),
        ),
    ),
    Source(
        file="RG3_UNCR.dcm",
        origin="NEMA DICOM working group 4, compression samples",
        modality="CR",
        window=Window(450.0, 760.0, explanation="BONE"),
        bin=3,
        columns=(156, 416),
        crops=(
            Crop("cr-05", "distal tibia and fibula", 266, 40, 188, 176,
                 (Invention("removed", 107, 87, 25),)),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """The pixels of one source with what its header says about them.

    ``pixels`` are stored numbers in float64, (slices, rows, columns);
    ``low`` and ``high`` the limits of the stored type.
    """

    pixels: NDArray[np.float64]
    slope: float
    intercept: float
    bits_stored: int
    signed: bool
    photometric: str
    spacing: tuple[float, float] | None
    orientation: tuple[float, ...] | None
    positions: tuple[tuple[float, float, float], ...] | None
    thickness: float | None

    @property
    def low(self) -> float:
        """The smallest number the stored type can hold."""
        return -(2.0 ** (self.bits_stored - 1)) if self.signed else 0.0

    @property
    def high(self) -> float:
        """The largest number the stored type can hold."""
        return 2.0 ** (self.bits_stored - 1) - 1 if self.signed else 2.0**self.bits_stored - 1


def sample_file(name: str, find: Callable[[str], object] = find_spec) -> Path:
    """Return the path of one public sample file.

    Raises
    ------
    InputError
        The package ``pydicom-data`` is not installed, or lacks the file.
    """
    spec = find(PACKAGE)
    places = getattr(spec, "submodule_search_locations", None) or ()
    for place in places:
        path = Path(place) / "data" / name
        if path.is_file():
            return path
    raise InputError(f"The public sample file {name} is not installed.", remedy=REMEDY)


def load_field(source: Source) -> Field:
    """Decode one public file and bring it to the grid of the sample.

    Raises
    ------
    InputError
        The file is missing, or cannot be decoded.
    """
    import pydicom

    path = sample_file(source.file)
    try:
        header = pydicom.dcmread(path)
        stored = np.asarray(header.pixel_array, dtype=np.float64)
        return _field(source, header, np.atleast_3d(stored) if stored.ndim == 3 else stored[None])
    except Exception as error:
        raise InputError(
            f"The public sample file {source.file} cannot be decoded ({type(error).__name__}).",
            remedy=REMEDY + " pylibjpeg-openjpeg",
        ) from error


def _field(source: Source, header: object, pixels: NDArray[np.float64]) -> Field:
    get = header.get  # type: ignore[attr-defined]
    spacing = tuple(float(step) for step in get("PixelSpacing") or ())
    orientation = tuple(float(part) for part in get("ImageOrientationPatient") or ())
    position = np.array([float(part) for part in get("ImagePositionPatient") or ()])
    between = float(get("SpacingBetweenSlices") or get("SliceThickness") or 1.0)
    if source.nominal_spacing is not None:
        spacing = (source.nominal_spacing, source.nominal_spacing)
        orientation, position = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), np.zeros(3)
    planar = len(spacing) == 2 and len(orientation) == 6 and position.size == 3
    if source.flip:
        pixels = pixels[:, ::-1]
        if planar:
            position = position + np.array(orientation[3:]) * spacing[0] * (pixels.shape[1] - 1)
            orientation = orientation[:3] + tuple(-part + 0.0 for part in orientation[3:])
    scale = source.bin / source.zoom
    pixels = zero_fill(bin_blocks(pixels, source.bin), source.zoom)
    if source.columns is not None:
        pixels = pixels[:, :, slice(*source.columns)]
    positions: tuple[tuple[float, float, float], ...] | None = None
    if planar:
        row_way, column_way = np.array(orientation[3:]), np.array(orientation[:3])
        shift = (source.bin - 1) / 2 if source.bin > 1 else 0.0
        position = position + shift * (spacing[0] * row_way + spacing[1] * column_way)
        normal = np.cross(column_way, row_way)
        positions = tuple(
            (float(at[0]), float(at[1]), float(at[2]))
            for at in (position + normal * between * index for index in range(len(pixels)))
        )
    return Field(
        pixels=pixels,
        slope=float(get("RescaleSlope") or 1.0),
        intercept=float(get("RescaleIntercept") or 0.0),
        bits_stored=int(get("BitsStored")),
        signed=bool(get("PixelRepresentation")),
        photometric=str(get("PhotometricInterpretation")),
        spacing=(spacing[0] * scale, spacing[1] * scale) if planar else None,
        orientation=orientation if planar else None,
        positions=positions,
        thickness=between if planar else None,
    )


def bin_blocks(pixels: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the means of blocks of size × size pixels; a rest at the edge is dropped."""
    slices, rows, columns = pixels.shape[0], pixels.shape[1] // size, pixels.shape[2] // size
    whole = pixels[:, : rows * size, : columns * size]
    means: NDArray[np.float64] = whole.reshape(slices, rows, size, columns, size).mean((2, 4))
    return means


def zero_fill(pixels: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Interpolate in the plane by padding k-space with zeros, sample 0 staying in place."""
    if factor == 1:
        return pixels
    _, rows, columns = pixels.shape
    spectrum = np.fft.fftshift(np.fft.fft2(pixels, axes=(1, 2)), axes=(1, 2))
    top, left = rows * (factor - 1) // 2, columns * (factor - 1) // 2
    padded = np.pad(spectrum, ((0, 0), (top, top), (left, left)))
    back = np.fft.ifft2(np.fft.ifftshift(padded, axes=(1, 2)), axes=(1, 2)).real
    filled: NDArray[np.float64] = back * factor**2
    return np.maximum(filled, 0.0)
