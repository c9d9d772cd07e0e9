"""DISTS."""

from collections import defaultdict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.errors import MetricRefused, MetricUnavailable
from app.metrics import networks, weights
from app.metrics.dists import measure, structure_and_texture_distance
from app.metrics.inputs import Kept, Prepared

pytestmark = pytest.mark.usefixtures("installed_weights")

VARIANTS = ("dists", "dists@256")


def planes(shape=(48, 40), seed=0):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 1, shape)
    return reference, np.clip(reference + rng.normal(0, 0.1, shape), 0, 1)


@pytest.mark.weights
def test_equal_planes_are_at_distance_zero_and_the_order_does_not_matter():
    reference, reconstruction = planes()
    there = structure_and_texture_distance("dists", reference, reconstruction)

    assert structure_and_texture_distance("dists", reference, reference) == 0.0
    assert 0 < there < 1
    assert structure_and_texture_distance("dists", reconstruction, reference) == pytest.approx(
        there, abs=1e-7
    )


@pytest.mark.weights
@pytest.mark.shared
@pytest.mark.parametrize(
    ("metric", "definition"), [("dists", "fullres"), ("dists@256", "bilinear256")]
)
def test_agrees_with_other_implementations(reference_values, metric, definition):
    """DISTS_pytorch and pyiqa at full resolution, piq at 256 pixels, on the small cases.

    The documented table compares all of them.
    """
    small = {name for name, row in reference_values.cases.items() if int(row["width"]) <= 256}
    found = {}
    kept = defaultdict(Kept)  # the features of each case's reference
    for row in reference_values.select("dists", definition):
        key = row["case"], row["pred"]
        if row["case"] not in small:
            continue
        if key not in found:
            pair = reference_values.planes(*key)[0]
            found[key] = structure_and_texture_distance(
                metric, *pair, of_reference=kept[row["case"]]
            )
        assert found[key] == pytest.approx(float(row["value"]), abs=1e-6), row
    assert len(found) == 8


@pytest.mark.weights
def test_agrees_with_piq_on_a_size_that_does_not_divide_evenly():
    """piq's own class with the published weights handed in, instead of its download."""
    from piq.functional import L2Pool2d
    from piq.perceptual import DISTS

    from tests.metrics.test_learned import VGG16_TAPS, vgg16

    arrays = weights.load("dists")
    layers = [
        L2Pool2d(kernel_size=3, stride=2, padding=1) if isinstance(x, torch.nn.MaxPool2d) else x
        for x in vgg16()
    ]
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        layer.weight.data = torch.from_numpy(arrays[f"features.{number}.weight"])
        layer.bias.data = torch.from_numpy(arrays[f"features.{number}.bias"])
    loss = DISTS.__new__(DISTS)
    alpha, beta = (torch.from_numpy(arrays[name]).view(1, -1, 1, 1) for name in ("alpha", "beta"))
    channels = [3, 64, 128, 256, 512, 512]
    super(DISTS, loss).__init__(
        torch.nn.Sequential(*layers),
        layers=[str(tap) for tap in VGG16_TAPS],
        weights=[*torch.split(alpha, channels, dim=1), *torch.split(beta, channels, dim=1)],
        allow_layers_weights_mismatch=True,
    )
    pair = planes((71, 53))
    x, y = (torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1) for plane in pair)

    for metric in VARIANTS:  # below 256 pixels they are one
        assert structure_and_texture_distance(metric, *pair) == pytest.approx(
            float(loss(y, x)), abs=1e-6
        )


@pytest.mark.weights
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), side=st.integers(40, 70))
def test_more_noise_is_never_better(seed, side):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 1, (side, 48))
    noise = rng.normal(0, 1, reference.shape)
    kept = Kept()
    steps = [
        structure_and_texture_distance(
            "dists", reference, np.clip(reference + share * noise, 0, 1), of_reference=kept
        )
        for share in (0, 0.05, 0.2, 0.8)
    ]

    assert steps[0] == 0
    assert steps == sorted(steps)


@pytest.mark.weights
def test_a_slice_seen_in_strips_has_the_same_value(monkeypatch):
    pair = planes((611, 64))
    whole = structure_and_texture_distance("dists", *pair)
    monkeypatch.setattr(networks, "_STRIP_PIXELS", 480 * 64)

    assert structure_and_texture_distance("dists", *pair) == pytest.approx(whole, abs=1e-7)


@pytest.mark.weights
def test_pixels_outside_the_body_change_nothing():
    reference, reconstruction = planes((64, 64))
    body = np.zeros(reference.shape, dtype=bool)
    body[16:48, 16:48] = True
    moved = np.where(body, reconstruction, 0.7)
    masks = {"whole": None, "body": body}
    first, second = (
        measure(
            "dists",
            Prepared(reference, plane, IntensityRange(0, 1, "given"), None, body, masks),
        )
        for plane in (reconstruction, moved)
    )

    assert first["body"].value == second["body"].value
    assert first["whole"].value != second["whole"].value


@pytest.mark.parametrize("metric", VARIANTS)
def test_a_slice_below_32_pixels_is_refused(metric):
    with pytest.raises(MetricRefused, match="at least 32 x 32 pixels; the slice has 31 x 64"):
        structure_and_texture_distance(metric, np.zeros((31, 64)), np.zeros((31, 64)))


def test_without_weights_the_sentence_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))
    with pytest.raises(MetricUnavailable, match="not installed"):
        structure_and_texture_distance("dists", *planes())
