"""The attributes of a DICOM file in words."""

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import DeflatedExplicitVRLittleEndian

from app.errors import NotAnImage
from app.images import attributes
from app.images.attributes import in_words, read_attributes
from tests.images.dicom_files import write_ct


@pytest.fixture
def file(tmp_path):
    return write_ct(tmp_path, slices=1)[0]


def by_keyword(found):
    return {one.keyword: one for one in found}


def changed(file, change):
    dataset = dcmread(file)
    change(dataset)
    dcmwrite(file, dataset)
    return read_attributes(file)


def test_attributes_have_tag_name_vr_and_value_in_the_order_of_their_tags(file):
    found = read_attributes(file)
    rows = by_keyword(found)["Rows"]

    assert (rows.tag, rows.name, rows.vr, rows.value) == ("(0028,0010)", "Rows", "US", "32")
    assert by_keyword(found)["PixelSpacing"].value == "0.5\\0.5"
    assert [one.tag for one in found] == sorted(one.tag for one in found)
    assert found[0].tag.startswith("(0002,")


def test_pixels_are_told_by_their_length_and_not_loaded(file):
    pixels = read_attributes(file)[-1]

    assert (pixels.keyword, pixels.value) == ("PixelData", "2,048 bytes, not loaded")


def test_sequences_are_trees(file):
    def change(dataset):
        item = Dataset()
        item.CodeValue = "121"
        item.PurposeOfReferenceCodeSequence = Items([Dataset()])
        dataset.SourceImageSequence = Items([item, Dataset()])

    sequence = by_keyword(changed(file, change))["SourceImageSequence"]

    assert sequence.value == "2 items"
    assert [one.tag for one in sequence.children] == ["Item 1", "Item 2"]
    assert by_keyword(sequence.children[0].children)["CodeValue"].value == "121"


def test_private_and_unknown_elements_are_told_too(file):
    def change(dataset):
        block = dataset.private_block(0x0029, "MAKER", create=True)
        block.add_new(0x01, "OB", b"\x00\x01\x02\x03")

    found = {one.tag: one for one in changed(file, change)}

    assert found["(0029,0010)"].value == "MAKER"
    assert found["(0029,1001)"].value.startswith("4 bytes, CRC-32 ")


def test_an_element_beyond_the_limit_stays_on_the_disk(file, monkeypatch):
    monkeypatch.setattr(attributes, "DEFERRED", 100)
    found = by_keyword(changed(file, lambda one: setattr(one, "ImageComments", "a" * 300)))

    told = next(one for one in found.values() if one.tag == "(0020,4000)")
    assert told.value == "300 bytes, not loaded"


def test_very_many_attributes_are_cut(file, monkeypatch):
    monkeypatch.setattr(attributes, "MOST", 12)

    assert any(one.value == "they are not shown" for one in read_attributes(file))


def test_a_long_text_ends_in_a_checksum_so_that_its_end_can_differ():
    first, second = in_words("a" * 5000 + "b", "LT"), in_words("a" * 5000 + "c", "LT")

    assert first[:4096] == "a" * 4096
    assert first != second


@pytest.mark.parametrize(
    ("value", "vr", "words"),
    [(None, "US", ""), (b"", "OB", ""), ([1, 2], "US", "1\\2"), ("Doe^Jane", "PN", "Doe^Jane")],
)
def test_values_in_words(value, vr, words):
    assert in_words(value, vr) == words


def test_a_deflated_file_is_read(tmp_path):
    file = write_ct(tmp_path, slices=1, syntax=DeflatedExplicitVRLittleEndian)[0]

    assert by_keyword(read_attributes(file))["Rows"].value == "32"


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\x89PNG0000"])
def test_what_is_no_dicom_file_says_so_in_a_sentence(tmp_path, content):
    path = tmp_path / "file.dcm"
    path.write_bytes(content)

    with pytest.raises(NotAnImage, match=r"^file\.dcm: "):
        read_attributes(path)


def test_a_dicom_file_without_attributes_has_none(tmp_path):
    path = tmp_path / "file.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM")

    assert read_attributes(path) == ()
