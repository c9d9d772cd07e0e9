"""Statistics of a region: by hand, as NumPy says, and where they are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.errors import MetricRefused
from app.metrics.regional.statistics import histograms, region_statistics


def noise(seed, shape=(20, 24), mean=100.0):
    return np.random.default_rng(seed).normal(mean, 5, shape)


def test_five_pixels_by_hand():
    """1 2 3 4 5: mean 3, squared distances 10, so the deviation is √(10 / 4)."""
    plane = np.array([[1.0, 2, 3], [4, 5, 99]])
    mask = np.array([[1, 1, 1], [1, 1, 0]], bool)

    found = region_statistics(plane, mask)

    assert (found.pixels, found.mean, found.low, found.high) == (5, 3.0, 1.0, 5.0)
    assert found.deviation == pytest.approx(2.5**0.5)
    assert found.snr is None
    assert "5 pixels; 16 are needed" in found.reasons[0]


@given(st.integers(0, 500))
def test_they_are_what_numpy_and_scipy_say(seed):
    plane = noise(seed)
    generator = np.random.default_rng(seed + 1)
    mask, background = generator.random((2, *plane.shape)) > 0.5

    found = region_statistics(plane, mask, background=background)

    values, around = plane[mask], plane[background]
    assert found.mean == values.mean()
    assert found.deviation == values.std(ddof=1)
    assert (found.low, found.high, found.pixels) == (values.min(), values.max(), values.size)
    assert found.deviation == pytest.approx(stats.tstd(values), rel=1e-12)
    assert found.snr == pytest.approx(values.mean() / values.std(ddof=1), rel=1e-12)
    contrast = abs(values.mean() - around.mean()) / around.std(ddof=1)
    assert found.cnr == pytest.approx(contrast, rel=1e-12)
    assert not found.reasons


def test_pixels_without_a_value_are_left_out_and_counted():
    plane = noise(3)
    plane[0, 0] = np.nan
    valid = np.ones(plane.shape, bool)
    valid[1, :] = False

    found = region_statistics(plane, np.ones(plane.shape, bool), valid=valid)

    assert found.left_out == 25
    assert found.pixels == plane.size - 25
    with pytest.raises(MetricRefused, match="no pixel with a value"):
        region_statistics(plane, ~valid, valid=valid)


def test_a_region_of_one_value_has_no_signal_to_noise():
    flat = np.full((8, 8), 7.0)
    everywhere = np.ones((8, 8), bool)

    found = region_statistics(flat, everywhere, background=everywhere)

    assert found.deviation == 0
    assert found.snr is None
    assert found.cnr is None
    assert len(found.reasons) == 2


@given(st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_histograms_share_their_bins_and_count_every_value(seeds):
    samples = [noise(seed).ravel() for seed in seeds]

    edges, counts = histograms(samples)

    everything = np.concatenate(samples)
    assert edges[0] == everything.min()
    assert edges[-1] == everything.max()
    for sample, count in zip(samples, counts, strict=True):
        assert count.sum() == sample.size
        np.testing.assert_array_equal(count, np.histogram(sample, bins=edges)[0])


def test_a_histogram_of_nothing_is_refused():
    with pytest.raises(MetricRefused):
        histograms([np.array([np.nan])])


@pytest.mark.parametrize(("span", "bins"), [(2, 2), (64, 64), (101, 51), (1000, 63)])
def test_whole_numbers_that_are_equally_frequent_have_an_even_histogram(span, bins):
    edges, (counts,) = histograms([np.repeat(np.arange(span, dtype=float) - 1024, 3)])

    assert len(counts) == bins == len(edges) - 1
    assert counts.sum() == 3 * span
    assert len(set(counts[:-1].tolist())) == 1
    assert edges[0] == -1024.5
