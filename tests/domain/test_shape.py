"""Shapes that a person draws: their boxes, handles and limits."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.shape import Shape

places = st.tuples(st.floats(-50, 150), st.floats(-50, 150))


def test_a_box_settles_on_whole_pixels_inside_the_image():
    drawn = Shape(1, "rectangle", ((20.6, -3.0), (10.2, 30.4)))

    assert drawn.settled(64, 48).points == ((10.0, 0.0), (21.0, 30.0))
    assert drawn.settled(15, 48).points == ((10.0, 0.0), (15.0, 30.0))


@given(places, places, st.sampled_from(["rectangle", "ellipse"]))
def test_a_settled_box_holds_a_pixel_and_settles_no_further(first, second, kind):
    settled = Shape(1, kind, (first, second)).settled(40, 30)
    top, left, bottom, right = settled.box

    assert 0 <= top < bottom <= 40
    assert 0 <= left < right <= 30
    assert settled.settled(40, 30) == settled


@given(places, places, places, st.integers(0, 7))
def test_a_pulled_handle_lies_where_it_was_pulled(first, second, place, handle):
    pulled = Shape(1, "rectangle", (first, second)).pulled(handle, place)

    top, left, bottom, right = pulled.box
    assert handle in (3, 7) or place[0] in (top, bottom)
    assert handle in (1, 5) or place[1] in (left, right)


def test_a_free_region_is_stretched_by_the_handles_of_its_box():
    drawn = Shape(1, "free", ((10.0, 10.0), (10.0, 30.0), (20.0, 20.0)))

    stretched = drawn.pulled(4, (30.0, 50.0))

    assert stretched.points == ((10.0, 10.0), (10.0, 50.0), (30.0, 30.0))


@given(places, places)
def test_a_shape_kept_inside_keeps_its_size(first, second):
    shape = Shape(1, "distance", (first, second))
    kept = shape.kept_inside(400, 400)

    top, left, bottom, right = kept.box
    assert -1e-9 <= top <= bottom <= 400 + 1e-9
    assert -1e-9 <= left <= right <= 400 + 1e-9
    assert abs((bottom - top) - (shape.box[2] - shape.box[0])) < 1e-9


def test_a_shape_lies_on_its_slice_or_on_all():
    assert Shape(1, "ellipse", ((0, 0), (4, 4))).on(7)
    assert not Shape(1, "ellipse", ((0, 0), (4, 4)), slice=3).on(7)
    assert Shape(2, "free", ((0, 0), (4, 4), (0, 4))).name == "Free region 2"
