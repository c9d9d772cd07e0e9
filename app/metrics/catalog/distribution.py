"""What the metrics of a whole arm against all its references are.

They have no value for a slice: ``app.metrics.distribution`` takes the features
of all images together.
"""

import math

from app.domain.metric import Better, MetricDefinition
from app.metrics.catalog.entry import Entry, entries


def _distribution(
    metric: str,
    title: str,
    summary: str,
    better: Better,
    ends: tuple[float, float],
    source: str,
    parameters: dict[str, object],
) -> MetricDefinition:
    least = 6 if metric in ("precision", "recall") else 2
    return MetricDefinition(
        id=metric,
        title=title,
        summary=summary,
        better=better,
        low=ends[0],
        high=ends[1],
        unit="",
        source=source,
        refuses=f"fewer than {least} images on a side; a side of an image below 32 pixels",
        needs_weights=True,
        parameters={
            "definition": "piq",
            "network": "VGG16 (ImageNet), not Inception: compares within this program only",
            "features": "relu5_3 averaged over the image, 512 numbers",
            "scaled": "0..1 by the range, clipped; one channel repeated to three",
            "small_sample": "flagged below 512 images on a side",
            **parameters,
        },
    )


DEFINITIONS = (
    _distribution(
        "fid",
        "Fréchet distance",
        "Distance of the arm's images from the references, as two normal distributions.",
        "lower",
        (0.0, math.inf),
        "Heusel et al. (2017), arXiv:1706.08500",
        {"bias": "too large with few images"},
    ),
    _distribution(
        "kid",
        "Kernel distance",
        "Squared maximum mean discrepancy of the arm's images and the references.",
        "lower",
        (-math.inf, math.inf),
        "Bińkowski et al. (2018), arXiv:1801.01401",
        {"bias": "none; may be below zero", "kernel": "(x.y/512 + 1)^3", "subsets": "one, all"},
    ),
    _distribution(
        "precision",
        "Precision",
        "Share of the arm's images that lie among the references.",
        "higher",
        (0.0, 1.0),
        "Kynkäänniemi et al. (2019), arXiv:1904.06991",
        {"neighbours": 5},
    ),
    _distribution(
        "recall",
        "Recall",
        "Share of the references that lie among the arm's images.",
        "higher",
        (0.0, 1.0),
        "Kynkäänniemi et al. (2019), arXiv:1904.06991",
        {"neighbours": 5},
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.distribution", DEFINITIONS)
