"""Marks leave the program as a table and as a DICOM SR that says the same."""

import csv
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.domain.mark import Mark
from app.errors import BlindReadError, InputError, StoreError
from app.images.pairing import pair as match
from app.workflows import annotate
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import finish, scanned

MARKS = (
    Mark("a" * 32, "case", "mild", 2, "lost", "point", 10.5, 20.5, author="anna"),
    Mark("b" * 32, "case", "mild", 3, "added", "ellipse", 12.0, 14.0, 4.0, 8.0, 3, "a vessel"),
    Mark("c" * 32, "case", "strong", 1, "distorted", "box", 5.0, 6.0, 2.0, 4.0, 1, "«стена»"),
)


@pytest.fixture
def pairing(tmp_path):
    source = tmp_path / "source"
    for seed, name in enumerate(("reference", "mild", "strong")):
        write_ct(
            source / "case" / name,
            pixels=phantom(4, seed=seed),
            spacing=(0.5, 0.25),
            SeriesInstanceUID=f"1.2.{seed}",
        )
    return match(scanned(source), source, reference=None)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_says_where_each_mark_lies_in_the_patient(pairing, tmp_path):
    """By hand: the first pixel's middle is at (-8, -8, 100); pixels 0.5 down and 0.25 across."""
    path = annotate.export_marks(MARKS, pairing, tmp_path / "marks.csv")
    first, second, third = rows_of(path)

    assert [float(first[axis]) for axis in ("x_mm", "y_mm", "z_mm")] == [-3.0, -3.0, 105.0]
    assert (first["slice"], first["type"], first["shape"], first["height"]) == (
        "2", "lost", "point", "",
    )  # fmt: skip
    file = next(one for one in pairing.pairs if one.arm == "mild").reconstruction.slices[1].path
    assert first["sop_instance_uid"] == pydicom.dcmread(file).SOPInstanceUID
    assert first["reconstruction_uid"] == "1.2.1"
    assert (second["severity"], second["note"], second["author"]) == ("3", "a vessel", "")
    assert (third["arm"], third["note"], third["width"]) == ("strong", "«стена»", "4.0")


def test_a_mark_of_a_case_that_is_gone_keeps_its_row(pairing, tmp_path):
    path = annotate.export_marks([replace(MARKS[0], case="gone")], pairing, tmp_path / "m.csv")

    (row,) = rows_of(path)
    assert (row["case"], row["x_mm"], row["sop_instance_uid"]) == ("gone", "", "")


def test_an_oblique_plane_has_its_place_by_the_equation_of_the_standard(tmp_path):
    source, tilted = tmp_path / "source", (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)
    for seed, name in enumerate(("reference", "mild")):
        write_ct(
            source / "case" / name,
            pixels=phantom(4, seed=seed),
            orientation=tilted,
            SeriesInstanceUID=f"1.2.{seed}",
        )
    (one,) = match(scanned(source), source, reference=None).pairs
    header = pydicom.dcmread(one.reference.slices[2].path)
    down, across = header.PixelSpacing
    matrix = np.array(tilted, float).reshape(2, 3)
    wanted = np.array(header.ImagePositionPatient, float) + matrix.T @ [7 * across, 3 * down]

    assert annotate.place_in_mm(one.reference.grid, 2, 3.5, 7.5) == pytest.approx(tuple(wanted))


def test_without_the_package_a_report_says_what_to_install(pairing, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "highdicom", None)

    with pytest.raises(BlindReadError, match="highdicom") as told:
        annotate.export_report(MARKS, pairing, tmp_path / "sr")

    assert "pip install 'blindread[sr]'" in told.value.remedy


def test_images_that_are_no_dicom_are_refused_in_a_sentence(tmp_path):
    source = tmp_path / "source"
    for seed, name in enumerate(("reference", "mild")):
        (source / "case").mkdir(parents=True, exist_ok=True)
        np.save(source / "case" / f"{name}.npy", phantom(4, seed=seed))
    pairing = match(scanned(source), source, reference=None)

    with pytest.raises(InputError, match="only refer to DICOM") as told:
        annotate.export_report(MARKS[:1], pairing, tmp_path / "sr")

    assert "CSV" in told.value.remedy
    (row,) = rows_of(annotate.export_marks(MARKS[:1], pairing, tmp_path / "marks.csv"))
    assert (row["sop_instance_uid"], row["slice"]) == ("", "2")


