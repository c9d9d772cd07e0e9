"""What the metrics in the features of trained networks are."""

import math

from app.domain.metric import MetricDefinition
from app.metrics.catalog.entry import Entry, entries

_LPIPS = "Zhang et al. (2018), doi:10.1109/CVPR.2018.00068"


def _lpips(network: str, metric: str, title: str) -> MetricDefinition:
    return MetricDefinition(
        id=metric,
        title=title,
        summary=f"Distance in the features of {network}, weighed to agree with people's eyes.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_LPIPS,
        refuses="NaN or infinite values; a side below 32 pixels",
        needs_weights=True,
        parameters={
            "definition": "v0.1",
            "network": network,
            "scaled": "0..1 by the range, clipped; one channel repeated to three",
            "precision": "float32",
            "body": "each layer's distances averaged inside the mask resampled by area",
        },
    )


_DEFINITIONS = (
    _lpips("VGG16", "lpips-vgg", "Learned perceptual similarity, VGG"),
    _lpips("AlexNet", "lpips-alex", "Learned perceptual similarity, AlexNet"),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.learned", _DEFINITIONS)
