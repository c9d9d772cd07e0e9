"""DISTS: agreement of structure and texture in the features of VGG16.

torch is imported when the metric first runs. Sums over pixels are taken in
float64, so that large slices can go through the network in strips.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics import networks, weights
from app.metrics.inputs import Kept, Mask, Outcome, Plane, Prepared, too_small

LEAST = 32
"""Pixels on a side: below it the deepest layer of VGG16 is two pixels wide."""

_SHORT_SIDE = 256
_KEPT_PIXELS = 1 << 20
_STRIDES = (1, 1, 2, 4, 8, 16)
_C1 = _C2 = 1e-6
_NOISE = 2e-7
"""Of float32 sums around one; a distance no larger than that below zero is zero."""

Vector = NDArray[np.float64]


def structure_and_texture_distance(
    metric: str,
    reference: Plane,
    reconstruction: Plane,
    *,
    device: str = "cpu",
    of_reference: Kept | None = None,
) -> float:
    """Return the DISTS of two planes.

    Parameters
    ----------
    metric
        ``dists``: at full resolution, as its authors define it. ``dists@256``:
        as piq does, the shorter side first brought to 256 pixels by bilinear
        interpolation where it is longer.
    reference, reconstruction
        Values in 0..1, ``(rows, columns)``; the one channel is repeated to three.
    device
        ``cpu``, ``cuda`` or ``auto``.
    of_reference
        Keeps the features of this reference for its next reconstruction.

    Returns
    -------
    float
        0 for identical planes; lower is better; 1 at most for unrelated ones.

    Raises
    ------
    MetricRefused
        A side is shorter than 32 pixels.
    MetricUnavailable
        The weights are not installed, or the device is not there.

    References
    ----------
    Ding, Ma, Wang & Simoncelli (2022), doi:10.1109/TPAMI.2020.3045810, equations 4 to 7.
    """
    if min(reference.shape) < LEAST:
        raise too_small(reference.shape, LEAST, "DISTS")
    if np.array_equal(reference, reconstruction):
        return 0.0
    place = networks.device(device)
    arrays = weights.load("dists")
    alpha, beta = (arrays[name].astype(np.float64) for name in ("alpha", "beta"))
    total = alpha.sum() + beta.sum()
    kept = Kept() if of_reference is None else of_reference
    with networks.exact():
        if metric == "dists@256":
            reference, reconstruction = _smaller(reference), _smaller(reconstruction)
        network = networks.vgg16(place, "l2")
        sums = _sums(metric, network, reference, reconstruction, kept)
    agreement = 0.0
    at = 0
    for layer in sums:
        one, other = layer.means
        structure = (2 * one * other + _C1) / (one**2 + other**2 + _C1)
        texture = (2 * layer.covariance + _C2) / (layer.variances.sum(axis=0) + _C2)
        part = slice(at, at + len(one))
        agreement += float(alpha[part] @ structure + beta[part] @ texture)
        at = part.stop
    distance = 1 - agreement / float(total)
    return 0.0 if -_NOISE < distance < 0 else distance


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return a DISTS for each region of a prepared slice."""
    flags = (
        *(("identical",) if prepared.identical else ()),
        *(("clipped",) if prepared.clipped else ()),
    )
    outcomes = {}
    for region in prepared.masks:
        if region == "whole":
            planes, kept = prepared.scaled, prepared.of_reference
        else:
            filled = prepared.filled(region)
            planes = (prepared.scale(filled[0]), prepared.scale(filled[1]))
            kept = prepared.of_reference.once(("filled", _mark(prepared.masks[region])), Kept)
        value = structure_and_texture_distance(
            metric, *planes, device=prepared.device, of_reference=kept
        )
        outcomes[region] = Outcome(value, flags)
    return outcomes


def _mark(mask: Mask | None) -> bytes:
    """Return what tells a mask from others, so that arms share the reference inside it."""
    return b"" if mask is None else np.packbits(mask).tobytes()


@dataclass(slots=True)
class _Layer:
    """Sums over the pixels of one layer, of values less ``shift`` (near their mean).

    The first row is of the reference, the second of the reconstruction.
    """

    shift: Any
    count: int
    sums: Vector
    squares: Vector
    product: Vector

    @property
    def means(self) -> Vector:
        shift: Vector = self.shift.double().cpu().numpy()
        return shift + self.sums / self.count

    @property
    def variances(self) -> Vector:
        made: Vector = self.squares / self.count - (self.sums / self.count) ** 2
        return made

    @property
    def covariance(self) -> Vector:
        made: Vector = self.product / self.count - self.sums[0] * self.sums[1] / self.count**2
        return made


def _sums(
    metric: str,
    network: networks.Network,
    reference: Plane,
    reconstruction: Plane,
    kept: Kept,
) -> list[_Layer]:
    layers: list[_Layer] = []
    parts = networks.strips(reference.shape)
    for strip in parts:
        rows = slice(strip.start, strip.stop)
        theirs = _features(metric, network, reference[rows], kept, keep=len(parts) == 1)
        ours = _layers(network, reconstruction[rows])
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            wanted = strip.wanted(_STRIDES[number])
            pair = [x[0, :, wanted].permute(1, 2, 0).flatten(0, 1) for x in (one, other)]
            shift = layers[number].shift if strip.first else pair[0].mean(dim=0)
            part = _part(shift, *pair)
            if strip.first:
                _add(layers[number], part)
            else:
                layers.append(part)
    return layers


def _features(
    metric: str, network: networks.Network, plane: Plane, kept: Kept, *, keep: bool
) -> Iterable[Any]:
    """Return the reference's layers, kept if not too large."""
    if keep and plane.size <= _KEPT_PIXELS:
        return kept.once(("dists features", metric), lambda: tuple(_layers(network, plane)))
    return _layers(network, plane)


def _layers(network: networks.Network, plane: Plane) -> Iterator[Any]:
    yield _image(network, plane)
    yield from network.layers(plane)


def _image(network: networks.Network, plane: Plane) -> Any:
    """Return the image itself, DISTS's layer zero: its one channel three times."""
    import torch

    single = torch.tensor(plane, dtype=torch.float32, device=network.place)
    return single[None, None].expand(1, 3, -1, -1)


def _part(shift: Any, one: Any, other: Any) -> _Layer:
    """Return the sums of two layers, (pixels, channels), in float64 and in one order."""
    import torch

    sums, squares, products = [], [], []
    count = 1 << 12
    for start in range(0, len(one), count):
        a, b = (x[start : start + count] - shift for x in (one, other))
        sums.append(torch.stack([a.sum(0), b.sum(0)]))
        squares.append(torch.stack([(a * a).sum(0), (b * b).sum(0)]))
        products.append((a * b).sum(0))

    def together(parts: list[Any]) -> Vector:
        made: Vector = torch.stack(parts).double().sum(0).cpu().numpy()
        return made

    return _Layer(shift, len(one), together(sums), together(squares), together(products))


def _add(layer: _Layer, part: _Layer) -> None:
    layer.count += part.count
    layer.sums += part.sums
    layer.squares += part.squares
    layer.product += part.product


def _smaller(plane: Plane) -> Plane:
    """Return a plane whose shorter side has 256 pixels, where it had more, as piq makes it."""
    import torch

    if min(plane.shape) <= _SHORT_SIDE:
        return plane
    made: Plane = torch.nn.functional.interpolate(
        torch.tensor(plane, dtype=torch.float32)[None, None],
        scale_factor=_SHORT_SIDE / min(plane.shape),
        recompute_scale_factor=False,
        mode="bilinear",
    )[0, 0].numpy()
    return made
