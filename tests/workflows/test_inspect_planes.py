"""Edges and spatial frequencies of one slice."""

import numpy as np
import pytest

from app.domain.image import Grid, Image
from app.workflows.inspect_planes import edges, fourier


def one_slice(values, *, spacing=None, **more) -> Image:
    values = np.asarray(values, dtype=np.float64)[np.newaxis]
    grid = Grid(rows=values.shape[1], columns=values.shape[2], slices=1, spacing=spacing)
    return Image(values, (2.0,), (10.0,), grid, **more)


def test_a_ramp_is_as_steep_in_its_unit_by_millimetre_as_it_was_made():
    """2 stored units a column, a slope of 2, half a millimetre a column: 8 a millimetre."""
    ramp = np.tile(2.0 * np.arange(9), (5, 1))

    np.testing.assert_allclose(edges(one_slice(ramp, spacing=(3.0, 0.5)), 0), 8.0)
    np.testing.assert_allclose(edges(one_slice(ramp), 0), 4.0)


def test_both_directions_count():
    down, across = np.mgrid[0:6, 0:6]

    np.testing.assert_allclose(edges(one_slice(1.5 * down + 2.0 * across), 0), 5.0)


def test_where_there_is_no_data_there_is_no_edge():
    plane = np.zeros((6, 6))
    plane[2, 2] = -100

    found = edges(one_slice(plane, padding=(-100, -100)), 0)

    assert np.isnan(found[2, 1])
    assert found[5, 5] == 0.0


def test_a_line_of_pixels_has_no_edges():
    assert edges(one_slice(np.ones((1, 4))), 0).tolist() == [[0.0] * 4]


def test_a_cosine_has_its_strength_at_its_frequency_alone():
    """Amplitude 3 x slope 2 over 16 x 32 pixels: 6 / 2 x 512 at both places."""
    across = np.arange(32)
    wave = np.tile(3.0 * np.cos(2 * np.pi * 4 * across / 32), (16, 1))

    found = fourier(one_slice(wave), 0)

    assert found[8, 16 + 4] == found[8, 16 - 4] == pytest.approx(np.log10(1 + 3 * 512))
    found[8, [12, 20]] = 0.0
    assert np.all(found < 1e-6)


def test_the_mean_and_pixels_without_data_leave_no_trace():
    plane = np.full((8, 8), 50.0)
    plane[3, 3] = -1000

    assert np.all(fourier(one_slice(plane, padding=(-1000, -1000)), 0) < 1e-9)
