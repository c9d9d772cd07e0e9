"""One image in every encoding and compression: the same numbers, or as near as it says."""

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID

from app.errors import NotAnImage
from app.images.codestream import size_of
from app.images.read import read_image
from tests.images.dicom_files import image, phantom, save, write_ct
from tests.images.workflow import scanned

JPEG = "1.2.840.10008.1.2.4."
YOUNG = (f"{JPEG}110", f"{JPEG}112")
"""Syntaxes that pydicom does not know yet; as long as that of HTJ2K."""

SIGNED = phantom(1)[0].astype("i2") - 600


def read(folder):
    found = scanned(folder)
    assert not found.problems
    (series,) = found.series
    return read_image(series)


def packed(path, plane, syntax, frames, **elements):
    """Write frames that another encoder has made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds = image(plane, 2, "packed", "packed")
    ds.PixelData = encapsulate(frames) if frames else ds.PixelData
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    known = f"{JPEG}201" if syntax in YOUNG else syntax
    ds.file_meta.TransferSyntaxUID = UID(known)
    ds.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=True)
    path.write_bytes(path.read_bytes().replace(known.encode(), syntax.encode(), 1))
    return path


def lossless_jpeg(predictor):
    return lambda plane: imagecodecs.jpeg8_encode(plane, lossless=True, predictor=predictor)


LOSSLESS = {
    "70": lossless_jpeg(1),
    "57": lossless_jpeg(4),
    "80": imagecodecs.jpegls_encode,
    "90": lambda plane: imagecodecs.jpeg2k_encode(plane, codecformat="j2k"),
    "110": lambda plane: imagecodecs.jpegxl_encode(plane, lossless=True),
    "112": lambda plane: imagecodecs.jpegxl_encode(plane, lossless=True, bitspersample=12),
    "201": imagecodecs.htj2k_encode,
    "202": imagecodecs.htj2k_encode,
    "203": imagecodecs.htj2k_encode,
}
"""Encoders by the end of the syntax; OpenJPH's HTJ2K is decoded by OpenJPEG."""


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_syntaxes_give_the_same_numbers(tmp_path, syntax):
    plane = phantom(1)[0]
    packed(tmp_path / "p.dcm", plane, JPEG + syntax, [bytes(LOSSLESS[syntax](plane))])

    np.testing.assert_array_equal(read(tmp_path).pixels[0], plane)


@pytest.mark.parametrize("syntax", ["57", "70", "80", "110"])
def test_the_sign_survives_a_syntax_that_knows_none(tmp_path, syntax):
    packed(tmp_path / "p.dcm", SIGNED, JPEG + syntax, [bytes(LOSSLESS[syntax](SIGNED.view("u2")))])

    np.testing.assert_array_equal(read(tmp_path).pixels[0], SIGNED)


def test_colours_of_lossless_jpeg_are_not_converted(tmp_path):
    """By hand: grey stored as RGB is its own luminance, whatever a decoder may guess."""
    plane = (phantom(1)[0] % 256).astype("u1")
    colours = np.repeat(plane[..., None], 3, axis=2)
    frame = imagecodecs.jpeg8_encode(
        colours, lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB"
    )
    packed(tmp_path / "p.dcm", plane, JPEG + "70", [bytes(frame)], SamplesPerPixel=3,
           PlanarConfiguration=0, PhotometricInterpretation="RGB")  # fmt: skip

    np.testing.assert_array_equal(read(tmp_path).pixels[0], plane)


def test_a_frame_without_compression_may_lie_in_a_fragment(tmp_path):
    plane = phantom(1)[0]
    packed(tmp_path / "p.dcm", plane, "1.2.840.10008.1.2.1.98", [plane.tobytes()])

    np.testing.assert_array_equal(read(tmp_path).pixels[0], plane)


def test_offsets_that_point_beyond_the_file_are_passed_over(tmp_path):
    plane = phantom(1)[0]
    frame = bytes(LOSSLESS["90"](plane))
    path = packed(tmp_path / "p.dcm", plane, JPEG + "90", [frame])
    data = path.read_bytes()
    at = data.index(b"\xfe\xff\x00\xe0\x04\x00\x00\x00") + 8
    path.write_bytes(data[:at] + b"\xff\xff\xff\x7f" + data[at + 4 :])

    np.testing.assert_array_equal(read(tmp_path).pixels[0], plane)


