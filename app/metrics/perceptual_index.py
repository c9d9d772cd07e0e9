"""The perceptual index, which cannot be computed here: its model may not be passed on."""

from collections.abc import Mapping

from app.errors import MetricUnavailable
from app.metrics.inputs import Outcome, Prepared

_REASON = (
    "The perceptual index is (10 - Ma + NIQE) / 2, and the model of Ma's measure "
    "(doi:10.1016/j.cviu.2016.12.009) may not be passed on with BlindRead"
)
_REMEDY = "Report niqe, or compute the index with its authors' code."


def availability(metric: str) -> str:  # noqa: ARG001 - one signature for every family
    """Return why the perceptual index cannot be computed."""
    return f"{_REASON}. {_REMEDY}"


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:  # noqa: ARG001 - one signature for every family
    """Refuse, with the reason.

    Raises
    ------
    MetricUnavailable
        Always.
    """
    raise MetricUnavailable(f"{_REASON}.", remedy=_REMEDY)
