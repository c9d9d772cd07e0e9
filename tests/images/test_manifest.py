"""A manifest says what every file is; what it says wrong is told line by line."""

import pytest

from app.errors import InputError
from app.images.manifest import pair_manifest
from app.images.tables import PAIRS_COLUMNS, pairs_rows
from tests.images.dicom_files import write_ct
from tests.images.workflow import finish


def manifest(folder, *lines, header="case,arm,role,path"):
    path = folder / "manifest.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def test_a_manifest_pairs_what_it_names(tmp_path):
    write_ct(tmp_path / "x")
    files = write_ct(tmp_path / "y")
    source = manifest(
        tmp_path, "p1,NDCT,reference,x", *(f"p1,GAN,reconstruction,y/{one.name}" for one in files)
    )

    found = finish(pair_manifest(source))

    (one,) = found.pairs
    assert (one.case, one.arm, one.matched_by, len(one.slices)) == ("p1", "GAN", "manifest", 4)
    assert found.reference_name == "NDCT"
    assert not found.problems


def test_each_wrong_line_is_told_and_the_others_are_used(tmp_path):
    write_ct(tmp_path / "x")
    write_ct(tmp_path / "y")
    source = manifest(
        tmp_path,
        "p1,NDCT,reference,x",
        "p1,GAN,reconstruction,y",
        "p1,GAN,recontruction,y",
        "p1,GAN,uncertainty,y",
        "p2,GAN,reconstruction,gone",
        "p3,,reconstruction,y",
        "p4,GAN,reconstruction,y,all",
        header="case,arm,role,path,frames",
    )

    found = finish(pair_manifest(source))

    assert len(found.pairs) == 1
    assert [one.what.split(" ")[1].strip(":") for one in found.problems] == [
        "4",
        "5",
        "6",
        "7",
        "8",
    ]
    assert "Did you mean reconstruction?" in found.problems[0].what


def test_a_mask_is_laid_on_the_slices_of_its_reference(tmp_path):
    write_ct(tmp_path / "x", slices=4)
    write_ct(tmp_path / "y", slices=4)
    write_ct(tmp_path / "m", slices=2)
    source = manifest(
        tmp_path, "p1,NDCT,reference,x", "p1,GAN,reconstruction,y", "p1,lesion,mask,m"
    )

    found = finish(pair_manifest(source))

    assert found.arms == ("GAN",)
    laid = found.masks["p1", "lesion"]
    assert [there for there, _ in laid.slices] == [0, 1]


@pytest.mark.parametrize(
    ("header", "lines", "words"),
    [
        ("case,arm,path", ["a,b,c"], "lacks the column role"),
        ("case,arm,role,path", [], "has no rows"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, header, lines, words):
    with pytest.raises(InputError, match=words):
        finish(pair_manifest(manifest(tmp_path, *lines, header=header)))


def test_a_picture_is_no_manifest(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_bytes(bytes(range(256)))

    with pytest.raises(InputError):
        finish(pair_manifest(path))


def test_the_table_tells_reference_pair_and_problem(tmp_path):
    write_ct(tmp_path / "x")
    write_ct(tmp_path / "y", slices=3)
    source = manifest(
        tmp_path, "p1,NDCT,reference,x", "p1,GAN,reconstruction,y", "p2,GAN,reconstruction,y"
    )

    rows = pairs_rows(finish(pair_manifest(source)))

    assert all(tuple(row) == PAIRS_COLUMNS for row in rows)
    told = [(row["case"], row["arm"], row["role"], row["path"], row["status"]) for row in rows]
    assert told == [
        ("p1", "NDCT", "reference", "x", "reference"),
        ("p1", "GAN", "reconstruction", "y", "paired"),
        ("p2", "GAN", "reconstruction", "y", "problem"),
    ]
    assert (rows[1]["slices"], rows[1]["matched_slices"]) == ("3", "3")
    assert rows[1]["matched_by"] == "manifest+position"
    assert rows[2]["problem"] == (
        "Case p2 has no image named 'NDCT' to be its reference. "
        "Add the reference of case p2, or leave the case out."
    )
