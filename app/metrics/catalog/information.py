"""What the metrics of information are."""

import math

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_MODULE = "app.metrics.information"

_DEFINITIONS = (
    MetricDefinition(
        id="vif-p",
        title="Visual information fidelity, pixel domain",
        summary="Share of the reference's information that is left; 1 if identical, "
        "above 1 where contrast was added.",
        better="higher",
        low=0.0,
        high=math.inf,
        unit="",
        source="Sheikh & Bovik (2006), doi:10.1109/TIP.2005.859378",
        refuses="NaN or infinite values; a side below 41 pixels; a constant reference",
        pooled="mean",
        parameters={
            "definition": "scale255_sn2",
            "scales": 4,
            "windows": "17, 9, 5, 3 pixels, Gaussian, sigma a fifth of that, valid area",
            "noise_variance": 2.0,
            "flat_below_variance": 1e-8,
            "scaled": "0..255 by the range, not clipped",
            "body": "information summed where the window's centre lies in the mask, at each scale",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries(_MODULE, _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    _MODULE,
    (
        MapDefinition(
            id="vif-p",
            title="VIF-p",
            summary="Share of the local information left, at the finest scale; 1 is equal.",
            better="higher",
            neutral=1.0,
            low=0.0,
            high=1.0,
        ),
    ),
)
