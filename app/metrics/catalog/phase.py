"""What the metrics of phase congruency are."""

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_MODULE = "app.metrics.phase"

_DEFINITIONS = (
    MetricDefinition(
        id="fsim",
        title="Feature similarity",
        summary="Agreement of edges, weighed by how clearly they are edges; 1 if identical.",
        better="higher",
        low=0.0,
        high=1.0,
        unit="",
        source="Zhang et al. (2011), doi:10.1109/TIP.2011.2109730",
        refuses="NaN or infinite values; a side below 6 pixels",
        pooled="mean",
        parameters={
            "definition": "avgpool256",
            "downsampled": "mean over squares of round(shorter side / 256) pixels",
            "filters": "log-Gabor, 4 scales from 6 pixels, 4 orientations",
            "t1": 0.85,
            "t2": 160.0,
            "scaled": "0..255 by the range, not clipped",
            "body": "outside the mask both planes hold the range's low end, for phase "
            "congruency sees the whole slice; weighed mean over the squares half of "
            "which lie in the mask",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries(_MODULE, _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    _MODULE,
    (
        MapDefinition(
            id="fsim",
            title="FSIM",
            summary="Agreement of phase congruency and gradient, unweighed; 1 is equal.",
            better="higher",
            neutral=1.0,
            low=0.0,
            high=1.0,
        ),
    ),
)
