"""Bias, signal, contrast, noise power and edges: against phantoms known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal, special

from app.domain.metric import IntensityRange, Space
from app.errors import MetricRefused
from app.metrics.edge_rise import edge_rise, find_edges
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.medical import bias, contrast_to_noise, signal_to_noise, surroundings
from app.metrics.noise_power import noise_power

CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")
ALL = ("hu-bias", "snr", "cnr", "nps-peak", "nps-area", "edge-rise")
ROI = "roi:32x32+50+60"


def noise(seed=1, shape=(256, 256), deviation=10.0):
    return np.random.default_rng(seed).normal(0, deviation, shape)


def disc(shape=(256, 256), centre=(128, 128), radius=70, sigma=0.0):
    """A disc whose edge is a step, or the integral of a Gaussian."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    inside = radius - np.hypot(rows - centre[0], columns - centre[1])
    return (inside > 0) * 1.0 if sigma == 0 else special.ndtr(inside / sigma)


def evaluate(reference, reconstruction, regions=("whole", "body", ROI), metrics=ALL, body=None):
    inputs = SliceInputs(
        reference=reference,
        reconstruction=reconstruction,
        valid=None,
        body=body,
        range=CT,
        space=Space(),
        metrics=metrics,
        regions=regions,
    )
    return {(one.metric, one.region): one for one in evaluate_slice(inputs)}


def test_a_shift_of_minus_seven_hu_is_a_bias_of_minus_seven():
    plane = noise()

    assert bias(plane, plane - 7) == pytest.approx(-7, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 20))
def test_bias_of_the_swapped_pair_has_the_other_sign(seed):
    one, other = noise(seed, (16, 16)), noise(seed + 100, (16, 16))

    assert bias(one, other) == pytest.approx(-bias(other, one), abs=1e-12)


def test_signal_and_contrast_are_known_by_hand():
    """A chequered region of 90 and 110 around one of 150: SNR 10, CNR 5, but for n - 1."""
    plane = np.where(np.indices((64, 64)).sum(axis=0) % 2, 110.0, 90.0)
    mask = np.zeros((64, 64), bool)
    mask[20:30, 20:30] = True
    ring = surroundings(mask)
    sample = np.sqrt((ring.sum() - 1) / ring.sum())

    assert signal_to_noise(plane, mask) == pytest.approx(10 * np.sqrt(0.99))
    assert contrast_to_noise(np.where(mask, 150.0, plane), mask, ring) == pytest.approx(5 * sample)


def test_signal_to_noise_equals_that_of_scipy():
    from scipy import stats

    plane = noise() + 40
    mask = disc().astype(bool)

    assert signal_to_noise(plane, mask) == pytest.approx(1 / stats.variation(plane[mask], ddof=1))


def test_surroundings_lie_between_two_and_ten_pixels_away():
    mask = np.zeros((41, 61), bool)
    mask[20, 30] = True
    rows, columns = np.nonzero(surroundings(mask))
    away = np.hypot(rows - 20, columns - 30)

    assert away.min() > 2
    assert away.max() <= 10
    assert len(away) == sum(
        4 < r * r + c * c <= 100 for r in range(-10, 11) for c in range(-10, 11)
    )


@settings(deadline=None, max_examples=25)
@given(factor=st.floats(0.1, 50), shift=st.floats(-500, 500))
def test_contrast_to_noise_does_not_depend_on_units(factor, shift):
    plane = noise(3, (48, 48)) + 30 * disc((48, 48), (24, 24), 6)
    mask = disc((48, 48), (24, 24), 6).astype(bool)
    ring = surroundings(mask)

    assert contrast_to_noise(plane * factor + shift, mask, ring) == pytest.approx(
        contrast_to_noise(plane, mask, ring), rel=1e-6
    )


def test_white_noise_has_its_variance_as_area_at_every_frequency():
    spectrum = noise_power(noise(2, (512, 512), 10.0))

    assert spectrum.patches == 15 * 15
    assert spectrum.area == pytest.approx(100, rel=0.02)
    assert spectrum.power[2:] == pytest.approx(100, rel=0.12)


@pytest.mark.parametrize("cycles", [5, 8, 20])
def test_a_wave_has_its_peak_at_its_frequency_and_half_its_squared_height_as_area(cycles):
    wave = 6 * np.cos(2 * np.pi * cycles / 64 * np.arange(256)) * np.ones((256, 1))
    spectrum = noise_power(wave)

    assert spectrum.peak == cycles / 64
    assert spectrum.area == pytest.approx(18, rel=0.02)


def test_noise_power_equals_the_averaged_periodograms_of_scipy():
    """Welch's method in one direction, with the trend of each row taken off by SciPy."""
    rows = noise(5, (1, 64 * 9))
    plane = np.repeat(rows, 64 * 2, axis=0)
    spectrum = noise_power(plane)
    _, density = signal.welch(
        rows[0], window="boxcar", nperseg=64, noverlap=32, detrend="linear", scaling="density"
    )

    assert spectrum.area == pytest.approx(density.sum() / 64, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10), factor=st.floats(0.1, 10), slope=st.floats(-3, 3))
def test_area_grows_with_the_square_of_noise_and_a_trend_changes_nothing(seed, factor, slope):
    plane = noise(seed, (96, 96))
    trend = slope * np.arange(96)[:, None] + 5

    assert noise_power(plane * factor + trend).area == pytest.approx(
        noise_power(plane).area * factor**2, rel=1e-8
    )


