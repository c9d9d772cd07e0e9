"""FSIM."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import MetricRefused
from app.metrics.phase import (
    Features,
    compared,
    feature_similarity,
    filters,
    local_map,
    measure,
    phase_congruency,
)
from tests.metrics.planes import UNIT, edge_case, noisy_outside, prepared, smooth


def fsim(reference, reconstruction, **options):
    return feature_similarity(reference, reconstruction, range=UNIT, **options)


def test_features_of_one_and_none_give_the_constants_of_the_paper():
    """Known by hand: 0.85 / (1 + 0.85) times 160 / (30 * 30 + 160), weighed by 1."""
    one, none = np.ones((1, 1)), np.zeros((1, 1))
    local = compared(Features(one, 30 * one), Features(none, none))

    assert local.similarity[0, 0] == pytest.approx(0.85 / 1.85 * 160 / 1060, rel=1e-14)
    assert local.weight[0, 0] == 1


def test_phase_congruency_does_not_care_for_contrast_and_peaks_on_an_edge():
    plane = np.zeros((64, 64))
    plane[:, 32:] = 1.0
    congruency = phase_congruency(255 * plane)

    np.testing.assert_allclose(congruency, phase_congruency(100 + 20 * plane), atol=1e-6)
    assert congruency[32, 31:33].min() > 0.7
    assert congruency.min() >= 0
    assert congruency.max() <= 1


@pytest.mark.shared
def test_every_published_value(reference_values):
    chosen = reference_values.select("fsim", "avgpool256")
    assert len(chosen) == 19
    for row in chosen:
        (pair,) = reference_values.planes(row["case"], row["pred"])
        assert fsim(*pair) == pytest.approx(float(row["value"]), abs=1e-7), row


@given(st.integers(0, 30), st.sampled_from([(16, 16), (64, 57), (41, 30), (400, 390)]))
@settings(max_examples=12, deadline=None)
def test_agrees_with_piq(seed, shape):
    piq = pytest.importorskip("piq")
    torch = pytest.importorskip("torch")
    truth = smooth(seed, shape)
    noisy = np.clip(truth + np.random.default_rng(seed).normal(0, 0.05, shape), 0, 1)
    x, y = (torch.from_numpy(plane)[None, None] for plane in (noisy, truth))
    theirs = float(piq.fsim(x, y, data_range=1.0, chromatic=False))

    assert fsim(truth, noisy) == pytest.approx(theirs, abs=1e-7)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_is_one_for_equal_planes_symmetric_and_more_noise_is_never_better(seed):
    truth = smooth(seed)
    noise = np.random.default_rng(seed + 1).normal(size=truth.shape)
    noisy = [truth + level * noise for level in (0, 0.01, 0.03, 0.1, 0.3)]
    values = [fsim(truth, plane) for plane in noisy]

    assert values[0] == pytest.approx(1, abs=1e-14)
    assert values == sorted(values, reverse=True)
    assert fsim(noisy[2], truth) == values[2]


def test_pixels_outside_a_mask_change_nothing():
    truth, mask = smooth(4, (121, 100)), np.zeros((121, 100), dtype=bool)
    mask[30:60, 30:60] = True
    noisy = truth + np.random.default_rng(5).normal(0, 0.05, truth.shape)
    moved = np.where(mask, noisy, 1 - noisy)

    assert fsim(truth, moved, mask=mask) == fsim(truth, noisy, mask=mask)
    assert fsim(truth, moved) != fsim(truth, noisy)
    found = measure("fsim", prepared(truth, noisy, body=mask))
    assert found["body"].value == fsim(truth, noisy, mask=mask)
    assert found["whole"].value == fsim(truth, noisy)


def test_a_mask_of_everything_changes_nothing():
    truth = smooth(6)
    noisy = truth + 0.05 * np.random.default_rng(6).normal(size=truth.shape)

    assert fsim(truth, noisy, mask=np.ones(truth.shape, dtype=bool)) == pytest.approx(
        fsim(truth, noisy), rel=1e-13
    )


def test_the_share_outside_the_body_and_the_weight_are_told():
    truth, noisy, body = noisy_outside(7)
    found = measure("fsim", prepared(truth, noisy, body=body))

    assert found["body"].value > found["whole"].value
    assert 0.5 < found["whole"].outside < 1
    assert 0 < found["body"].weight < found["whole"].weight
    assert measure("fsim", prepared(truth, truth))["whole"].flags == ("identical",)


def test_the_map_is_as_large_as_the_slice_and_one_where_nothing_differs():
    truth = smooth(8, (390, 400))
    noisy = truth.copy()
    noisy[200:, 200:] *= 0.3
    local = local_map("fsim", prepared(truth, noisy))

    assert local.shape == truth.shape
    assert local_map("fsim", prepared(truth, truth)) == pytest.approx(1, abs=1e-14)
    assert local[:100, :100].mean() > 0.99
    assert local[250:350, 250:350].mean() < 0.9


def test_the_filters_of_the_two_last_shapes_are_kept():
    assert filters((32, 40)) is filters((32, 40))
    assert filters.cache_info().maxsize == 2


@pytest.mark.parametrize("shape", [(5, 64), (64, 5)])
def test_a_side_below_6_pixels_is_refused(shape):
    with pytest.raises(MetricRefused, match="FSIM needs at least 6 x 6 pixels"):
        fsim(np.zeros(shape), np.zeros(shape))


def test_a_mask_without_a_square_of_the_coarse_grid_is_refused():
    plane, mask = smooth(9, (400, 400)), np.zeros((400, 400), dtype=bool)
    mask[3, 3] = True
    found = measure("fsim", prepared(plane, plane, body=mask))["body"]

    assert (found.value, found.flags) == (None, ("refused:too-small",))
    with pytest.raises(MetricRefused, match="squares of 2 pixels"):
        fsim(plane, plane, mask=mask)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("identical", 1.0),
        ("both_constant_equal", 1.0),
        ("both_zero", 1.0),
        ("gt_constant_pred_noise", 0.4605993067),
        ("100x100", 0.9996156078),
        ("8x8", 0.9995257534),
    ],
)
def test_the_edge_cases(reference_values, case, value):
    truth, noisy = edge_case(reference_values, case)

    assert fsim(truth, noisy) == pytest.approx(value, abs=1e-6)
