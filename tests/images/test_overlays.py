"""Overlay planes become masks on the image's grid, and leave its numbers alone."""

import numpy as np
import pydicom
import pytest
from pydicom.pixels.utils import pack_bits

from app.images.overlays import read_overlays
from app.images.read import read_image
from tests.images.dicom_files import phantom, save, write_ct
from tests.images.workflow import scanned

PLANE = np.random.default_rng(3).integers(0, 2, (9, 7)).astype("u1")


def overlaid(path, group=0x6000, planes=PLANE, origin=(1, 1), **more):
    """Add an overlay to a file."""
    ds = pydicom.dcmread(path)
    frames = planes if planes.ndim == 3 else planes[None]
    ds.add_new((group, 0x0010), "US", frames.shape[1])
    ds.add_new((group, 0x0011), "US", frames.shape[2])
    if planes.ndim == 3:
        ds.add_new((group, 0x0015), "IS", len(frames))
    ds.add_new((group, 0x0040), "CS", more.get("kind", "G"))
    ds.add_new((group, 0x0050), "SS", list(origin))
    ds.add_new((group, 0x0100), "US", 1)
    ds.add_new((group, 0x0102), "US", 0)
    ds.add_new((group, 0x1500), "LO", more.get("label", ""))
    ds.add_new((group, 0x3000), "OW", pack_bits(frames))
    return save(ds, path, {})


def only(folder):
    (series,) = scanned(folder).series
    return series


def test_a_plane_is_that_of_pydicom_at_its_origin(tmp_path):
    (path,) = write_ct(tmp_path, slices=1)
    overlaid(path, 0x6002, origin=(5, 11), kind="R", label="lesion")

    (overlay,) = read_overlays(only(tmp_path))

    expected = np.zeros((32, 32), bool)
    expected[4:13, 10:17] = pydicom.dcmread(path).overlay_array(0x6002)
    np.testing.assert_array_equal(overlay.masks, expected[None])
    assert (overlay.group, overlay.label, overlay.kind) == (0x6002, "lesion", "region")


@pytest.mark.parametrize(
    ("origin", "here", "there"),
    [
        ((-2, 0), np.s_[0:6, 0:6], np.s_[3:9, 1:7]),
        ((30, 28), np.s_[29:32, 27:32], np.s_[0:3, 0:5]),
        ((100, 1), np.s_[0:0, 0:0], np.s_[0:0, 0:0]),
    ],
)
def test_what_lies_beyond_the_image_is_cut_off(tmp_path, origin, here, there):
    """By hand: an origin of (1, 1) is the first pixel."""
    (path,) = write_ct(tmp_path, slices=1)
    overlaid(path, origin=origin)
    expected = np.zeros((32, 32), bool)
    expected[here] = PLANE[there]

    (overlay,) = read_overlays(only(tmp_path))

    np.testing.assert_array_equal(overlay.masks[0], expected)


def test_each_slice_has_its_own_planes_and_the_numbers_stay(tmp_path):
    files = write_ct(tmp_path, slices=3)
    overlaid(files[1])

    (overlay,) = read_overlays(only(tmp_path))

    assert [mask.any() for mask in overlay.masks] == [False, True, False]
    np.testing.assert_array_equal(read_image(only(tmp_path)).pixels, phantom(3))


def test_planes_in_the_spare_bits_are_read(tmp_path):
    """By hand: bit 13 of numbers that have 12 bits."""
    mask = phantom(1)[0] > 500
    (path,) = write_ct(tmp_path, pixels=phantom(1) | (mask.astype("u2") << 13)[None])
    ds = pydicom.dcmread(path)
    for element, value in ((0x10, 32), (0x11, 32), (0x100, 16), (0x102, 13)):
        ds.add_new((0x6000, element), "US", value)
    ds.add_new((0x6000, 0x50), "SS", [1, 1])
    save(ds, path, {})

    (overlay,) = read_overlays(only(tmp_path))

    np.testing.assert_array_equal(overlay.masks[0], mask)
    np.testing.assert_array_equal(read_image(only(tmp_path)).pixels, phantom(1))


def test_a_damaged_plane_is_left_out_and_the_others_are_read(tmp_path):
    (path,) = write_ct(tmp_path, slices=1)
    overlaid(path, 0x6000)
    overlaid(path, 0x6004)
    ds = pydicom.dcmread(path)
    ds[0x6000, 0x0010].value = 60000
    save(ds, path, {})

    assert [one.group for one in read_overlays(only(tmp_path))] == [0x6004]
