"""What the metrics in wavelets are."""

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_MODULE = "app.metrics.wavelet"

_DEFINITIONS = (
    MetricDefinition(
        id="haarpsi",
        title="Haar wavelet-based perceptual similarity",
        summary="Agreement of fine edges, weighed by the coarse ones; 1 if identical.",
        better="higher",
        low=0.0,
        high=1.0,
        unit="",
        source="Reisenhofer et al. (2018), doi:10.1016/j.image.2017.11.001",
        refuses="NaN or infinite values; a side below 16 pixels",
        parameters={
            "definition": "piq",
            "c": 30.0,
            "alpha": 4.2,
            "scales": 3,
            "downsampled": "mean over 2 x 2 pixels",
            "scaled": "0..255 by the range, not clipped",
            "border": "the range's low end outside the slice",
            "body": "weighed mean over the squares of 2 x 2 pixels half of which lie in the mask",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries(_MODULE, _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    _MODULE,
    (
        MapDefinition(
            id="haarpsi",
            title="HaarPSI",
            summary="Agreement of fine edges in either direction; 1 is equal.",
            better="higher",
            neutral=1.0,
            low=0.0,
            high=1.0,
        ),
    ),
)
