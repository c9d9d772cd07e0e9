"""The window that an image is opened with."""

import numpy as np
import pytest

from app.display import grey_levels
from app.domain.image import Grid, Image, Window
from app.domain.metric import IntensityRange
from app.domain.windows import automatic_window, opening_window, range_window

FULL = IntensityRange(-1024.0, 3071.0, "CT 12-bit")


def image(pixels, *, slope=1.0, intercept=0.0, **more):
    count, rows, columns = pixels.shape
    return Image(
        pixels, (slope,) * count, (intercept,) * count, Grid(rows, columns, count),
        **{"modality": "MR", **more},
    )  # fmt: skip


def ramp(dtype=np.int16):
    return np.arange(100 * 100, dtype=dtype).reshape(1, 100, 100)


def test_the_automatic_window_lies_between_two_percentiles_of_the_reference():
    window = automatic_window(image(ramp(), slope=2.0, intercept=10.0))

    assert window.center == pytest.approx(2 * 4999.5 + 10)
    assert window.width == pytest.approx(0.98 * 2 * 9999, rel=0.001)


def test_padding_and_what_no_data_covers_count_nothing():
    pixels = ramp()
    pixels[0, :50] = -2000
    window = automatic_window(image(pixels, padding=(-2000, -2000)))
    covered = np.zeros(pixels.shape, np.bool_)
    covered[0, 50:] = True

    assert window.center == pytest.approx(7499.5)
    assert automatic_window(image(pixels, covered=covered)) == window


@pytest.mark.parametrize("flat", [0, 7])
def test_a_reference_of_one_value_has_a_window_that_can_be_shown(flat):
    assert automatic_window(image(np.full((1, 64, 48), flat, np.int16))).width > 0


def test_a_few_bright_pixels_on_an_empty_ground_are_seen():
    pixels = np.zeros((1, 100, 100), np.float32)
    pixels[0, 50, 50] = 0.01

    window = automatic_window(image(pixels))

    assert (window.center, window.width) == pytest.approx((0.005, 0.01))


@pytest.mark.parametrize("modality", ["MR", "PT", ""])
def test_values_from_0_to_1_open_with_all_their_greys(modality):
    values = (ramp(np.float32) / 9999).reshape(1, 100, 100)
    reference = image(values, modality=modality)
    window = opening_window(reference, IntensityRange(0.0, 1.0, "references"))
    greys = grey_levels(reference.pixels[0], 1.0, 0.0, window)

    assert len(np.unique(greys)) == 256


def test_ct_and_pictures_of_8_bits_open_with_their_full_range():
    """By hand: the middle and the width of -1024..3071 and of 0..255."""
    ct = opening_window(image(ramp(), modality="CT"), FULL)
    small = opening_window(image(ramp(np.float32) / 9999, modality="CT"),
                           IntensityRange(0.0, 1.0, "references"))  # fmt: skip
    picture = opening_window(image(ramp(), modality=""), IntensityRange(0.0, 255.0, "8-bit"))

    assert ct == Window(1023.5, 4095.0, "LINEAR_EXACT")
    assert small == Window(0.5, 1.0, "LINEAR_EXACT")
    assert picture == Window(127.5, 255.0, "LINEAR_EXACT")


def test_the_window_of_the_file_comes_first():
    own = Window(40.0, 400.0, explanation="BRAIN")

    assert opening_window(image(ramp(), windows=(own, Window(1.0, 2.0))), FULL) is own


def test_a_range_without_width_can_still_be_shown():
    assert range_window(3.0, 3.0).width > 0
    assert range_window(0.0, 0.0).width > 0
