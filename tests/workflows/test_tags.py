"""The attributes of two files beside each other."""

import pytest

from app.domain.attribute import Attribute
from app.errors import NotAnImage
from app.workflows.tags import beside, chosen, read_tags
from tests.images.dicom_files import write_ct
from tests.images.workflow import finish


def attribute(tag, value="", *children, keyword=""):
    return Attribute(tag, keyword, keyword, "SQ" if children else "LO", value, children)


def test_one_file_has_one_value_each(tmp_path):
    file = write_ct(tmp_path, slices=1)[0]
    rows = {one.keyword: one for one in finish(read_tags(file))}

    assert (rows["Rows"].first, rows["Rows"].second, rows["Rows"].differs) == ("32", None, False)


def test_two_files_differ_in_what_was_written_differently(tmp_path):
    first = write_ct(tmp_path / "a", slices=1, KVP="120")[0]
    second = write_ct(tmp_path / "b", slices=1, KVP="80", ConvolutionKernel="B30f")[0]
    rows = {one.keyword: one for one in finish(read_tags(first, second)) if one.differs}

    assert (rows["KVP"].first, rows["KVP"].second) == ("120", "80")
    assert (rows["ConvolutionKernel"].first, rows["ConvolutionKernel"].second) == (None, "B30f")
    assert "Rows" not in rows


def test_a_file_that_is_not_dicom_is_an_error_with_a_sentence(tmp_path):
    path = tmp_path / "x.nii"
    path.write_bytes(b"\x5c\x01\x00\x00" + b"\0" * 400)

    with pytest.raises(NotAnImage, match=r"x\.nii"):
        finish(read_tags(path))


def test_a_sequence_differs_where_something_in_it_does():
    ours = [attribute("(0008,1140)", "1 items", attribute("Item 1", "", attribute("(1,1)", "a")))]
    theirs = [attribute("(0008,1140)", "1 items", attribute("Item 1", "", attribute("(1,1)", "b")))]

    (row,) = beside(ours, theirs)
    assert row.differs
    assert row.children[0].children[0].second == "b"
    assert not beside(ours, ours)[0].differs


def test_items_stand_by_number():
    items = [attribute(f"Item {number}") for number in range(1, 12)]

    assert [row.tag for row in beside(items, ())] == [one.tag for one in items]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kvp", ["KVP"]),
        ("0018,0060", ["KVP"]),
        ("00180060", ["KVP"]),
        ("120", ["KVP"]),
        ("source 77", ["SourceImageSequence"]),
        ("", ["KVP", "SourceImageSequence"]),
        ("absent", []),
    ],
)
def test_words_are_looked_for_in_tag_keyword_and_value(typed, found):
    inside = attribute("Item 1", "", attribute("(0008,0100)", "Source 77", keyword="CodeValue"))
    rows = beside(
        [
            attribute("(0018,0060)", "120", keyword="KVP"),
            attribute("(0008,2112)", "1 item", inside, keyword="SourceImageSequence"),
        ],
        (),
    )

    assert sorted(one.keyword for one in chosen(rows, typed)) == found


def test_only_what_differs_is_left():
    rows = beside(
        [attribute("(1,1)", "a"), attribute("(1,2)", "same")],
        [attribute("(1,1)", "b"), attribute("(1,2)", "same"), attribute("(1,3)", "new")],
    )

    assert [one.tag for one in chosen(rows, "", only_different=True)] == ["(1,1)", "(1,3)"]
