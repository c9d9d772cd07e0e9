"""VIF-p."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.errors import MetricRefused
from app.metrics.information import local_map, measure, visual_information_fidelity
from tests.metrics.planes import UNIT, edge_case, noisy_outside, prepared, smooth


def vif(reference, reconstruction, **options):
    return visual_information_fidelity(reference, reconstruction, range=UNIT, **options)


def test_a_gain_of_one_half_keeps_what_the_noise_of_the_eye_lets_through():
    """Known by hand: stripes of variance v, halved: log(1 + v / 4 / 2) over log(1 + v / 2)."""
    stripes = np.tile([0.2, 0.6], (41, 41))[:, :41]
    local = local_map("vif-p", prepared(stripes, stripes / 2))
    weights = np.exp(-(np.arange(-8, 9) ** 2) / (2 * (17 / 5) ** 2))
    weights /= weights.sum()
    share = weights[::2].sum()
    variance = share * (1 - share) * (0.4 * 255) ** 2

    assert local[20, 20] == pytest.approx(
        math.log(1 + variance / 8) / math.log(1 + variance / 2), rel=1e-9
    )


@pytest.mark.shared
def test_every_published_value(reference_values):
    chosen = reference_values.select("vif_p", "scale255_sn2")
    assert len(chosen) == 57
    for row in chosen:
        (pair,) = reference_values.planes(row["case"], row["pred"])
        assert vif(*pair) == pytest.approx(float(row["value"]), abs=5e-9), row


@given(st.integers(0, 30), st.sampled_from([(41, 41), (64, 57), (43, 90)]))
@settings(max_examples=15, deadline=None)
def test_agrees_with_piq(seed, shape):
    piq = pytest.importorskip("piq")
    torch = pytest.importorskip("torch")
    truth = smooth(seed, shape)
    noisy = np.clip(truth + np.random.default_rng(seed).normal(0, 0.05, shape), 0, 1)
    x, y = (torch.from_numpy(plane)[None, None] for plane in (noisy, truth))

    assert vif(truth, noisy) == pytest.approx(float(piq.vif_p(x, y, data_range=1.0)), abs=1e-8)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_is_exactly_one_for_equal_planes_and_more_noise_is_never_better(seed):
    truth = smooth(seed)
    noise = np.random.default_rng(seed + 1).normal(size=truth.shape)
    values = [vif(truth, truth + level * noise) for level in (0, 0.01, 0.03, 0.1, 0.3)]

    assert values[0] == 1
    assert values == sorted(values, reverse=True)


def test_takes_the_reference_first():
    truth = smooth(1)
    blurred = ndimage.gaussian_filter(truth, 1)

    assert vif(truth, blurred) < vif(blurred, truth) - 0.05


def test_more_contrast_than_the_reference_is_above_one():
    truth = smooth(2)

    assert vif(truth, 1.5 * truth) > 1


def test_values_beyond_the_range_count_and_are_not_cut_off():
    truth = smooth(3)
    bright = np.where(truth > 0.7, truth + 0.5, truth)

    assert vif(truth, bright) != vif(truth, np.clip(bright, 0, 1))


def test_pixels_farther_than_the_window_reaches_from_a_mask_change_nothing():
    truth, mask = smooth(4, (120, 100)), np.zeros((120, 100), dtype=bool)
    mask[30:60, 30:60] = True
    noisy = truth + np.random.default_rng(5).normal(0, 0.05, truth.shape)
    near = np.zeros_like(mask)
    near[10:80, 10:80] = True
    moved = np.where(near, noisy, 1 - noisy)

    assert vif(truth, moved, mask=mask) == vif(truth, noisy, mask=mask)
    assert vif(truth, moved) != vif(truth, noisy)


def test_a_mask_of_everything_changes_nothing():
    truth = smooth(6)
    noisy = truth + 0.05 * np.random.default_rng(6).normal(size=truth.shape)

    assert vif(truth, noisy, mask=np.ones(truth.shape, dtype=bool)) == pytest.approx(
        vif(truth, noisy), rel=1e-13
    )


def test_every_outcome_is_weighed_by_the_information_of_the_reference():
    """The weighed mean over two slices is the quotient of the sums."""
    truth, noisy, body = noisy_outside(7)
    found = measure("vif-p", prepared(truth, noisy, body=body))

    assert found["body"].value > found["whole"].value
    assert 0 < found["body"].weight < found["whole"].weight
    assert 0.5 < found["whole"].outside < 1
    assert measure("vif-p", prepared(truth, truth))["whole"].flags == ("identical",)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_constant_reference_is_not_defined(level, noise):
    flat = np.full((50, 50), level)
    noisy = flat + noise * np.random.default_rng(0).normal(size=flat.shape)
    (outcome,) = measure("vif-p", prepared(flat, noisy)).values()

    assert (outcome.value, outcome.flags) == (None, ("refused:undefined",))
    with pytest.raises(MetricRefused, match="not defined: the reference is constant"):
        vif(flat, noisy)


def test_the_map_is_as_large_as_the_slice_and_one_where_nothing_differs():
    truth = smooth(8)
    local = local_map("vif-p", prepared(truth, truth))

    assert local.shape == truth.shape
    assert np.isnan(local[:8]).all()
    assert np.isnan(local[:, -8:]).all()
    assert (local[8:-8, 8:-8] == 1).all()


@pytest.mark.parametrize("shape", [(40, 64), (64, 40)])
def test_a_side_below_41_pixels_is_refused(shape):
    with pytest.raises(MetricRefused, match="VIF-p needs at least 41 x 41 pixels"):
        vif(np.zeros(shape), np.zeros(shape))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("identical", 1.0),
        ("both_constant_equal", None),
        ("both_zero", None),
        ("gt_constant_pred_noise", None),
        ("negative_values(HU_1000)", 1.011979527),
        ("above_range", 1.151490417),
        ("100x100", 0.9882200107),
    ],
)
def test_the_edge_cases(reference_values, case, value):
    truth, noisy = edge_case(reference_values, case)
    found = measure("vif-p", prepared(truth, noisy))["whole"].value

    assert found == (None if value is None else pytest.approx(value, abs=2e-6))
