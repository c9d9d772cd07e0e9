"""Where the body is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.metrics.regions import body_mask, body_rule

CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")
EIGHT = IntensityRange(0.0, 255.0, "8-bit")


def disc(shape, centre, radius):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


def thorax(shape=(256, 256), air=-1000.0, tissue=40.0, lung=-850.0):
    """A body with two lungs, on a table that is a thin line across the slice."""
    plane = np.full(shape, air)
    body = disc(shape, (120, 128), 90)
    plane[body] = tissue
    plane[disc(shape, (115, 90), 25) | disc(shape, (115, 166), 25)] = lung
    plane[225:228] = tissue
    return plane, body


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_ct_takes_the_body_with_its_lungs_and_leaves_the_table():
    plane, body = thorax()
    mask = body_mask(plane, "CT", CT)

    assert overlap(mask, body) > 0.98
    assert not mask[226].any()
    assert mask[115, 90]


def test_the_mask_of_ct_does_not_depend_on_the_range_a_person_gave():
    plane, _ = thorax()
    narrow = IntensityRange(-160.0, 240.0, "given")

    np.testing.assert_array_equal(
        body_mask(plane, "CT", narrow, unit="HU"), body_mask(plane, "CT", CT, unit="HU")
    )
    assert body_rule("CT", narrow, unit="HU") == body_rule("CT", CT)
    assert body_rule("CT", EIGHT, unit="HU") == body_rule("CT", EIGHT)


@given(seed=st.integers(0, 20), noise=st.floats(0, 12))
def test_noise_in_the_air_is_no_body_in_an_8_bit_picture(seed, noise):
    plane, body = thorax(air=0.0, tissue=150.0, lung=0.0)
    faint = np.abs(np.random.default_rng(seed).normal(0, noise, plane.shape))
    mask = body_mask(plane + faint, "CT", EIGHT)

    assert overlap(mask, body) > 0.97


def test_mr_noise_around_the_body_is_left_out():
    plane, body = thorax(air=0.0, tissue=400.0, lung=300.0)
    rng = np.random.default_rng(4)
    magnitude = np.hypot(plane + rng.normal(0, 20, plane.shape), rng.normal(0, 20, plane.shape))
    mask = body_mask(magnitude, "MR", IntensityRange(0.0, 500.0, "references"))

    assert overlap(mask, body) > 0.97


def test_an_inverted_radiograph_has_the_body_in_the_low_values():
    plane, body = thorax(air=0.0, tissue=150.0, lung=100.0)
    mask = body_mask(255 - plane, "CR", EIGHT, inverted=True)

    assert overlap(mask, body) > 0.98


def test_padding_is_never_body():
    plane, _ = thorax()
    valid = np.ones(plane.shape, dtype=bool)
    valid[:, :128] = False

    assert not body_mask(plane, "CT", CT, valid=valid)[:, :128].any()


@pytest.mark.parametrize(
    "plane", [np.full((64, 64), -1000.0), np.zeros((64, 64)), np.zeros((1, 1))]
)
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_a_constant_slice_has_no_body(plane, modality):
    assert not body_mask(plane, modality, CT).any()


@given(seed=st.integers(0, 20), shift=st.integers(-500, 500), factor=st.sampled_from([0.5, 2.0]))
def test_mr_units_do_not_matter(seed, shift, factor):
    plane, _ = thorax(air=0.0, tissue=400.0, lung=300.0)
    plane = plane + np.random.default_rng(seed).integers(0, 20, plane.shape)
    there = body_mask(plane, "MR", EIGHT)

    np.testing.assert_array_equal(body_mask(plane * factor + shift, "MR", EIGHT), there)


def test_the_rule_is_told_in_words():
    assert "-400 HU" in body_rule("CT", CT)
    assert "corners" in body_rule("CT", EIGHT)
    assert "corners" in body_rule("MR", CT)


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 5, 14])
def test_published_ct_pictures_give_half_of_the_slice_at_most(shared, number):
    """Air fills the corners, and the table's lines are not body."""
    import pydicom

    path = shared / "data" / "ldct-reader-study" / "dicom" / f"set{number:02d}" / "NDCT" / "1.dcm"
    plane = pydicom.dcmread(path).pixel_array.astype(float)
    mask = body_mask(plane, "CT", EIGHT)

    assert 0.3 < mask.mean() < 0.52
    assert not mask[-30:].any()
    assert mask[256, 256]