def test_a_plan_names_the_files_and_counts_what_they_cannot_hold(pairing, tmp_path):
    """Of three pairs one is DICOM, one NumPy, and one is not in the source any more."""
    (tmp_path / "source" / "other").mkdir()
    for seed, name in enumerate(("reference", "plain")):
        np.save(tmp_path / "source" / "other" / f"{name}.npy", phantom(4, seed=seed))
    source = tmp_path / "source"
    pairing = match(scanned(source), source, reference=None)
    marks = (
        *MARKS[:2],
        replace(MARKS[0], case="other", arm="plain"),
        replace(MARKS[0], case="gone"),
        replace(MARKS[1], case="gone"),
    )

    plan = annotate.plan_report(marks, pairing, tmp_path)

    assert [(path.name, found) for path, _, found in plan.files] == [
        ("marks-case-mild.dcm", MARKS[:2])
    ]
    assert [(one.case, one.arm, one.count, one.why) for one in plan.left_out] == [
        ("other", "plain", 1, "no DICOM images"),
        ("gone", "mild", 2, "no longer in this source"),
    ]


def test_a_plan_tells_which_files_are_there_already(pairing, tmp_path):
    assert annotate.plan_report(MARKS, pairing, tmp_path / "new").replaced() == ()
    (tmp_path / "marks-case-strong.dcm").write_text("older")

    plan = annotate.plan_report(MARKS, pairing, tmp_path)

    assert plan.replaced() == (tmp_path / "marks-case-strong.dcm",)


def test_the_folder_is_listed_once_however_many_files_there_are(pairing, tmp_path, monkeypatch):
    (pair, *_) = pairing.pairs
    many = replace(pairing, pairs=tuple(replace(pair, case=f"case-{i}") for i in range(200)))
    marks = [replace(MARKS[0], case=one.case, arm=one.arm) for one in many.pairs]
    (tmp_path / f"marks-case-7-{pair.arm}.dcm").write_text("older")
    plan, asked, usual = annotate.plan_report(marks, many, tmp_path), [], os.listdir
    monkeypatch.setattr(Path, "exists", lambda path: asked.append(path))
    monkeypatch.setattr(os, "listdir", lambda path: asked.append(path) or usual(path))

    assert [path.name for path in plan.replaced()] == [f"marks-case-7-{pair.arm}.dcm"]
    assert asked == [tmp_path]


def test_a_folder_that_may_not_be_listed_is_asked_for_each_file(pairing, tmp_path, monkeypatch):
    (tmp_path / "marks-case-strong.dcm").write_text("older")

    def refuse(_):
        raise PermissionError("no")

    monkeypatch.setattr(os, "listdir", refuse)

    plan = annotate.plan_report(MARKS, pairing, tmp_path)
    assert plan.replaced() == (tmp_path / "marks-case-strong.dcm",)


def test_a_folder_that_cannot_be_used_is_told_when_it_is_written_to(pairing, tmp_path):
    pytest.importorskip("highdicom")
    folder = tmp_path / ("long" * 100)

    assert annotate.plan_report(MARKS, pairing, folder).replaced() == ()
    with pytest.raises(StoreError, match="cannot be made"):
        annotate.export_report(MARKS, pairing, folder)


def test_a_mark_without_a_slice_is_refused_before_anything_is_written(pairing, tmp_path):
    pytest.importorskip("highdicom")
    older = tmp_path / "sr" / "marks-case-mild.dcm"
    older.parent.mkdir()
    older.write_text("older")

    with pytest.raises(InputError, match="slice 9 has no matching slice"):
        annotate.export_report((*MARKS[:2], replace(MARKS[2], slice=9)), pairing, older.parent)

    assert [path.name for path in older.parent.iterdir()] == [older.name]
    assert older.read_text() == "older"


def test_without_marks_there_is_nothing_to_report(pairing, tmp_path):
    with pytest.raises(InputError, match="no marks"):
        annotate.export_report((), pairing, tmp_path / "sr")


