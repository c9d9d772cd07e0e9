"""Every kind of number comes out as it was written, or is refused."""

import gzip

import numpy as np
import pytest
from PIL import Image as Pillow

from app.images.read import read_image
from tests.images.dicom_files import phantom
from tests.images.formats.files import (
    png_with_header,
    write_h5,
    write_nifti,
    write_npy,
    write_npz,
    write_pngs,
    write_tiff,
)
from tests.images.workflow import scanned

WRITERS = {
    "npy": lambda folder, pixels: write_npy(folder / "a.npy", pixels),
    "npz": lambda folder, pixels: write_npz(folder / "a.npz", image=pixels),
    "h5": lambda folder, pixels: write_h5(folder / "a.h5", image=pixels),
    "tif": lambda folder, pixels: write_tiff(folder / "a.tif", pixels),
    "nii": lambda folder, pixels: write_nifti(folder / "a.nii", pixels),
    "nii.gz": lambda folder, pixels: write_nifti(folder / "a.nii.gz", pixels),
}
REAL = ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8", ">u2", ">i4", ">f8", "i8", "u8"]


def read_only(folder):
    found = scanned(folder)
    assert not found.problems, found.problems
    (series,) = found.series
    return series, read_image(series)


def refused(folder):
    found = scanned(folder)
    assert not found.series
    (problem,) = found.problems
    assert problem.remedy
    return problem.what


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("name", WRITERS)
def test_numbers_are_kept(tmp_path, name, kind):
    pixels = (np.arange(60).reshape(3, 4, 5) % 120).astype(kind)
    WRITERS[name](tmp_path, pixels)

    series, image = read_only(tmp_path)

    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == pixels.dtype.newbyteorder("=")
    assert image.bits_stored == series.bits_stored == pixels.dtype.itemsize * 8
    np.testing.assert_array_equal(read_image(series, [2, 0]).pixels, pixels[[2, 0]])


@pytest.mark.parametrize("name", ["npy", "npz", "h5", "tif", "nii", "nii.gz"])
def test_what_is_no_finite_number_is_kept(tmp_path, name):
    pixels = np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    pixels[0, 0, :3] = np.nan, np.inf, -np.inf
    WRITERS[name](tmp_path, pixels)

    np.testing.assert_array_equal(read_only(tmp_path)[1].pixels, pixels)


@pytest.mark.parametrize("name", ["npy", "npz", "h5"])
def test_bool_and_half_precision_become_numbers_that_metrics_take(tmp_path, name):
    for kind, expected in (("?", np.uint8), ("f2", np.float32)):
        WRITERS[name](tmp_path, (phantom(2) > 500).astype(kind))

        image = read_only(tmp_path)[1]

        assert image.pixels.dtype == expected
        np.testing.assert_array_equal(image.pixels, phantom(2) > 500)


@pytest.mark.parametrize("name", ["npy", "npz", "h5", "nii"])
def test_a_complex_image_gives_its_magnitude_and_says_so(tmp_path, name):
    pixels = np.full((2, 3, 4), 3 + 4j, np.complex64)
    WRITERS[name](tmp_path, pixels)

    image = read_only(tmp_path)[1]

    assert "magnitude" in image.flags
    assert (image.pixels == 5).all()


@pytest.mark.parametrize("change", [
    np.asfortranarray, lambda a: a[::-1, :, ::-1], lambda a: a.transpose(0, 2, 1),
    lambda a: a[:, None], lambda a: a[None], lambda a: a[..., None],
])  # fmt: skip
def test_memory_order_strides_and_single_axes_change_nothing(tmp_path, change):
    pixels = change(phantom(3, 6, 5))
    write_npy(tmp_path / "a.npy", pixels)

    series, image = read_only(tmp_path)

    np.testing.assert_array_equal(image.pixels, pixels.squeeze())
    np.testing.assert_array_equal(read_image(series, [1]).pixels[0], pixels.squeeze()[1])


