"""How far a plane lies from another is what scikit-image finds, and what was put in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from app.images.displacement import displacement


def texture(shape, seed):
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2)


def faded(plane):
    """Return a plane under the window, its mean taken off, as scikit-image has to be given it."""
    window = np.outer(*(np.hanning(count + 2)[1:-1] for count in plane.shape))
    return (plane - np.average(plane, weights=window)) * window


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(32, 90), st.integers(32, 90)),
    moved=st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    noise=st.sampled_from([0.0, 0.05, 0.5]),
    upsampling=st.sampled_from([1, 10, 50]),
    seed=st.integers(0, 1000),
)
def test_it_is_what_scikit_image_finds(shape, moved, noise, upsampling, seed):
    one = texture(shape, seed)
    other = ndimage.shift(one, moved, order=3, mode="nearest")
    other += np.random.default_rng(seed + 1).normal(0, noise * one.std(), shape)

    found = displacement(one, other, upsampling=upsampling)

    back, _, _ = phase_cross_correlation(
        faded(one), faded(other), upsample_factor=upsampling, normalization=None
    )
    assert found == pytest.approx(-back, abs=1e-9)


@pytest.mark.parametrize("moved", [(3, -2), (-5, 0), (0, 7)])
def test_whole_pixels_are_found_exactly_and_the_other_way_round(moved):
    wide = texture((120, 140), 5)
    one, other = wide[20:100, 20:120], np.roll(wide, moved, axis=(0, 1))[20:100, 20:120]

    assert displacement(one, other, upsampling=1) == moved
    assert displacement(other, one, upsampling=1) == (-moved[0], -moved[1])


def test_a_flat_plane_lies_nowhere_else():
    flat = np.full((40, 50), 7.0)

    assert displacement(flat, texture((40, 50), 0), upsampling=50) == (0.0, 0.0)
    assert displacement(texture((40, 50), 0), flat, upsampling=50) == (0.0, 0.0)


def test_brightness_and_contrast_do_not_count():
    one = texture((64, 64), 2)
    other = ndimage.shift(one, (0.6, -1.3), order=3, mode="nearest")

    plain = displacement(one, other, upsampling=50)

    assert displacement(one, 40 * other - 1000, upsampling=50) == pytest.approx(plain, abs=0.021)
