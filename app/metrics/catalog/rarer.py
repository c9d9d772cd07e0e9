"""What the rarer metrics are, which piq computes."""

import math

from app.domain.metric import MetricDefinition
from app.metrics.catalog.entry import Entry, entries

_FILLED = "outside the mask both planes hold the range's low end"
_SCALED = "0..1 by the range, clipped"
_REPEATED = f"{_SCALED}; one channel repeated to three"
_FINITE = "NaN or infinite values"


def _similarity(
    id: str,
    title: str,
    summary: str,
    source: str,
    refuses: str,
    *,
    scaled: str = _SCALED,
    definition: str = "piq",
    **more: object,
) -> MetricDefinition:
    parameters = {"definition": definition, "scaled": scaled, **more, "body": _FILLED}
    return MetricDefinition(
        id=id, title=title, summary=summary, better="higher", low=0.0, high=1.0, unit="",
        source=source, refuses=f"{_FINITE}; {refuses}", parameters=parameters,
    )  # fmt: skip


_DEFINITIONS = (
    _similarity(
        "iw-ssim",
        "Information-weighted structural similarity",
        "SSIM at five scales, weighed by local information; 1 if identical.",
        "Wang & Li (2011), doi:10.1109/TIP.2010.2092435",
        "a side below 161 pixels; a reference without content",
        noise_variance=0.4,
        negative="a scale's value counts by its magnitude",
    ),
    _similarity(
        "vsi",
        "Visual saliency-induced index",
        "Agreement of gradients, weighed by what draws the eye; 1 if identical.",
        "Zhang, Shen & Li (2014), doi:10.1109/TIP.2014.2346028",
        "a side below 3 pixels",
        scaled=_REPEATED,
        definition="gray3",
        downsampled="mean over squares of round(side / 256) pixels",
    ),
    MetricDefinition(
        id="mdsi",
        title="Mean deviation similarity index",
        summary="How unevenly gradients and colours agree; 0 if identical.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source="Nafchi et al. (2016), doi:10.1109/ACCESS.2016.2604042",
        refuses=f"{_FINITE}; a side below 3 pixels",
        parameters={
            "definition": "gray3",
            "scaled": _REPEATED,
            "downsampled": "mean over squares of round(side / 256) pixels",
            "body": _FILLED,
        },
    ),
    _similarity(
        "dss",
        "DCT subband similarity",
        "Agreement of local variance in the subbands of the cosine transform; 1 if identical.",
        "Balanov et al. (2015), doi:10.1109/ICIP.2015.7351172",
        "a side below 32 pixels",
        border="cropped to a multiple of 8 pixels",
        precision="each subband's value rounded to float32",
    ),
    _similarity(
        "sr-sim",
        "Spectral residual based similarity",
        "Agreement of gradients, weighed by what stands out; 1 if identical.",
        "Zhang & Li (2012), doi:10.1109/ICIP.2012.6467149",
        "a side below 40 pixels",
        downsampled="mean over squares of round(side / 256) pixels",
        precision="saliency resized in float32",
    ),
    MetricDefinition(
        id="tv",
        title="Total variation",
        summary="Sum of the differences of neighbours in the reconstruction alone; "
        "lower is smoother, not truer.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source="Rudin, Osher & Fatemi (1992), doi:10.1016/0167-2789(92)90242-F",
        refuses=f"{_FINITE}; a side below 2 pixels",
        needs_reference=False,
        parameters={
            "definition": "root of the summed squared differences of neighbours (piq, l2)",
            "scaled": _SCALED,
            "size": "not divided by the number of pixels",
            "body": "outside the mask the plane holds the range's low end; its outline counts",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = entries("app.metrics.rarer", _DEFINITIONS)
