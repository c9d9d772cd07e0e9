"""Edge spread and MTF of one drawn edge: a known blur, and edges that are refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from app.errors import MetricRefused
from app.metrics.regional.edges import edge_spread


def edge(degrees=5.0, sigma=1.0, noise=0.0, shape=(80, 80), step=100.0):
    """Return a step blurred by a Gaussian, through the middle, tilted from the vertical."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    turn = np.radians(degrees)
    away = (columns - shape[1] / 2) * np.cos(turn) + (rows - shape[0] / 2) * np.sin(turn)
    plane = step * ndtr(away / sigma) if sigma else step * (away > 0)
    return plane + np.random.default_rng(1).normal(0, noise, shape) if noise else plane


ACROSS = ((40.0, 18.0), (40.0, 62.0))


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.6])
def test_a_gaussian_blur_has_the_mtf_and_the_rise_of_a_gaussian(sigma):
    """exp(-2π²σ²f²), and 2.563 σ from 10 to 90 %."""
    found = edge_spread(edge(sigma=sigma), *ACROSS)

    expected = np.exp(-2 * np.pi**2 * sigma**2 * found.frequencies**2)
    np.testing.assert_allclose(found.mtf, expected, atol=0.03)
    assert found.rise == pytest.approx(2.563 * sigma, rel=0.05)
    if sigma > 0.7:
        assert found.mtf50 == pytest.approx(np.sqrt(np.log(2) / 2) / np.pi / sigma, rel=0.04)


@given(st.floats(3, 14), st.booleans(), st.booleans())
@settings(max_examples=20, deadline=None)
def test_neither_the_tilt_nor_the_side_of_the_bright_half_matters(degrees, falling, upright):
    plane = edge(degrees, sigma=1.2)
    plane = 100 - plane if falling else plane
    line = ACROSS
    if upright:
        plane, line = plane.T, tuple((c, r) for r, c in line)

    assert edge_spread(plane, *line).rise == pytest.approx(2.563 * 1.2, rel=0.06)


def test_more_blur_never_gives_a_higher_mtf():
    curves = [edge_spread(edge(sigma=sigma), *ACROSS).mtf[8:] for sigma in (0.7, 1.0, 1.5, 2.2)]

    for sharper, softer in itertools.pairwise(curves):
        assert (sharper >= softer - 0.01).all()


def test_some_noise_is_borne_and_much_is_said():
    found = edge_spread(edge(noise=3.0), *ACROSS)

    assert found.rise == pytest.approx(2.563, rel=0.15)
    assert found.contrast == pytest.approx(100 / 3, rel=0.1)
    with pytest.raises(MetricRefused, match="too noisy"):
        edge_spread(edge(noise=40.0), *ACROSS)


@pytest.mark.parametrize(
    ("plane", "line", "words"),
    [
        (edge(), ((40.0, 36.0), (40.0, 44.0)), "8 pixels long"),
        (edge(degrees=0.0), ACROSS, "exactly along the pixels"),
        (edge(), ((4.0, 18.0), (4.0, 62.0)), "leave the image"),
        (np.zeros((80, 80)), ACROSS, "edge"),
        (np.random.default_rng(0).normal(size=(80, 80)), ACROSS, "edge"),
        (edge(), ((40.0, 38.0), (40.0, 72.0)), "far enough"),
    ],
)
def test_what_is_no_edge_is_refused_with_advice(plane, line, words):
    with pytest.raises(MetricRefused, match=words) as told:
        edge_spread(plane, *line)
    assert told.value.remedy.endswith(".")
