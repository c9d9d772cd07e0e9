"""Uncompressed slices read straight into the volume are the numbers of the file."""

import dataclasses
import warnings

import numpy as np
import pydicom
import pytest

from app.errors import BlindReadError, NotAnImage
from app.images import native
from app.images.read import read_image
from tests.images.dicom_files import phantom, save, write_ct
from tests.images.workflow import scanned

NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")


def by_hand(dataset, frame):
    """Return a frame of pydicom's array with what lies above BitsStored taken away."""
    plane = dataset.pixel_array
    plane = plane[frame] if int(dataset.get("NumberOfFrames") or 1) > 1 else plane
    bits, wide = int(dataset.BitsStored), plane.astype(np.int64)
    wide %= 2**bits
    return (
        np.where(wide >= 2 ** (bits - 1), wide - 2**bits, wide)
        if dataset.PixelRepresentation
        else wide
    )


def test_the_shared_files_have_the_pixels_that_pydicom_reads(shared):
    compared = 0
    for series in scanned(shared / "data" / "dicom").series:
        for index, one in enumerate(series.slices[:3]):
            if series.storage is not None:
                continue
            dataset = pydicom.dcmread(one.path, force=True)
            meta = dataset.file_meta.get("TransferSyntaxUID", "")
            plain = meta in NATIVE and dataset.get("SamplesPerPixel", 1) == 1
            odd = {"PixelPaddingValue", "ModalityLUTSequence", "FloatPixelData"} & set(
                dataset.dir()
            )
            high = dataset.get("HighBit") == dataset.get("BitsStored", 0) - 1
            if not plain or odd or not high or "PALETTE" in dataset.PhotometricInterpretation:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = by_hand(dataset, one.frame)
            np.testing.assert_array_equal(read_image(series, [index]).pixels[0], expected)
            compared += 1

    assert compared > 100


def test_the_shared_files_give_the_same_image_both_ways(shared, monkeypatch):
    def images():
        found = []
        for series in scanned(shared / "data" / "dicom").series:
            try:
                image = read_image(series)
            except BlindReadError as error:
                found.append((series.slices[0].path.name, str(error)))
            else:
                rest = {
                    field.name: getattr(image, field.name)
                    for field in dataclasses.fields(image)
                    if field.name != "pixels"
                }
                pixels = image.pixels.dtype, image.pixels.tobytes()
                found.append((series.slices[0].path.name, repr(rest), pixels))
        return found

    directly = images()
    monkeypatch.setattr(native, "plain", lambda _: False)

    for one, other in zip(directly, images(), strict=True):
        assert one == other


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("u2", {"BitsStored": 10, "HighBit": 9}),
        ("u2", {"BitsStored": 12, "HighBit": 15}),
        ("i2", {"BitsStored": 12, "HighBit": 11}),
        ("u2", {"BitsStored": 10, "HighBit": 9, "PixelPaddingValue": 1005}),
        ("u1", {}),
        ("f4", {}),
    ],
)
def test_dirty_bits_are_cleaned_where_there_are_any(tmp_path, monkeypatch, kind, elements):
    pixels = phantom(3).astype(kind)
    files = write_ct(tmp_path, pixels=pixels, **elements)
    save(pydicom.dcmread(files[1]), files[1], {"RescaleIntercept": -1000, "WindowWidth": 90})
    (series,) = scanned(tmp_path).series

    directly = read_image(series)
    monkeypatch.setattr(native, "plain", lambda _: False)
    another = read_image(series)

    np.testing.assert_array_equal(directly.pixels, another.pixels)
    assert directly.pixels.dtype == another.pixels.dtype == np.dtype(kind)
    assert directly.intercepts == another.intercepts == (-1024, -1000, -1024)
    assert directly.windows == another.windows
    assert directly.padding == another.padding


def test_a_file_cut_short_after_the_scan_is_refused_by_its_name(tmp_path):
    files = write_ct(tmp_path)
    (series,) = scanned(tmp_path).series
    files[2].write_bytes(files[2].read_bytes()[:-100])

    with pytest.raises(NotAnImage, match=r"003\.dcm"):
        read_image(series)
