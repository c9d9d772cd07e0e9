"""LPIPS: distance of two images in the features of a trained network.

torch and piq are imported here and nowhere else, when a learned metric first
runs. piq's own ``LPIPS`` downloads its weights by itself; its ``ContentLoss``
does the same work with a network and heads that we hand in.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import MetricUnavailable
from app.metrics import weights
from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal, too_small

LEAST = 32
"""Pixels on a side: below it nothing is left in the deepest layer of either network."""

_KEPT_PIXELS = 1 << 20
"""Features of references up to this size are kept in memory; larger ones are made again."""

# Output channels of each convolution, "M" for a pooling; as published for VGG16.
_VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512)
_VGG16_TAPS = ("3", "8", "15", "22", "29")  # relu1_2, 2_2, 3_3, 4_3, 5_3
_ALEXNET_TAPS = ("1", "4", "7", "9", "11")  # relu1 to relu5


def perceptual_distance(
    metric: str,
    reference: Plane,
    reconstruction: Plane,
    *,
    masks: Sequence[Mask | None] = (None,),
    device: str = "cpu",
) -> tuple[float | None, ...]:
    """Return the LPIPS (v0.1 heads) of two planes, once for each mask.

    Parameters
    ----------
    metric
        ``lpips-vgg`` or ``lpips-alex``.
    reference, reconstruction
        Values in 0..1, ``(rows, columns)``; the one channel is repeated to three.
    masks
        None averages each layer's distances over the slice, as published. A mask
        is resampled by area to the size of each layer and weighs the average
        there; a mask without a pixel gives None.
    device
        ``cpu``, ``cuda`` or ``auto``.

    Returns
    -------
    tuple of float or None
        0 for identical planes; lower is better.

    Raises
    ------
    MetricRefused
        A side is shorter than 32 pixels.
    MetricUnavailable
        The weights are not installed, or the device is not there.

    References
    ----------
    Zhang, Isola, Efros, Shechtman & Wang (2018), doi:10.1109/CVPR.2018.00068, equation 1.
    """
    import torch

    if min(reference.shape) < LEAST:
        raise too_small(reference.shape, LEAST, "LPIPS")
    place = _device(device)
    content = _content(metric, place)
    with torch.inference_mode():
        theirs = _reference_features(metric, place, reference)
        ours = _features(content, reconstruction, place)
        layers = [
            (content.distance(y, x) * head).sum(dim=1, keepdim=True).double()
            for y, x, head in zip(theirs, ours, content.weights, strict=True)
        ]
        return tuple(_average(layers, mask) for mask in masks)


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return an LPIPS for each region of a prepared slice."""
    reference, reconstruction = prepared.scaled
    regions = list(prepared.masks)
    masks = [prepared.masks[region] if region == "body" else None for region in regions]
    values = perceptual_distance(
        metric, reference, reconstruction, masks=masks, device=prepared.device
    )
    flags = (
        *(("identical",) if prepared.identical else ()),
        *(("clipped",) if prepared.clipped else ()),
    )
    outcomes: dict[str, Outcome] = {}
    for region, value in zip(regions, values, strict=True):
        if value is None:
            refusal = _no_pixels(region)
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def _no_pixels(region: str) -> Refusal:
    return Refusal(
        f"The region '{region}' holds no pixel.",
        remedy="Measure the whole slice.",
        flag="refused:no-body",
    )


def _average(layers: Sequence[Any], mask: Mask | None) -> float | None:
    """Sum over the layers the mean distance inside a mask."""
    import torch

    if mask is None:
        return float(sum(float(layer.mean()) for layer in layers))
    if not mask.any():
        return None
    whole = torch.from_numpy(mask.astype(np.float64))[None, None].to(layers[0].device)
    total = 0.0
    for layer in layers:
        share = torch.nn.functional.adaptive_avg_pool2d(whole, layer.shape[-2:])
        total += float((layer * share).sum() / share.sum())
    return total


