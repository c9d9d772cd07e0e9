"""Which pixels a drawn shape holds, against other implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import polygon2mask
from skimage.measure import points_in_poly

from app.domain.shape import Shape
from app.errors import InputError
from app.metrics.regional.masks import mask_of, region_name
from app.metrics.roi import parse_regions, region_mask

corner = st.tuples(st.floats(-5, 45), st.floats(-5, 35))


@given(corner, corner)
def test_a_rectangle_is_the_region_of_its_name(first, second):
    shape = Shape(1, "rectangle", (first, second)).settled(40, 30)
    (name,) = parse_regions(region_name(shape))

    np.testing.assert_array_equal(mask_of(shape, 40, 30), region_mask(name, (40, 30), None, {}))


def test_an_ellipse_of_four_by_four_pixels_misses_its_corners():
    """Known by hand: the centres of the corners lie 1.5 · √2 = 2.12 from the middle, beyond 2."""
    mask = mask_of(Shape(1, "ellipse", ((1, 1), (5, 5))), 6, 6)

    expected = np.zeros((6, 6), bool)
    expected[1:5, 1:5] = True
    expected[[1, 1, 4, 4], [1, 4, 1, 4]] = False
    np.testing.assert_array_equal(mask, expected)


def test_a_large_ellipse_has_the_area_pi_a_b():
    mask = mask_of(Shape(1, "ellipse", ((10, 20), (210, 120))), 256, 256)

    assert mask.sum() == pytest.approx(np.pi * 100 * 50, rel=1e-3)


@given(st.lists(corner, min_size=3, max_size=9))
def test_a_free_region_is_that_of_scikit_image(corners):
    """Away from the outline itself, where the two may round another way."""
    shape = Shape(1, "free", tuple(corners))
    centres = np.stack(np.mgrid[:40, :30], -1).reshape(-1, 2) + 0.5

    ours = mask_of(shape, 40, 30)
    theirs = points_in_poly(centres, np.array(corners)).reshape(40, 30)

    unlike = np.argwhere(ours != theirs) + 0.5
    for place in unlike:
        assert _distance_to_outline(place, corners) < 1e-6


def test_a_square_drawn_freely_is_the_square():
    square = ((2.0, 3.0), (2.0, 9.0), (7.0, 9.0), (7.0, 3.0))

    mask = mask_of(Shape(1, "free", square), 12, 12)

    assert mask[2:7, 3:9].all()
    assert mask.sum() == 30
    theirs = polygon2mask((12, 12), np.array(square) - 0.5)
    assert theirs[3:6, 4:8].all()


def test_a_line_holds_no_pixels():
    with pytest.raises(InputError, match="is a line"):
        mask_of(Shape(1, "profile", ((0, 0), (5, 5))), 8, 8)


def _distance_to_outline(place, corners):
    nearest = np.inf
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        one, other = np.array(one), np.array(other)
        side = other - one
        part = np.clip(np.dot(place - one, side) / max(np.dot(side, side), 1e-300), 0, 1)
        nearest = min(nearest, float(np.hypot(*(place - one - part * side))))
    return nearest
