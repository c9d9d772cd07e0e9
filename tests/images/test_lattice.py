"""One axis at a time: which pixels make each pixel of the reference, with weights known by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.images.lattice import Axis


def made(axis, values):
    """Return the values an axis makes of a row of the reconstruction; NaN where it has none."""
    taps = axis.taps
    found = (np.asarray(values, dtype=float)[taps.index] * taps.weight).sum(axis=1)
    return np.where(taps.covered, found, np.nan)


def test_pixels_that_coincide_are_taken_as_they_are():
    axis = Axis(1.0, 2.0, pixels=4, available=5, tolerance=0.02)

    assert axis.interpolation == "none"
    np.testing.assert_array_equal(made(axis, [1, 2, 3, 4, 5]), [3, 4, 5, np.nan])


def test_a_mirrored_axis_runs_backwards():
    axis = Axis(-1.0, 3.0, pixels=4, available=4, tolerance=0.02)

    assert axis.whole
    assert not axis.same
    np.testing.assert_array_equal(made(axis, [1, 2, 3, 4]), [4, 3, 2, 1])


@pytest.mark.parametrize(("scale", "offset"), [(2.0, 0.0), (-2.0, 5.0)])
def test_samples_on_the_references_own_points_are_taken(scale, offset):
    axis = Axis(scale, offset, pixels=3, available=6, tolerance=0.02)

    assert axis.interpolation == "none"
    assert made(axis, range(6)).tolist() == ([0, 2, 4] if scale > 0 else [5, 3, 1])


def test_a_finer_axis_gives_the_mean_over_each_area():
    """Known by hand: two pixels lie in one, and the third pair sticks out."""
    axis = Axis(2.0, 0.5, pixels=3, available=5, tolerance=0.02)

    assert axis.interpolation == "area mean"
    np.testing.assert_array_equal(made(axis, [1, 3, 5, 7, 9]), [2, 6, np.nan])


def test_an_area_may_end_inside_a_pixel():
    """Known by hand: 1.5 pixels in one; the middle one's slope is (10 - 1) / 2.

    Its left half is 4 - 4.5 / 4 = 2.875, its right half 5.125, so that the means are
    (1 + 2.875 / 2) / 1.5 and (5.125 / 2 + 10) / 1.5.
    """
    axis = Axis(1.5, 0.25, pixels=2, available=3, tolerance=0.02)

    np.testing.assert_allclose(made(axis, [1, 4, 10]), [1.625, 8.375])


def test_a_coarser_axis_is_interpolated_and_held_at_the_border():
    """Known by hand: at -0.25, 0.25, 0.75 and 1.25 of the pixels 10 and 20."""
    axis = Axis(0.5, -0.25, pixels=4, available=2, tolerance=0.02)

    assert axis.interpolation == "linear"
    np.testing.assert_allclose(made(axis, [10, 20]), [10, 12.5, 17.5, 20])


def test_half_a_pixel_of_shift_leaves_one_border_without_data():
    axis = Axis(1.0, 0.5, pixels=3, available=3, tolerance=0.02)

    np.testing.assert_allclose(made(axis, [0, 2, 4]), [1, 3, np.nan])


@given(
    scale=st.floats(0.2, 4) | st.floats(-4, -0.2),
    offset=st.floats(-20, 60),
    pixels=st.integers(1, 40),
    available=st.integers(1, 60),
)
def test_weights_sum_to_one_and_a_constant_stays_itself(scale, offset, pixels, available):
    axis = Axis(scale, offset, pixels, available, tolerance=0.02)

    np.testing.assert_allclose(axis.taps.weight.sum(axis=1)[axis.taps.covered], 1)
    found = made(axis, np.full(available, 7.0))
    np.testing.assert_allclose(found[axis.taps.covered], 7)


@given(scale=st.floats(0.3, 3.5), offset=st.floats(0, 5), pixels=st.integers(2, 12))
def test_a_linear_ramp_is_resampled_exactly_where_nothing_is_held(scale, offset, pixels):
    """Both a linear interpolation and a mean over an area give a ramp its value at the centre."""
    axis = Axis(scale, offset, pixels, available=80, tolerance=1e-6)
    places = offset + scale * np.arange(pixels)
    if axis.stride:
        return
    inner = (places - scale / 2 >= 0) & (places + scale / 2 <= 79)

    np.testing.assert_allclose(made(axis, np.arange(80.0))[inner], places[inner], atol=1e-5)
