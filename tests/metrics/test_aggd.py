"""Local contrast, the fit of its distribution, and shrinking."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from app.metrics.aggd import block_moments, fit, local_contrast, nearest, shape_table
from app.metrics.resize import halve, shrink


def fitted(values):
    """Fit one sample, by way of the moments of a block of one row."""
    values = np.asarray(values)
    moments = block_moments(values[None], 1, values.size)[0, 0]
    found = fit(moments, values.size)
    left, right = found.left * found.scale, found.right * found.scale
    return tuple(float(part) for part in (found.shape, left, right, found.mean))


def test_a_normal_sample_has_shape_two():
    """Known: the Gaussian is the AGGD of shape 2 with spread sqrt(2) times its deviation."""
    values = stats.norm(scale=3).ppf((np.arange(20_000) + 0.5) / 20_000)
    shape, left, right, mean = fitted(values)

    assert shape == pytest.approx(2, abs=0.01)
    assert left == pytest.approx(3 * np.sqrt(2), rel=0.01)
    assert left == pytest.approx(right)
    assert mean == pytest.approx(0, abs=1e-9)


def test_a_fit_without_one_side_is_not_defined():
    assert np.isnan(fitted(np.linspace(0, 1, 50))).all()


def test_rounding_noise_has_no_side():
    assert np.isnan(fitted(np.array([1e-12, -1e-12] * 10))).all()


def test_moments_are_those_of_the_block_and_its_neighbours_products():
    """Known by hand: the block wraps around at its edges."""
    block = np.array([[1.0, -2.0], [3.0, 4.0]])
    moments = block_moments(block, 2, 2)[0]

    assert moments[0].tolist() == [10, 4, 26, 1, 3]
    assert moments[1].tolist() == [28, 8, 288, 2, 2]  # 1 x -2 twice, 3 x 4 twice
    assert moments[2].tolist() == [22, 128, 18, 2, 2]  # 1 x 3 twice, -2 x 4 twice
    assert moments[3].tolist() == [20, 72, 32, 2, 2]  # 1 x 4 twice, -2 x 3 twice


@given(st.integers(0, 50), st.sampled_from([(3, 5), (4, 4), (7, 2)]))
@settings(max_examples=20, deadline=None)
def test_moments_equal_rolled_products(seed, shape):
    rows, columns = shape
    plane = np.random.default_rng(seed).normal(size=(2 * rows + 1, 3 * columns + 1))
    moments = block_moments(plane, rows, columns)

    for number, found in enumerate(moments):
        top, left = number // 3 * rows, number % 3 * columns
        block = plane[top : top + rows, left : left + columns]
        for shift, sums in zip(((0, 1), (1, 0), (1, 1), (1, -1)), found[1:], strict=True):
            product = block * np.roll(block, shift, (0, 1))
            below, above = product[product < 0], product[product > 0]
            wanted = [np.abs(product).sum(), (below**2).sum(), (above**2).sum()]
            np.testing.assert_allclose(sums, [*wanted, below.size, above.size], rtol=1e-12)


@given(st.lists(st.floats(-0.5, 2), min_size=1, max_size=20))
def test_the_table_is_read_as_a_search_of_all_of_it_would(wanted):
    ratios = shape_table().ratios
    assert (np.diff(ratios) > 0).all()

    found = nearest(ratios, np.array(wanted))

    assert found.tolist() == [int(np.argmin((ratios - one) ** 2)) for one in wanted]


def test_a_flat_plane_has_no_contrast():
    contrast, deviation = local_contrast(np.full((20, 20), 7.0))

    np.testing.assert_allclose(contrast, 0, atol=1e-12)
    np.testing.assert_allclose(deviation, 0, atol=1e-6)


@pytest.mark.parametrize(("edges", "mode"), [("edge", "nearest"), ("constant", "constant")])
def test_contrast_equals_that_of_the_whole_window(edges, mode):
    plane = np.random.default_rng(0).uniform(0, 255, (40, 31))
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = ndimage.correlate(plane, window, mode=mode)
    sigma = np.sqrt(np.abs(ndimage.correlate(plane**2, window, mode=mode) - mean**2))

    contrast, deviation = local_contrast(plane, edges=edges)

    np.testing.assert_allclose(deviation, sigma, rtol=1e-10)
    np.testing.assert_allclose(contrast, (plane - mean) / (sigma + 1), atol=1e-11)


def test_halving_keeps_a_ramp_away_from_the_edges():
    """Known: a symmetric kernel that sums to one keeps straight lines."""
    ramp = np.tile(np.arange(32.0), (8, 1))
    half = halve(ramp)

    assert half.shape == (4, 16)
    np.testing.assert_allclose(half[:, 2:-2], np.tile(2 * np.arange(2, 14) + 0.5, (4, 1)))


@pytest.mark.parametrize("shape", [(32, 40), (33, 41), (16, 57)])
def test_shrinking_equals_that_of_piq(shape):
    """Which shrinks in single precision."""
    import torch
    from piq.functional import imresize

    plane = np.random.default_rng(1).uniform(0, 255, shape)
    small = shape[0] // 2, shape[1] // 2
    other = imresize(torch.from_numpy(plane)[None, None], sizes=small)[0, 0].numpy()

    np.testing.assert_allclose(shrink(plane, small), other, atol=1e-3)


def test_shrinking_to_half_is_halving():
    plane = np.random.default_rng(2).uniform(0, 255, (32, 40))

    np.testing.assert_array_equal(shrink(plane, (16, 20)), halve(plane))


def test_nothing_is_enlarged():
    with pytest.raises(ValueError, match="does not shrink"):
        shrink(np.zeros((8, 8)), (9, 4))
