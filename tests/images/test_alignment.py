"""Shifts and mirrored images are found in the pixels, and only where they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.domain.image import Grid, Image
from app.images.alignment import MIRRORS, align, central
from app.images.pairing import pair
from app.images.regrid import read_pair
from tests.images.workflow import scanned

ROWS, COLUMNS = np.mgrid[:96, :96] - 48.0


def image(*planes):
    pixels = np.stack(planes).astype(np.float32)
    grid = Grid(*pixels.shape[1:], len(planes))
    ones = (1.0,) * len(planes)
    return Image(pixels, ones, (0.0,) * len(planes), grid)


def head(down=0.0, right=0.0):
    """Return an unsymmetric object in air, moved exactly: it is computed, not resampled."""
    y, x = ROWS - down, COLUMNS - right
    found = 1000 / (1 + np.exp((np.hypot(y / 1.2, x) - 30) / 0.8))
    for top, left, size, value in ((-12, 9, 6, 400), (10, -14, 9, -350), (18, 12, 4, 600)):
        found += value * np.exp(-((y - top) ** 2 + (x - left) ** 2) / (2 * size**2))
    return found + 60 * np.sin(x / 2.3) * np.cos(y / 3.1) * (found > 500)


def noise(level, seed=0):
    return np.random.default_rng(seed).normal(0, level, ROWS.shape)


@settings(max_examples=8, deadline=None)
@given(down=st.floats(-4, 4), right=st.floats(-4, 4))
def test_a_known_shift_is_measured_within_a_twentieth_of_a_pixel(down, right):
    found = align(image(head()), image(head(down, right)))

    expected = [0.0 if abs(step) < 0.02 else step for step in (down, right)]
    assert found.shift == pytest.approx(expected, abs=0.05)


def test_half_a_pixel_is_flagged_in_rows_and_columns():
    found = align(image(head()), image(head(0.5, 0)))

    (flag,) = found.flags
    rows, columns = map(float, flag.removeprefix("shifted:").split(","))
    assert (rows, columns) == pytest.approx((0.5, 0), abs=0.04)
    assert "rows and +0.00 columns off its reference" in found.words


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plane: plane + noise(150),
        lambda plane: ndimage.gaussian_filter(plane, 2),
        lambda plane: np.where(np.hypot(ROWS - 5, COLUMNS - 20) < 6, 1500, plane),
        lambda plane: 3 * plane - 7000,
        lambda plane: ndimage.zoom(ndimage.zoom(plane, 0.25, order=1, grid_mode=True,
                                                mode="nearest"), 4, order=3, grid_mode=True,
                                   mode="nearest"),
    ],
)  # fmt: skip
def test_noise_blur_an_invention_and_other_units_are_no_shift(spoil):
    assert align(image(head()), image(spoil(head()))).flags == ()


@pytest.mark.parametrize("name", MIRRORS)
def test_each_turn_is_named_and_never_taken_back(name):
    turned = np.ascontiguousarray(MIRRORS[name](head() + noise(30)))

    found = align(image(head()), image(turned))

    assert found.flags == ("mirrored?",)
    # a turn by 90 degrees is undone by one of 270, and the other way round
    undone = {"turned by 90 degrees": "turned by 270 degrees",
              "turned by 270 degrees": "turned by 90 degrees"}.get(name, name)  # fmt: skip
    assert found.mirrored == undone


def test_a_symmetric_object_is_not_called_mirrored():
    disc = 1000.0 * (np.hypot(ROWS + 0.5, COLUMNS + 0.5) < 30)

    assert align(image(disc), image(disc + noise(200))).flags == ()


def test_another_object_is_told():
    assert align(image(head()), image(noise(100))).flags == ("unlike-reference",)


def test_a_negative_is_told_as_one():
    found = align(image(head()), image(1000 - head() + noise(30)))

    assert found.flags == ("unlike-reference",)
    assert "as a negative is" in found.words


def test_what_has_no_data_is_left_out():
    half, reference = image(head(0, 0.5)), image(head())
    mask = np.ones((1, 96, 96), bool)
    mask[:, :, 70:] = False
    from dataclasses import replace

    cut = replace(half, pixels=np.where(mask, half.pixels, 9e4), covered=mask)

    assert align(reference, cut).shift == pytest.approx((0, 0.5), abs=0.1)


@pytest.mark.parametrize("plane", [np.zeros((96, 96)), np.eye(8), np.full((96, 96), np.nan)])
def test_where_nothing_stands_out_nothing_is_said(plane):
    found = align(image(plane), image(plane))

    assert (found.shift, found.flags, found.words) == (None, (), "")


def test_the_slices_looked_at_lie_inside():
    assert [central(count) for count in (0, 1, 2, 4, 9)] == [(), (0,), (0, 1), (1, 2, 3), (2, 4, 6)]


def test_of_the_traps_only_the_undeclared_flip_is_told(shared):
    source = shared / "data" / "dicom" / "pairing_traps"
    told = {}
    for one in pair(scanned(source), source, reference="base").pairs:
        found = align(*read_pair(one, central(len(one.slices))))
        if found.flags:
            told[one.arm] = found.flags, found.mirrored

    assert told == {"flip_lr_undeclared": (("mirrored?",), "mirrored left to right")}


def test_a_grid_of_half_voxels_taken_for_another_is_found(shared, tmp_path):
    """Aligned at the corner but declared as aligned by area: a quarter of a reference pixel."""
    import pydicom

    traps = shared / "data" / "dicom" / "pairing_traps"
    for arm, kind in (("reference", "base"), ("declared", "sr2x_corner_aligned")):
        (tmp_path / arm).mkdir()
        for path in (traps / kind).glob("*.dcm"):
            one = pydicom.dcmread(path)
            if arm == "declared":
                corner = one.ImagePositionPatient
                half = one.PixelSpacing[0] / 2
                one.ImagePositionPatient = [corner[0] - half, corner[1] - half, corner[2]]
            one.save_as(tmp_path / arm / path.name)

    (found,) = pair(scanned(tmp_path), tmp_path, reference=None).pairs
    seen = align(*read_pair(found, central(4)))

    assert found.regrid.interpolation == "area mean"
    assert seen.shift == pytest.approx((-0.25, -0.25), abs=0.06)
    assert seen.flags[0].startswith("shifted:-0.2")


@pytest.mark.parametrize(
    ("folder", "reference"),
    [("paired_ct_kernel", "std_1mm_idose"), ("paired_mr_ai", "ai_off"),
     ("paired_mr_retrospective", "full")],
)  # fmt: skip
def test_real_pairs_lie_on_each_other(shared, folder, reference):
    source = shared / "data" / "dicom" / folder
    for one in pair(scanned(source), source, reference=reference).pairs:
        assert align(*read_pair(one, central(len(one.slices)))).flags == ()


def test_no_reconstruction_of_the_published_study_is_called_shifted(shared):
    source = shared / "data" / "ldct-reader-study" / "dicom"
    pairs = pair(scanned(source), source, reference="NDCT").pairs
    for one in pairs[::13]:
        assert align(*read_pair(one)).flags == ()
