"""LPIPS."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.errors import MetricRefused, MetricUnavailable
from app.metrics import networks, weights
from app.metrics.inputs import Kept, Prepared
from app.metrics.learned import layer_maps, local_map, measure, perceptual_distance

NETWORKS = ("lpips-vgg", "lpips-alex")
VGG16_TAPS = (3, 8, 15, 22, 29)
ALEXNET_TAPS = (1, 4, 7, 9, 11)


def planes(shape=(48, 40), seed=0):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 1, shape)
    return reference, np.clip(reference + rng.normal(0, 0.1, shape), 0, 1)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
def test_is_zero_for_equal_planes_and_symmetric(metric):
    reference, reconstruction = planes()
    (there,) = perceptual_distance(metric, reference, reconstruction)
    (back,) = perceptual_distance(metric, reconstruction, reference)

    assert perceptual_distance(metric, reference, reference) == (0.0,)
    assert there > 0
    assert there == pytest.approx(back, abs=1e-6)


def written_out(metric, reference, reconstruction):
    """Equation 1 of the paper, by hand, with PyTorch's own modules."""
    arrays = weights.load(metric)
    layers, taps = (vgg16(), VGG16_TAPS) if metric == "lpips-vgg" else (alexnet(), ALEXNET_TAPS)
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        layer.weight.data = torch.from_numpy(arrays[f"features.{number}.weight"])
        layer.bias.data = torch.from_numpy(arrays[f"features.{number}.bias"])
    features = []
    with torch.inference_mode():
        for plane in (reference, reconstruction):
            x = torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1) * 2 - 1
            shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
            scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
            x = (x - shift) / scale
            found = []
            for number, layer in enumerate(layers):
                x = layer(x)
                if number in taps:
                    found.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
            features.append(found)
        return sum(
            float(
                ((a - b).square() * torch.from_numpy(arrays[f"heads.{n}"]).view(1, -1, 1, 1))
                .sum(1)
                .mean()
            )
            for n, (a, b) in enumerate(zip(*features, strict=True))
        )


def vgg16():
    layers, channels = [], 3
    for step in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512):
        if step == 0:
            layers.append(torch.nn.MaxPool2d(2, 2))
        else:
            layers += [torch.nn.Conv2d(channels, step, 3, padding=1), torch.nn.ReLU()]
            channels = step
    return layers


def alexnet():
    convolution, relu = torch.nn.Conv2d, torch.nn.ReLU()
    return [
        *(convolution(3, 64, 11, stride=4, padding=2), relu, torch.nn.MaxPool2d(3, 2)),
        *(convolution(64, 192, 5, padding=2), relu, torch.nn.MaxPool2d(3, 2)),
        *(convolution(192, 384, 3, padding=1), relu),
        *(convolution(384, 256, 3, padding=1), relu),
        *(convolution(256, 256, 3, padding=1), relu),
    ]


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
@pytest.mark.parametrize("shape", [(48, 40), (33, 97), (64, 64)])
def test_agrees_with_the_published_formula_written_out(metric, shape):
    pair = planes(shape)

    found = perceptual_distance(metric, *pair)[0]

    assert found == pytest.approx(written_out(metric, *pair), abs=2e-7)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_agrees_with_piq():
    """piq's own ContentLoss, which its LPIPS is, with the published network handed in."""
    from piq.perceptual import ContentLoss

    arrays = weights.load("lpips-vgg")
    network = torch.nn.Sequential(*vgg16())
    convolutions = [layer for layer in network if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        layer.weight.data = torch.from_numpy(arrays[f"features.{number}.weight"])
        layer.bias.data = torch.from_numpy(arrays[f"features.{number}.bias"])
    loss = ContentLoss(
        network,
        layers=[str(tap) for tap in VGG16_TAPS],
        weights=[torch.from_numpy(arrays[f"heads.{n}"]).view(1, -1, 1, 1) for n in range(5)],
        normalize_features=True,
    )
    pair = planes((100, 72))
    x, y = (torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1) for plane in pair)

    assert perceptual_distance("lpips-vgg", *pair)[0] == pytest.approx(float(loss(x, y)), abs=1e-6)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
