"""The rarer metrics, as piq computes them, with what it lets through refused by name."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.metric import IntensityRange
from app.metrics.inputs import Outcome, Plane, Prepared, Refusal, too_small


@dataclass(frozen=True, slots=True)
class Peer:
    """A function of piq, and what it needs.

    ``least`` is the smallest side that gives a number, found by trying;
    ``channels`` how often the grey plane is repeated; ``best`` the value of
    identical planes, which rounding must not exceed.
    """

    function: str
    title: str
    least: int
    channels: int = 1
    best: float | None = 1.0


PEERS: Mapping[str, Peer] = {
    "iw-ssim": Peer("information_weighted_ssim", "IW-SSIM", 161),
    "vsi": Peer("vsi", "VSI", 3, channels=3),
    "mdsi": Peer("mdsi", "MDSI", 3, channels=3, best=None),
    "dss": Peer("dss", "DSS", 32),
    "sr-sim": Peer("srsim", "SR-SIM", 40),
}


def similarity(
    metric: str, reference: Plane, reconstruction: Plane, *, range: IntensityRange
) -> float:
    """Return piq's value of a rarer metric.

    Parameters
    ----------
    metric
        ``iw-ssim``, ``vsi``, ``mdsi``, ``dss`` or ``sr-sim``.
    reference, reconstruction
        Same shape ``(rows, columns)``, same units.
    range
        The range of the study, brought to 0..1. Values beyond it are cut off.

    Returns
    -------
    float
        Higher is better and 1 for identical planes; of MDSI lower is better
        and 0 for identical planes.

    Raises
    ------
    MetricRefused
        A side is too short, or the metric is not defined for these planes: the
        IW-SSIM of a reference without content.

    References
    ----------
    IW-SSIM: Wang & Li (2011), doi:10.1109/TIP.2010.2092435. VSI: Zhang, Shen & Li
    (2014), doi:10.1109/TIP.2014.2346028. MDSI: Nafchi et al. (2016),
    doi:10.1109/ACCESS.2016.2604042. DSS: Balanov et al. (2015),
    doi:10.1109/ICIP.2015.7351172. SR-SIM: Zhang & Li (2012), doi:10.1109/ICIP.2012.6467149.
    """
    import piq

    peer = PEERS[metric]
    if min(reference.shape) < peer.least:
        raise too_small(reference.shape, peer.least, peer.title)
    if metric == "iw-ssim" and reference.min() == reference.max():
        raise _undefined(peer.title)
    planes = [_scaled(plane, range) for plane in (reconstruction, reference)]
    function: Callable[..., Any] = getattr(piq, peer.function)
    value = _run(peer, lambda: function(*_tensors(planes, peer.channels), reduction="none"))
    return value if peer.best is None else min(value, peer.best)


def total_variation(plane: Plane, *, range: IntensityRange) -> float:
    """Return the root of the summed squared differences of neighbours, of one plane alone.

    Parameters
    ----------
    plane
        ``(rows, columns)``.
    range
        The range of the study, brought to 0..1. Values beyond it are cut off.

    Returns
    -------
    float
        0 for a constant plane; grows with noise, with edges and with the size.

    Raises
    ------
    MetricRefused
        A side is shorter than 2 pixels.

    References
    ----------
    Rudin, Osher & Fatemi (1992), doi:10.1016/0167-2789(92)90242-F, as
    ``piq.total_variation`` has it (norm ``l2``).
    """
    import piq

    if min(plane.shape) < 2:
        raise too_small(plane.shape, 2, "Total variation")
    peer = Peer("total_variation", "Total variation", 2)
    tensors = [_scaled(plane, range)]
    return _run(peer, lambda: piq.total_variation(*_tensors(tensors, 1), reduction="none"))


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return one metric of each region of a prepared slice.

    None of them has a local map here: outside a region both planes hold the
    range's low end.
    """
    alone = metric == "tv"
    cut = prepared.reconstruction_clipped if alone else prepared.clipped
    flags = ("clipped",) if cut else ()
    if not alone and prepared.identical:
        flags = ("identical", *flags)
    outcomes = {}
    for region in prepared.masks:
        reference, reconstruction = prepared.filled(region)
        try:
            if alone:
                value = total_variation(reconstruction, range=prepared.range)
            else:
                value = similarity(metric, reference, reconstruction, range=prepared.range)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
        else:
            outcomes[region] = Outcome(value, flags)
    return outcomes


def _scaled(plane: Plane, range: IntensityRange) -> Plane:
    return np.clip((plane - range.low) / range.width, 0.0, 1.0)


def _tensors(planes: list[Plane], channels: int) -> list[Any]:
    """Return planes as piq wants them, ``(1, channels, rows, columns)``."""
    import torch

    return [torch.from_numpy(plane)[None, None].repeat(1, channels, 1, 1) for plane in planes]


def _run(peer: Peer, function: Callable[[], Any]) -> float:
    """Return a finite number, or say that the metric is not defined."""
    import torch

    from app.metrics.networks import exact

    try:
        with exact():
            value = float(function().reshape(()))
    except torch.linalg.LinAlgError as error:
        raise _undefined(peer.title) from error
    if not math.isfinite(value):
        raise _undefined(peer.title)
    return value


def _undefined(title: str) -> Refusal:
    return Refusal(
        f"{title} is not defined for this slice: it holds too little content.",
        remedy=f"Leave {title} out for such slices.",
        flag="refused:undefined",
    )
