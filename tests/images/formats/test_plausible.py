"""Values of another unit are flagged; noise, air and honest differences are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.images.formats.plausible import range_differs, sampling_step

WIDTH = 4095.0


@pytest.fixture
def hounsfield():
    chance = np.random.default_rng(0)
    plane = np.full((64, 64), -1000.0)
    plane[12:52, 12:52] = 40 + 200 * chance.random((40, 40))
    return plane + chance.normal(0, 10, plane.shape)


@pytest.mark.parametrize(("change", "flagged"), [
    (lambda a: (a + 1024) / 4095, True),  # a network's 0..1
    (lambda a: np.clip((a + 160) / 400, 0, 1) * 255, True),  # a windowed 8-bit picture
    (lambda a: a + 1024, True),  # the intercept forgotten
    (lambda a: a * 10, True),
    (lambda a: a, False),
    (lambda a: a * 0.8 + 30, False),
    (lambda a: np.where(a > 0, a.mean(), a), False),  # everything smoothed away
    (lambda a: np.where(a < -900, np.nan, a), False),
])  # fmt: skip
def test_only_another_unit_is_flagged(hounsfield, change, flagged):
    assert range_differs(hounsfield, change(hounsfield), WIDTH) is flagged


def test_a_slice_of_air_is_not_judged():
    air = np.random.default_rng(0).normal(-1000, 10, (32, 32))

    assert not range_differs(air, np.full((32, 32), -1000.0), WIDTH)


def test_nothing_valid_is_not_judged(hounsfield):
    assert not range_differs(hounsfield, hounsfield / 9, WIDTH, valid=np.zeros((64, 64), bool))


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_what_was_sampled_is_not_sampled_again(rows, columns):
    step = sampling_step((rows, columns))

    assert sampling_step((-(-rows // step), -(-columns // step))) == 1
