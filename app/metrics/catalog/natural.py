"""What the metrics of one image alone are."""

import math

from app.domain.metric import MetricDefinition
from app.metrics.catalog.entry import Entry, entries

_DEFINITIONS = (
    MetricDefinition(
        id="niqe",
        title="Natural image quality evaluator",
        summary="Distance of the reconstruction's local statistics from those of photographs.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source="Mittal et al. (2013), doi:10.1109/LSP.2012.2227726",
        refuses="NaN or infinite values; fewer than two blocks of 96 x 96 pixels with structure",
        needs_reference=False,
        parameters={
            "definition": "gray_uint8_official_model_exact_zero(1e-9)",
            "model": "niqe_official_model",
            "block": 96,
            "scales": 2,
            "scaled": "0..255 by the range, clipped, rounded half up",
            "flat_blocks": "left out",
            "body": "blocks with at least half of their pixels in the body",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.niqe", _DEFINITIONS)
