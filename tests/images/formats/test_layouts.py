"""Reconstructions that are not DICOM stand wherever a DICOM series may stand."""

import numpy as np
import pytest

from app.images.pairing import pair
from app.images.read import read_image
from app.images.tables import pairs_rows
from app.workflows.pair import arrange, manifest_rows, replay, write_manifest
from app.workflows.pair import pair as pair_source
from tests.images.dicom_files import phantom, write_ct
from tests.images.formats.files import write_nifti, write_npy, write_npz, write_pngs, write_tiff
from tests.images.workflow import finish, scanned


def paired(folder, reference=None):
    return pair(scanned(folder), folder, reference=reference)


def names(pairing):
    return {(one.case, one.arm) for one in pairing.pairs}


@pytest.mark.parametrize("layout", ["{case}/{arm}", "{arm}/{case}"])
def test_files_and_folders_stand_for_case_and_arm(tmp_path, layout):
    for case in ("p1", "p2"):
        write_ct(tmp_path / layout.format(case=case, arm="reference"), patient_number=len(case))
        place = {arm: layout.format(case=case, arm=arm) for arm in ("nifti", "npy", "png", "tif")}
        write_nifti(tmp_path / f"{place['nifti']}.nii.gz", phantom())
        write_npy(tmp_path / f"{place['npy']}.npy", phantom())
        write_pngs(tmp_path / place["png"], phantom())
        write_tiff(tmp_path / place["tif"] / "volume.tif", phantom())

    found = paired(tmp_path)

    assert not found.problems
    assert names(found) == {(c, a) for c in ("p1", "p2") for a in ("nifti", "npy", "png", "tif")}
    for one in found.pairs:
        assert one.reconstruction.modality == "CT"
        assert one.reconstruction.grid.positions is not None
        np.testing.assert_array_equal(read_image(one.reconstruction).pixels, phantom())


def test_one_case_is_named_as_the_source(tmp_path):
    source = tmp_path / "knee"
    write_npy(source / "target.npy", phantom())
    write_npz(source / "unet.npz", arr_0=phantom())
    write_nifti(source / "cs.nii.gz", phantom(), np.eye(4))

    assert names(paired(source)) == {("knee", "unet"), ("knee", "cs")}


def test_slices_of_two_polarities_are_no_stack(tmp_path):
    write_ct(tmp_path / "reference", slices=3)
    for number, photometric in enumerate(("minisblack", "miniswhite", "minisblack")):
        write_tiff(tmp_path / "A" / f"s{number}.tif", phantom(1)[0], photometric=photometric)

    found = paired(tmp_path)

    assert not found.pairs
    assert {problem.arm for problem in found.problems} == {"A"}


def test_pictures_are_sorted_by_their_number(tmp_path):
    write_pngs(tmp_path, phantom(12))

    (series,) = scanned(tmp_path).series

    assert [one.path.name for one in series.slices][8:11] == [
        "slice_9.png", "slice_10.png", "slice_11.png",
    ]  # fmt: skip
    np.testing.assert_array_equal(read_image(series).pixels, phantom(12))


def test_files_beside_a_reference_are_images_of_their_own(tmp_path):
    write_ct(tmp_path / "p1", slices=1, names=["reference.dcm"])
    write_pngs(tmp_path / "p1", phantom(2), "method{}.png")

    assert names(paired(tmp_path)) == {("p1", "method1"), ("p1", "method2")}


@pytest.mark.parametrize("reference", ["full1", "dose9"])
def test_a_named_reference_among_pictures_makes_each_an_image(tmp_path, reference):
    write_pngs(tmp_path / "p1", phantom(3), "dose{}.png")
    write_pngs(tmp_path / "p1", phantom(1), f"{reference}.png")

    found = paired(tmp_path, reference)

    assert names(found) == {("p1", f"dose{n}") for n in (1, 2, 3)}


def test_files_that_have_a_reference_of_their_name_are_cases(tmp_path):
    write_ct(tmp_path / "reference", slices=3, names=["p1.dcm", "p2.dcm", "p3.dcm"],
             geometry=False, instance_numbers=[1, 1, 1])  # fmt: skip
    write_pngs(tmp_path / "gan", phantom(3), "p{}.png")

    found = paired(tmp_path)

    assert names(found) == {("p1", "gan"), ("p2", "gan"), ("p3", "gan")}
    assert len({one.reconstruction.uid for one in found.pairs}) == 3


def test_a_picture_beside_dicom_files_does_not_take_their_place(tmp_path):
    for arm in ("reference", "method"):
        write_ct(tmp_path / "p1" / arm, slices=1)
        write_pngs(tmp_path / "p1" / arm, phantom(1), "preview.png")

    found = paired(tmp_path)

    assert [one.reconstruction.storage for one in found.pairs] == [None]
    assert [(one.path, one.role) for one in found.problems] == [
        ("p1/reference/preview.png", "reference"), ("p1/method/preview.png", "reconstruction"),
    ]  # fmt: skip


