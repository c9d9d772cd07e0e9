"""MSE, RMSE, MAE and PSNR."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import mean_squared_error as skimage_mse
from skimage.metrics import normalized_root_mse as skimage_nrmse
from skimage.metrics import peak_signal_noise_ratio as skimage_psnr

from app.domain.metric import IntensityRange, Space
from app.errors import MetricRefused
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.pixelwise import (
    mean_absolute_error,
    mean_squared_error,
    normalised_squared_error,
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


def test_an_error_of_a_tenth_of_the_reference_is_an_nmse_of_one_in_a_hundred():
    """Known by hand: (0.1 / 1)^2, where the reference stands 1 above the range's low end."""
    reference = np.full((4, 4), -1023.0)

    assert normalised_squared_error(reference, reference + 0.1, low=-1024) == pytest.approx(0.01)


@given(planes, planes)
def test_nmse_is_the_square_of_scikit_images_nrmse(reference, reconstruction):
    if np.abs(reference).max() > 1e-3:
        expected = skimage_nrmse(reference, reconstruction) ** 2
        assert normalised_squared_error(reference, reconstruction) == pytest.approx(
            expected, rel=1e-9
        )


def test_nmse_of_a_reference_that_holds_nothing_is_refused():
    with pytest.raises(MetricRefused, match="nothing to divide by"):
        normalised_squared_error(np.zeros((4, 4)), np.ones((4, 4)))


def test_planes_that_may_not_be_written_or_lie_in_another_order_are_measured():
    reference = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    reference.flags.writeable = False

    assert mean_squared_error(reference, reference + 2) == 4.0


def test_a_mask_shuts_out_values_that_are_not_numbers():
    plane, mask = np.zeros((4, 4)), np.ones((4, 4), dtype=bool)
    other = plane + 3
    other[0, 0], mask[0, 0] = np.nan, False

    assert mean_squared_error(plane, other, mask=mask) == 9.0


def test_the_weight_is_what_the_value_is_a_mean_over_and_outside_the_share_in_air():
    """Known by hand: 12 of 16 pixels are wrong by 1, 4 of them in the body."""
    reference, body = np.full((4, 4), 2.0), np.zeros((4, 4), dtype=bool)
    body[:2, :2] = True
    reconstruction = reference + 1
    reconstruction[3] = 2
    unit = IntensityRange(0.0, 10.0, "given")
    inputs = SliceInputs(
        reference, reconstruction, None, body, unit, Space(), ("mse", "psnr", "nmse"),
        ("whole", "body"),
    )  # fmt: skip
    found = {(row.metric, row.region): row for row in evaluate_slice(inputs)}

    assert [found[metric, "whole"].weight for metric in ("mse", "psnr", "nmse")] == [16, 16, 64]
    assert found["nmse", "body"].weight == 16
    assert found["psnr", "whole"].outside == pytest.approx(8 / 12)
    assert found["mse", "body"].value == 1
    assert found["nmse", "whole"].value == pytest.approx(12 / 64)
