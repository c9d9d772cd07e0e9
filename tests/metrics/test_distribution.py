"""Metrics of a whole arm."""

import math

import numpy as np
import piq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics import networks, weights
from app.metrics.distribution import (
    distribution_value,
    features_of,
    frechet_distance,
    kernel_distance,
    measure,
    precision_of,
    recall_of,
)
from app.metrics.inputs import Prepared

METRICS = ("fid", "kid", "precision", "recall")


def clouds(n=40, m=30, features=8, seed=0, move=0.3):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (n, features)), rng.normal(move, 1.2, (m, features))


def test_the_frechet_distance_of_two_normals_on_a_line_is_known_by_hand():
    """Means 0 and 3, deviations 1 and 2: 3^2 + (1 - 2)^2."""
    one = np.array([[-1.0], [0.0], [1.0]])
    other = 3 + 2 * one

    assert frechet_distance(one, other) == pytest.approx(10)


def test_the_kernel_distance_of_two_pairs_is_known_by_hand():
    """One feature; kernels (0 + 1)^3 = 1 and (1 + 1)^3 = 8: 1 + 8 - 2 x 1."""
    assert kernel_distance(np.zeros((2, 1)), np.ones((2, 1))) == pytest.approx(7)


def test_precision_counts_what_lies_among_the_references_and_recall_the_reverse():
    line = np.arange(10.0)[:, None]
    half = np.vstack([line[:5], line[:5] + 100])

    assert precision_of(line, half) == 0.5
    assert recall_of(line, line[:6]) == 1.0
    assert precision_of(line, line + 100) == 0.0


def test_fid_agrees_with_piq():
    """piq takes the root of a matrix by iteration, to about four digits."""
    one, other = clouds(200, 150)
    theirs = piq.FID().compute_metric(torch.tensor(other), torch.tensor(one))

    assert frechet_distance(one, other) == pytest.approx(float(theirs), rel=1e-4)


def test_fid_agrees_with_the_matrix_root_of_scipy():
    from scipy.linalg import sqrtm

    one, other = clouds(200, 150)
    spread = [np.cov(rows, rowvar=False) for rows in (one, other)]
    root = np.trace(sqrtm(spread[0] @ spread[1]).real)
    apart = one.mean(axis=0) - other.mean(axis=0)
    expected = apart @ apart + np.trace(spread[0]) + np.trace(spread[1]) - 2 * root

    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)


def test_kid_agrees_with_piq():
    one, other = clouds(40, 40)
    theirs = piq.KID().compute_metric(torch.tensor(other), torch.tensor(one))

    assert kernel_distance(one, other) == pytest.approx(float(theirs), rel=1e-10)


def test_precision_and_recall_agree_with_piq():
    for seed in range(5):
        one, other = clouds(40, 40, seed=seed, move=1.0)
        precision, recall = piq.PR().compute_metric(torch.tensor(one), torch.tensor(other))
        assert precision_of(one, other) == pytest.approx(float(precision))
        assert recall_of(one, other) == pytest.approx(float(recall))


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(6, 30), m=st.integers(6, 30), seed=st.integers(0, 2**32 - 1),
    features=st.integers(1, 40),
)  # fmt: skip
def test_equal_clouds_are_best_and_the_order_of_images_does_not_matter(n, m, seed, features):
    one, other = clouds(n, m, features, seed)
    shuffled = np.random.default_rng(seed).permutation(other)
    for metric in METRICS:
        value = distribution_value(metric, one, other).value
        assert distribution_value(metric, one, shuffled).value == pytest.approx(value, abs=1e-9)
    assert distribution_value("fid", one, one).value == pytest.approx(0, abs=1e-9)
    assert distribution_value("kid", one, one).value <= 0  # unbiased: alike is not zero
    assert distribution_value("precision", one, one).value == 1
    assert distribution_value("recall", one, one).value == 1
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))


def test_a_cloud_further_away_is_further_away():
    one, _ = clouds()
    for metric in ("fid", "kid"):
        steps = [distribution_value(metric, one, one + move).value for move in (0, 0.5, 1, 2)]
        assert steps == sorted(steps)


def test_few_images_are_flagged_and_too_few_refused():
    one, other = clouds(600, 512)

    assert distribution_value("fid", one, other).flags == ()
    assert distribution_value("fid", one, other[:511]).flags == ("small-sample",)
    assert distribution_value("fid", one[:1], other).flags == ("refused:too-few",)
    refused = distribution_value("recall", one[:5], other)
    assert refused.value is None
    assert "at least 6 images on each side; there are 5 references" in refused.reason


def test_features_that_are_not_finite_give_no_value():
    one, other = clouds()
    other[0, 0] = math.nan

    assert distribution_value("fid", one, other).flags == ("not-finite",)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_the_features_of_an_image_are_the_mean_of_the_deepest_layer(monkeypatch):
    from tests.metrics.test_learned import vgg16

    arrays = weights.load("fid")
    plane = np.random.default_rng(0).uniform(0, 1, (611, 64))
    mean, deviation = (
        torch.tensor(values).view(1, 3, 1, 1) for values in (networks.MEAN, networks.DEVIATION)
    )
    x = (torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1) - mean) / deviation
    number = 0
    with torch.inference_mode():
        for layer in vgg16():
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight.data = torch.from_numpy(arrays[f"features.{number}.weight"])
                layer.bias.data = torch.from_numpy(arrays[f"features.{number}.bias"])
                number += 1
            x = layer(x)
    expected = x.mean(dim=(2, 3))[0].numpy()

    found = features_of(plane)
    monkeypatch.setattr(networks, "_STRIP_PIXELS", 480 * 64)
    in_strips = features_of(plane)

    assert found.shape == (512,)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(in_strips, found, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_one_slice_has_no_value_of_its_own(metric):
    plane = np.zeros((64, 64))
    pair = Prepared(plane, plane, IntensityRange(0, 1, "given"), None, None, {"whole": None})

    outcome = measure(metric, pair)["whole"]

    assert (outcome.value, outcome.flags) == (None, ("refused:whole-arm",))
    assert "all images of an arm" in outcome.reason


def test_a_small_image_is_refused():
    with pytest.raises(MetricRefused, match="at least 32 x 32 pixels"):
        features_of(np.zeros((31, 64)))