def test_another_size_without_geometry_is_refused(tmp_path):
    write_ct(tmp_path / "p1" / "reference")
    write_npy(tmp_path / "p1" / "small.npy", phantom(4, 16, 16))
    write_npy(tmp_path / "p1" / "short.npy", phantom(3))

    found = paired(tmp_path)

    assert not found.pairs
    assert [one.arm for one in found.problems] == ["short", "small"]
    assert "16 x 16 pixels against 32 x 32" in found.problems[1].what
    assert "3 slices and the reference 4" in found.problems[0].what


def test_the_list_of_pairs_says_where_values_and_places_come_from(tmp_path):
    write_ct(tmp_path / "p1" / "reference", slices=1)
    write_pngs(tmp_path / "p1" / "gan", phantom(1).astype(np.uint8), "a.png")

    row = pairs_rows(paired(tmp_path))[1]

    assert "geometry borrowed from the reference" in row["problem"]
    assert "values as stored (uint8)" in row["problem"]
    assert "8 bits stored against 12" in row["problem"]


def test_a_reference_may_be_of_another_format_and_its_arms_dicom(tmp_path):
    write_nifti(tmp_path / "p1" / "reference.nii.gz", phantom())
    write_ct(tmp_path / "p1" / "method")

    (one,) = paired(tmp_path).pairs

    assert (one.slices_by, len(one.slices)) == ("position", 4)
    assert one.reference.modality == "CT"


def test_a_manifest_names_the_array_and_the_mapping(tmp_path):
    write_ct(tmp_path / "truth")
    write_npz(tmp_path / "two.npz", first=phantom(), second=phantom(seed=5))
    source = tmp_path / "manifest.csv"
    source.write_text(
        "case,arm,role,path,slope,intercept,dataset\n"
        "p,,reference,truth,,,\n"
        "p,a,reconstruction,two.npz,0.5,-3,second\n"
        "p,b,reconstruction,two.npz,,,\n"
        "p,c,reconstruction,two.npz,0,1,first\n"
        'p,d,reconstruction,two.npz,"0,5",1,first\n'
        "p,e,reconstruction,two.npz,,,secnd\n"
    )

    arranged = finish(arrange(source))

    (one,) = arranged.pairing.pairs
    image = read_image(one.reconstruction)
    np.testing.assert_array_equal(image.values(2), phantom(seed=5)[2] * 0.5 - 3)
    assert "the manifest" in one.note
    words = [problem.what for problem in arranged.pairing.problems]
    assert "Line 5 states the slope 0 and intercept 1." in words[0]
    assert "Line 6 states the slope 0,5" in words[1]
    assert "holds 2 arrays and nothing says which is the image: first, second" in words[2]
    assert "Did you mean second?" in words[3]


def test_a_mapping_is_applied_after_that_of_dicom(tmp_path):
    write_ct(tmp_path / "truth")
    write_ct(tmp_path / "recon")
    source = tmp_path / "manifest.csv"
    source.write_text(
        "case,arm,role,path,slope,intercept\np,,reference,truth,,\np,a,reconstruction,recon,2,7\n"
    )

    (one,) = finish(pair_source(source)).pairs

    values = read_image(one.reconstruction).values(0)
    np.testing.assert_array_equal(values, (phantom()[0] - 1024.0) * 2 + 7)


def test_a_manifest_that_is_written_again_keeps_mapping_and_array(tmp_path):
    write_ct(tmp_path / "truth")
    write_npz(tmp_path / "two.npz", first=phantom(), second=phantom(seed=5))
    write_pngs(tmp_path / "png", phantom())
    source, again = tmp_path / "manifest.csv", tmp_path / "again.csv"
    source.write_text(
        "case,arm,role,path,slope,intercept,dataset\np,,reference,truth,,,\n"
        "p,a,reconstruction,two.npz,1,-1024,second\np,b,reconstruction,png,0.1,-1024,\n"
    )
    arranged = finish(arrange(source))

    write_manifest(manifest_rows(arranged.placements), again)
    replayed = finish(replay(source, arranged.placements, {}))

    expected = [(one.arm, one.reconstruction.mapping) for one in arranged.pairing.pairs]
    assert expected == [("a", (1.0, -1024.0)), ("b", (0.1, -1024.0))]
    for found in (finish(pair_source(again)), replayed):
        assert [(one.arm, one.reconstruction.mapping) for one in found.pairs] == expected
        assert found.pairs[0].reconstruction.storage.member == "second"
