"""The perceptual index: NIQE and Ma's measure together, where a person brought Ma's model."""

from collections.abc import Mapping

from app.errors import MetricUnavailable
from app.metrics import weights
from app.metrics.inputs import Outcome, Prepared, Refusal

_REASON = (
    "The perceptual index is (10 - Ma + NIQE) / 2, and the model of Ma's measure "
    "(doi:10.1016/j.cviu.2016.12.009) may not be passed on with BlindRead"
)


def availability(metric: str) -> str:
    """Return why the perceptual index cannot be computed; empty where Ma's model is installed."""
    lacking = weights.missing(metric)
    return f"{_REASON}; {lacking}" if lacking else ""


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return the perceptual index of the reconstruction for each region of a prepared slice.

    References
    ----------
    Blau et al. (2018), doi:10.1007/978-3-030-11021-5_21, equation 1.

    Raises
    ------
    MetricUnavailable
        Ma's model is not installed, or damaged.
    """
    lacking = weights.missing(metric)
    if lacking:
        raise MetricUnavailable(f"{_REASON}.", remedy=f"{lacking[0].upper()}{lacking[1:]}")
    from app.metrics import ma, niqe

    outcomes: dict[str, Outcome] = {}
    for region, natural in niqe.measure("niqe", prepared).items():
        if natural.value is None:
            outcomes[region] = natural
            continue
        try:
            quality = ma.quality(prepared.scale(prepared.filled(region)[1]))
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        outcomes[region] = Outcome((10.0 - quality + natural.value) / 2, natural.flags)
    return outcomes
