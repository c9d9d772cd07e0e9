"""What the metrics of medical physics are."""

import math

from app.domain.metric import MetricDefinition
from app.metrics.catalog.entry import Entry, entries

_RATIOS = "Welvaert & Rosseel (2013), doi:10.1371/journal.pone.0077089"
_NPS = "Siewerdsen et al. (2002), doi:10.1118/1.1513158; ICRU Report 87 (2012)"
_PATCHES = {
    "definition": "of reconstruction - reference; 64 x 64 patches, half overlapping, "
    "linear trend removed, no window",
    "patch": 64,
    "body": "patches that lie entirely in the region",
}

_PLAIN = (
    MetricDefinition(
        id="hu-bias",
        title="Bias",
        summary="Mean of reconstruction - reference in native units, with its sign; "
        "the nearer to 0 the better.",
        better="lower",
        low=-math.inf,
        high=math.inf,
        unit="",
        source="Willmott & Matsuura (2005), doi:10.3354/cr030079",
        refuses="NaN or infinite values",
        of_pixels=True,
        pooled="mean",
        parameters={
            "definition": "mean over pixels of reconstruction - reference, float64",
            "direction": "lower magnitude is better",
        },
    ),
    MetricDefinition(
        id="snr",
        title="Signal-to-noise ratio of a region",
        summary="Mean of a uniform region by its standard deviation, in the reconstruction alone.",
        better="higher",
        low=-math.inf,
        high=math.inf,
        unit="",
        source=_RATIOS,
        refuses="NaN or infinite values; whole and body; fewer than 16 pixels; one single value",
        needs_reference=False,
        of_pixels=True,
        parameters={
            "definition": "mean / sample standard deviation, values not shifted",
        },
    ),
    MetricDefinition(
        id="cnr",
        title="Contrast-to-noise ratio of a region",
        summary="Difference of a region's mean from that of its surroundings, "
        "by their standard deviation, in the reconstruction alone.",
        better="higher",
        low=0.0,
        high=math.inf,
        unit="",
        source=_RATIOS,
        refuses="NaN or infinite values; whole and body; fewer than 16 pixels in the region "
        "or around it; surroundings of one single value",
        needs_reference=False,
        of_pixels=True,
        parameters={
            "definition": "|mean of region - mean of surroundings| / "
            "sample standard deviation of surroundings",
            "surroundings": "pixels more than 2 and at most 10 pixels away from the region",
        },
    ),
)

_POWER = (
    MetricDefinition(
        id="nps-peak",
        title="Peak of the noise power spectrum",
        summary="Frequency at which the difference from the reference is strongest: "
        "high is fine grain, low is blotches. Arbitrary where the noise is white.",
        better="higher",
        low=0.0,
        high=0.5,
        unit="cycles/pixel",
        source=_NPS,
        refuses="NaN or infinite values; fewer than 4 patches of 64 x 64 pixels in the region; "
        "a difference that is flat but for rounding",
        parameters={**_PATCHES, "radial": "rings of 1/64 cycle, neighbours weighed 1, 2, 1"},
    ),
    MetricDefinition(
        id="nps-area",
        title="Area of the noise power spectrum",
        summary="Variance of the difference from the reference without its slow trends, "
        "in squared native units.",
        better="lower",
        low=0.0,
        high=math.inf,
        unit="",
        source=_NPS,
        refuses="NaN or infinite values; fewer than 4 patches of 64 x 64 pixels in the region",
        pooled="mean",
        parameters=_PATCHES,
    ),
)

_EDGE = MetricDefinition(
    id="edge-rise",
    title="Edge rise distance",
    summary="Median distance over which the reference's strongest edges rise from 10 to 90 % "
    "in the reconstruction.",
    better="lower",
    low=0.0,
    high=16.0,
    unit="pixel",
    source="ISO 12233:2017; Judy (1976), Medical Physics 3:233",
    refuses="NaN or infinite values; fewer than 30 clean edges in the region",
    parameters={
        "definition": "profiles of 8 pixels to either side along the reference's gradient, "
        "cubic convolution; levels are the means 5 to 8 pixels away",
        "gradient": "Gaussian derivative, sigma 1",
        "edges": "at most the 400 strongest; clean where the step is 75 % of the profile's span",
        "lost_edge": 16,
        "body": "edges whose pixel lies in the region",
    },
)

ENTRIES: tuple[Entry, ...] = (
    *entries("app.metrics.medical", _PLAIN),
    *entries("app.metrics.noise_power", _POWER),
    *entries("app.metrics.edge_rise", (_EDGE,)),
)
