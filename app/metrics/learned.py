"""LPIPS: distance of two images in the features of a trained network.

torch is imported when a learned metric first runs. The reference's features are
made once for all its arms.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics import networks, weights
from app.metrics.inputs import (
    Kept,
    Mask,
    Outcome,
    Plane,
    Prepared,
    Refusal,
    share_outside,
    too_small,
)

LEAST = 32
"""Pixels on a side: below it nothing is left in the deepest layer of either network."""

_KEPT_PIXELS = 1 << 20
"""Features of references up to this size are kept in memory; larger ones are made again."""

_EPSILON = 1e-10
_STRIDES = (1, 2, 4, 8, 16)
_CHUNK = 1 << 18
"""Numbers looked at together: what fits into a processor's cache costs no memory traffic."""


def perceptual_distance(
    metric: str,
    reference: Plane,
    reconstruction: Plane,
    *,
    masks: Sequence[Mask | None] = (None,),
    device: str = "cpu",
    of_reference: Kept | None = None,
) -> tuple[float | None, ...]:
    """Return the LPIPS (v0.1 heads) of two planes, once for each mask.

    Parameters
    ----------
    metric
        ``lpips-vgg``, ``lpips-vgg@bf16`` or ``lpips-alex``.
    reference, reconstruction
        Values in 0..1, ``(rows, columns)``; the one channel is repeated to three.
    masks
        None averages each layer's distances over the slice, as published. A mask
        is resampled by area to the size of each layer and weighs the average
        there; a mask without a pixel gives None.
    device
        ``cpu``, ``cuda`` or ``auto``.
    of_reference
        Keeps the features of this reference for its next reconstruction.

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
    layers = layer_maps(metric, reference, reconstruction, device=device, of_reference=of_reference)
    return tuple(_average(layers, mask) for mask in masks)


def layer_maps(
    metric: str,
    reference: Plane,
    reconstruction: Plane,
    *,
    device: str = "cpu",
    of_reference: Kept | None = None,
) -> tuple[Plane, ...]:
    """Return the distances in each layer of the network, at that layer's own size.

    The sum of their means is the LPIPS. Parameters and refusals are those of
    :func:`perceptual_distance`.
    """
    if min(reference.shape) < LEAST:
        raise too_small(reference.shape, LEAST, "LPIPS")
    place = networks.device(device)
    kept = Kept() if of_reference is None else of_reference
    with networks.exact():
        network, heads = _network(metric, place)
        if metric == "lpips-alex":
            whole = networks.Strip(0, reference.shape[0], 0, reference.shape[0])
            parts: tuple[networks.Strip, ...] = (whole,)
        else:
            parts = networks.strips(reference.shape)
        found = []
        for strip in parts:
            rows = slice(strip.start, strip.stop)
            theirs = _unit_layers(metric, network, reference[rows], kept, keep=len(parts) == 1)
            layers = [
                _distance(ours, unit, head)
                for ours, unit, head in zip(
                    network.layers(reconstruction[rows]), theirs, heads, strict=True
                )
            ]
            if len(parts) > 1:
                layers = [
                    layer[strip.wanted(stride)]
                    for layer, stride in zip(layers, _STRIDES, strict=True)
                ]
            found.append(layers)
    return tuple(np.concatenate(layers) for layers in zip(*found, strict=True))


def availability(metric: str) -> str:
    """Return why a metric cannot run here: arithmetic that the processor only imitates.

    Without instructions of its own for bfloat16 it would be slower than float32, and less exact.
    """
    if not metric.endswith("@bf16"):
        return ""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # no Linux: it runs, and its time will tell
    if "bf16" in told:  # avx512_bf16, amx_bf16, or bf16 of an ARM processor
        return ""
    return "this processor has no bfloat16 arithmetic. Measure lpips-vgg, which is faster here."


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return an LPIPS for each region of a prepared slice."""
    layers = _layers_of(metric, prepared)
    flags = (
        *(("identical",) if prepared.identical else ()),
        *(("clipped",) if prepared.clipped else ()),
    )
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        value = _average(layers, None if region == "whole" else mask)
        if value is None:
            refusal = _no_pixels(region)
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        elif region == "whole" and prepared.body is not None:
            deficit = _together(layers, prepared.reference.shape)
            outside = share_outside(deficit, None, prepared.body)
            outcomes[region] = Outcome(value, flags, outside=outside)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def local_map(id: str, prepared: Prepared) -> Plane:
    """Return the distances of all layers together (``lpips-vgg``), or of one (``lpips-vgg:3``).

    Each pixel shows its own of each layer; the mean over the plane is the LPIPS
    up to the pixels that pooling left over at the edges.
    """
    metric, _, layer = id.partition(":")
    layers = _layers_of(metric, prepared)
    chosen = layers if not layer else layers[int(layer) - 1 : int(layer)]
    return _together(chosen, prepared.reference.shape)


