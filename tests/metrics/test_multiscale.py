"""MS-SSIM, GMSD and MS-GMSD, whole and inside a mask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange, Space
from app.errors import MetricRefused
from app.metrics.evaluate import evaluate_slice
from app.metrics.gradient import (
    gradient_deviation,
    gradient_similarity_map,
    multiscale_gradient_deviation,
)
from app.metrics.inputs import Kept, SliceInputs
from app.metrics.kernels.gradients import prewitt, similarity, similarity_to_steepness, steepness
from app.metrics.multiscale import multiscale_similarity

UNIT = IntensityRange(0.0, 1.0, "given")
METRICS = (multiscale_similarity, gradient_deviation, multiscale_gradient_deviation)
SHAPES = ((161, 161), (176, 333), (180, 401), (256, 192))


def planes(seed, shape=(176, 180)):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 1, shape)
    return reference, np.clip(reference + rng.normal(0, 0.1, shape), 0, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_agree_with_piq_at_even_and_odd_sizes(shape):
    import piq
    import torch

    reference, reconstruction = planes(1, shape)
    tensors = [torch.tensor(plane)[None, None] for plane in (reconstruction, reference)]
    for ours, theirs in zip(
        METRICS, (piq.multi_scale_ssim, piq.gmsd, piq.multi_scale_gmsd), strict=True
    ):
        value = ours(reference, reconstruction, range=UNIT)
        assert value == pytest.approx(theirs(*tensors).item(), abs=1e-10)


def test_two_constant_planes_differ_in_brightness_alone():
    """Known by hand: contrast and structure are 1, so the last scale's luminance decides."""
    one, zero = np.ones((176, 176)), np.zeros((176, 176))
    value = multiscale_similarity(one, zero, range=UNIT)

    assert value == pytest.approx((0.0001 / 1.0001) ** 0.1333, rel=1e-9)


def test_the_deviation_is_nothing_where_no_gradient_differs():
    """Known by hand: a vertical ramp and its mirror image are equally steep everywhere."""
    ramp = np.linspace(0, 1, 64)[:, None] * np.ones((1, 64))
    local = gradient_similarity_map(ramp, ramp[::-1], range=UNIT)

    np.testing.assert_allclose(local[2:-2, 2:-2], 1.0, rtol=1e-12)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_are_symmetric_and_best_for_equal_planes(seed):
    reference, reconstruction = planes(seed)
    for metric, best in zip(METRICS, (1.0, 0.0, 0.0), strict=True):
        value = metric(reference, reconstruction, range=UNIT)
        assert value == pytest.approx(metric(reconstruction, reference, range=UNIT), abs=1e-12)
        assert metric(reference, reference, range=UNIT) == best
        assert value < 1 if best else value > 0


def test_small_slices_are_refused():
    for metric, side in zip(METRICS, (160, 1, 16), strict=True):
        small = np.zeros((side, 300))
        with pytest.raises(MetricRefused, match=f"at least {side + 1} x {side + 1}"):
            metric(small, small, range=UNIT)


def test_a_mask_that_vanishes_at_a_coarse_scale_is_refused():
    reference, reconstruction = planes(2)
    mask = np.zeros(reference.shape, dtype=bool)
    mask[90, 90] = True
    for metric in METRICS:
        with pytest.raises(MetricRefused):
            metric(reference, reconstruction, range=UNIT, mask=mask)


@pytest.mark.parametrize(
    ("metric", "few", "enough"),
    [("gmsd", "roi:4x4+10+10", "roi:6x6+10+10"), ("ms-gmsd", "roi:16x16+8+8", "roi:24x24+8+8")],
)
def test_a_region_of_fewer_than_nine_pixels_has_no_deviation(metric, few, enough):
    reference, reconstruction = planes(2)
    regions = ("roi:2x2+10+10", few, enough)
    wanted = ("mse", metric)
    inputs = SliceInputs(reference, reconstruction, None, None, UNIT, Space(), wanted, regions)
    found = {(one.metric, one.region): one for one in evaluate_slice(inputs)}

    for region in regions[:2]:
        assert found["mse", region].value > 0
        assert found[metric, region].value is None
        assert found[metric, region].flags == ("refused:too-small",)
        assert f"'{region}' has" in found[metric, region].reason
        assert "9 are needed" in found[metric, region].reason
    assert found[metric, enough].value > 0


@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (3, 3), (2, 16)])
def test_a_slice_of_a_few_pixels_has_no_deviation(shape):
    with pytest.raises(MetricRefused, match="9 are needed"):
        gradient_deviation(*planes(1, shape), range=UNIT)


def test_the_least_slices_agree_with_piq():
    import piq
    import torch

    for ours, theirs, side in (
        (gradient_deviation, piq.gmsd, 6),
        (gradient_deviation, piq.gmsd, 5),
        (multiscale_gradient_deviation, piq.multi_scale_gmsd, 17),
    ):
        pair = planes(1, (side, side))
        tensors = [torch.tensor(plane)[None, None] for plane in pair]
        assert ours(*pair, range=UNIT) == pytest.approx(theirs(*tensors).item(), abs=1e-10)


def test_pixels_far_outside_the_mask_change_nothing():
    reference, reconstruction = planes(3, (400, 400))
    mask = np.zeros(reference.shape, dtype=bool)
    mask[100:200, 100:200] = True
    moved = reconstruction.copy()
    moved[320:] = moved[320:][::-1]
    for metric in METRICS:
        assert metric(reference, moved, range=UNIT, mask=mask) == metric(
            reference, reconstruction, range=UNIT, mask=mask
        )
        assert metric(reference, moved, range=UNIT) != metric(reference, reconstruction, range=UNIT)


def test_values_do_not_depend_on_what_earlier_arms_left_behind():
    """Bit for bit: the third arm reads the local means that the second one wrote."""
    reference, reconstruction = planes(4)
    body = np.zeros(reference.shape, dtype=bool)
    body[40:140, 40:140] = True
    wanted = ("mse", "nmse", "ssim", "ms-ssim", "gmsd", "ms-gmsd")

    def measure(shared, body=body, valid=None):
        inputs = SliceInputs(
            reference, reconstruction, valid, body, UNIT, Space(), wanted, ("whole", "body"),
            shared=shared,
        )  # fmt: skip
        return [(found.value, found.outside, found.weight) for found in evaluate_slice(inputs)]

    alone, shared = measure(Kept()), Kept()
    assert [measure(shared) for _ in range(4)] == [alone] * 4

    other = {"body": ~body}
    padded = {"valid": np.arange(reference.size).reshape(reference.shape) % 7 > 0}
    for changed in (other, padded, other | padded):
        assert measure(shared, **changed) == measure(Kept(), **changed) != alone


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (3, 2), (5, 7), (64, 57)])
def test_gradients_without_a_frame_are_those_with_one(shape):
    rng = np.random.default_rng(0)
    one = rng.normal(0, 100, shape)
    other = one + rng.normal(0, 10, shape)
    slopes = [prewitt(np.pad(plane, 1, constant_values=-7.0)) for plane in (one, other)]
    wanted = similarity(*slopes, 100.0, 0.0)

    known = steepness(one, -7.0)
    local, lack, squares = similarity_to_steepness(known, other, -7.0, 900.0)

    np.testing.assert_allclose(known, 9 * slopes[0] ** 2, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(local, wanted, rtol=1e-12)
    assert lack == pytest.approx((1 - wanted).sum())
    assert squares == pytest.approx(((1 - wanted) ** 2).sum())
