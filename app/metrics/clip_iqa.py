"""CLIP-IQA: whether a language model would rather call an image a good or a bad photo.

The network is not on any package index: a person brings its file. It is built
by piq's own code, which would otherwise download it.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.metrics import networks, weights
from app.metrics.inputs import Outcome, Plane, Prepared, too_small

LEAST = 32
"""Pixels on a side: below it nothing is left in the deepest layer."""

_CONTEXT = 77
# "Good photo." and "Bad photo." between the start and the end, in CLIP's vocabulary.
_PROMPTS = ((49406, 886, 1125, 269, 49407), (49406, 2103, 1125, 269, 49407))


def good_photo(plane: Plane, *, device: str = "cpu") -> float:
    """Return how much rather an image is a good photo than a bad one.

    Parameters
    ----------
    plane
        Values in 0..1, ``(rows, columns)``; the one channel is repeated to three.
    device
        ``cpu``, ``cuda`` or ``auto``.

    Returns
    -------
    float
        0 to 1; higher is better.

    Raises
    ------
    MetricRefused
        A side is shorter than 32 pixels.
    MetricUnavailable
        The file of the network is not installed, or the device is not there.

    References
    ----------
    Wang, Chan & Loy (2023), arXiv:2207.12396, equation 3.
    """
    import torch

    if min(plane.shape) < LEAST:
        raise too_small(plane.shape, LEAST, "CLIP-IQA")
    place = networks.device(device)
    path = weights.locate("clip-iqa")
    model = _model(path, path.stat().st_mtime_ns if path.is_file() else 0).to(place)
    single = torch.tensor(plane, dtype=torch.float32, device=place)
    with networks.exact():
        return float(model(single[None, None].expand(1, 3, -1, -1)))


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - the module has one metric
    """Return a CLIP-IQA for each region of the reconstruction of a prepared slice."""
    flags = ("clipped",) if prepared.reconstruction_clipped else ()
    outcomes = {}
    for region in prepared.masks:
        plane = prepared.scale(prepared.filled(region)[1])
        outcomes[region] = Outcome(good_photo(plane, device=prepared.device), flags)
    return outcomes


def build(network: Any) -> Any:
    """Return piq's CLIP-IQA around a network, with the words of both prompts looked up."""
    import torch
    from piq.clip_iqa import CLIPIQA, OPENAI_CLIP_MEAN, OPENAI_CLIP_STD
    from torch.nn.modules.loss import _Loss

    tokens = torch.zeros(len(_PROMPTS), _CONTEXT, dtype=torch.long)
    for row, prompt in enumerate(_PROMPTS):
        tokens[row, : len(prompt)] = torch.tensor(prompt)
    model = CLIPIQA.__new__(CLIPIQA)  # its own __init__ downloads
    _Loss.__init__(model)
    with networks.exact():
        anchors = network.encode_text(tokens).float()
        model.feature_extractor = network
        model.data_range = 1.0
        model.logit_scale = network.logit_scale.exp()
        model.register_buffer("anchors", anchors / anchors.norm(dim=-1, keepdim=True))
        for name, values in (("mean", OPENAI_CLIP_MEAN), ("std", OPENAI_CLIP_STD)):
            model.register_buffer(f"default_{name}", torch.tensor(values).view(1, 3, 1, 1))
    return model.eval()


@lru_cache(maxsize=1)
def _model(path: Path, mtime_ns: int) -> Any:  # noqa: ARG001 - a file that changed is read again
    from piq.feature_extractors.clip import build_model

    # TorchScript may run code of its own: the file's SHA-256 was checked before.
    published = networks.scripted(weights.read_given("clip-iqa"))
    return build(build_model(published.state_dict()).float().eval())
