"""SSIM."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity as skimage_ssim

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.structural import ssim_map, ssim_parts, structural_similarity

CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")


def planes(seed, shape=(40, 33)):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(-1000, 1500, shape)
    return reference, reference + rng.normal(0, 60, shape)


def test_two_constant_planes_give_the_luminance_term():
    """Known by hand: (2ab + c1) / (a^2 + b^2 + c1) with a = 1, b = 0 and c1 = 0.0001."""
    one, zero = np.ones((16, 16)), np.zeros((16, 16))
    value = structural_similarity(one, zero, range=IntensityRange(0.0, 1.0, "given"))

    assert value == pytest.approx(0.0001 / 1.0001, rel=1e-12)


@given(st.integers(0, 50), st.sampled_from([(11, 11), (12, 40), (40, 33)]))
def test_agrees_with_scikit_image(seed, shape):
    reference, reconstruction = planes(seed, shape)
    mean, full = skimage_ssim(
        reference - CT.low,
        reconstruction - CT.low,
        data_range=CT.width,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )

    local = ssim_map(reference, reconstruction, range=CT)
    assert structural_similarity(reference, reconstruction, range=CT) == pytest.approx(
        mean, abs=1e-10
    )
    np.testing.assert_allclose(local[5:-5, 5:-5], full[5:-5, 5:-5], atol=1e-10)
    assert np.isnan(local[:5]).all()
    assert np.isnan(local[:, -5:]).all()


@given(st.integers(0, 50))
def test_is_symmetric_at_most_one_and_one_for_equal_planes(seed):
    reference, reconstruction = planes(seed)
    value = structural_similarity(reference, reconstruction, range=CT)

    assert value == pytest.approx(
        structural_similarity(reconstruction, reference, range=CT), abs=1e-14
    )
    assert value < 1
    assert structural_similarity(reference, reference, range=CT) == pytest.approx(1.0, abs=1e-12)


def test_a_mask_averages_the_map_inside_the_valid_area():
    reference, reconstruction = planes(3)
    mask = np.zeros(reference.shape, dtype=bool)
    mask[:20] = True
    local = ssim_map(reference, reconstruction, range=CT)

    assert structural_similarity(reference, reconstruction, range=CT, mask=mask) == pytest.approx(
        local[5:20, 5:-5].mean(), rel=1e-12
    )


def test_a_slice_below_11_pixels_is_refused():
    small = np.zeros((10, 64))

    with pytest.raises(MetricRefused, match="at least 11 x 11 pixels; the slice has 10 x 64"):
        structural_similarity(small, small, range=CT)


def test_a_mask_along_the_edge_only_is_refused():
    plane = np.zeros((32, 32))
    mask = np.zeros((32, 32), dtype=bool)
    mask[:4] = True

    with pytest.raises(MetricRefused, match="five pixels or more inside"):
        structural_similarity(plane, plane, range=CT, mask=mask)


@pytest.mark.parametrize("shape", [(11, 11), (40, 600), (265, 275)])
def test_the_three_parts_multiply_to_the_whole(shape):
    reference, reconstruction = planes(4, shape)
    luminance, contrast, structural = ssim_parts(reference, reconstruction, range=CT)

    np.testing.assert_allclose(
        luminance * contrast * structural,
        ssim_map(reference, reconstruction, range=CT),
        atol=1e-10,
    )


def test_pixels_beyond_the_window_of_a_mask_change_nothing():
    reference, reconstruction = planes(5, (300, 300))
    mask = np.zeros(reference.shape, dtype=bool)
    mask[50:100, 50:100] = True
    moved = reconstruction.copy()
    moved[105:] = moved[105:][::-1]

    assert structural_similarity(reference, moved, range=CT, mask=mask) == structural_similarity(
        reference, reconstruction, range=CT, mask=mask
    )
