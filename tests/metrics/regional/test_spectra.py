"""Radial power spectra: white noise, a wave, a blur, and what is refused."""

import numpy as np
import pytest
from scipy import ndimage, signal

from app.errors import MetricRefused
from app.metrics.regional.spectra import power_ratio, radial_power


def white(seed=0, shape=(128, 128), deviation=3.0):
    return np.random.default_rng(seed).normal(0, deviation, shape)


def test_white_noise_has_the_power_of_its_variance_at_every_frequency():
    frequencies, power = radial_power(white(shape=(256, 256)))

    assert frequencies[-1] == 0.5
    assert power.mean() == pytest.approx(9.0, rel=0.03)
    assert power[64:].mean() == pytest.approx(power[8:64].mean(), rel=0.06)


def test_millimetres_scale_frequencies_and_power():
    plain, spaced = radial_power(white()), radial_power(white(), (0.5, 0.5))

    np.testing.assert_allclose(spaced[0], 2 * plain[0])
    np.testing.assert_allclose(spaced[1], plain[1] / 4)


def test_a_wave_stands_at_its_own_frequency():
    wave = np.sin(2 * np.pi * 0.25 * np.arange(96))[None, :] * np.ones((96, 1))

    frequencies, power = radial_power(wave)

    assert frequencies[np.argmax(power)] == pytest.approx(0.25, abs=0.011)


def test_along_one_direction_it_is_the_periodogram_of_scipy():
    """Of a plane that is alike in every row, the ring's sum is SciPy's Hann periodogram."""
    row = white(4)[0]
    plane = np.tile(row, (128, 1))
    window = np.hanning(130)[1:-1]
    spectrum = np.abs(np.fft.fft2((plane - plane.mean()) * np.outer(window, window))) ** 2
    _, theirs = signal.periodogram(row - row.mean(), window=window, detrend=False)

    across = spectrum[0] / (window.sum() ** 2 * (window**2).sum())

    np.testing.assert_allclose(2 * across[1:64], theirs[1:64], rtol=1e-9)


def test_a_blur_loses_high_frequencies_as_its_transfer_function_says():
    plane = white(7, (256, 256))
    blurred = ndimage.gaussian_filter(plane, 1.0, mode="wrap", truncate=8)

    frequencies, power = radial_power(plane)
    ratio = power_ratio(power, radial_power(blurred)[1])

    seen = (frequencies > 0.05) & (frequencies < 0.3)
    expected = np.exp(-4 * np.pi**2 * frequencies[seen] ** 2)
    np.testing.assert_allclose(ratio[seen], expected, rtol=0.2, atol=0.01)


def test_the_ratio_to_itself_is_one_and_undefined_without_power():
    _, power = radial_power(white())

    np.testing.assert_array_equal(power_ratio(power, power), 1.0)
    assert np.isnan(power_ratio(np.array([1.0, 0.0]), np.array([1.0, 1.0]))[1])


def test_small_regions_and_missing_values_are_refused():
    with pytest.raises(MetricRefused, match="16 x 16"):
        radial_power(white(shape=(12, 40)))
    plane = white()
    plane[3, 3] = np.nan
    with pytest.raises(MetricRefused, match="without a value"):
        radial_power(plane)