@pytest.mark.filterwarnings("ignore::UserWarning:highdicom", "ignore::DeprecationWarning")
def test_the_report_refers_to_the_slices_and_says_what_was_marked(pairing, tmp_path):
    """Read back by pydicom, and by highdicom as another program would."""
    pytest.importorskip("highdicom")
    from highdicom.sr import ComprehensiveSR

    paths = annotate.export_report(MARKS, pairing, tmp_path / "sr")

    assert [path.name for path in paths] == ["marks-case-mild.dcm", "marks-case-strong.dcm"]
    assert sorted(one.name for one in (tmp_path / "sr").iterdir()) == sorted(p.name for p in paths)
    data = pydicom.dcmread(paths[0])
    mild = next(one for one in pairing.pairs if one.arm == "mild").reconstruction
    images = [pydicom.dcmread(mild.slices[index].path) for index in (1, 2)]
    assert data.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.33"
    assert (data.PatientID, data.StudyInstanceUID) == (
        images[0].PatientID,
        images[0].StudyInstanceUID,
    )
    listed = {
        one.ReferencedSOPInstanceUID
        for study in data.CurrentRequestedProcedureEvidenceSequence
        for listed_series in study.ReferencedSeriesSequence
        for one in listed_series.ReferencedSOPSequence
    }
    assert listed == {one.SOPInstanceUID for one in images}

    report = ComprehensiveSR.from_dataset(data)
    groups = report.content.get_planar_roi_measurement_groups()
    assert [group.finding_type.value for group in groups] == ["LOST", "ADDED"]
    point, ellipse = (group.roi for group in groups)
    assert (point.graphic_type.value, point.value.tolist()) == ("POINT", [[20.5, 10.5]])
    assert ellipse.graphic_type.value == "ELLIPSE"
    assert ellipse.value.tolist() == [[10, 12], [18, 12], [14, 10], [14, 14]]
    for group, image in zip(groups, images, strict=True):
        (source,) = group.roi.ContentSequence
        assert source.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert source.ReferencedSOPSequence[0].ReferencedSOPClassUID == image.SOPClassUID
    severity = groups[1].get_qualitative_evaluations()[0]
    assert severity.value.meaning == "Severe"
    assert groups[1].tracking_uid == f"2.25.{int('b' * 32, 16)}"
    notes = [item.value for item in groups[1][0].ContentSequence if hasattr(item, "TextValue")]
    assert "a vessel" in notes
    box = ComprehensiveSR.from_dataset(pydicom.dcmread(paths[1])).content
    (only,) = box.get_planar_roi_measurement_groups()
    assert only.roi.value.tolist() == [[4, 4], [8, 4], [8, 6], [4, 6], [4, 4]]
    assert [item.value for item in only[0].ContentSequence if hasattr(item, "TextValue")][-1] == (
        "«стена»"
    )


def told(path):
    """Return what a report says, without the UIDs that every report makes anew."""
    return [
        str(item)
        for item in pydicom.dcmread(path).iterall()
        if item.VR in ("LO", "UT", "PN", "FL", "DS", "CS")
    ]


@pytest.mark.filterwarnings("ignore::UserWarning:highdicom", "ignore::DeprecationWarning")
def test_a_report_made_in_another_process_says_the_same(pairing, tmp_path):
    pytest.importorskip("highdicom")
    here = annotate.export_report(MARKS, pairing, tmp_path / "here")

    there = finish(annotate.export_report_aside(MARKS, pairing, tmp_path / "there"))

    assert [path.name for path in there] == [path.name for path in here]
    for path, same in zip(there, here, strict=True):
        assert told(path) == told(same) != []


def test_a_report_that_nobody_waits_for_is_finished(pairing, tmp_path):
    """The window closes while the files are being written."""
    pytest.importorskip("highdicom")
    writing = annotate.export_report_aside(MARKS, pairing, tmp_path / "sr")
    next(writing)

    writing.close()

    names = sorted(path.name for path in (tmp_path / "sr").iterdir())
    assert names == ["marks-case-mild.dcm", "marks-case-strong.dcm"]


def test_what_is_refused_in_the_other_process_is_refused_here(pairing, tmp_path):
    with pytest.raises(InputError, match="no marks"):
        finish(annotate.export_report_aside((), pairing, tmp_path / "sr"))
