"""A codestream is asked for its size before a decoder takes memory for it."""

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

from app.errors import NotAnImage
from app.images.codestream import size_of
from app.images.headers import read_header
from app.images.worker import decode
from tests.images.dicom_files import write_ct


@pytest.fixture(params=[JPEGLSLossless, JPEG2000Lossless])
def packed(request, tmp_path):
    plane = np.zeros((1, 48, 64), "u2")
    (path,) = write_ct(tmp_path, pixels=plane, names=["p.dcm"], syntax=request.param)
    return path


def frame_of(path):
    return get_frame(pydicom.dcmread(path).PixelData, 0, number_of_frames=1)


def test_rows_and_columns_are_read_from_the_codestream(packed):
    assert size_of(frame_of(packed)) == (48, 64)


def test_what_is_no_codestream_has_no_size():
    assert size_of(b"") is None
    assert size_of(b"\xff\xd8" + b"\xff\xe0\x00\x10" + b"\0" * 20) is None


def test_a_codestream_of_another_size_is_refused(packed):
    ds = pydicom.dcmread(packed)
    ds.Rows = 40
    ds.save_as(packed)

    with pytest.raises(NotAnImage, match="48 x 64 pixels, but 40 x 64 are declared"):
        decode(packed, 0, 10**6)


def test_a_jpeg_ls_frame_without_its_end_is_refused_at_once(tmp_path):
    (path,) = write_ct(tmp_path, slices=1, names=["p.dcm"], syntax=JPEGLSLossless)
    ds = pydicom.dcmread(path)
    ds.PixelData = encapsulate([frame_of(path)[:200]])
    ds.save_as(path)
    assert read_header(path).compressed

    with pytest.raises(NotAnImage, match="frame 1 is cut short"):
        decode(path, 0, 10**6)
