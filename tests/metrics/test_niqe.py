"""NIQE, its distribution fit and its halving."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.errors import MetricRefused
from app.metrics.aggd import fit, local_contrast
from app.metrics.niqe import naturalness, pristine_model
from app.metrics.resize import halve


def texture(seed, shape=(192, 288)):
    return np.random.default_rng(seed).uniform(0, 1, shape)


def test_the_model_is_the_published_one():
    mean, covariance = pristine_model()

    assert mean.shape == (36,)
    assert covariance.shape == (36, 36)
    np.testing.assert_allclose(covariance, covariance.T)
    assert mean[0] == pytest.approx(2.6, abs=0.3)  # contrast of photographs is nearly Gaussian


def test_a_normal_sample_has_shape_two():
    """Known: the Gaussian is the AGGD of shape 2 with spread sqrt(2) times its deviation."""
    values = stats.norm(scale=3).ppf((np.arange(20_000) + 0.5) / 20_000)
    shape, left, right, mean = fit(values)

    assert shape == pytest.approx(2, abs=0.01)
    assert left == pytest.approx(3 * np.sqrt(2), rel=0.01)
    assert left == pytest.approx(right)
    assert mean == pytest.approx(0, abs=1e-9)


def test_a_fit_without_one_side_is_not_defined():
    assert np.isnan(fit(np.linspace(0, 1, 50))).all()


def test_a_flat_plane_has_no_contrast():
    np.testing.assert_allclose(local_contrast(np.full((20, 20), 7.0)), 0, atol=1e-12)


def test_halving_keeps_a_ramp_away_from_the_edges():
    """Known: a symmetric kernel that sums to one keeps straight lines."""
    ramp = np.tile(np.arange(32.0), (8, 1))
    half = halve(ramp)

    assert half.shape == (4, 16)
    np.testing.assert_allclose(half[:, 2:-2], np.tile(2 * np.arange(2, 14) + 0.5, (4, 1)))


@given(st.integers(0, 20))
def test_does_not_depend_on_rows_and_columns_beyond_the_full_blocks(seed):
    plane = texture(seed)
    larger = np.pad(plane, ((0, 37), (0, 12)), constant_values=0.5)

    assert naturalness(larger) == naturalness(plane)


def test_noise_is_less_natural_than_a_smooth_plane_with_it():
    from scipy import ndimage

    noise = texture(1, (288, 288))
    smooth = ndimage.gaussian_filter(noise, 1.2)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)

    assert naturalness(noise) > naturalness(smooth)


def test_a_mask_takes_the_blocks_of_which_half_lie_inside():
    plane = texture(2, (192, 192))
    upper, less, half = np.zeros((3, *plane.shape), dtype=bool)
    upper[:96] = less[: 96 + 47] = half[: 96 + 48] = True

    assert naturalness(plane, mask=less) == naturalness(plane, mask=upper)
    assert naturalness(plane, mask=half) == naturalness(plane)


@pytest.mark.parametrize(
    ("shape", "blocks"), [((95, 500), 0), ((128, 128), 1), ((96, 191), 1), ((8, 8), 0)]
)
def test_fewer_than_two_full_blocks_are_refused(shape, blocks):
    with pytest.raises(MetricRefused, match=f"holds {blocks}"):
        naturalness(np.zeros(shape))


def test_a_flat_plane_is_refused():
    with pytest.raises(MetricRefused, match="structure in at least 2 blocks; 0 of 4"):
        naturalness(np.full((192, 192), 0.25))
