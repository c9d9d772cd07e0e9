"""The metrics that BlindRead knows, in the words that ``blindread metrics`` prints."""

import math
from dataclasses import dataclass

from app.domain.metric import MetricDefinition


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition, and the module whose ``measure`` gives its values."""

    definition: MetricDefinition
    module: str


_SIGNAL = "Wang & Bovik (2009), doi:10.1109/MSP.2008.930649"
_LPIPS = "Zhang et al. (2018), doi:10.1109/CVPR.2018.00068"

_PIXELWISE = (
    MetricDefinition(
        id="mse",
        title="Mean squared error",
        summary="Mean of the squared differences, in squared native units (of 0..1 in a window).",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_SIGNAL,
        refuses="NaN or infinite values",
        parameters={"definition": "mean over pixels of (reference - reconstruction)^2, float64"},
    ),
    MetricDefinition(
        id="rmse",
        title="Root mean squared error",
        summary="Square root of the mean squared error, in native units.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_SIGNAL,
        refuses="NaN or infinite values",
        parameters={"definition": "square root of mse, float64"},
    ),
    MetricDefinition(
        id="mae",
        title="Mean absolute error",
        summary="Mean of the absolute differences, in native units.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source="Willmott & Matsuura (2005), doi:10.3354/cr030079",
        refuses="NaN or infinite values",
        parameters={"definition": "mean over pixels of |reference - reconstruction|, float64"},
    ),
    MetricDefinition(
        id="psnr",
        title="Peak signal-to-noise ratio",
        summary="Mean squared error against the data range, in decibels; infinite if identical.",
        better="higher",
        low=-math.inf,
        high=math.inf,
        unit="dB",
        source=_SIGNAL,
        refuses="NaN or infinite values",
        parameters={"definition": "10 log10(data_range^2 / mse), float64"},
    ),
)

_STRUCTURAL = (
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


_LEARNED = (
    _lpips("VGG16", "lpips-vgg", "Learned perceptual similarity, VGG"),
    _lpips("AlexNet", "lpips-alex", "Learned perceptual similarity, AlexNet"),
)

_NO_REFERENCE = (
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

ENTRIES: tuple[Entry, ...] = (
    *(Entry(definition, "app.metrics.pixelwise") for definition in _PIXELWISE),
    *(Entry(definition, "app.metrics.structural") for definition in _STRUCTURAL),
    *(Entry(definition, "app.metrics.learned") for definition in _LEARNED),
    *(Entry(definition, "app.metrics.niqe") for definition in _NO_REFERENCE),
)
