"""Orientation, scale and place of a plane, by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.image import Grid
from app.ui.canvas_marks import bar_of, letters, place_of


def grid(orientation=None, positions=None):
    return Grid(8, 8, 1, orientation=orientation, positions=positions)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), ("R", "A", "L", "P")),  # axial, seen from the feet
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), ("A", "H", "P", "F")),  # sagittal
        ((1.0, 0.0, 0.0, 0.0, 0.0, -1.0), ("R", "H", "L", "F")),  # coronal
        ((0.8, 0.6, 0.0, -0.6, 0.8, 0.0), ("RA", "AL", "LP", "PR")),  # turned by 37 degrees
        ((0.99, 0.14, 0.0, -0.14, 0.99, 0.0), ("R", "A", "L", "P")),  # by 8 degrees
    ],
)
def test_the_letters_are_those_of_the_direction_cosines(orientation, expected):
    assert letters(grid(orientation)) == expected


def test_without_geometry_there_is_no_letter_and_no_place():
    assert letters(grid()) is None
    assert place_of(grid(), 0) is None


def test_a_slice_lies_where_its_position_is_along_the_normal():
    """A sagittal normal points to the patient's right, so x = 30 lies at -30."""
    sagittal = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)

    assert place_of(grid(sagittal, ((30.0, 7.0, 9.0),)), 0) == -30.0


@pytest.mark.parametrize(
    ("longest", "bar"),
    [(1.0, 1.0), (1.99, 1.0), (2.0, 2.0), (49.0, 20.0), (50.0, 50.0), (730.0, 500.0), (0.3, 0.2)],
)
def test_a_bar_has_a_round_length(longest, bar):
    assert bar_of(longest) == pytest.approx(bar)


@given(st.floats(1e-6, 1e6))
def test_a_bar_is_never_too_long_and_never_below_two_fifths(longest):
    assert 0.399 * longest < bar_of(longest) <= longest * (1 + 1e-6)
    assert math.isfinite(bar_of(longest))
