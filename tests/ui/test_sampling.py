"""What a screen sees of a plane, against what can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from app.ui.sampling import Means, Sight, between, look_up, nearest

KINDS = ("u1", "i1", "<u2", "<i2", ">i2", "i4", "u4", "f4", "f8", "?")


def whole(rows, columns, times=1.0):
    """The sight of a plane as a whole, each pixel so many pixels of the screen wide."""
    return Sight(0, 0, 1 / times, 1 / times, round(columns * times), round(rows * times))


@given(
    left=st.floats(-3, 30),
    top=st.floats(-3, 30),
    step=st.floats(0.05, 4),
    columns=st.integers(1, 40),
    rows=st.integers(1, 40),
)
def test_the_nearest_pixel_is_the_one_in_which_the_middle_lies(left, top, step, columns, rows):
    plane = np.arange(23 * 31).reshape(23, 31)

    seen = nearest(plane, Sight(left, top, step, step, columns, rows))

    assert seen.shape == (rows, columns)
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)):
        down = min(max(int(np.floor(top + (row + 0.5) * step)), 0), 22)
        across = min(max(int(np.floor(left + (column + 0.5) * step)), 0), 30)
        assert seen[row, column] == plane[down, across]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_number_is_enlarged_and_made_smaller(kind):
    """A plane of one value is of this value from near and from far."""
    plane = np.full((64, 48), 7).astype(kind)
    value = float(plane[0, 0])

    near = between(plane, whole(64, 48, 2.5), "linear")
    curved = between(plane, whole(64, 48, 2.5), "cubic")
    far = Means(plane).seen(whole(64, 48, 0.25))

    assert near.shape == curved.shape == (160, 120)
    assert far.shape == (16, 12)
    for seen in (near, curved, far):
        assert np.allclose(seen, value, rtol=1e-5)


def test_straight_lines_between_two_pixels():
    """Enlarged four times, the middles lie at 1/8, 3/8, 5/8 and 7/8 of a pixel."""
    seen = between(np.array([[0, 800]], np.uint16), whole(1, 2, 4), "linear")

    assert seen[0].tolist() == [0, 0, 100, 300, 500, 700, 800, 800]


@pytest.mark.parametrize("kind", ["u1", "<u2", "<i2", ">i2", "f4"])
def test_straight_lines_are_those_of_scipy(kind):
    plane = np.random.default_rng(5).uniform(0, 250, (40, 50)).astype(kind)
    sight = Sight(3.3, 4.4, 0.31, 0.27, 90, 80)
    down = sight.top + (np.arange(80) + 0.5) * sight.step_y - 0.5
    across = sight.left + (np.arange(90) + 0.5) * sight.step_x - 0.5

    seen = between(plane, sight, "linear")

    places = np.meshgrid(down, across, indexing="ij")
    exact = map_coordinates(plane.astype(float), places, order=1, mode="nearest")
    assert np.abs(seen - exact).max() <= (0.01 if kind == "f4" else 0.51)


def test_curves_that_leave_what_int16_can_hold_end_there():
    plane = np.full((12, 12), -32768, np.int16)
    plane[:, 6:] = 32767

    seen = between(plane, whole(12, 12, 5), "cubic")

    assert seen.dtype == np.int16
    assert (seen.min(), seen.max()) == (-32768, 32767)
    assert np.all(np.diff(seen[30, 20:40].astype(int)) >= 0)


def test_a_part_in_sight_is_seen_as_in_the_whole():
    plane = np.random.default_rng(1).integers(0, 4096, (60, 60)).astype(np.int16)
    everything = between(plane, whole(60, 60, 3), "linear")

    part = between(plane, Sight(20, 10, 1 / 3, 1 / 3, 50, 40), "linear")

    assert np.abs(part - everything[30:70, 60:110].astype(int)).max() <= 1


def test_one_bright_pixel_among_many_is_seen_from_afar_as_their_mean():
    """4000 above its surroundings in one of 64 pixels: 62.5 in the mean of them."""
    plane = np.full((64, 64), 100, np.uint16)
    plane[19, 43] = 4100
    sight = whole(64, 64, 1 / 8)

    seen = Means(plane).seen(sight)

    assert nearest(plane, sight).max() == 100
    assert seen[2, 5] == pytest.approx(162.5, abs=1)
    assert np.count_nonzero(seen != 100) == 1


@given(rows=st.integers(2, 70), columns=st.integers(2, 70), times=st.floats(0.02, 0.99))
def test_the_mean_of_all_stays_the_same_from_afar(rows, columns, times):
    plane = np.random.default_rng(rows).normal(100, 10, (rows, columns))
    high, wide = max(1, round(rows * times)), max(1, round(columns * times))

    seen = Means(plane).seen(Sight(0, 0, columns / wide, rows / high, wide, high))

    assert seen.shape == (high, wide)
    assert seen.mean() == pytest.approx(plane.mean(), rel=0.02)
    assert seen.min() >= plane.min() - 1e-9
    assert seen.max() <= plane.max() + 1e-9


def test_tall_pixels_are_averaged_down_and_drawn_between_across():
    plane = np.tile(np.array([[0, 100]], np.float64), (8, 1))

    seen = Means(plane).seen(Sight(0, 0, 0.5, 4.0, 4, 2))

    assert seen.tolist() == [[0, 25, 75, 100]] * 2


def test_a_glance_takes_the_halves_that_are_there_and_no_smaller_ones():
    plane = np.arange(64.0 * 64).reshape(64, 64)
    means = Means(plane)
    near, far = whole(64, 64, 0.5), whole(64, 64, 0.25)
    means.seen(far)

    assert np.array_equal(means.glance(whole(64, 64), lambda seen: seen), plane)
    assert np.array_equal(means.glance(near, lambda seen: seen), means.seen(near))
    assert np.array_equal(means.glance(far, lambda seen: seen), means.seen(far))


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_a_table_is_read_as_numpy_reads_it(kind):
    table = np.random.default_rng(2).integers(0, 256, 256 ** np.dtype(kind).itemsize)
    numbers = np.random.default_rng(3).integers(0, len(table), (40, 50)).astype(kind)
    table = table.astype(np.uint8)

    assert np.array_equal(look_up(table, numbers[:, 5:45]), table[numbers[:, 5:45]])