@pytest.mark.parametrize(("array", "words"), [
    (np.zeros((4, 5, 3), np.uint8), "looks like colours"),
    (np.zeros(7), "shape 7"),
    (np.zeros((2, 3, 4, 5)), "shape 2 x 3 x 4 x 5"),
    (np.array([["a", "b"]]), "not plain numbers"),
    (np.zeros((3, 0, 4)), "cannot have the shape"),
    (np.array([[{}]], dtype=object), "not plain numbers"),
    (np.zeros((2, 2), [("x", "f4")]), "not plain numbers"),
])  # fmt: skip
def test_arrays_that_are_no_image_are_refused(tmp_path, array, words):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)

    assert words in refused(tmp_path)


def test_the_slope_of_nifti_is_applied_when_values_are_asked_for(tmp_path):
    write_nifti(tmp_path / "a.nii", phantom(2).astype(np.int16), slope_inter=(0.5, -10))

    image = read_only(tmp_path)[1]

    assert image.pixels.dtype == np.int16
    np.testing.assert_array_equal(image.values(1), phantom(2)[1] * 0.5 - 10)


def test_colour_voxels_of_nifti_become_luminance(tmp_path):
    colours = np.zeros((5, 4, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["R"] = 100
    write_nifti(tmp_path / "a.nii", colours.T)

    image = read_only(tmp_path)[1]

    assert "luminance" in image.flags
    assert (image.pixels == 30).all()  # 0.299 * 100


def test_a_volume_over_time_is_refused(tmp_path):
    write_nifti(tmp_path / "a.nii", np.zeros((3, 2, 4, 5), np.int16))

    assert "several volumes (5 x 4 x 2 x 3)" in refused(tmp_path)


@pytest.mark.parametrize(("mode", "size", "flags"), [
    ("1", 1, ("8-bit-picture",)),
    ("L", 1, ("8-bit-picture",)),
    ("I;16", 2, ("16-bit-picture",)),
    ("RGB", 1, ("8-bit-picture", "luminance")),
    ("P", 1, ("8-bit-picture", "luminance")),
    ("LA", 1, ("8-bit-picture",)),
    ("RGBA", 1, ("8-bit-picture", "luminance")),
])  # fmt: skip
def test_every_kind_of_png_is_read_with_its_badge(tmp_path, mode, size, flags):
    grey = np.array([[0, 255], [255, 0]], np.uint8)
    if mode == "I;16":
        picture = Pillow.fromarray(grey.astype(np.uint16) * 257)
    else:
        picture = Pillow.fromarray(grey).convert(mode)
    picture.save(tmp_path / "a.png")

    series, image = read_only(tmp_path)

    assert image.flags == flags
    assert image.pixels.dtype.itemsize == size
    top = {"1": 1, "I;16": 65535}.get(mode, 255)
    np.testing.assert_array_equal(image.pixels[0], grey // 255 * np.uint16(top))
    if "luminance" in flags:
        assert "colour picture" in series.storage.remarks[0]


def test_a_jpeg_says_that_it_has_lost_detail(tmp_path):
    Pillow.fromarray(np.full((8, 8), 100, np.uint8)).save(tmp_path / "a.jpg")

    image = read_only(tmp_path)[1]

    assert image.flags == ("8-bit-picture", "lossy-picture")
    assert (image.pixels == 100).all()


@pytest.mark.parametrize(("make", "words"), [
    (lambda p: Pillow.new("RGBA", (4, 4), (9, 9, 9, 100)).save(p), "transparent"),
    (lambda p: p.write_bytes(png_with_header(4, 4, 16, 2)), "16-bit pictures of the kind RGB"),
    (lambda p: p.write_bytes(png_with_header(60000, 60000)), "the limit is 4 GiB"),
    (lambda p: p.write_bytes(b"GIF89a"), "named as PNG and does not begin as such"),
    (lambda p: Pillow.new("L", (4, 4)).save(p, save_all=True, duration=9, append_images=[
        Pillow.new("L", (4, 4), 9)]), "moving picture"),
])  # fmt: skip
def test_pictures_that_would_need_a_guess_are_refused(tmp_path, make, words):
    make(tmp_path / "a.png")

    found = scanned(tmp_path)
    if found.problems:
        assert words in found.problems[0].what
    else:
        with pytest.raises(Exception, match=words):
            read_image(found.series[0])


def test_tiff_where_low_numbers_are_white_is_shown_inverted(tmp_path):
    write_tiff(tmp_path / "a.tif", phantom(1)[0], photometric="miniswhite")

    image = read_only(tmp_path)[1]

    assert image.inverted
    np.testing.assert_array_equal(image.pixels, phantom(1))


@pytest.mark.parametrize("options", [
    {"compression": "lzw"}, {"compression": "zlib", "predictor": True}, {"tile": (16, 16)},
    {"byteorder": ">"}, {"bigtiff": True}, {"imagej": True}, {"metadata": None},
    {"rowsperstrip": 5}, {"compression": "zstd"}, {"ome": True},
])  # fmt: skip
def test_every_layout_of_tiff_gives_the_same_numbers(tmp_path, options):
    write_tiff(tmp_path / "a.tif", phantom(3), **options)

    np.testing.assert_array_equal(read_only(tmp_path)[1].pixels, phantom(3))


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_tiff_becomes_luminance(tmp_path, planar):
    colours = np.zeros((4, 5, 3), np.uint8)
    colours[..., 1] = 100
    if planar == "separate":
        colours = np.moveaxis(colours, -1, 0)
    write_tiff(tmp_path / "a.tif", colours, photometric="rgb", planarconfig=planar)

    image = read_only(tmp_path)[1]

    assert (image.pixels == 59).all()  # 0.587 * 100, rounded
    assert image.flags == ("8-bit-picture", "luminance")


def test_pages_of_several_sizes_are_refused(tmp_path):
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.zeros((8, 8), np.uint16))
        file.write(np.zeros((9, 9), np.uint16))

    assert "several sizes: 8 x 8, 9 x 9" in refused(tmp_path)


def test_a_file_that_changed_since_the_scan_is_refused(tmp_path):
    path = write_npy(tmp_path / "a.npy", phantom(2))
    series, _ = read_only(tmp_path)
    write_npy(path, phantom(2, 16, 16))

    with pytest.raises(Exception, match="changed since the folder was scanned"):
        read_image(series)


def test_the_uid_is_that_of_the_content_in_its_place(tmp_path):
    for place in ("one", "two"):
        write_npy(tmp_path / place / "case" / "a.npy", phantom(2))
    uids = [scanned(tmp_path / place).series[0].uid for place in ("one", "two")]
    write_npy(tmp_path / "two" / "case" / "a.npy", phantom(2, seed=3))

    assert uids[0] == uids[1]
    assert uids[0].startswith("2.25.")
    assert len(uids[0]) <= 64
    assert scanned(tmp_path / "two").series[0].uid != uids[0]


def test_a_dicom_file_named_as_a_picture_stays_dicom(tmp_path):
    from tests.images.dicom_files import write_ct

    write_ct(tmp_path, slices=1, names=["a.png"])

    assert read_only(tmp_path)[0].storage is None


def test_gzip_of_something_else_is_no_nifti(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(b"something else" * 100))

    assert "does not begin as a NIfTI file" in refused(tmp_path)


def test_a_folder_of_pictures_mixes_grey_and_colour_in_words(tmp_path):
    write_pngs(tmp_path, phantom(3).astype(np.uint8))
    Pillow.new("RGB", (32, 32), (9, 9, 9)).save(tmp_path / "slice_2.png")

    series, image = read_only(tmp_path)

    assert image.flags == ("8-bit-picture", "luminance")
    assert series.storage.remarks == (
        "a colour picture, turned grey by its luminance (1 of 3 slices)",
    )
    assert (image.pixels[1] == 9).all()
