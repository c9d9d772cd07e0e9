"""What the metrics in the features of trained networks are."""

import math
from collections.abc import Mapping

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_SCALED = "0..1 by the range, clipped; one channel repeated to three"


def _lpips(
    network: str, metric: str, title: str, more: Mapping[str, object] | None = None
) -> MetricDefinition:
    return MetricDefinition(
        id=metric,
        title=title,
        summary=f"Distance in the features of {network}, weighed to agree with people's eyes.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source="Zhang et al. (2018), doi:10.1109/CVPR.2018.00068",
        refuses="NaN or infinite values; a side below 32 pixels",
        needs_weights=True,
        parameters={
            "definition": "v0.1",
            "network": network,
            "scaled": _SCALED,
            "precision": "float32",
            "body": "each layer's distances averaged inside the mask resampled by area",
            **(more or {}),
        },
    )


_LPIPS = (
    _lpips("VGG16", "lpips-vgg", "Learned perceptual similarity, VGG"),
    _lpips("AlexNet", "lpips-alex", "Learned perceptual similarity, AlexNet"),
    _lpips(
        "VGG16",
        "lpips-vgg@bf16",
        "Learned perceptual similarity, VGG, approximate",
        {"precision": "bfloat16: approximate, differs in the third digit"},
    ),
)


def _dists(metric: str, title: str, definition: str, resolution: str) -> MetricDefinition:
    return MetricDefinition(
        id=metric,
        title=title,
        summary="Agreement of structure and texture in the features of VGG16; 0 if identical.",
        better="lower",
        low=0.0,
        high=1.0,
        unit="",
        source="Ding et al. (2022), doi:10.1109/TPAMI.2020.3045810",
        refuses="NaN or infinite values; a side below 32 pixels",
        needs_weights=True,
        parameters={
            "definition": definition,
            "network": "VGG16, pooled by the root of the mean square",
            "c1": 1e-6,
            "c2": 1e-6,
            "resolution": resolution,
            "scaled": _SCALED,
            "precision": "float32, sums in float64",
            "body": "outside the mask both planes hold range_low",
        },
    )


_DISTS = (
    _dists("dists", "Structure and texture", "DISTS_pytorch 0.1", "full"),
    _dists(
        "dists@256",
        "Structure and texture, 256 pixels",
        "piq",
        "shorter side brought to 256 pixels, bilinear, where longer",
    ),
)


_CLIP_IQA = (
    MetricDefinition(
        id="clip-iqa",
        title="CLIP-IQA",
        summary="Whether a language model calls the image a good rather than a bad photo.",
        better="higher",
        low=0.0,
        high=1.0,
        unit="",
        source="Wang et al. (2023), arXiv:2207.12396",
        refuses="NaN or infinite values; a side below 32 pixels",
        needs_reference=False,
        needs_weights=True,
        photographs=True,
        parameters={
            "definition": "piq",
            "network": "CLIP ResNet-50",
            "prompts": "Good photo. / Bad photo.",
            "scaled": _SCALED,
            "precision": "float32",
            "body": "outside the mask the image holds range_low",
        },
    ),
)


def _layers(network: str, metric: str) -> tuple[MapDefinition, ...]:
    words = [("", f"LPIPS, {network}", "in all layers together")]
    words += [(f":{n}", f"LPIPS, {network}, layer {n}", f"in layer {n} of 5") for n in range(1, 6)]
    return tuple(
        MapDefinition(
            id=f"{metric}{suffix}",
            title=title,
            summary=f"Distance in the features of {network} {where}; 0 is equal.",
            better="lower",
            neutral=0.0,
            low=0.0,
            needs_weights=True,
        )
        for suffix, title, where in words
    )


ENTRIES: tuple[Entry, ...] = (
    *entries("app.metrics.learned", _LPIPS, conditional=True),
    *entries("app.metrics.dists", _DISTS),
    *entries("app.metrics.clip_iqa", _CLIP_IQA),
)

MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.learned", (*_layers("VGG16", "lpips-vgg"), *_layers("AlexNet", "lpips-alex"))
)
