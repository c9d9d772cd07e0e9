"""Write the sample as DICOM: derived, de-identified, and the same bytes on every run."""

from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
)

from app.images.sample.sources import Crop, Field, Source

STORAGE = {"CT": CTImageStorage, "MR": MRImageStorage, "CR": ComputedRadiographyImageStorage}
ORIENTATION_TAIL = {"CT": ["AXIAL"], "MR": ["OTHER"], "CR": []}
DATE, TIME = "20000101", "120000"


@dataclass(frozen=True, slots=True)
class Output:
    """One series to be written: the case, the arm (or the reference) and its words."""

    source: Source
    field: Field
    crop: Crop
    arm: str
    derivation: str
    is_reference: bool


def uid(*parts: object) -> str:
    """Return the same UID for the same words, under the UUID root 2.25."""
    name = "/".join(["https://blindread.example/sample", *map(str, parts)])
    return f"2.25.{uuid5(NAMESPACE_URL, name).int}"


def write_series(output: Output, planes: NDArray[np.float64], folder: Path) -> None:
    """Write one series, a file a slice; numbers are rounded and clipped to the stored type."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = np.int16 if output.field.signed else np.uint16
    stored = np.clip(np.rint(planes), output.field.low, output.field.high).astype(kind)
    for index, plane in enumerate(stored):
        dataset = _dataset(output, index, plane)
        dataset.save_as(folder / f"{index + 1}.dcm", enforce_file_format=True)


def _dataset(output: Output, index: int, plane: NDArray[np.generic]) -> Dataset:
    source, field, crop = output.source, output.field, output.crop
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = uid("implementation")
    made.file_meta.ImplementationVersionName = "BLINDREAD"
    made.SOPClassUID = STORAGE[source.modality]
    made.SOPInstanceUID = uid(crop.case, output.arm, index)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID

    value = "PRIMARY" if output.is_reference else "SECONDARY"
    made.ImageType = ["DERIVED", value, *ORIENTATION_TAIL[source.modality]]
    made.DerivationDescription = output.derivation
    if not output.is_reference:
        reference = Dataset()
        reference.ReferencedSOPClassUID = made.SOPClassUID
        reference.ReferencedSOPInstanceUID = uid(crop.case, "reference", index)
        made.SourceImageSequence = Sequence([reference])
    made.Modality = source.modality
    made.Manufacturer = "BlindRead sample"
    made.SeriesDescription = output.arm
    made.StudyDescription = "BlindRead sample study, for demonstration only"
    made.BodyPartExamined = ""
    made.PatientName = ""
    made.PatientID = crop.case
    made.PatientBirthDate = ""
    made.PatientSex = ""
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = "Header built anew; nothing is taken over but what is listed here"
    made.StudyDate = made.SeriesDate = made.ContentDate = DATE
    made.StudyTime = made.SeriesTime = made.ContentTime = TIME
    made.AccessionNumber = made.StudyID = made.ReferringPhysicianName = ""
    made.StudyInstanceUID = uid(crop.case)
    made.SeriesInstanceUID = uid(crop.case, output.arm)
    made.SeriesNumber = 1 if output.is_reference else 2
    made.InstanceNumber = index + 1
    _geometry(made, field, crop, index)

    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = field.photometric
    made.Rows, made.Columns = plane.shape
    made.BitsAllocated = 16
    made.BitsStored = field.bits_stored
    made.HighBit = field.bits_stored - 1
    made.PixelRepresentation = int(field.signed)
    if source.modality == "CT" or (field.slope, field.intercept) != (1.0, 0.0):
        made.RescaleSlope = f"{field.slope:.10g}"
        made.RescaleIntercept = f"{field.intercept:.10g}"
        made.RescaleType = "HU" if source.modality == "CT" else "US"
    made.WindowCenter = f"{source.window.center:g}"
    made.WindowWidth = f"{source.window.width:g}"
    made.WindowCenterWidthExplanation = source.window.explanation
    made.BurnedInAnnotation = "NO"
    made.LossyImageCompression = "00"
    made.PixelData = plane.astype(plane.dtype.newbyteorder("<")).tobytes()
    made["PixelData"].VR = "OW"
    return made


def _geometry(made: Dataset, field: Field, crop: Crop, index: int) -> None:
    """Place the crop where it lies in the patient; a radiograph has no such place."""
    if field.spacing is None or field.orientation is None or field.positions is None:
        return
    down, across = np.array(field.orientation[3:]), np.array(field.orientation[:3])
    corner = (
        np.array(field.positions[index])
        + crop.top * field.spacing[0] * down
        + crop.left * field.spacing[1] * across
    )
    made.FrameOfReferenceUID = uid("frame", crop.case)
    made.PositionReferenceIndicator = ""
    made.PixelSpacing = [f"{step:.10g}" for step in field.spacing]
    made.SliceThickness = f"{field.thickness:.10g}"
    made.ImageOrientationPatient = [f"{part:.10g}" for part in field.orientation]
    made.ImagePositionPatient = [f"{part:.8g}" for part in corner]
