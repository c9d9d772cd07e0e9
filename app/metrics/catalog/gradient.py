"""What the metrics of gradients are."""

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_DEFINITIONS = (
    MetricDefinition(
        id="gmsd",
        title="Gradient magnitude similarity deviation",
        summary="How unevenly the steepness of edges agrees, at half the resolution.",
        better="lower",
        low=0.0,
        high=0.5,
        unit="",
        source="Xue et al. (2014), doi:10.1109/TIP.2013.2293423; piq 0.8.0",
        refuses="NaN or infinite values; a side below 2 pixels; "
        "fewer than 9 pixels of the region at half the resolution",
        parameters={
            "definition": "standard deviation of the similarity of Prewitt gradients",
            "constant": "170 / 255^2",
            "halved": "means of 2 x 2 first; where a side is odd, zeros follow",
            "border": "zeros around",
            "scaled": "0..1 by the range, not clipped",
            "body": "deviation over the pixels at half the resolution of which half is body",
        },
    ),
    MetricDefinition(
        id="ms-gmsd",
        title="Multi-scale gradient magnitude similarity deviation",
        summary="How unevenly the steepness of edges agrees, over four scales.",
        better="lower",
        low=0.0,
        high=0.5,
        unit="",
        source="Zhang et al. (2017), doi:10.1109/ICIP.2017.8296357; piq 0.8.0",
        refuses="NaN or infinite values; a side below 17 pixels; "
        "fewer than 9 pixels of the region at an eighth of the resolution",
        parameters={
            "definition": "root of the weighed mean square of four scales' deviations",
            "constant": "170 / 255^2",
            "masking": 0.5,
            "weights": [0.096, 0.596, 0.289, 0.019],
            "halved": "means of 2 x 2; where a side is odd, zeros follow",
            "border": "zeros around",
            "scaled": "0..1 by the range, not clipped",
            "body": "each scale's deviation over the pixels of which half is body",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.gradient", _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.gradient",
    (
        MapDefinition(
            id="gmsd",
            title="Gradient similarity",
            summary="Agreement of the steepness of edges, at half the resolution; 1 is equal.",
            better="higher",
            neutral=1.0,
            low=0.0,
            high=1.0,
        ),
    ),
)
