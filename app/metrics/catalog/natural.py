"""What the metrics of one image alone are."""

import math

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_NIQE = "Mittal et al. (2013), doi:10.1109/LSP.2012.2227726"

_BLOCKS = {
    "block": 96,
    "scales": 2,
    "scaled": "0..255 by the range, clipped, rounded half up",
    "flat_blocks": "left out",
    "body": "blocks with at least half of their pixels in the body",
}

_NATURALNESS = (
    MetricDefinition(
        id="niqe",
        title="Natural image quality evaluator",
        summary="Distance of the reconstruction's local statistics from those of photographs.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_NIQE,
        refuses="NaN or infinite values; fewer than two blocks of 96 x 96 pixels with structure",
        needs_reference=False,
        photographs=True,
        parameters={
            "definition": "gray_uint8_official_model_exact_zero(1e-9)",
            "model": "niqe_official_model",
            **_BLOCKS,
        },
    ),
    MetricDefinition(
        id="niqe@cohort",
        title="Natural image quality evaluator, by this cohort",
        summary="Distance of the reconstruction's local statistics from those of the references.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_NIQE,
        refuses="As niqe; fewer than 72 blocks with structure, or 5 references, to learn from",
        needs_reference=False,
        parameters={
            "definition": "niqe, its model fitted to the references; exact_zero(1e-9)",
            "learned": "sharp blocks (0.75 of the sharpest of the slice) where enough, else all",
            **_BLOCKS,
        },
    ),
)

_DISTORTION = MetricDefinition(
    id="brisque",
    title="Blind spatial quality evaluator",
    summary="How distorted the reconstruction looks, learned from distorted photographs.",
    better="lower",
    low=-math.inf,
    high=math.inf,
    unit="",
    source="Mittal et al. (2012), doi:10.1109/TIP.2012.2214050",
    refuses="NaN or infinite values; a side below 16 pixels; a flat slice",
    needs_reference=False,
    photographs=True,
    parameters={
        "definition": "piq, float64; products of contrast below 1e-9 count as zero",
        "model": "brisque_live_allmodel",
        "scales": 2,
        "scaled": "0..255 by the range, clipped, not rounded",
        "body": "the range's low end outside the body",
    },
)

_INDEX = MetricDefinition(
    id="pi",
    title="Perceptual index",
    summary="Mean of NIQE and of Ma's measure turned around; lower looks better.",
    better="lower",
    low=-math.inf,
    high=math.inf,
    unit="",
    source="Blau et al. (2018), doi:10.1007/978-3-030-11021-5_21",
    refuses="As niqe; a slice on which Ma's model fails or gives no finite number",
    needs_reference=False,
    needs_weights=True,
    photographs=True,
    parameters={
        "definition": "(10 - Ma + NIQE) / 2",
        "ma": "by the TorchScript module that a person brought; its SHA-256 is weights_sha256",
        "ma_scaled": "0..1 by the range, clipped, times 255, not rounded; float32",
        "ma_body": "the range's low end outside the body",
        **{f"niqe_{name}": value for name, value in _BLOCKS.items()},
    },
)

ENTRIES: tuple[Entry, ...] = (
    *entries("app.metrics.niqe", _NATURALNESS),
    *entries("app.metrics.brisque", (_DISTORTION,)),
    *entries("app.metrics.perceptual_index", (_INDEX,), conditional=True),
)

MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.niqe",
    (
        MapDefinition(
            id="niqe",
            title="NIQE",
            summary="Distance of each block of 96 x 96 pixels from photographs' statistics.",
            better="lower",
            neutral=0.0,
            low=0.0,
        ),
    ),
)
