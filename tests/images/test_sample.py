"""The sample study: complete, derived, de-identified, and the same on every run."""

import csv
import hashlib
import json

import numpy as np
import pydicom
import pytest

from app.errors import InputError, StoreError
from app.images.sample import build_sample, physics
from app.images.sample.arms import ARMS
from app.images.sample.sources import SOURCES, load_field, sample_file, zero_fill

LEG = SOURCES[-1]
HEAD = next(source for source in SOURCES if source.zoom > 1)
CT = SOURCES[0]


def run(workflow):
    steps = []
    while True:
        try:
            steps.append(next(workflow))
        except StopIteration as finished:
            return finished.value, steps


def digests(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("sample") / "one"
    run(build_sample(root, (LEG,)))
    return root


def test_every_arm_exists_in_every_case_with_a_reference(built):
    assert {path.name for path in (built / "cr-05").iterdir()} == {"reference", *ARMS}
    assert (built / "README.txt").is_file()


def test_a_second_build_gives_the_same_bytes(built, tmp_path):
    run(build_sample(tmp_path / "two", (LEG,)))

    assert digests(tmp_path / "two") == digests(built)


def test_an_intact_sample_is_left_alone_and_an_unfinished_one_is_built_again(built, tmp_path):
    _, steps = run(build_sample(built, (LEG,)))
    assert [step.done == step.total for step in steps] == [True]

    half = tmp_path / "half"
    workflow = build_sample(half, (LEG,))
    next(workflow)
    workflow.close()
    assert not (half / "sample.json").exists()
    run(build_sample(half, (LEG,)))
    assert json.loads((half / "sample.json").read_text())["sample"] == 1


def test_an_arm_names_its_reference_and_shares_its_grid_and_type(built):
    reference = pydicom.dcmread(built / "cr-05" / "reference" / "1.dcm")
    arm = pydicom.dcmread(built / "cr-05" / "low-dose-tv" / "1.dcm")

    assert arm.SourceImageSequence[0].ReferencedSOPInstanceUID == reference.SOPInstanceUID
    assert list(arm.ImageType)[:2] == ["DERIVED", "SECONDARY"]
    assert arm.SeriesInstanceUID != reference.SeriesInstanceUID
    assert arm.StudyInstanceUID == reference.StudyInstanceUID
    for word in (
        "Rows",
        "Columns",
        "BitsStored",
        "PixelRepresentation",
        "PhotometricInterpretation",
    ):
        assert arm[word].value == reference[word].value
    assert arm.pixel_array.max() <= 2**arm.BitsStored - 1
    assert not np.array_equal(arm.pixel_array, reference.pixel_array)


def test_nothing_of_the_source_header_is_taken_over(built):
    source = pydicom.dcmread(sample_file(LEG.file), stop_before_pixels=True)
    for path in built.rglob("*.dcm"):
        header = pydicom.dcmread(path, stop_before_pixels=True)
        assert header.PatientIdentityRemoved == "YES"
        assert (str(header.PatientName), header.PatientID) == ("", "cr-05")
        assert header.StudyDate == "20000101"
        assert source.SOPInstanceUID not in str(header)


def test_the_inventions_are_where_the_table_says(built):
    row = next(csv.DictReader((built / "inventions.csv").read_text("utf-8").splitlines()))
    reference, arm = (
        pydicom.dcmread(built / row["case"] / name / "1.dcm").pixel_array.astype(float)
        for name in ("reference", "invented")
    )
    at, radius = (int(row["row"]) - 1, int(row["column"]) - 1), int(row["radius"])
    rows, columns = np.indices(reference.shape)
    inside = np.hypot(rows - at[0], columns - at[1]) < radius - 2
    outside = np.hypot(rows - at[0], columns - at[1]) > radius + 4
    difference = np.abs(arm - reference)
    assert difference[inside].mean() > 3 * difference[outside].mean()


def test_a_turned_and_cropped_plane_keeps_its_place_in_the_patient():
    source = pydicom.dcmread(sample_file(CT.file))
    field = load_field(CT)

    assert np.array_equal(field.pixels[0], source.pixel_array[::-1].astype(float))
    assert field.orientation == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    last_row = source.ImagePositionPatient[1] - 511 * source.PixelSpacing[0]
    assert field.positions[0][1] == pytest.approx(last_row)


def test_every_crop_lies_inside_its_field_and_every_invention_inside_its_crop():
    for source in SOURCES:
        shape = load_field(source).pixels.shape
        for crop in source.crops:
            assert min(crop.top, crop.left) >= 0, crop.case
            assert crop.top + crop.rows <= shape[1], crop.case
            assert crop.left + crop.columns <= shape[2], crop.case
            for one in crop.inventions:
                assert one.radius < one.row < crop.rows - one.radius, crop.case
                assert one.radius < one.column < crop.columns - one.radius, crop.case
                assert max(one.slices) < shape[0]
    assert sum(len(source.crops) for source in SOURCES) >= 8


def test_zero_filling_keeps_the_measured_samples():
    plane = load_field(HEAD).pixels[:1, ::3, ::3][:, :63, :63]
    wide = zero_fill(plane, 3)
    assert wide[:, ::3, ::3] == pytest.approx(np.maximum(plane, 0), abs=1e-6)


def test_all_lines_measured_give_the_image_back():
    plane = np.random.default_rng(1).random((24, 16))
    lines = np.ones((24, 1))
    assert physics.zero_filled(plane, lines) == pytest.approx(plane)
    assert physics.iterative(plane, lines) == pytest.approx(plane)


def test_soft_haar_without_a_threshold_is_the_identity():
    plane = np.random.default_rng(2).random((21, 30))
    assert physics.soft_haar(plane, 0.0) == pytest.approx(plane)


def test_an_iterative_reconstruction_is_nearer_than_a_zero_filled_one():
    rows, columns = np.indices((64, 64))
    plane = (np.hypot(rows - 30, columns - 34) < 20).astype(float)
    lines = physics.sampled_lines(64, np.random.default_rng(3))
    assert 0.2 < lines.mean() < 0.3
    errors = [
        np.square(rebuild(plane, lines) - plane).mean()
        for rebuild in (physics.iterative, physics.zero_filled)
    ]
    assert errors[0] < 0.5 * errors[1]


def test_more_views_are_nearer_to_the_truth():
    rows, columns = np.indices((48, 40))
    plane = (np.hypot(rows - 22, columns - 20) < 14).astype(float)
    few, many = (
        np.square(physics.sparse_view_fbp(plane, views=views) - plane).mean() for views in (9, 90)
    )
    assert many < 0.7 * few


def test_a_missing_package_is_told_with_its_remedy():
    with pytest.raises(InputError) as refused:
        sample_file("RG1_UNCR.dcm", find=lambda _: None)
    assert "pip install" in refused.value.remedy
    assert "pydicom-data" in refused.value.remedy


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(StoreError, match=r"thesis\.docx"):
        next(build_sample(tmp_path, (LEG,)))
