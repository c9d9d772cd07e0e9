"""Pictures for catch trials: plainly worse, or of somebody else, on the grid of the case."""

import numpy as np
import pytest

from app.domain.image import Grid, Image
from app.images.catch_images import blurred, in_place_of


def image(pixels, **more):
    pixels = np.asarray(pixels)
    count, rows, columns = pixels.shape
    return Image(pixels, (2.0,) * count, (-100.0,) * count, Grid(rows, columns, count), **more)


def test_a_blur_keeps_the_level_loses_the_edges_and_stays_whole():
    stripes = np.tile(np.repeat([0, 400], 4), (1, 64, 8)).astype("i2")
    sharp = image(stripes).values(0)
    made = blurred(image(stripes)).values(0)

    assert made[32, 16:48].std() < 0.35 * sharp[32, 16:48].std()
    assert made.mean() == pytest.approx(sharp.mean(), rel=0.02)
    assert (made == np.rint(made)).all()


def test_padding_does_not_bleed_into_a_blur():
    plane = np.full((1, 64, 64), 500, "i2")
    plane[:, :, :20] = -2000
    made = blurred(image(plane, padding=(-2000.0, -2000.0)))

    assert made.padding is None
    assert made.values(0).min() == 2 * 500 - 100


@pytest.mark.parametrize("shape", [(3, 40, 30), (1, 20, 50), (2, 33, 33)])
def test_another_case_takes_the_place_of_a_picture_whatever_its_size(shape):
    there = image(np.arange(np.prod(shape)).reshape(shape).astype("i4"))
    here = image(np.zeros((2, 33, 33), "i2"))
    made = in_place_of(here, there)

    assert made.grid == here.grid
    for index in (0, 1):
        shown = made.values(index)
        theirs = there.values(min(index, shape[0] - 1))
        assert theirs[shape[1] // 2, shape[2] // 2] in shown[14:19, 14:19]


def test_the_padding_of_another_case_is_no_value():
    there = np.full((1, 33, 33), 100, "i2")
    there[0, 0] = -3000
    made = in_place_of(image(np.zeros((1, 33, 33), "i2")), image(there, padding=(-3000, -3000)))

    assert made.values(0).min() == 100
