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


def test_mr_with_air_in_one_corner_only_keeps_its_dark_muscle():
    """A shoulder fills three corners; muscle is a tenth as bright as fat."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:192, :192]
    air = rows + columns < 60
    muscle = np.where((rows > 120) & (columns < 60), 1000.0, 160.0)
    signal = np.where(air, 0.0, np.where(rows < 12, 1200.0, muscle))
    noisy = np.hypot(signal + rng.normal(0, 12, signal.shape), rng.normal(0, 12, signal.shape))
    mask = body_mask(noisy, "MR", IntensityRange(0.0, 1300.0, "references"))

    assert overlap(mask, ~air) > 0.95


def test_a_frame_of_zeros_does_not_hide_the_noise_of_mr():
    """Scanners pad a rectangular field of view with exact zeros."""
    plane, body = thorax(air=0.0, tissue=400.0, lung=300.0)
    rng = np.random.default_rng(4)
    magnitude = np.hypot(plane + rng.normal(0, 15, plane.shape), rng.normal(0, 15, plane.shape))
    magnitude[:, :20] = magnitude[:, -20:] = 0
    mask = body_mask(magnitude, "MR", IntensityRange(0.0, 500.0, "references"))

    assert overlap(mask, body) > 0.97


def test_faint_ghosts_beside_the_body_are_left_out_in_mr():
    """Breathing and folding put 4 % of the signal where the corners do not tell of it."""
    plane, body = thorax(air=0.0, tissue=400.0, lung=300.0)
    plane[225:228] = 0
    ghosts = np.zeros(plane.shape, dtype=bool)
    ghosts[10:240, 100:156] = True
    plane[ghosts & ~body] = 16.0
    mask = body_mask(plane, "MR", IntensityRange(0.0, 500.0, "references"))

    assert overlap(mask, body) > 0.98


def test_stray_pixels_in_the_padding_do_not_hide_the_noise():
    """Lossy compression leaves specks in what was padded with zeros."""
    plane, body = thorax(air=0.0, tissue=400.0, lung=300.0)
    plane[225:228] = 0
    rng = np.random.default_rng(4)
    magnitude = np.hypot(plane + rng.normal(0, 15, plane.shape), rng.normal(0, 15, plane.shape))
    magnitude[:, :20] = magnitude[:, -20:] = 0
    magnitude[3:6, 4:7] = 30
    mask = body_mask(magnitude, "MR", IntensityRange(0.0, 500.0, "references"))

    assert overlap(mask, body) > 0.97


def test_a_table_with_a_hollow_shell_is_no_body():
    """Beside the body as large as an arm, but air inside: found in real CT."""
    plane, body = thorax()
    plane[225:228] = -1000.0
    table = disc(plane.shape, (330, 128), 110) & (np.arange(256)[:, None] > 222)
    plane[table] = 40.0
    plane[disc(plane.shape, (330, 128), 103) & (np.arange(256)[:, None] > 229)] = -950.0
    arm = np.zeros(plane.shape, dtype=bool)
    arm[5:205, 2:26] = True
    plane[arm] = 40.0
    mask = body_mask(plane, "CT", CT)

    assert not mask[240:, 60:200].any()
    assert overlap(mask, body | arm) > 0.97


@pytest.mark.parametrize(("gap", "closed"), [(8, True), (40, False)])
def test_the_inside_of_a_shell_counts_where_its_wall_is_nearly_closed(gap, closed):
    """A head phantom of plastic, filled with air, has a hole where the ear is."""
    shell = disc((256, 256), (128, 128), 90) & ~disc((256, 256), (128, 128), 84)
    shell[128 - gap // 2 : 128 + gap // 2, 180:] = False
    plane = np.where(shell, 100.0, -1000.0)
    mask = body_mask(plane, "CT", CT)

    assert mask[128, 128] == closed
    if closed:
        assert overlap(mask, disc((256, 256), (128, 128), 90)) > 0.97


def test_air_between_the_legs_stays_outside():
    plane = np.full((256, 256), -1000.0)
    legs = disc((256, 256), (128, 70), 50) | disc((256, 256), (128, 186), 50)
    plane[legs] = 40.0
    mask = body_mask(plane, "CT", CT)

    assert overlap(mask, legs) > 0.98


@pytest.mark.parametrize("inverted", [False, True])
def test_the_blades_of_a_collimator_are_no_body(inverted):
    """Blades are white and end in a soft edge with a sharp foot."""
    plane, body = thorax(air=5.0, tissue=170.0, lung=100.0)
    plane[225:228] = 5.0
    plane[:, :12] = plane[:, -12:] = 255.0
    soft = np.linspace(254, 200, 14)
    plane[:, 12:26], plane[:, -26:-12] = soft, soft[::-1]
    mask = body_mask(255 - plane if inverted else plane, "DX", EIGHT, inverted=inverted)

    assert overlap(mask, body) > 0.97
    assert "blades" in body_rule("DX", EIGHT)
    assert "blades" not in body_rule("MR", EIGHT)


@given(seed=st.integers(0, 50), rows=st.integers(1, 40), columns=st.integers(1, 40))
def test_any_picture_gives_a_mask_as_large_as_itself(seed, rows, columns):
    plane = np.random.default_rng(seed).normal(0, 100, (rows, columns))
    for modality in ("CT", "MR", "DX", "US", ""):
        assert body_mask(plane, modality, EIGHT).shape == (rows, columns)


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
def test_a_real_ct_loses_its_hollow_table():
    import pydicom
    from pydicom.data import get_testdata_file

    stored = pydicom.dcmread(get_testdata_file("explicit_VR-UN.dcm"))
    mask = body_mask(stored.pixel_array * 1.0 + stored.RescaleIntercept, "CT", CT, unit="HU")

    assert 0.29 < mask.mean() < 0.31
    assert not mask[:90].any()


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
