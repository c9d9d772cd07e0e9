"""DICOM files built from arguments, for the tests of every module. No patient data."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

CT_STORAGE = UID("1.2.840.10008.5.1.4.1.1.2")
ENHANCED_CT_STORAGE = UID("1.2.840.10008.5.1.4.1.1.2.1")
AXIAL = (1, 0, 0, 0, 1, 0)


def phantom(slices: int = 4, rows: int = 32, columns: int = 32, seed: int = 0) -> np.ndarray:
    """Return stored numbers, (slices, rows, columns) in uint16: noisy water in air."""
    y, x = np.mgrid[:rows, :columns]
    inside = np.hypot(y - rows / 2, x - columns / 2) < min(rows, columns) / 3
    noise = np.random.default_rng(seed).integers(0, 40, (slices, rows, columns))
    return (np.where(inside, 1000, 0) + noise + 10 * np.arange(slices)[:, None, None]).astype("u2")


def uid(*sources: object) -> UID:
    """Return the same UID for the same sources."""
    return generate_uid(entropy_srcs=[str(source) for source in sources])


def write_ct(
    folder: Path,
    *,
    patient_number: int = 2,
    slices: int = 4,
    rows: int = 32,
    columns: int = 32,
    pixels: np.ndarray | None = None,
    seed: int = 0,
    spacing: Sequence[float] = (0.5, 0.5),
    step: float = 5.0,
    start: Sequence[float] = (-8.0, -8.0, 100.0),
    orientation: Sequence[float] = AXIAL,
    positions: Sequence[Sequence[float]] | None = None,
    frame_of_reference: str | None = None,
    geometry: bool = True,
    instance_numbers: Iterable[int] | None = None,
    names: Sequence[str] | None = None,
    series: str = "",
    syntax: str = ExplicitVRLittleEndian,
    **elements: object,
) -> list[Path]:
    """Write one CT series, a file a slice, and return the files.

    ``elements`` are DICOM keywords that replace or, where None, remove what is
    written by default, e.g. ``RescaleSlope=0.5`` or ``Modality="MR"``.
    """
    pixels = phantom(slices, rows, columns, seed) if pixels is None else np.asarray(pixels)
    normal = np.cross(orientation[:3], orientation[3:])
    if positions is None:
        positions = [np.asarray(start) + normal * step * index for index in range(len(pixels))]
    numbers = list(instance_numbers or range(1, len(pixels) + 1))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index, plane in enumerate(pixels):
        name = names[index] if names else f"{index + 1:03}.dcm"
        ds = image(plane, patient_number, series or folder.as_posix(), f"{folder}/{name}")
        ds.InstanceNumber = numbers[index]
        if geometry:
            ds.ImagePositionPatient = [round(float(x), 6) for x in positions[index]]
            ds.ImageOrientationPatient = list(orientation)
            ds.PixelSpacing = list(spacing)
            ds.FrameOfReferenceUID = frame_of_reference or uid("frame", patient_number)
        paths.append(save(ds, folder / name, elements, syntax))
    return paths


def write_enhanced(
    path: Path,
    *,
    frames: np.ndarray | None = None,
    patient_number: int = 2,
    heights: Sequence[float] | None = None,
    slopes: Sequence[float] | None = None,
    intercept: float = -1024.0,
    **elements: object,
) -> Path:
    """Write one multi-frame CT with a place and a rescale for each frame."""
    frames = phantom() if frames is None else frames
    heights = [100.0 + 5 * index for index in range(len(frames))] if heights is None else heights
    ds = image(frames, patient_number, path.as_posix(), path.as_posix())
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = ENHANCED_CT_STORAGE
    ds.NumberOfFrames = len(frames)
    ds.FrameOfReferenceUID = uid("frame", patient_number)
    del ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = list(AXIAL)
    measures.PixelSpacing = [0.5, 0.5]
    shared.PlaneOrientationSequence = Items([orientation])
    shared.PixelMeasuresSequence = Items([measures])
    ds.SharedFunctionalGroupsSequence = Items([shared])
    groups = []
    for index, height in enumerate(heights):
        group, plane, scale = Dataset(), Dataset(), Dataset()
        plane.ImagePositionPatient = [-8, -8, height]
        scale.RescaleSlope = slopes[index] if slopes else 1
        scale.RescaleIntercept = intercept
        scale.RescaleType = "HU"
        group.PlanePositionSequence = Items([plane])
        group.PixelValueTransformationSequence = Items([scale])
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Items(groups)
    path.parent.mkdir(parents=True, exist_ok=True)
    return save(ds, path, elements)


def image(pixels: np.ndarray, patient_number: int, series: str, instance: str) -> FileDataset:
    """Return a data set with the pixels and everything that is the same in every slice."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT_STORAGE
    meta.MediaStorageSOPInstanceUID = uid("instance", instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID = meta.MediaStorageSOPClassUID
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID = uid("study", patient_number)
    ds.SeriesInstanceUID = uid("series", series)
    ds.PatientID = ds.PatientName = f"TEST{patient_number:03}"
    ds.Modality = "CT"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored = 12 if ds.BitsAllocated == 16 and pixels.dtype.kind == "u" else ds.BitsAllocated
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
    ds.WindowCenter, ds.WindowWidth = 40, 400
    if pixels.dtype.kind == "f":
        ds.FloatPixelData = pixels.astype("<f4").tobytes()
        del ds.BitsStored, ds.HighBit, ds.PixelRepresentation
    else:
        data = pixels.tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    return ds


def save(
    ds: FileDataset, path: Path, elements: dict[str, object], syntax: str = ExplicitVRLittleEndian
) -> Path:
    """Change the given elements and write the file, compressed where the syntax asks for it."""
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if UID(syntax).is_compressed:
        ds.compress(syntax, generate_instance_uid=False)
    else:
        ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.save_as(path, enforce_file_format=True)
    return path
