"""Intensity spaces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.metric import IntensityRange, Space
from app.errors import InputError
from app.metrics.spaces import NATIVE, parse_space, space_range, to_space


def test_the_window_40_400_maps_its_ends_to_0_and_1():
    space = parse_space("window:40/400")
    plane = np.array([[-1000.0, -160.0, 40.0, 240.0, 3000.0]])

    np.testing.assert_allclose(to_space(plane, space), [[0, 0, 0.5, 1, 1]])


def test_the_native_space_changes_nothing():
    plane = np.array([[-5.0, 7.0]])
    native = IntensityRange(-1024.0, 3071.0, "CT 12-bit")

    assert to_space(plane, NATIVE) is plane
    assert space_range(NATIVE, native) is native
    assert space_range(Space.window(40, 400), native) == IntensityRange(0.0, 1.0, "window")


@given(st.integers(-2000, 2000), st.integers(1, 4000))
def test_a_label_reads_back_as_its_space(center, width):
    space = Space.window(float(center), float(width))

    assert parse_space(space.label) == space


@pytest.mark.parametrize(
    "text",
    ["", "windowed", "window:40", "window:a/b", "window:40/0", "window:40/-1", "window:nan/1"],
)
def test_a_space_that_makes_no_sense_is_an_input_error(text):
    with pytest.raises(InputError) as refused:
        parse_space(text)

    assert "window:40/400" in refused.value.remedy
