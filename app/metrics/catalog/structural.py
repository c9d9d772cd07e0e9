"""What the metrics of local structure are."""

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_DEFINITIONS = (
    MetricDefinition(
        id="ssim",
        title="Structural similarity",
        summary="Agreement of local brightness, contrast and structure; 1 if identical.",
        better="higher",
        low=-1.0,
        high=1.0,
        unit="",
        source="Wang et al. (2004), doi:10.1109/TIP.2003.819861",
        refuses="NaN or infinite values; a side below 11 pixels",
        parameters={
            "definition": "gauss11_valid",
            "window": 11,
            "sigma": 1.5,
            "k1": 0.01,
            "k2": 0.03,
            "covariance": "population",
            "border": "five pixels left out on each side",
            "scaled": "shifted by range_low",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.structural", _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.structural",
    (
        MapDefinition(
            id="ssim",
            title="SSIM",
            summary="Agreement of local brightness, contrast and structure; 1 is equal.",
            better="higher",
            neutral=1.0,
            low=0.0,
            high=1.0,
        ),
    ),
)