@pytest.mark.parametrize("syntax", ["110", "112"])
def test_a_jpeg_xl_of_another_size_is_refused_before_it_is_decoded(tmp_path, syntax):
    big = np.zeros((640, 480), "u2")
    packed(tmp_path / "p.dcm", phantom(1)[0], JPEG + syntax, [bytes(LOSSLESS[syntax](big))])

    with pytest.raises(NotAnImage, match="640 x 480 pixels, but 32 x 32"):
        read(tmp_path)


@pytest.mark.parametrize("shape", [(8, 8), (64, 48), (100, 300), (513, 257), (256, 256), (90, 160)])
@pytest.mark.parametrize("boxed", [True, False])
def test_the_size_of_a_jpeg_xl_is_read_from_its_header(shape, boxed):
    stream = imagecodecs.jpegxl_encode(np.zeros(shape, "u1"), lossless=True, usecontainer=boxed)

    assert size_of(bytes(stream)) == shape


@pytest.mark.parametrize("way", ["implicit", "big endian", "deflated", "no meta", "bare"])
def test_every_encoding_gives_the_same_numbers_and_places(tmp_path, way):
    (path,) = write_ct(tmp_path / "plain", slices=1)
    plain = read(tmp_path / "plain")
    other = tmp_path / "other" / "file.dcm"
    other.parent.mkdir()
    ds = pydicom.dcmread(path)
    if way in ("implicit", "deflated"):
        syntax = "1.2.840.10008.1.2" if way == "implicit" else "1.2.840.10008.1.2.1.99"
        save(ds, other, {}, syntax)
    elif way == "big endian":
        swapped = Dataset({element.tag: element for element in ds})
        swapped.file_meta = ds.file_meta
        swapped.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.2")
        swapped.PixelData = plain.pixels[0].astype(">u2").tobytes()
        pydicom.dcmwrite(other, swapped, enforce_file_format=True)
    else:
        bare = Dataset({element.tag: element for element in ds})
        with other.open("wb") as file:
            if way == "no meta":
                file.write(b"\0" * 128 + b"DICM")
            pydicom.dcmwrite(file, bare, implicit_vr=way == "bare", little_endian=True)

    found = read(tmp_path / "other")

    np.testing.assert_array_equal(found.pixels, plain.pixels)
    assert found.pixels.dtype == np.uint16
    assert found.grid == plain.grid
    assert found.windows == plain.windows


SPOT = np.s_[250:252, 250:254]
PEER = [[2156, 2137, 2105, 2095], [2118, 2125, 2105, 2093]]
"""Pixels of the 12-bit JPEGs of the shared slice by the reference decoder of ISO/IEC 10918-7."""


def test_the_shared_slice_is_exact_or_within_what_was_lost(shared):
    """12-bit JPEG within 1 of 4096 of another decoder; JPEG-LS within its NEAR of 1."""
    found = scanned(shared / "data" / "dicom" / "transfer_syntaxes")
    assert not found.problems
    images = {one.slices[0].path.stem.split("_1.2.")[0]: read_image(one) for one in found.series}
    exact = images.pop("CT_LittleEndianExplicitTransferSyntax").pixels.astype(int)
    twelve = [name for name in images if "10_12" in name or "2_4" in name or "6_8" in name]
    assert len(twelve) == 3
    for name in twelve:
        assert np.abs(images[name].pixels[0][SPOT].astype(int) - PEER).max() <= 1
        np.testing.assert_array_equal(images[name].pixels, images[twelve[0]].pixels)
    near = images.pop("CT_JPEGLSLossyTransferSyntax").pixels
    assert np.abs(near - exact).max() == 1
    lossy = images.pop("CT_JPEG2000TransferSyntax").pixels
    assert np.abs(lossy - exact).mean() < 1
    eight = images.pop("CT_JPEGProcess1TransferSyntax")
    assert np.abs(eight.values(0) - (exact[0] - 1024)).max() <= 2 * eight.slopes[0]
    for name in set(images) - set(twelve):
        np.testing.assert_array_equal(images[name].pixels, exact, err_msg=name)


def test_real_lossless_jpegs_are_those_of_another_decoder(shared):
    """The other decoder: dcm2niix's, which shares no code with libjpeg-turbo."""
    for name in ("CR_RG2_jpeg_lossless", "MG_fullfield_jpeg_lossless"):
        path = shared / "data" / "dicom" / "cr_dx_mg" / f"{name}.dcm"
        frame = get_frame(pydicom.dcmread(path).PixelData, 0, number_of_frames=1)
        (series,) = scanned(path).series

        np.testing.assert_array_equal(
            read_image(series).pixels[0], imagecodecs.jpegsof3_decode(frame)
        )
