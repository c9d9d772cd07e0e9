"""Grey levels as the standard gives them, by table and by formula alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.display import NOTHING, UNDEFINED, diverging, grey_levels, loss
from app.domain.image import Window
from app.errors import InputError

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
windows = st.builds(
    Window,
    st.floats(-3000, 3000),
    st.floats(1, 5000),
    st.sampled_from(FUNCTIONS),
)


def levels(values, window, **options):
    return grey_levels(np.asarray(values), 1.0, 0.0, window, **options).tolist()


def test_the_full_range_of_12_bits_fills_the_full_range_of_grey():
    """PS3.3 C.11.2.1.2.1: c=2048, w=4096 maps 0 to 0 and 4095 to the maximum."""
    window = Window(2048, 4096)
    assert levels(np.array([0, 4095]), window) == [0, 255]
    assert levels(np.array([0, 1, 4095]), window, bits=12) == [0, 1, 4095]


def test_linear_has_its_half_pixel_terms():
    """c=40, w=400: at or below -160 black, at 239 and above white."""
    window = Window(40, 400)
    assert levels(np.array([-161, -160, 238, 239, 240]), window) == [0, 0, 254, 255, 255]


def test_width_one_is_a_threshold():
    assert levels(np.array([9.4, 9.5, 9.6]), Window(10, 1)) == [0, 0, 255]


def test_linear_exact_has_none():
    assert levels(np.array([-50.0, 0.0, 50.0]), Window(0, 100, "LINEAR_EXACT")) == [0, 128, 255]


def test_sigmoid_is_half_at_the_centre():
    """255 / (1 + exp(-4)) = 250.4 at one width above."""
    assert levels(np.array([0.0, 100.0, -1e6]), Window(0, 100, "SIGMOID")) == [128, 250, 0]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_pydicom_gives_the_same_levels(function):
    from pydicom.dataset import Dataset
    from pydicom.pixels import apply_windowing

    header = Dataset()
    header.PhotometricInterpretation = "MONOCHROME2"
    header.BitsStored, header.PixelRepresentation = 8, 0
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = 100, 71, function
    stored = np.arange(256, dtype=np.uint8)

    theirs = apply_windowing(stored, header)

    ours = grey_levels(stored, 1.0, 0.0, Window(100, 71, function))
    assert np.abs(ours - theirs).max() <= 0.5 + 1e-9


@given(window=windows, slope=st.floats(0.01, 10), intercept=st.floats(-2000, 2000))
@pytest.mark.parametrize("kind", ["i1", "u1", "<i2", ">i2", "u2", "i4"])
def test_the_table_equals_the_formula(kind, window, slope, intercept):
    info = np.iinfo(np.dtype(kind))
    low, high = max(info.min, -40000), min(info.max, 20000)
    stored = np.linspace(low, high, 50).astype(kind).reshape(5, 10)

    by_table = grey_levels(stored, slope, intercept, window)

    assert np.array_equal(by_table, grey_levels(stored.astype(float), slope, intercept, window))


@given(window=windows)
def test_brighter_values_are_never_darker_and_inversion_is_the_complement(window):
    ramp = np.arange(-4000, 4000, 7, dtype=np.int16)
    plain = grey_levels(ramp, 1.0, 0.0, window).astype(int)
    assert (np.diff(plain) >= 0).all()
    assert np.array_equal(255 - plain, grey_levels(ramp, 1.0, 0.0, window, inverted=True))


def test_nan_is_black_and_infinity_an_end():
    values = np.array([np.nan, -np.inf, np.inf])
    for function in FUNCTIONS:
        assert levels(values, Window(0, 10, function)) == [0, 0, 255]
        assert levels(values, Window(0, 10, function), inverted=True) == [0, 255, 0]


def test_64_bit_pixels_far_apart_are_no_table():
    stored = np.array([0, 2**40], dtype=np.int64)
    assert levels(stored, Window(2.0**39, 2.0**40)) == [0, 255]


@pytest.mark.parametrize(
    ("window", "bits"),
    [
        (Window(0, 0.5), 8),
        (Window(0, 0, "SIGMOID"), 8),
        (Window(float("nan"), 10), 8),
        (Window(0, 10), 17),
    ],
)
def test_a_window_without_width_or_sense_is_refused(window, bits):
    with pytest.raises(InputError):
        grey_levels(np.zeros(2), 1.0, 0.0, window, bits=bits)


def test_a_difference_is_black_at_zero_and_alike_in_brightness_on_both_sides():
    colours = diverging(np.array([-9.0, -1.0, 0.0, 1.0, 9.0, np.nan, np.inf]), 1.0).astype(int)
    assert colours[2].tolist() == [0, 0, 0]
    assert colours[0].tolist() == colours[1].tolist()
    assert colours[3].tolist() == colours[4].tolist() == colours[6].tolist()
    assert colours[5].tolist() == list(UNDEFINED)
    assert colours[1][2] > colours[1][0]
    assert colours[3][0] > colours[3][2]
    luminance = colours @ [0.2126, 0.7152, 0.0722]
    assert luminance[1] == pytest.approx(luminance[3], rel=0.05)


@pytest.mark.parametrize(("neutral", "extreme"), [(1.0, 0.0), (0.0, 35.0)])
def test_a_local_map_grows_brighter_from_no_difference_to_the_extreme(neutral, extreme):
    colours = loss(np.linspace(neutral, extreme, 64), neutral, extreme).astype(int)
    luminance = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()
    beyond = np.array([neutral - (extreme - neutral), 2 * extreme - neutral])
    assert np.array_equal(loss(beyond, neutral, extreme), colours[[0, -1]])
    assert loss(np.array([[np.nan]]), neutral, extreme).tolist() == [[list(NOTHING)]]
    assert colours[0].tolist() != list(NOTHING)


@pytest.mark.parametrize("extreme", [1.0, float("nan"), float("inf")])
def test_a_local_map_needs_two_ends(extreme):
    with pytest.raises(InputError):
        loss(np.zeros((2, 2)), 1.0, extreme)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_difference_needs_a_positive_limit(limit):
    with pytest.raises(InputError):
        diverging(np.zeros((2, 2)), limit)
