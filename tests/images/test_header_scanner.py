"""The quick way through a header says what pydicom says, or nothing."""

import random
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless

from app.errors import NotAnImage
from app.images.fact_reader import FactReader
from app.images.facts import facts_of
from app.images.frames import FrameGroups, rescale
from app.images.grey import padding_of
from app.images.header_scanner import CHUNKS_LIMIT, Unusual, scan_header
from app.images.headers import WANTED, Header, ordinary_header, read_any_header
from tests.images.dicom_files import save, uid, write_ct, write_enhanced

PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def told(header: Header):
    """Return everything that is made of a header, as text: NaN is equal to NaN."""
    groups = FrameGroups(header)
    return repr(
        (
            facts_of(header, header.path.parent),
            header.pixels,
            header.syntax,
            header.size,
            header.bits_stored,
            header.high_bit,
            header.signed,
            header.photometric,
            header.samples,
            rescale(header, groups, 0),
            padding_of(header),
        )
    )


def by_pydicom(path):
    try:
        return told(read_any_header(path))
    except NotAnImage:
        return None


def quickly(path):
    with path.open("rb", buffering=0) as file:
        header = ordinary_header(path, file)
    return None if header is None else told(header)


def facts_by(read, path):
    try:
        return repr(read(path, path.parent))
    except NotAnImage:
        return None


def same_facts(reader, path):
    """Whether the reader's facts of a file, if it has any, are those of pydicom."""
    found = facts_by(reader.ordinary, path)
    return found in (None, "None") or found == facts_by(reader.unusual, path)


def compare(files):
    """Return the files read quickly, and those where the two ways differ."""
    quick, different, reader = [], [], FactReader()
    for path in files:
        found = quickly(path)
        if found is not None:
            quick.append(path)
        if found not in (None, by_pydicom(path)) or not same_facts(reader, path):
            different.append(path.name)
    return quick, different


def test_the_shared_files_give_the_same_facts_both_ways(shared):
    files = [path for path in sorted((shared / "data").rglob("*")) if path.is_file()]

    quick, different = compare(files)

    assert different == []
    assert len(quick) > 400


def test_the_files_of_pydicom_give_the_same_facts_both_ways():
    files = [path for path in sorted(PYDICOM_FILES.rglob("*")) if path.is_file()]

    quick, different = compare(files)

    assert different == []
    assert len(quick) > 40


def damaged(data, end, chance):
    """Return a copy with bytes of its header changed, cut out or doubled."""
    copy = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.randrange(128, end - 100)
        kind = chance.randrange(5)
        if kind <= 1:
            copy[at] = chance.randrange(256) if kind else copy[at] ^ 1
        elif kind == 2:
            copy[at : at + 4] = b"\xff\xff\xff\xff"
        elif kind == 3:
            del copy[at : at + chance.randrange(1, 16)]
        else:
            copy[at:at] = copy[at : at + chance.randrange(1, 64)]
    return bytes(copy)


def source_items():
    one, deeper = Dataset(), Dataset()
    deeper.CodeValue = "1"
    one.ReferencedSOPInstanceUID = uid("source")
    one.PurposeOfReferenceCodeSequence = Items([deeper])
    return Items([one, one])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("undefined", [False, True])
def test_ordinary_files_are_read_quickly(tmp_path, syntax, undefined):
    files = write_ct(
        tmp_path,
        slices=3,
        syntax=syntax,
        SpecificCharacterSet="ISO_IR 192",
        SeriesDescription="Schädel",
        SourceImageSequence=source_items(),
        PixelPaddingValue=65535,
    )
    if undefined:
        for path in files:
            ds = pydicom.dcmread(path)
            for element in ds.iterall():
                element.is_undefined_length = element.VR == "SQ"
            for item in ds.SourceImageSequence:
                item.is_undefined_length_sequence_item = True
            ds.save_as(path)

    quick, different = compare(files)

    assert different == []
    assert quick == files
    assert "Schädel" in quickly(files[0])
    assert uid("source") in quickly(files[0])


def test_a_header_longer_than_one_chunk_is_followed(tmp_path):
    (path,) = write_ct(tmp_path, slices=1, OtherPatientNames="x" * 9000)
    ds = pydicom.dcmread(path)
    ds.add_new(0x00091010, "OB", bytes(100_000))
    ds.add_new(0x00191010, "OB", bytes(40_000))
    ds.save_as(path)

    assert quickly(path) == by_pydicom(path) is not None


@pytest.mark.parametrize("kind", ["enhanced", "twice", "deflated", "big endian", "empty"])
def test_what_is_unusual_is_left_to_pydicom(tmp_path, kind):
    if kind == "enhanced":
        path = write_enhanced(tmp_path / "one.dcm")
    else:
        syntax = {"deflated": "1.2.840.10008.1.2.1.99"}.get(kind, ExplicitVRLittleEndian)
        (path,) = write_ct(tmp_path, slices=1, syntax=syntax)
    if kind == "twice":
        data = path.read_bytes()
        at = data.index(b"\x28\x00\x10\x00US")
        path.write_bytes(data[:at] + data[at : at + 10] + data[at:])
    elif kind == "big endian":
        ds = pydicom.dcmread(path)
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
        pydicom.dcmwrite(path, ds, little_endian=False, implicit_vr=False)
    elif kind == "empty":
        path.write_bytes(b"")

    assert quickly(path) is None


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless]
)
def test_a_damaged_header_is_read_as_pydicom_reads_it_or_not_at_all(tmp_path, syntax):
    (path,) = write_ct(tmp_path, slices=1, syntax=syntax, SourceImageSequence=source_items())
    data = path.read_bytes()
    chance = random.Random(syntax)  # noqa: S311 - repeatable damage
    reader, read = FactReader(), 0
    for _ in range(400):
        path.write_bytes(damaged(data, data.index(b"\xe0\x7f\x10\x00"), chance))
        found = quickly(path)
        read += found is not None
        assert found in (None, by_pydicom(path))
        assert same_facts(reader, path)

    assert read > 20


class Counted:
    """A file that counts how often it is read."""

    def __init__(self, file):
        self.file, self.reads = file, 0
        self.seek, self.fileno = file.seek, file.fileno

    def read(self, size):
        self.reads += 1
        return self.file.read(size)


@pytest.mark.parametrize("filling", ["zeros", "private", "nested"])
def test_the_work_on_a_header_is_bounded(tmp_path, filling):
    (path,) = write_ct(tmp_path, slices=1)
    head = path.read_bytes().split(b"\xe0\x7f\x10\x00", 1)[0]
    tail = {
        "zeros": bytes(5 * 2**20),
        "private": b"".join(
            b"\x29\x00" + i.to_bytes(2, "little") + b"UN\0\0\0\0\x01\0" + bytes(2**16)
            for i in range(0x1000, 0x1100)
        ),
        "nested": b"\x29\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 90000,
    }[filling]
    path.write_bytes(head + tail)
    with path.open("rb", buffering=0) as file:
        counted = Counted(file)
        with pytest.raises(Unusual):
            scan_header(counted, WANTED)

    assert counted.reads <= CHUNKS_LIMIT + 1


def test_slices_of_a_series_share_what_is_the_same(tmp_path):
    files = write_ct(tmp_path, slices=5)
    save(pydicom.dcmread(files[2]), files[2], {"BitsStored": 14, "HighBit": 13})
    reader = FactReader()

    found = [reader.ordinary(path, tmp_path) for path in files]

    assert [one.bits_stored for (one,) in found] == [12, 12, 14, 12, 12]
    assert found == [reader.unusual(path, tmp_path) for path in files]
