import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange, Space
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.stored import Stored, alike

RANGE = IntensityRange(-1000.0, 1000.0, "given")
METRICS = ("mse", "mae", "psnr", "nmse", "ssim", "ms-ssim", "gmsd", "ms-gmsd", "haarpsi", "fsim")


def measured(reference, reconstruction, body=None, valid=None):
    regions = ("whole",) if body is None else ("whole", "body")
    inputs = SliceInputs(
        reference, reconstruction, valid, body, RANGE, Space(), METRICS, regions
    )  # fmt: skip
    return [(one.value, one.flags, one.outside) for one in evaluate_slice(inputs)]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["<i2", "<u2", ">i2", "u1", "i4"]),
    st.sampled_from([(1.0, -1024.0), (0.5, 3.0), (1.7, -900.25)]),
    st.sampled_from([(192, 176), (193, 177), (162, 200)]),
    st.sampled_from(["", "body", "valid"]),
)
@settings(max_examples=25, deadline=None)
def test_stored_integers_give_the_numbers_of_their_values(seed, kind, scale, shape, region):
    rng = np.random.default_rng(seed)
    top = 255 if kind == "u1" else 1900
    one, other = (rng.integers(0, top, shape).astype(kind) for _ in range(2))
    mask = rng.uniform(size=shape) > 0.3
    masks = {region: mask} if region else {}
    planes = [Stored(pixels, *scale) for pixels in (one, other)]
    values = [pixels.astype(float) * scale[0] + scale[1] for pixels in (one, other)]

    assert measured(*planes, **masks) == measured(*values, **masks)


def test_two_kinds_of_stored_numbers_are_compared_by_their_values():
    rng = np.random.default_rng(1)
    one = rng.integers(0, 2000, (170, 170)).astype(np.uint16)
    other = rng.integers(-1000, 1000, (170, 170)).astype(np.int16)

    mixed = measured(Stored(one, 1.0, -1000.0), Stored(other))

    assert mixed == measured(one - 1000.0, other.astype(float))
    assert all(plane.pixels.dtype == float for plane in alike(Stored(one), Stored(other)))


@pytest.mark.parametrize(("top", "kind"), [(2**15 - 1, np.int16), (2**15, np.float64)])
def test_unsigned_numbers_are_read_as_signed_ones_where_they_look_the_same(top, kind):
    pixels = np.array([[0, 1], [2, top]], dtype=np.uint16)

    stored = Stored.of(Stored(pixels, 2.0, -1.0))

    assert stored.pixels.dtype == kind
    np.testing.assert_array_equal(stored.values, pixels * 2.0 - 1.0)


def test_planes_of_other_steps_that_hold_the_same_values_are_identical():
    pixels = np.arange(170 * 170, dtype=np.uint16).reshape(170, 170) % 900

    value, flags, _ = measured(Stored(pixels, 2.0), Stored((2 * pixels).astype(np.int16)))[0]

    assert value == 0
    assert "identical" in flags


def test_a_difference_outside_the_middle_row_is_seen():
    pixels = np.zeros((170, 170), dtype=np.int16)
    other = pixels.copy()
    other[3, 5] = 7

    value, flags, _ = measured(Stored(pixels), Stored(other))[0]

    assert value == 49 / 170**2
    assert "identical" not in flags
    assert "constant" in flags


@pytest.mark.parametrize("slope", [np.nan, np.inf])
def test_a_slope_that_is_no_number_is_refused(slope):
    pixels = np.ones((170, 170), dtype=np.int16)

    found = measured(Stored(pixels), Stored(pixels, slope))

    assert {value for value, _, _ in found} == {None}
    assert {flags for _, flags, _ in found} == {("not-finite",)}
