"""Local contrast, the fit of its distribution, and shrinking."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from app.metrics.aggd import describe, fit, nearest, shape_table
from app.metrics.resize import halve, shrink


def fitted(values):
    """Fit one sample, given its moments."""
    values = np.asarray(values)
    found = fit(moments_of(values), values.size)
    left, right = found.left * found.scale, found.right * found.scale
    return tuple(float(part) for part in (found.shape, left, right, found.mean))


def moments_of(values):
    below, above = values[values < -1e-9], values[values > 1e-9]
    sums = np.abs(values).sum(), (below**2).sum(), (above**2).sum(), below.size, above.size
    return np.array(sums, dtype=float)


def slow_contrast(plane, mode):
    """Return contrast and deviation by the whole two-dimensional window."""
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = ndimage.correlate(plane, window, mode=mode)
    sigma = np.sqrt(np.abs(ndimage.correlate(plane**2, window, mode=mode) - mean**2))
    return (plane - mean) / (sigma + 1), sigma


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


def test_a_single_bright_pixel():
    """Known by hand: in a plane of zeros only its window holds contrast, and most of that is left.

    At the pixel itself: mean w0 squared, deviation 255 times w0 times the root of 1 - w0 squared.
    """
    plane = np.zeros((21, 21))
    plane[10, 10] = 255
    centre = 1 / sum(np.exp(-(k**2) / (2 * (7 / 6) ** 2)) for k in range(-3, 4)) ** 2
    peak = 255 * (1 - centre) / (255 * np.sqrt(centre * (1 - centre)) + 1)

    (own,) = describe(plane, 21, 21).moments[:, 0]

    assert own[[3, 4]].tolist() == [48, 1]
    assert own[2] == pytest.approx(peak**2, rel=1e-10)


@given(
    st.integers(0, 50), st.sampled_from([(3, 5), (4, 4), (7, 2)]), st.sampled_from(["edge", "zero"])
)
@settings(max_examples=20, deadline=None)
def test_moments_equal_those_of_rolled_products(seed, shape, edges):
    rows, columns = shape
    plane = np.random.default_rng(seed).uniform(0, 255, (2 * rows + 1, 3 * columns + 1))
    edges, mode = {"edge": ("edge", "nearest"), "zero": ("constant", "constant")}[edges]
    contrast, sigma = slow_contrast(plane, mode)

    scene = describe(plane, rows, columns, edges=edges)

    assert scene.moments.shape == (6, 5, 5)
    for number, found in enumerate(scene.moments):
        top, left = number // 3 * rows, number % 3 * columns
        here = np.s_[top : top + rows, left : left + columns]
        block = contrast[here]
        products = [
            block * np.roll(block, shift, (0, 1)) for shift in ((0, 1), (1, 0), (1, 1), (1, -1))
        ]
        wanted = np.array([moments_of(values) for values in (block, *products)])
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
        assert scene.sharpness[number] == pytest.approx(sigma[here].mean(), rel=1e-10)


@given(st.lists(st.floats(-0.5, 2), min_size=1, max_size=20))
def test_the_table_is_read_as_a_search_of_all_of_it_would(wanted):
    ratios = shape_table().ratios
    assert (np.diff(ratios) > 0).all()

    found = nearest(ratios, np.array(wanted))

    assert found.tolist() == [int(np.argmin((ratios - one) ** 2)) for one in wanted]


def test_a_flat_plane_has_no_contrast():
    scene = describe(np.full((20, 20), 7.0), 20, 20)

    np.testing.assert_allclose(scene.moments, 0, atol=1e-10)
    np.testing.assert_allclose(scene.sharpness, 0, atol=1e-6)


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
