"""Places in the patient: normals, distances, directions that are none."""

import math
from dataclasses import replace

import pytest

from app.images.geometry import distances, normal_of, usable_orientation
from app.images.matching import match
from tests.images.series import OBLIQUE, series


def test_places_are_projected_on_the_normal():
    """Known by hand: the normal of (0.8 0.6 0, 0 0 -1) is (-0.6 0.8 0)."""
    assert normal_of(OBLIQUE) == pytest.approx((-0.6, 0.8, 0))
    one = series([0], OBLIQUE, positions=((-6.0, 8.0, 3.0),))
    assert distances(one.grid) == pytest.approx((10.0,))
    assert distances(replace(one.grid, positions=None)) is None


@pytest.mark.parametrize("bad", [(), (0,) * 6, (1, 0, 0, 1, 0, 0), (2, 0, 0, 0, 1, 0)])
def test_directions_that_are_none_are_no_directions(bad):
    assert usable_orientation(bad) is None


@pytest.mark.parametrize("decimals", [2, 3, 6])
@pytest.mark.parametrize("degrees", [3, 20, 45])
def test_directions_of_few_decimals_leave_a_grid_what_it_is(degrees, decimals):
    """Two images of the same header lie pixel on pixel, and their slices 5 mm apart."""
    turn = math.radians(degrees)
    row = (math.cos(turn), math.sin(turn) * math.cos(turn), math.sin(turn) ** 2)
    column = (-math.sin(turn), math.cos(turn) ** 2, math.cos(turn) * math.sin(turn))
    rounded = usable_orientation([round(cosine, decimals) for cosine in (*row, *column)])
    one = series([0, 5, 10], rounded, rows=512, columns=512)

    found = match(one, one)

    assert (found.regrid, found.note) == (None, "")
    assert distances(one.grid) == pytest.approx((0, 5, 10))
    assert rounded == pytest.approx((*row, *column), abs=2 * 10**-decimals)