def _layers_of(metric: str, prepared: Prepared) -> tuple[Plane, ...]:
    reference, reconstruction = prepared.scaled
    return prepared.of_pair.once(
        ("lpips", metric),
        lambda: layer_maps(
            metric,
            reference,
            reconstruction,
            device=prepared.device,
            of_reference=prepared.of_reference,
        ),
    )


def _no_pixels(region: str) -> Refusal:
    return Refusal(
        f"The region '{region}' holds no pixel.",
        remedy="Measure the whole slice.",
        flag="refused:no-body",
    )


def _together(layers: Sequence[Plane], shape: tuple[int, ...]) -> Plane:
    """Return the sum of layers in each pixel of the slice."""
    total: Plane = np.zeros(shape)
    for layer in layers:
        total += _spread(layer, shape)
    return total


def _spread(values: Plane, shape: tuple[int, ...]) -> Plane:
    """Bring a layer to the size of the slice: each pixel takes the value it fell into."""
    rows, columns = (
        np.arange(size) * part // size for size, part in zip(shape, values.shape, strict=True)
    )
    spread: Plane = values[rows[:, None], columns]
    return spread


def _average(layers: Sequence[Plane], mask: Mask | None) -> float | None:
    """Sum over the layers the mean distance inside a mask."""
    if mask is None:
        return float(sum(float(layer.mean()) for layer in layers))
    if not mask.any():
        return None
    total = 0.0
    for layer in layers:
        share = _share(mask, layer.shape)
        total += float((layer * share).sum() / share.sum())
    return total


def _share(mask: Mask, shape: tuple[int, ...]) -> Plane:
    """Return the share of each coarse pixel that a mask covers."""
    import torch

    whole = torch.from_numpy(mask.astype(np.float64))[None]
    share: Plane = torch.nn.functional.adaptive_avg_pool2d(whole, shape)[0].numpy()
    return share


def _network(metric: str, place: str) -> tuple[networks.Network, list[Any]]:
    import torch

    arrays = weights.load(metric)
    heads = [torch.from_numpy(arrays[f"heads.{n}"]).to(place) for n in range(len(_STRIDES))]
    if metric == "lpips-alex":
        return networks.alexnet(place), heads
    precision: networks.Precision = "bfloat16" if metric.endswith("@bf16") else "float32"
    return networks.vgg16(place, "max", precision), heads


def _unit_layers(
    metric: str, network: networks.Network, plane: Plane, kept: Kept, *, keep: bool
) -> Iterable[Any]:
    """Return the reference's layers with unit length in each pixel, kept if not too large."""

    def make() -> Iterator[Any]:
        return (_unit(layer) for layer in network.layers(plane))

    if keep and plane.size <= _KEPT_PIXELS:
        return kept.once(("lpips features", metric), lambda: tuple(make()))
    return make()


def _unit(layer: Any) -> Any:
    """Return a layer as (rows, columns, channels) with unit length in each pixel."""
    import torch

    x = layer[0].permute(1, 2, 0)
    made = torch.empty(x.shape, device=x.device)
    for rows in _chunks(x.shape):
        torch.div(x[rows], _length(x[rows]), out=made[rows])
    return made


def _length(x: Any) -> Any:
    return (x * x).sum(dim=-1, keepdim=True).sqrt_().add_(_EPSILON)


def _distance(layer: Any, theirs: Any, head: Any) -> Plane:
    """Return the head's weighed square distance in each pixel of one layer, in float64."""
    import torch

    x = layer[0].permute(1, 2, 0)
    made = torch.empty(x.shape[:2], dtype=torch.float64, device=x.device)
    for rows in _chunks(x.shape):
        apart = (x[rows] / _length(x[rows])).sub_(theirs[rows])
        made[rows] = torch.mv(apart.square_().view(-1, len(head)), head).view(apart.shape[:2])
    plane: NDArray[np.float64] = made.cpu().numpy()
    return plane


def _chunks(shape: tuple[int, ...]) -> Iterator[slice]:
    rows, columns, channels = shape
    step = max(1, _CHUNK // (columns * channels))
    for start in range(0, rows, step):
        yield slice(start, start + step)
