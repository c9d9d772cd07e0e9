"""Places in the patient: normals, distances, directions that are none."""

from dataclasses import replace

import pytest

from app.images.geometry import distances, normal_of, usable_orientation
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
