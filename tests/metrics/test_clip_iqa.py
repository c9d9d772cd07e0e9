"""CLIP-IQA, with a small network in the place of the published one, which is not at hand."""

import numpy as np
import piq
import pytest
import torch
from piq.feature_extractors import clip

from app.domain.metric import IntensityRange
from app.errors import MetricRefused, MetricUnavailable
from app.metrics import clip_iqa
from app.metrics.inputs import Prepared


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = clip.CLIP(
        embed_dim=32, image_resolution=64, vision_layers=(1, 1, 1, 1), vision_width=8,
        vision_patch_size=None, context_length=77, vocab_size=49408, transformer_width=64,
        transformer_heads=1, transformer_layers=1,
    )  # fmt: skip
    return made.float().eval()


@pytest.fixture
def built(network, monkeypatch):
    model = clip_iqa.build(network)
    monkeypatch.setattr(clip_iqa, "_model", lambda *_: model)
    return model


def test_agrees_with_piq_around_the_same_network(built, network, monkeypatch):
    tokens = torch.zeros(2, 77, dtype=torch.long)
    tokens[:, :5] = torch.tensor([[49406, 886, 1125, 269, 49407], [49406, 2103, 1125, 269, 49407]])
    monkeypatch.setattr("piq.clip_iqa.clip.load", lambda: network)
    monkeypatch.setattr("piq.clip_iqa.download_tensor", lambda *_: tokens)
    theirs = piq.CLIPIQA()
    for seed in range(3):
        plane = np.random.default_rng(seed).uniform(0, 1, (64, 64))
        x = torch.tensor(plane, dtype=torch.float32).expand(1, 3, -1, -1).contiguous()
        ours = clip_iqa.good_photo(plane)

        assert 0 < ours < 1
        assert ours == pytest.approx(float(theirs(x)), abs=1e-6)


@pytest.mark.usefixtures("built")
def test_pixels_outside_the_body_change_nothing():
    rng = np.random.default_rng(0)
    image, body = rng.uniform(0, 1, (64, 64)), np.zeros((64, 64), dtype=bool)
    body[16:48, 16:48] = True
    first, second = (
        clip_iqa.measure(
            "clip-iqa",
            Prepared(plane, plane, IntensityRange(0, 1, "given"), None, body, {"body": body}),
        )["body"].value
        for plane in (image, np.where(body, image, 0.9))
    )

    assert first == second


def test_without_its_file_the_sentence_says_which_to_bring(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))
    with pytest.raises(MetricUnavailable, match="not installed") as refused:
        clip_iqa.good_photo(np.zeros((64, 64)))

    assert "RN50.pt" in refused.value.remedy


def test_a_slice_below_32_pixels_is_refused():
    with pytest.raises(MetricRefused, match="at least 32 x 32 pixels"):
        clip_iqa.good_photo(np.zeros((31, 64)))
