"""MSE, RMSE, MAE and PSNR."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import mean_squared_error as skimage_mse
from skimage.metrics import peak_signal_noise_ratio as skimage_psnr

from app.metrics.pixelwise import (
    mean_absolute_error,
    mean_squared_error,
    peak_signal_to_noise_ratio,
)

planes = arrays(np.float64, (5, 7), elements=st.floats(-1e4, 1e4, allow_subnormal=False))


def test_psnr_of_one_hu_in_a_range_of_1000_is_60_db():
    """Known by hand: 20 log10(1000 / 1) = 60."""
    flat = np.zeros((8, 8))

    assert peak_signal_to_noise_ratio(flat, flat + 1, data_range=1000) == pytest.approx(60.0)


def test_a_difference_of_2_hu_in_a_quarter_of_the_pixels_is_an_mse_of_1():
    plane = np.zeros((4, 4))
    other = plane.copy()
    other[:2, :2] = -2

    assert mean_squared_error(plane, other) == 1.0
    assert mean_absolute_error(plane, other) == 0.5


def test_identical_planes_have_an_infinite_psnr():
    plane = np.arange(12.0).reshape(3, 4)

    assert peak_signal_to_noise_ratio(plane, plane, data_range=255) == math.inf


def test_a_mask_counts_its_pixels_only():
    plane = np.zeros((4, 4))
    other = plane.copy()
    other[0] = 10
    mask = np.zeros((4, 4), dtype=bool)
    mask[0, :2] = mask[3, :2] = True

    assert mean_squared_error(plane, other, mask=mask) == 50.0


@given(planes, planes)
def test_agrees_with_scikit_image(reference, reconstruction):
    expected = skimage_mse(reference, reconstruction)

    assert mean_squared_error(reference, reconstruction) == pytest.approx(expected, rel=1e-12)
    if expected > 1e-300:
        assert peak_signal_to_noise_ratio(
            reference, reconstruction, data_range=4095
        ) == pytest.approx(skimage_psnr(reference, reconstruction, data_range=4095), abs=1e-9)


@given(planes, planes)
def test_errors_do_not_depend_on_which_plane_is_the_reference(one, other):
    assert mean_squared_error(one, other) == mean_squared_error(other, one)
    assert mean_absolute_error(one, other) == mean_absolute_error(other, one)
