"""What the metrics of local structure are."""

from app.domain.metric import MapDefinition, MetricDefinition
from app.metrics.catalog.entry import Entry, MapEntry, entries, maps

_WANG = "Wang et al. (2004), doi:10.1109/TIP.2003.819861"

_SSIM = MetricDefinition(
    id="ssim",
    title="Structural similarity",
    summary="Agreement of local brightness, contrast and structure; 1 if identical.",
    better="higher",
    low=-1.0,
    high=1.0,
    unit="",
    source=_WANG,
    refuses="NaN or infinite values; a side below 11 pixels",
    pooled="mean",
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
)

_MULTISCALE = MetricDefinition(
    id="ms-ssim",
    title="Multi-scale structural similarity",
    summary="Structural similarity over five scales, the middle ones counting most.",
    better="higher",
    low=0.0,
    high=1.0,
    unit="",
    source="Wang et al. (2003), doi:10.1109/ACSSC.2003.1292216; piq 0.8.0",
    refuses="NaN or infinite values; a side below 161 pixels",
    parameters={
        "definition": "gauss11_valid, five scales",
        "window": 11,
        "sigma": 1.5,
        "k1": 0.01,
        "k2": 0.03,
        "weights": [0.0448, 0.2856, 0.3001, 0.2363, 0.1333],
        "halved": "means of 2 x 2; where a side is odd, first row and column doubled before",
        "negative": "a scale's negative mean counts as zero",
        "scaled": "shifted by range_low",
        "body": "each scale's map averaged where half of a pixel's area is body",
    },
)


def _variant(
    suffix: str, whose: str, summary: str, definition: str, least: int, source: str
) -> MetricDefinition:
    return MetricDefinition(
        id=f"ssim@{suffix}",
        title=f"Structural similarity as in {whose}",
        summary=summary,
        better="higher",
        low=0.0 if suffix == "uint8" else -1.0,
        high=1.0,
        unit="",
        source=f"{_WANG}; {source}",
        refuses=f"NaN or infinite values; a side below {least} pixels",
        pooled="mean",
        parameters={
            "definition": definition,
            "k1": 0.01,
            "k2": 0.03,
            "scaled": "0..1 by the range, not clipped",
        },
    )


_VARIANTS = (
    _variant(
        "box7", "scikit-image's default",
        "SSIM under a flat window of 7 x 7 pixels, with the sample covariance.",
        "box7_samplecov", 7, "scikit-image, structural_similarity",
    ),
    _variant(
        "box11", "sewar",
        "SSIM under a flat window of 11 x 11 pixels.",
        "box11_valid", 11, "sewar 0.4.10, ssim",
    ),
    _variant(
        "avgpool256", "piq's default",
        "SSIM of an image first reduced to about 256 pixels on its shorter side.",
        "gauss11_valid_avgpool256", 11, "piq 0.8.0, ssim",
    ),
    _variant(
        "reflect", "torchmetrics",
        "SSIM that counts the border, where the image is mirrored.",
        "gauss11_reflectpad_full", 11, "torchmetrics 1.9.0",
    ),
    _variant(
        "uint8", "pyiqa",
        "SSIM of values rounded to 0..255, without negative local values.",
        "gauss11_valid_uint8round_relu", 11, "pyiqa 0.1.16",
    ),
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    *entries("app.metrics.structural", (_SSIM,)),
    *entries("app.metrics.multiscale", (_MULTISCALE,)),
    *entries("app.metrics.variants", _VARIANTS),
)


def _map(id: str, title: str, summary: str, low: float = 0.0) -> MapDefinition:
    return MapDefinition(
        id=id, title=title, summary=summary, better="higher", neutral=1.0, low=low, high=1.0
    )


MAPS: tuple[MapEntry, ...] = maps(
    "app.metrics.structural",
    (
        _map("ssim", "SSIM", "Agreement of local brightness, contrast and structure; 1 is equal."),
        _map("ssim-luminance", "SSIM: brightness", "Agreement of local means; 1 is equal."),
        _map("ssim-contrast", "SSIM: contrast", "Agreement of local deviations; 1 is equal."),
        _map(
            "ssim-structure",
            "SSIM: structure",
            "Local correlation; 1 is equal, -1 is inverted.",
            low=-1.0,
        ),
    ),
)