def test_blurred_noise_has_its_peak_lower_than_its_difference_from_the_blurred():
    white = noise(7, (256, 256))
    coarse = ndimage.gaussian_filter(white, 3)

    assert noise_power(coarse).peak < 0.1 < noise_power(white - coarse).peak


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0])
def test_an_edge_blurred_by_a_gaussian_rises_over_2_563_sigma(sigma):
    """Known by hand: the Gaussian's 10 and 90 % lie 1.2816 sigma away from its middle."""
    edges = find_edges(disc(sigma=0.7))

    assert len(edges.places) > 100
    assert edge_rise(disc(sigma=sigma), edges) == pytest.approx(2.5631 * sigma, rel=0.02)


def test_a_straight_ramp_of_five_pixels_rises_over_four():
    ramp = np.clip((np.arange(128) - 60) / 5, 0, 1) * np.ones((128, 1))

    assert edge_rise(ramp, find_edges(ramp)) == pytest.approx(4.0, rel=0.03)


@settings(deadline=None, max_examples=25)
@given(factor=st.floats(0.01, 100), shift=st.floats(-1000, 1000), turns=st.integers(0, 3))
def test_edge_rise_does_not_depend_on_units_or_on_turning(factor, shift, turns):
    reference, blurred = disc((96, 96), (47.5, 47.5), 28, 0.8), disc((96, 96), (47.5, 47.5), 28, 2)
    there = edge_rise(blurred, find_edges(reference))
    moved = [np.rot90(plane * factor + shift, turns) for plane in (reference, blurred)]

    assert edge_rise(moved[1], find_edges(moved[0])) == pytest.approx(there, rel=0.02)


def test_edges_outside_the_mask_do_not_count():
    plane = disc(sigma=1) + noise(1, deviation=0.001)
    left = np.zeros(plane.shape, bool)
    left[:, :110] = True
    other = np.where(np.arange(256) < 125, plane, plane[::-1, ::-1] * 3)

    there = find_edges(plane, mask=left)
    assert edge_rise(other, there) == edge_rise(plane, there)
    np.testing.assert_array_equal(find_edges(other, mask=left).places, there.places)


def test_a_lost_edge_counts_as_wider_than_its_profile():
    edges = find_edges(disc(sigma=1))

    assert edge_rise(np.zeros((256, 256)), edges) == 16
    assert edge_rise(-disc(sigma=1), edges) == 16


def test_every_metric_is_measured_in_the_region_alone():
    reference = 100 * disc(sigma=1) + noise(1)
    reconstruction = reference + noise(2, deviation=5)
    region = "roi:200x200+20+20"
    far = np.zeros((256, 256), bool)
    far[:2] = far[-2:] = True
    there = evaluate(reference, reconstruction, (region,))
    moved = evaluate(
        np.where(far, 900.0, reference), np.where(far, -900.0, reconstruction), (region,)
    )

    for metric in ALL:
        assert there[metric, region].value == moved[metric, region].value, metric
        assert there[metric, region].value is not None, there[metric, region]


def test_signal_and_contrast_are_refused_where_anatomy_would_count_as_noise():
    plane = noise() + 100 * disc()
    results = evaluate(plane, plane + noise(4), metrics=("snr", "cnr"), body=disc().astype(bool))

    for region in ("whole", "body"):
        for metric in ("snr", "cnr"):
            assert results[metric, region].flags == ("refused:region",)
            assert "roi:" in results[metric, region].reason
    assert results["snr", ROI].value is not None


def test_flat_images_are_refused_by_each_metric_that_needs_noise_or_edges():
    flat = np.zeros((256, 256))
    results = evaluate(flat, flat)

    assert results["hu-bias", "whole"].value == 0
    assert results["nps-area", "whole"].value == 0
    assert results["snr", ROI].flags == results["cnr", ROI].flags == ("refused:undefined",)
    assert results["nps-peak", "whole"].flags == ("refused:undefined",)
    assert results["edge-rise", "whole"].flags == ("refused:too-few-edges",)
    assert results["nps-area", ROI].flags == ("refused:too-small",)
    assert "96 x 96" in results["nps-area", ROI].reason


@pytest.mark.parametrize("added", [0.1, -1000.3, np.linspace(0, 7, 256)])
def test_what_rounding_leaves_of_an_added_constant_or_ramp_is_no_noise(added):
    reference = noise(1, deviation=300.0)
    results = evaluate(reference, reference + added, ("whole",))

    assert 0 < results["nps-area", "whole"].value < 1e-20
    assert results["nps-peak", "whole"].value is None
    assert results["nps-peak", "whole"].flags == ("refused:undefined",)
    assert "flat" in results["nps-peak", "whole"].reason


def test_faint_noise_in_large_values_has_a_peak():
    wave = 1e-6 * np.cos(2 * np.pi * 8 / 64 * np.arange(256)) * np.ones((256, 1))
    reference = noise(1, deviation=300.0)
    results = evaluate(reference, reference + wave, ("whole",), metrics=("nps-peak",))

    assert results["nps-peak", "whole"].value == 8 / 64


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (17, 40), (63, 300)])
def test_small_images_are_refused_and_nothing_breaks(shape):
    results = evaluate(noise(1, shape), noise(2, shape), ("whole",))

    for metric in ("nps-peak", "nps-area"):
        assert results[metric, "whole"].flags == ("refused:too-small",)
    assert results["hu-bias", "whole"].value is not None


def test_a_region_of_few_pixels_is_refused_by_name():
    plane = noise(1, (32, 32))
    few = np.zeros((32, 32), bool)
    few[3, 3:8] = True
    with pytest.raises(MetricRefused, match="5 pixels"):
        signal_to_noise(plane, few)
    with pytest.raises(MetricRefused, match="background"):
        contrast_to_noise(plane, few, few)
    with pytest.raises(MetricRefused, match="region has 5"):
        contrast_to_noise(plane, few, surroundings(few))
