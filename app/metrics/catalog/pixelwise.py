"""What the metrics of single pixels are."""

import math

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_SIGNAL = "Wang & Bovik (2009), doi:10.1109/MSP.2008.930649"

_DEFINITIONS = (
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
        of_pixels=True,
        pooled="mean",
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
        of_pixels=True,
        pooled="square",
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
        of_pixels=True,
        pooled="mean",
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
        of_pixels=True,
        pooled="decibel",
        parameters={"definition": "10 log10(data_range^2 / mse), float64"},
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.pixelwise", _DEFINITIONS)

MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.pixelwise",
    (
        MapDefinition(
            id="error",
            title="Absolute error",
            summary="Absolute difference of every pixel.",
            better="lower",
            neutral=0.0,
        ),
    ),
)