@settings(max_examples=8, deadline=None)
@given(shape=st.tuples(st.integers(32, 70), st.integers(32, 70)), seed=st.integers(0, 2**32 - 1))
def test_more_noise_is_never_better_and_equal_is_best(metric, shape, seed):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 1, shape)
    noise = rng.normal(0, 1, shape)
    kept = Kept()
    steps = [
        perceptual_distance(
            metric, reference, np.clip(reference + share * noise, 0, 1), of_reference=kept
        )[0]
        for share in (0, 0.05, 0.2, 0.8)
    ]

    assert steps[0] == 0
    assert steps == sorted(steps)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_the_features_of_a_reference_are_made_once_for_all_its_arms(monkeypatch):
    seen = []
    layers = networks.Network.layers

    def counted(self, plane):
        seen.append(plane)
        return layers(self, plane)

    monkeypatch.setattr(networks.Network, "layers", counted)
    reference, first = planes()
    kept = Kept()
    alone = perceptual_distance("lpips-vgg", reference, first)
    seen.clear()
    shared = perceptual_distance("lpips-vgg", reference, first, of_reference=kept)
    perceptual_distance("lpips-vgg", reference, planes(seed=1)[1], of_reference=kept)

    assert len(seen) == 3
    assert shared == alone


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_the_value_is_the_same_bytes_with_any_number_of_threads():
    """(48, 40) is a size at which PyTorch sums in another order with two threads."""
    before = torch.get_num_threads()
    found = set()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.add(perceptual_distance("lpips-vgg", *planes()))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)

    assert len(found) == 1


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_a_slice_seen_in_strips_has_the_same_value(monkeypatch):
    reference, reconstruction = planes((611, 64))
    whole = layer_maps("lpips-vgg", reference, reconstruction)
    monkeypatch.setattr(networks, "_STRIP_PIXELS", 480 * 64)
    assert len(networks.strips(reference.shape)) == 3
    parts = layer_maps("lpips-vgg", reference, reconstruction)

    for one, other in zip(whole, parts, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_bfloat16_is_near_and_not_the_same():
    pair = planes((64, 64))
    exact = perceptual_distance("lpips-vgg", *pair)[0]
    near = perceptual_distance("lpips-vgg@bf16", *pair)[0]

    assert near != exact
    assert near == pytest.approx(exact, rel=0.02)


def prepared(reference, reconstruction, **masks):
    return Prepared(
        reference, reconstruction, IntensityRange(0, 1, "given"), None, masks.get("body"), masks
    )


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
def test_pixels_beyond_the_networks_reach_of_a_region_change_nothing(metric):
    """The deepest layer sees up to 105 pixels around (VGG16) or 97 (AlexNet).

    The rounding of a tile sees three more on each side in each layer: up to 372 or 241.
    """
    reference, reconstruction = planes((64, 512))
    body = np.zeros(reference.shape, dtype=bool)
    body[:, :64] = True
    moved = reconstruction.copy()
    moved[:, 440:] = 0
    first = measure(metric, prepared(reference, reconstruction, whole=None, body=body))
    second = measure(metric, prepared(reference, moved, whole=None, body=body))

    assert first["body"].value == second["body"].value
    assert first["whole"].value != second["whole"].value


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_the_share_of_the_distance_in_air_is_told():
    reference, _ = planes((96, 128))
    reconstruction = reference.copy()
    reconstruction[:, 96:] = 0
    body = np.zeros(reference.shape, dtype=bool)
    body[:, :40] = True
    found = measure("lpips-vgg", prepared(reference, reconstruction, whole=None, body=body))

    assert found["whole"].outside > 0.9


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
def test_the_maps_of_the_layers_add_up_to_the_value(metric):
    pair = prepared(*planes((128, 128)), whole=None)
    layers = [local_map(f"{metric}:{n}", pair) for n in range(1, 6)]

    assert all(layer.shape == (128, 128) for layer in layers)
    np.testing.assert_allclose(sum(layers), local_map(metric, pair))
    if metric == "lpips-vgg":  # its layers divide the slice evenly
        value = measure(metric, pair)["whole"].value
        assert local_map(metric, pair).mean() == pytest.approx(value, rel=1e-12)


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", NETWORKS)
def test_a_mask_of_everything_is_the_whole_and_an_empty_one_gives_none(metric):
    reference, reconstruction = planes()
    full, empty = np.ones(reference.shape, dtype=bool), np.zeros(reference.shape, dtype=bool)
    whole, masked, nothing = perceptual_distance(
        metric, reference, reconstruction, masks=(None, full, empty)
    )

    assert masked == pytest.approx(whole, rel=1e-9)
    assert nothing is None


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_a_mask_far_from_the_difference_sees_less_of_it():
    reference, _ = planes((96, 96))
    reconstruction = reference.copy()
    reconstruction[:20] = 0
    near, far = np.zeros((2, 96, 96), dtype=bool)
    near[:30], far[66:] = True, True
    inside, outside = perceptual_distance(
        "lpips-alex", reference, reconstruction, masks=(near, far)
    )

    assert outside < inside / 10


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_nothing_is_downloaded_behind_the_users_back(monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    networks.forget()
    assert perceptual_distance("lpips-vgg", *planes())[0] > 0


@pytest.mark.parametrize("metric", NETWORKS)
def test_a_slice_below_32_pixels_is_refused(metric):
    with pytest.raises(MetricRefused, match="at least 32 x 32 pixels; the slice has 31 x 64"):
        perceptual_distance(metric, np.zeros((31, 64)), np.zeros((31, 64)))


def test_without_weights_the_sentence_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))
    with pytest.raises(MetricUnavailable, match="not installed") as refused:
        perceptual_distance("lpips-vgg", *planes())

    assert "blindread weights --from FILE" in refused.value.remedy
