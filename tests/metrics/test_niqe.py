"""NIQE, its blocks and its local map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.special import gamma

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.inputs import Prepared
from app.metrics.niqe import local_map, measure, naturalness, pristine_model
from app.metrics.resize import halve


def texture(seed, shape=(192, 288)):
    return np.random.default_rng(seed).uniform(0, 1, shape)


def prepared(plane, **masks):
    return Prepared(
        plane, plane, IntensityRange(0.0, 1.0, "given"), None, None, masks or {"whole": None}
    )


def test_the_model_is_the_published_one():
    model = pristine_model()

    assert model.mean.shape == (36,)
    assert model.covariance.shape == (36, 36)
    np.testing.assert_allclose(model.covariance, model.covariance.T)
    assert model.mean[0] == pytest.approx(2.6, abs=0.3)  # photographs' contrast: nearly Gaussian


@given(st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_does_not_depend_on_rows_and_columns_beyond_the_full_blocks(seed):
    plane = texture(seed)
    larger = np.pad(plane, ((0, 37), (0, 12)), constant_values=0.5)

    assert naturalness(larger) == naturalness(plane)


def test_noise_is_less_natural_than_a_smooth_plane_with_it():
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


def test_moving_pixels_outside_the_blocks_of_a_region_changes_nothing_inside():
    """Beyond the reach of the windows: 14 pixels, for the halving and then 3 at half size."""
    plane = texture(3, (288, 288))
    moved = plane.copy()
    moved[:, 192 + 14 :] = 0.25
    body = np.zeros(plane.shape, dtype=bool)
    body[:, :192] = True

    inside = [measure("niqe", prepared(some, whole=None, body=body)) for some in (plane, moved)]

    assert inside[0]["body"] == inside[1]["body"]
    assert inside[0]["whole"] != inside[1]["whole"]


@pytest.mark.parametrize(
    ("shape", "blocks"), [((95, 500), 0), ((128, 128), 1), ((96, 191), 1), ((8, 8), 0)]
)
def test_fewer_than_two_full_blocks_are_refused(shape, blocks):
    with pytest.raises(MetricRefused, match=f"holds {blocks}"):
        naturalness(np.zeros(shape))


def test_a_flat_plane_is_refused():
    with pytest.raises(MetricRefused, match="structure in at least 2 blocks; 0 of 4"):
        naturalness(np.full((192, 192), 0.25))


def test_flat_blocks_are_left_out_and_said():
    plane = texture(4, (288, 288))
    plane[:96, :96] = 0.5
    plane[:110, :110] = 0.5

    outcome = measure("niqe", prepared(plane))["whole"]

    assert outcome.flags == ("few-blocks", "flat-blocks-left-out")


class TestMap:
    def test_every_block_shows_its_own_distance(self):
        plane = texture(5, (200, 300))
        shown = local_map("niqe", prepared(plane))

        assert shown.shape == plane.shape
        assert np.isnan(shown[192:]).all()
        assert np.isnan(shown[:, 288:]).all()
        assert len(np.unique(shown[:192, :288])) == 6
        assert len(np.unique(shown[:96, :96])) == 1
        assert (shown[:192, :288] >= 0).all()

    def test_a_flat_block_shows_nothing_and_a_degraded_one_stands_out(self):
        plane = ndimage.gaussian_filter(texture(6, (480, 480)), 1.2)
        plane = (plane - plane.min()) / np.ptp(plane)
        plane[96:192, 96:192] = texture(7, (96, 96))
        plane[280:400, 280:400] = 0.5
        shown = local_map("niqe", prepared(plane))

        assert np.isnan(shown[288:384, 288:384]).all()
        assert np.nanargmax(shown) == np.ravel_multi_index((96, 96), plane.shape)

    def test_a_small_slice_is_refused(self):
        with pytest.raises(MetricRefused, match="at least 2 full blocks"):
            local_map("niqe", prepared(texture(8, (96, 96))))


class TestTheEquationsOfThePaper:
    """Written again, slowly, from the paper and the definition of ``imresize``; no code shared."""

    @pytest.mark.parametrize(("seed", "sigma"), [(10, 0.0), (11, 0.8), (12, 1.5)])
    def test_give_the_same_value_where_no_area_is_flat(self, seed, sigma):
        plane = ndimage.gaussian_filter(texture(seed, (200, 310)), sigma)
        plane = (plane - plane.min()) / np.ptp(plane)

        assert naturalness(plane) == pytest.approx(by_the_paper(plane), rel=1e-8)

    def test_give_the_same_halving(self):
        plane = texture(13, (24, 30))

        np.testing.assert_allclose(halve(plane), halving(24) @ plane @ halving(30).T, rtol=1e-13)


def by_the_paper(scaled):
    rows, columns = scaled.shape[0] // 96, scaled.shape[1] // 96
    plane = np.floor(255 * scaled[: 96 * rows, : 96 * columns] + 0.5)
    half = halving(plane.shape[0]) @ plane @ halving(plane.shape[1]).T
    features = []
    contrasts = contrast(plane), contrast(half)
    for row in range(rows):
        for column in range(columns):
            features.append([])
            for normal, side in zip(contrasts, (96, 48), strict=True):
                block = normal[row * side : (row + 1) * side, column * side : (column + 1) * side]
                shape, left, right = aggd(block)
                features[-1] += [shape, (left + right) / 2]
                for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    shape, left, right = aggd(block * np.roll(block, shift, (0, 1)))
                    mean = (right - left) * gamma(2 / shape) / gamma(1 / shape)
                    features[-1] += [shape, mean, left, right]
    features = np.array(features)
    model = pristine_model()
    offset = model.mean - features.mean(axis=0)
    pooled = (model.covariance + np.cov(features.T)) / 2
    return float(np.sqrt(offset @ np.linalg.solve(pooled, offset)))


def contrast(plane):
    """Equations 1 to 3, with the full two-dimensional window."""
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = ndimage.correlate(plane, window, mode="nearest")
    centred = ndimage.correlate(plane**2, window, mode="nearest") - mean**2
    return (plane - mean) / (np.sqrt(np.abs(centred)) + 1)


def aggd(values):
    """Equations 4 to 9: shape and both scales by moments, the shape by searching the grid."""
    left = np.sqrt(np.mean(values[values < 0] ** 2))
    right = np.sqrt(np.mean(values[values > 0] ** 2))
    ratio = left / right
    wanted = np.mean(np.abs(values)) ** 2 / np.mean(values**2)
    wanted *= (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shapes = np.arange(0.2, 10.0005, 0.001)
    found = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    shape = shapes[np.argmin(np.abs(found - wanted))]
    scale = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    return shape, left * scale, right * scale


def halving(side):
    """Return the matrix of ``imresize(plane, 0.5, 'bicubic')`` along one side, place by place."""
    matrix = np.zeros((side // 2, side))
    for small in range(side // 2):
        for place in range(2 * small - 6, 2 * small + 8):
            away = abs(2 * small + 0.5 - place) / 2
            weight = 0.0
            if away <= 1:
                weight = 1.5 * away**3 - 2.5 * away**2 + 1
            elif away <= 2:
                weight = -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
            mirrored = -1 - place if place < 0 else min(place, 2 * side - 1 - place)
            matrix[small, mirrored] += weight / 2
    return matrix
