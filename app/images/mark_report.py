"""Marks as a DICOM Structured Report: TID 1500 with one region of an image for each mark."""

import io
import uuid
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import app
from app.domain.mark import Mark
from app.domain.pair import Pair, Series, SliceFile, marked_series
from app.errors import BlindReadError, InputError
from app.images.files import refuse

PACKAGE = "highdicom"
SCHEME = "99BLINDREAD"
"""The private coding scheme of what no public one has a code for."""

KIND_CODES = {
    "added": ("ADDED", "Structure added by the reconstruction"),
    "lost": ("LOST", "Structure lost in the reconstruction"),
    "distorted": ("DISTORTED", "Structure distorted in the reconstruction"),
}
SEVERITY_CODES = {
    1: ("255604002", "Mild"),
    2: ("6736007", "Moderate"),
    3: ("24484000", "Severe"),
}
_SERIES_NUMBER = 9900
_MAY_BE_EMPTY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Of type 2 in every report: present, though an image may leave them out."""


def sop_instance_uid(path: Path) -> str:
    """Return the SOPInstanceUID of a DICOM file; empty where it has none.

    Raises
    ------
    NotAnImage
        The file cannot be read.
    """
    return str(_header(path, ["SOPInstanceUID"]).get("SOPInstanceUID", ""))


def make_report(pair: Pair, marks: Sequence[Mark]) -> bytes:
    """Return the marks of one case and arm as a Comprehensive SR, as its file holds it.

    Parameters
    ----------
    marks
        Of this pair alone; those of slices that the pair does not match are
        refused.

    Raises
    ------
    BlindReadError
        highdicom is not installed.
    InputError
        The marks refer to images that are no DICOM, or lack what a report needs.
    NotAnImage
        An image cannot be read.
    """
    series, side = marked_series(pair)
    if series.storage is not None:
        raise InputError(
            f"{pair.case}, {pair.arm}: the images are no DICOM; a DICOM SR can only refer to "
            "DICOM images.",
            remedy="Export the marks as CSV; it holds them all.",
        )
    highdicom = _highdicom()
    files = {mark.id: _file_of(mark, pair, series, side) for mark in marks}
    headers = {one.path: _complete(_header(one.path)) for one in files.values()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on values of the images' own headers
            report = _report(highdicom, pair, marks, files, headers)
            made = io.BytesIO()
            report.save_as(made, enforce_file_format=True)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{pair.case}, {pair.arm}: no DICOM SR can be made of these images: {error}.",
            remedy="Export the marks as CSV; it holds them all.",
        ) from error
    return made.getvalue()


def _highdicom() -> Any:
    try:
        import highdicom
        import highdicom.sr
    except ImportError as error:
        raise BlindReadError(
            "A DICOM SR needs the package highdicom, which is not installed.",
            remedy="Run: pip install 'blindread[sr]', then start BlindRead again. "
            "The CSV export needs nothing more.",
        ) from error
    return highdicom


def _file_of(mark: Mark, pair: Pair, series: Series, side: int) -> SliceFile:
    matching = next((both for both in pair.slices if both[0] + 1 == mark.slice), None)
    if matching is None:
        raise InputError(
            f"{pair.case}, {pair.arm}: slice {mark.slice} has no matching slice any more.",
            remedy="Remove the marks of this slice, or bring its images back.",
        )
    return series.slices[matching[side]]


def _header(path: Path, wanted: list[str] | None = None) -> Any:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=wanted)
    except (OSError, InvalidDicomError, ValueError, EOFError) as error:
        raise refuse(path, f"its header cannot be read ({error}).") from error


def _complete(header: Any) -> Any:
    """Return a header in which what a report must name is there, if only empty."""
    for keyword in _MAY_BE_EMPTY:
        if keyword not in header:
            setattr(header, keyword, "")
    return header


def _report(
    highdicom: Any,
    pair: Pair,
    marks: Sequence[Mark],
    files: Mapping[str, SliceFile],
    headers: Mapping[Path, Any],
) -> Any:
    from pydicom.sr.codedict import codes

    sr = highdicom.sr
    names = {mark.author for mark in marks if mark.author}
    observer = sr.ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=sr.PersonObserverIdentifyingAttributes(
            name=f"{' and '.join(sorted(names)) or 'Unknown'}^"
        ),
    )
    device = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=highdicom.UID(), name="BlindRead", model_name=app.SOFTWARE
        ),
    )
    groups = [
        _region(sr, mark, files[mark.id], headers[files[mark.id].path], pair) for mark in marks
    ]
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(
            observer_person_context=observer, observer_device_context=device
        ),
        procedure_reported=sr.CodedConcept("QA", SCHEME, "Comparison with a reference image"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    return sr.ComprehensiveSR(
        evidence=list(headers.values()),
        content=content,
        series_number=_SERIES_NUMBER,
        series_instance_uid=highdicom.UID(),
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="BlindRead",
        is_complete=True,
        is_final=False,
        series_description=f"Marks: {pair.arm}"[:64],
        manufacturer_model_name="BlindRead",
        software_versions=app.SOFTWARE,
        device_serial_number="none",
        specific_character_set="ISO_IR 192",  # a note may hold any letter
    )


def _region(sr: Any, mark: Mark, file: SliceFile, header: Any, pair: Pair) -> Any:
    from pydicom.sr.codedict import codes

    several = int(header.get("NumberOfFrames", 1) or 1) > 1
    source = sr.SourceImageForRegion(
        referenced_sop_class_uid=header.SOPClassUID,
        referenced_sop_instance_uid=header.SOPInstanceUID,
        referenced_frame_numbers=[file.frame + 1] if several else None,
    )
    graphic, points = _graphic(mark)
    code, meaning = KIND_CODES[mark.kind]
    found = []
    if mark.severity is not None:
        number, words = SEVERITY_CODES[mark.severity]
        found.append(
            sr.QualitativeEvaluation(
                name=sr.CodedConcept("246112005", "SCT", "Severity"),
                value=sr.CodedConcept(number, "SCT", words),
            )
        )
    groups = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=_uid(mark.id), identifier=f"{pair.case}, {pair.arm}, slice {mark.slice}"
        ),
        referenced_region=sr.ImageRegion(graphic, points, source),
        finding_type=sr.CodedConcept(code, SCHEME, meaning),
        qualitative_evaluations=found or None,
    )
    if mark.note:
        groups[0].ContentSequence.append(
            sr.TextContentItem(
                name=codes.DCM.Comment,
                value=mark.note,
                relationship_type=sr.RelationshipTypeValues.CONTAINS,
            )
        )
    return groups


def _graphic(mark: Mark) -> tuple[str, Any]:
    """Return the graphic type and its (column, row) points, as PS3.3 C.18.6.1.2 defines them."""
    import numpy as np

    x, y, half, high = mark.column, mark.row, mark.width / 2, mark.height / 2
    if mark.shape == "point":
        return "POINT", np.array([[x, y]])
    if mark.shape == "box":
        corners = [(x - half, y - high), (x + half, y - high), (x + half, y + high)]
        corners.append((x - half, y + high))
        return "POLYLINE", np.array([*corners, corners[0]])
    across, down = [(x - half, y), (x + half, y)], [(x, y - high), (x, y + high)]
    # The ends of the major axis come first.
    return "ELLIPSE", np.array([*across, *down] if half >= high else [*down, *across])


def _uid(id: str) -> str:
    """Return the UID of a mark, the same in every report."""
    try:
        number = uuid.UUID(hex=id).int
    except ValueError:
        number = uuid.uuid5(uuid.NAMESPACE_OID, id).int
    return f"2.25.{number}"
