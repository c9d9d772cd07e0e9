"""Stored numbers come back as they were written, with the rescale that makes them real."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    MPEG2MPML,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from app.domain.image import Window
from app.errors import NotAnImage
from app.images.headers import read_header
from app.images.read import read_image
from tests.images.dicom_files import image, phantom, save, uid, write_ct, write_enhanced
from tests.images.workflow import scanned


def read_one(folder, **arguments):
    write_ct(folder, **arguments)
    found = scanned(folder)
    assert not found.problems
    (series,) = found.series
    return read_image(series)


def test_numbers_are_kept_as_stored_and_become_hounsfield_units(tmp_path):
    read = read_one(tmp_path, RescaleSlope=0.5)

    assert read.pixels.dtype == np.uint16
    np.testing.assert_array_equal(read.pixels, phantom())
    np.testing.assert_array_equal(read.values(2), phantom()[2] * 0.5 - 1024)
    assert (read.unit, read.modality, read.bits_stored) == ("HU", "CT", 12)
    assert read.windows == (Window(40, 400),)


def test_some_slices_keep_their_own_place(tmp_path):
    write_ct(tmp_path)
    (series,) = scanned(tmp_path).series

    read = read_image(series, [2, 0])

    np.testing.assert_array_equal(read.pixels, phantom()[[2, 0]])
    assert [place[2] for place in read.grid.positions] == [110, 100]


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_lossless_compression_changes_nothing(tmp_path, syntax):
    np.testing.assert_array_equal(read_one(tmp_path, syntax=syntax).pixels, phantom())


def test_a_syntax_without_decoder_is_named_with_a_way_out(tmp_path):
    (path,) = write_ct(tmp_path, slices=1)
    ds = pydicom.dcmread(path)
    ds.file_meta.TransferSyntaxUID = MPEG2MPML
    ds.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8" + b"\0" * 20])
    ds.save_as(path, implicit_vr=False, little_endian=True)

    (problem,) = scanned(tmp_path).problems

    assert "MPEG2" in problem.what
    assert "1.2.840.10008.1.2.4.100" in problem.what
    assert "JPEG-LS" in problem.remedy


def test_bits_above_bits_stored_are_cut_off_and_the_sign_is_extended(tmp_path):
    """Known by hand: 9 bits, 0x01FF is -1; the dirty upper bits 0xFE00 say nothing."""
    dirty = np.array([[[0x01FF, 0xFE01], [0x00FF, 0xFF00]]], "u2")

    read = read_one(tmp_path, pixels=dirty, BitsStored=9, HighBit=8, PixelRepresentation=1)

    np.testing.assert_array_equal(read.pixels[0], [[-1, 1], [255, -256]])
    assert read.pixels.dtype == np.int16


def test_padding_stays_in_stored_numbers_even_above_bits_stored(tmp_path):
    plane = phantom(1)
    plane[0, 0, :] = 63536
    read = read_one(tmp_path, pixels=plane, PixelPaddingValue=63536)

    assert read.padding == (63536, 63536)
    assert not read.valid(0)[0].any()
    assert read.valid(0)[1:].all()


def test_low_values_of_monochrome1_are_bright(tmp_path):
    assert read_one(tmp_path, PhotometricInterpretation="MONOCHROME1").inverted


def test_only_usable_windows_are_kept(tmp_path):
    windows = {"WindowCenter": [40, 50, -600], "WindowWidth": [400, 0, 1500]}

    read = read_one(tmp_path, WindowCenterWidthExplanation=["SOFT", "BAD", "LUNG"], **windows)

    assert read.windows == (
        Window(40, 400, "LINEAR", "SOFT"),
        Window(-600, 1500, "LINEAR", "LUNG"),
    )


def test_a_modality_lut_takes_the_place_of_the_rescale(tmp_path):
    lut = Dataset()
    lut.add_new("LUTDescriptor", "US", [4, 10, 16])
    lut.add_new("LUTData", "US", [100, 200, 300, 400])
    lut.ModalityLUTType = "HU"
    plane = np.array([[[9, 10], [12, 99]]], "u2")

    read = read_one(
        tmp_path, pixels=plane, ModalityLUTSequence=Items([lut]), RescaleSlope=None,
        RescaleIntercept=None, RescaleType=None,
    )  # fmt: skip

    np.testing.assert_array_equal(read.values(0), [[100, 100], [300, 400]])
    assert read.unit == "HU"


def test_floats_keep_nan_and_inf(tmp_path):
    plane = np.array([[[np.nan, np.inf], [-0.5, 2.0]]], "f4")

    read = read_one(tmp_path, pixels=plane, Modality="MR", RescaleSlope=None,
                    RescaleIntercept=None, RescaleType=None)  # fmt: skip

    np.testing.assert_array_equal(read.values(0), plane[0].astype("f8"))


def test_colour_becomes_luminance_and_says_so(tmp_path):
    """A grey picture stored as RGB keeps its numbers; pure green is 0.587 of them."""
    grey = np.repeat(np.arange(16, dtype="u1").reshape(4, 4, 1) * 16, 3, axis=2)
    grey[0, 0] = (0, 100, 0)
    ds = image(grey[..., 0], 2, "rgb", "rgb")
    ds.SamplesPerPixel, ds.PlanarConfiguration = 3, 0
    ds.PhotometricInterpretation, ds.PixelData = "RGB", grey.tobytes()
    save(ds, tmp_path / "rgb.dcm", {})
    (series,) = scanned(tmp_path).series

    read = read_image(series)

    expected = grey[..., 1].copy()
    expected[0, 0] = 59
    np.testing.assert_array_equal(read.pixels[0], expected)
    assert read.flags == ("luminance",)


def test_frames_are_sorted_by_place_and_keep_their_own_rescale(tmp_path):
    write_enhanced(tmp_path / "ct.dcm", heights=[110, 100, 115, 105], slopes=[1, 2, 3, 4])
    (series,) = scanned(tmp_path).series

    read = read_image(series)

    np.testing.assert_array_equal(read.pixels, phantom()[[1, 3, 0, 2]])
    assert read.slopes == (2, 4, 1, 3)
    assert read.unit == "HU"


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Rows": 0}, "0 rows"),
        ({"Rows": 65535, "Columns": 65535, "NumberOfFrames": 1}, "limit is 4 GiB"),
        ({"Rows": 64}, "cut short"),
        ({"BitsStored": 18}, "BitsStored 18"),
        ({"RescaleSlope": 0}, "RescaleSlope is 0"),
        ({"PhotometricInterpretation": "FOO"}, "FOO"),
        ({"PixelData": None}, "no pixels"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused_by_name(tmp_path, elements, words):
    (path,) = write_ct(tmp_path, slices=1, names=["odd.dcm"], **elements)

    with pytest.raises(NotAnImage, match=words) as refused:
        read_header(path)

    assert str(refused.value).startswith("odd.dcm: ")
    assert refused.value.remedy


def test_a_deflated_bomb_is_stopped_at_the_limit(tmp_path, monkeypatch):
    (path,) = write_ct(tmp_path, slices=1, rows=512, columns=512, syntax="1.2.840.10008.1.2.1.99")
    assert read_header(path).rows == 512
    monkeypatch.setattr("app.images.files.INFLATED_LIMIT", 2**16)

    with pytest.raises(NotAnImage, match="grows beyond"):
        read_header(path)


def test_a_header_of_zeros_without_end_is_given_up(tmp_path, monkeypatch):
    (path,) = write_ct(tmp_path, slices=1)
    start = path.read_bytes()[:400]
    path.write_bytes(start + b"\0" * 2**16)
    monkeypatch.setattr("app.images.files.STEPS_LIMIT", 1000)

    with pytest.raises(NotAnImage, match="does not end"):
        read_header(path)


def test_a_file_that_changed_since_the_scan_is_refused(tmp_path):
    write_ct(tmp_path, series="same")
    (series,) = scanned(tmp_path).series
    write_ct(tmp_path, series="same", rows=16)

    with pytest.raises(NotAnImage, match="changed since"):
        read_image(series)


def test_slices_of_two_units_are_no_image(tmp_path):
    first, *_ = write_ct(tmp_path, slices=2)
    ds = pydicom.dcmread(first)
    save(ds, first, {"RescaleType": "OD", "SeriesInstanceUID": uid("series", tmp_path.as_posix())})
    (series,) = scanned(tmp_path).series

    with pytest.raises(NotAnImage, match="unit"):
        read_image(series)
