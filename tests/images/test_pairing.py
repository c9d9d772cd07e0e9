"""Names and geometry say what belongs together; what does not says why."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from app.errors import InputError
from app.images.pairing import pair
from tests.images.dicom_files import phantom, write_ct, write_enhanced
from tests.images.workflow import scanned

ARMS = ("NDCT", "LDCT", "GAN")


def paired(source, reference=None):
    return pair(scanned(source), source, reference=reference)


def cells(pairing):
    return {(one.case, one.arm) for one in pairing.pairs}


def write_file(path):
    write_ct(path.parent, slices=1, names=[path.name], series=path.as_posix(),
             patient_number=1)  # fmt: skip


def test_folders_of_cases_hold_folders_of_arms(tmp_path):
    for case in ("c1", "c2"):
        for arm in ARMS:
            write_ct(tmp_path / case / arm)

    found = paired(tmp_path, "ndct")

    assert cells(found) == {(case, arm) for case in ("c1", "c2") for arm in ("LDCT", "GAN")}
    assert found.reference_name == "NDCT"
    assert not found.problems
    assert {(one.matched_by, one.slices_by, one.note) for one in found.pairs} == {
        ("folder", "position", "")
    }
    assert all(one.slices == ((0, 0), (1, 1), (2, 2), (3, 3)) for one in found.pairs)


def test_folders_of_arms_hold_folders_of_cases(tmp_path):
    for case in ("c1", "c2"):
        for arm in ARMS:
            write_ct(tmp_path / arm / case)

    assert cells(paired(tmp_path, "NDCT")) == {
        (case, arm) for case in ("c1", "c2") for arm in ("LDCT", "GAN")
    }


@pytest.mark.parametrize("layout", ["{case}/{arm}.dcm", "{arm}/{case}.dcm", "{case}/{arm}/1.dcm"])
def test_single_files_are_named_after_their_place(tmp_path, layout):
    for case in ("c1", "c2"):
        for arm in ("reference", "LDCT", "GAN"):
            write_file(tmp_path / layout.format(case=case, arm=arm))

    found = paired(tmp_path)

    assert cells(found) == {(case, arm) for case in ("c1", "c2") for arm in ("LDCT", "GAN")}
    assert not found.problems


@pytest.mark.parametrize("reference", ["reference", "Ground_Truth", "GT", "truth", "target"])
def test_folders_of_arms_alone_are_one_case_named_as_the_source(tmp_path, reference):
    source = tmp_path / "head"
    write_ct(source / reference)
    write_ct(source / "LDCT")

    found = paired(source)

    assert cells(found) == {("head", "LDCT")}
    assert found.reference_name == reference


def test_files_of_arms_alone_are_one_case(tmp_path):
    for arm in ("gt", "LDCT"):
        write_enhanced(tmp_path / "head" / f"{arm}.dcm")

    assert cells(paired(tmp_path / "head")) == {("head", "LDCT")}


def test_arms_as_files_of_one_series_uid_are_taken_apart(tmp_path):
    names = ["NDCT.dcm", "LDCT.dcm"]
    write_ct(tmp_path / "c1", slices=2, names=names, geometry=False)

    assert cells(paired(tmp_path, "NDCT")) == {("c1", "LDCT")}


def test_a_reversed_order_pairs_by_place(tmp_path):
    write_ct(tmp_path / "reference")
    files = write_ct(tmp_path / "LDCT", instance_numbers=[4, 3, 2, 1])

    (one,) = paired(tmp_path).pairs

    assert [one.reconstruction.slices[j].path for _, j in one.slices] == files


def test_without_places_slices_of_one_number_belong_together(tmp_path):
    """The reference lies against its numbers, as a head-first scan does."""
    truth = write_ct(tmp_path / "reference", instance_numbers=[4, 3, 2, 1])
    files = write_ct(tmp_path / "LDCT", instance_numbers=[4, 3, 2, 1], geometry=False)

    (one,) = paired(tmp_path).pairs

    assert [one.reference.slices[i].path for i, _ in one.slices] == truth
    assert [one.reconstruction.slices[j].path for _, j in one.slices] == files
    assert "order, that of InstanceNumber" in one.note


def test_arrays_that_may_run_against_the_reference_are_told(tmp_path):
    write_ct(tmp_path / "reference", instance_numbers=[4, 3, 2, 1])
    np.save(tmp_path / "LDCT.npy", phantom(4))

    (one,) = paired(tmp_path).pairs

    assert one.slices == tuple((index, index) for index in range(4))
    assert "see that none is reversed" in one.note


def test_missing_slices_leave_the_others_and_a_remark(tmp_path):
    write_ct(tmp_path / "reference")
    write_ct(tmp_path / "LDCT")
    (tmp_path / "LDCT" / "002.dcm").unlink()

    (one,) = paired(tmp_path).pairs

    assert one.slices == ((0, 0), (2, 1), (3, 2))
    assert "3 slices lie at the same position, of 4" in one.note


def test_another_grid_is_paired_and_told(tmp_path):
    write_ct(tmp_path / "reference")
    write_ct(tmp_path / "SR", rows=64, columns=64, spacing=(0.25, 0.25),
             start=(-8.125, -8.125, 100))  # fmt: skip

    (one,) = paired(tmp_path).pairs

    assert one.regrid.interpolation == "area mean"
    assert "2 times finer" in one.note


def test_a_grid_that_cannot_be_joined_is_a_problem_of_its_case_and_arm(tmp_path):
    write_ct(tmp_path / "reference")
    write_ct(tmp_path / "SR", rows=64, columns=64, geometry=False)

    found = paired(tmp_path)

    (problem,) = found.problems
    assert not found.pairs
    assert (problem.arm, problem.role, problem.slices) == ("SR", "reconstruction", 4)
    assert "another pixel grid" in problem.what
    assert problem.remedy


def test_a_case_without_reference_and_one_with_nothing_else_are_told(tmp_path):
    write_ct(tmp_path / "c1" / "reference")
    write_ct(tmp_path / "c1" / "LDCT")
    write_ct(tmp_path / "c2" / "LDCT")
    write_ct(tmp_path / "c3" / "reference")

    found = paired(tmp_path)

    assert cells(found) == {("c1", "LDCT")}
    assert {(one.case, one.role): one.what for one in found.problems} == {
        ("c2", "reconstruction"): "Case c2 has no image named 'reference' to be its reference.",
        ("c3", "reference"): "Case c3 has a reference and nothing to compare with it.",
    }


def test_of_several_series_the_one_that_fits_is_taken(tmp_path):
    write_ct(tmp_path / "reference")
    write_ct(tmp_path / "LDCT", series="fits")
    write_ct(tmp_path / "LDCT", series="other", rows=64, names=[f"o{i}.dcm" for i in range(4)])

    found = paired(tmp_path)

    assert cells(found) == {(tmp_path.name, "LDCT")}
    (problem,) = found.problems
    assert "on the reference's own grid" in problem.what


def test_of_several_series_that_fit_none_is_chosen(tmp_path):
    write_ct(tmp_path / "reference")
    for name in ("a", "b"):
        write_ct(tmp_path / "LDCT" / name)

    found = paired(tmp_path)

    assert not found.pairs
    assert ["2 series of arm LDCT" in one.what for one in found.problems] == [True, True]


def test_a_damaged_file_is_told_with_its_case_and_arm(tmp_path):
    write_ct(tmp_path / "c1" / "reference")
    write_ct(tmp_path / "c1" / "LDCT")
    (tmp_path / "c1" / "LDCT" / "bad.dcm").write_bytes(b"\0" * 200)

    (problem,) = paired(tmp_path).problems

    assert (problem.case, problem.arm, problem.path) == ("c1", "LDCT", "c1/LDCT/bad.dcm")


def test_a_reference_that_is_not_there_is_refused_with_the_names_that_are(tmp_path):
    for arm in ARMS:
        write_ct(tmp_path / "c1" / arm)

    with pytest.raises(InputError, match=r"GAN, LDCT, NDCT\. Did you mean NDCT\?"):
        paired(tmp_path, "NDTC")


def test_without_names_the_series_that_names_its_source_is_the_reconstruction(tmp_path):
    first, *_ = write_ct(tmp_path / "a")
    source = Dataset()
    source.ReferencedSOPInstanceUID = pydicom.dcmread(first).SOPInstanceUID
    write_ct(tmp_path / "b", SourceImageSequence=Items([source]))

    (one,) = paired(tmp_path).pairs

    assert (one.arm, one.matched_by) == ("b", "source")
    assert one.reference.folder.name == "a"


def test_without_names_a_sole_original_on_the_same_grid_is_the_reference(tmp_path):
    write_ct(tmp_path / "a", ImageType=["DERIVED", "SECONDARY"])
    write_ct(tmp_path / "b")

    (one,) = paired(tmp_path).pairs

    assert (one.arm, one.matched_by, one.reference.folder.name) == ("a", "geometry", "b")


def test_without_any_sign_nothing_is_guessed(tmp_path):
    write_ct(tmp_path / "a")
    write_ct(tmp_path / "b")

    found = paired(tmp_path)

    assert not found.pairs
    assert len(found.problems) == 2
    assert "--reference" in found.problems[0].remedy
