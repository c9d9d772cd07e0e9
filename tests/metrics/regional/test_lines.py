"""Profiles, lengths, areas and angles: by hand, against SciPy, and their units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from app.domain.image import Grid
from app.errors import MetricRefused
from app.metrics.regional.lines import angle, area, length, sample_count, sample_line

PLANE = np.random.default_rng(5).normal(size=(30, 40))
inside = st.tuples(st.floats(0.5, 29.5), st.floats(0.5, 39.5))


def grid(spacing=None, kind=""):
    return Grid(rows=30, columns=40, slices=1, spacing=spacing, spacing_kind=kind)


def test_a_line_through_the_centres_of_a_row_gives_its_very_values():
    found = sample_line(PLANE, (7.5, 3.5), (7.5, 23.5))

    np.testing.assert_array_equal(found, PLANE[7, 3:24])


@given(inside, inside)
def test_between_the_centres_it_is_the_linear_interpolation_of_scipy(start, end):
    count = sample_count(start, end)
    places = [np.linspace(start[axis], end[axis], count) - 0.5 for axis in (0, 1)]
    theirs = ndimage.map_coordinates(PLANE, places, order=1, mode="nearest")

    np.testing.assert_allclose(sample_line(PLANE, start, end), theirs, rtol=0, atol=1e-12)


def test_beyond_the_image_and_beside_padding_there_is_no_value():
    valid = np.ones(PLANE.shape, bool)
    valid[7, 10] = False

    out = sample_line(PLANE, (7.5, -2.5), (7.5, 2.5))
    hole = sample_line(PLANE, (7.5, 8.5), (7.5, 12.5), valid=valid)
    beside = sample_line(PLANE, (7.5, 8.5), (7.5, 9.5), valid=valid)

    np.testing.assert_array_equal(np.isnan(out), [True, True, True, False, False, False])
    np.testing.assert_array_equal(np.isnan(hole), [False, False, True, False, False])
    assert np.isfinite(beside).all()


def test_three_by_four_pixels_are_five_pixels_and_millimetres_where_they_are_known():
    start, end = (2.0, 3.0), (5.0, 7.0)

    plain, spaced = length(start, end, grid()), length(start, end, grid((2.0, 0.5)))

    assert (plain.value, plain.unit) == (5.0, "pixels")
    assert "no millimetres" in plain.caveat
    assert spaced.value == pytest.approx((36 + 4) ** 0.5)
    assert (spaced.unit, spaced.caveat) == ("mm", "")


def test_a_projection_says_where_its_millimetres_are_measured():
    found = length((0, 0), (0, 10), grid((0.1, 0.1), "detector"))

    assert found.value == pytest.approx(1.0)
    assert found.unit == "mm at the detector"
    assert "magnification" in found.caveat
    assert area(50, grid((0.1, 0.2), "scanned")).unit == "mm² on the film"
    assert area(50, grid((0.1, 0.2))).value == pytest.approx(1.0)
    assert area(50, grid()).unit == "pixels"


def test_an_angle_is_measured_in_space_not_in_pixels():
    """Known by hand: 10 rows of 1 mm by 10 columns of √3 mm rise by 30° over the row."""
    corner = ((10.0, 10.0), (10.0, 0.0), (0.0, 10.0))

    assert angle(*corner, grid()).value == pytest.approx(45)
    assert angle(*corner, grid((1.0, 3**0.5))).value == pytest.approx(30)
    assert "square" in angle(*corner, grid()).caveat


@given(inside, inside, inside)
def test_the_angles_of_a_triangle_sum_to_half_a_turn(one, two, three):
    sides = [np.hypot(*np.subtract(a, b)) for a, b in ((one, two), (two, three), (three, one))]
    if min(sides) < 0.01:
        return
    where = grid((0.7, 0.4))

    total = sum(
        angle(*corner, where).value
        for corner in ((one, two, three), (two, three, one), (three, one, two))
    )

    assert total == pytest.approx(180, abs=1e-6)


def test_a_side_without_length_has_no_angle():
    with pytest.raises(MetricRefused):
        angle((1, 1), (1, 1), (2, 2), grid())
