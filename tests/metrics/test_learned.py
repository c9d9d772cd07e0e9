"""LPIPS."""

import sys

import numpy as np
import pytest

from app.errors import MetricRefused, MetricUnavailable
from app.metrics.learned import perceptual_distance

NETWORKS = ("lpips-vgg", "lpips-alex")


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


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_agrees_with_the_published_formula_written_out():
    """Equation 1 of the paper, by hand, from the network's own layers."""
    import torch

    from app.metrics.learned import _content

    reference, reconstruction = planes()
    content = _content("lpips-alex", "cpu")
    with torch.inference_mode():
        taps = []
        for plane in (reference, reconstruction):
            x = torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1) * 2 - 1
            shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
            scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
            x = (x - shift) / scale
            layers = []
            for number, layer in enumerate(content.model):
                x = layer(x)
                if number in (1, 4, 7, 9, 11):
                    layers.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
            taps.append(layers)
        expected = sum(
            float(((a - b).square() * head).sum(1).mean())
            for a, b, head in zip(*taps, content.weights, strict=True)
        )

    assert perceptual_distance("lpips-alex", reference, reconstruction)[0] == pytest.approx(
        expected, abs=1e-6
    )


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
    import torch

    def refuse(*_arguments, **_options):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    from app.metrics.learned import _content

    _content.cache_clear()
    assert perceptual_distance("lpips-vgg", *planes())[0] > 0


@pytest.mark.parametrize("metric", NETWORKS)
def test_a_slice_below_32_pixels_is_refused(metric):
    with pytest.raises(MetricRefused, match="at least 32 x 32 pixels; the slice has 31 x 64"):
        perceptual_distance(metric, np.zeros((31, 64)), np.zeros((31, 64)))


def test_without_weights_the_sentence_says_what_to_run(monkeypatch, tmp_path):
    from app.metrics.learned import _content

    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))
    _content.cache_clear()
    with pytest.raises(MetricUnavailable, match="not installed") as refused:
        perceptual_distance("lpips-vgg", *planes())

    assert "blindread weights --from FILE" in refused.value.remedy
    assert "torch" in sys.modules