def _reference_features(metric: str, place: str, reference: Plane) -> Iterable[Any]:
    """Return the features of the reference, kept for the next arm of the same case."""
    if reference.size > _KEPT_PIXELS:
        return _features(_content(metric, place), reference, place)
    single = np.ascontiguousarray(reference, dtype=np.float32)
    return _kept_features(metric, place, single.shape, single.tobytes())


@lru_cache(maxsize=2)
def _kept_features(metric: str, place: str, shape: tuple[int, int], data: bytes) -> tuple[Any, ...]:
    plane = np.frombuffer(data, dtype=np.float32).reshape(shape)
    return tuple(_features(_content(metric, place), plane, place))


def _features(content: Any, plane: NDArray[np.floating[Any]], place: str) -> Iterator[Any]:
    """Yield the normalised features of each tapped layer, holding one layer at a time."""
    import torch

    single = torch.tensor(plane, dtype=torch.float32, device=place)
    x = single[None, None].expand(1, 3, *plane.shape)
    x = (x - content.mean.to(x)) / content.std.to(x)
    for name, module in content.model.named_children():
        x = module(x)
        if name in content.layers:
            yield content.normalize(x)


def _device(wanted: str) -> str:
    import torch

    if wanted == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    raise MetricUnavailable(
        f"The device '{wanted}' is not here.", remedy="Use --device cpu or --device auto."
    )


@cache
def _content(metric: str, place: str) -> Any:
    """Return piq's content loss with the published network and heads, once per process."""
    import torch
    from piq.perceptual import ContentLoss

    arrays = weights.load(metric)
    network, taps = (
        (_vgg16(), _VGG16_TAPS) if metric == "lpips-vgg" else (_alexnet(), _ALEXNET_TAPS)
    )
    convolutions = [
        name for name, layer in network.named_children() if isinstance(layer, torch.nn.Conv2d)
    ]
    state = {
        f"{name}.{part}": torch.from_numpy(arrays[f"features.{number}.{part}"])
        for number, name in enumerate(convolutions)
        for part in ("weight", "bias")
    }
    network.load_state_dict(state, assign=True)
    network = network.to(place).eval()
    heads = [
        torch.from_numpy(arrays[f"heads.{number}"]).reshape(1, -1, 1, 1).to(place)
        for number in range(len(taps))
    ]
    content = ContentLoss(
        feature_extractor=network,
        layers=taps,
        weights=heads,
        distance="mse",
        normalize_features=True,
    )
    return content.eval()


def _vgg16() -> Any:
    """Return the convolutions of VGG16 without values (Simonyan & Zisserman 2015)."""
    import torch

    layers: list[Any] = []
    channels = 3
    for step in _VGG16:
        if isinstance(step, str):
            layers.append(torch.nn.MaxPool2d(2, 2))
        else:
            layers += [_convolution(channels, step, 3, padding=1), torch.nn.ReLU()]
            channels = step
    return _network(layers)


def _alexnet() -> Any:
    """Return the convolutions of AlexNet without values (Krizhevsky 2014)."""
    import torch

    return _network(
        [
            *(_convolution(3, 64, 11, stride=4, padding=2), torch.nn.ReLU()),
            torch.nn.MaxPool2d(3, 2),
            *(_convolution(64, 192, 5, padding=2), torch.nn.ReLU()),
            torch.nn.MaxPool2d(3, 2),
            *(_convolution(192, 384, 3, padding=1), torch.nn.ReLU()),
            *(_convolution(384, 256, 3, padding=1), torch.nn.ReLU()),
            *(_convolution(256, 256, 3, padding=1), torch.nn.ReLU()),
        ]
    )


def _convolution(inward: int, outward: int, side: int, *, stride: int = 1, padding: int = 0) -> Any:
    import torch

    return torch.nn.Conv2d(inward, outward, side, stride=stride, padding=padding, device="meta")


def _network(layers: Sequence[Any]) -> Any:
    import torch

    return torch.nn.Sequential(OrderedDict((str(n), layer) for n, layer in enumerate(layers)))
