"""What holds for every metric, over random images: identity, symmetry, order, regions, refusals."""

import functools

import numpy as np
import pytest

from app.domain.metric import IntensityRange, Space
from app.metrics import registry
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs

UNIT = IntensityRange(0.0, 1.0, "given")
CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")

SYMMETRIC = (
    "mse", "rmse", "mae", "psnr", "ssim", "ms-ssim", "gmsd", "ms-gmsd", "fsim", "vsi", "haarpsi",
    "sr-sim", "lpips-vgg", "lpips-alex", "dists", "ssim@box7", "dists@256",
)  # fmt: skip
OF_AN_ARM = ("fid", "kid", "precision", "recall")
OF_ONE_IMAGE = ("hu-bias", "snr", "cnr", "edge-rise", "nps-peak", "nps-area")
"""Measured beside the reference, and not better the nearer to it."""
BEST = {"vif-p": 1.0, "psnr@piq": 80.0}
"""Values of identical images that are not the end of the range: VIF may exceed 1, and piq's
PSNR adds 1e-8 to every error."""

SAME_NETWORK = ("dists@256",)
"""The network of another id on a smaller image: its own tests do."""

FULL_REFERENCE = tuple(
    known.id
    for known in registry.definitions()
    if known.needs_reference and known.id not in (*OF_AN_ARM, *OF_ONE_IMAGE, *SAME_NETWORK)
)
ALL_IDS = tuple(known.id for known in registry.definitions() if known.id not in OF_AN_ARM)


def runnable(metric):
    """Skip a metric that cannot run here, and say why."""
    reason = registry.available(metric)
    if reason:
        pytest.skip(f"{metric}: {reason}")
    return registry.definition(metric)


def seeds(metric):
    """Two images for each metric, one where a network looks at them."""
    return (0,) if registry.definition(metric).needs_weights else (0, 1)


@functools.cache
def picture(seed, side=200):
    """Return a smooth random image in 0.1..0.9 with edges: what all metrics accept."""
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=(side, side)), 4)
    field += 0.3 * ndimage.gaussian_filter(rng.normal(size=(side, side)), 1)
    rows, columns = np.ogrid[:side, :side]
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 3) ** 2
    field += np.where(disc, 2 * field.std(), 0)
    low, high = np.percentile(field, (1, 99))
    return 0.1 + 0.8 * np.clip((field - low) / (high - low), 0, 1)


def evaluate(metric, reference, reconstruction, regions=("whole",), **more):
    inputs = SliceInputs(
        reference=reference,
        reconstruction=reconstruction,
        valid=None,
        body=more.pop("body", None),
        range=more.pop("range", UNIT),
        space=more.pop("space", Space()),
        metrics=(metric,),
        regions=regions,
        **more,
    )
    return {found.region: found for found in evaluate_slice(inputs)}


@pytest.mark.weights
@pytest.mark.parametrize("metric", FULL_REFERENCE)
def test_identical_images_have_the_best_value(metric):
    known = runnable(metric)
    best = BEST.get(metric, {"higher": known.high, "lower": known.low}[known.better])
    for seed in seeds(metric):
        found = evaluate(metric, picture(seed), picture(seed).copy())["whole"]

        assert found.value == pytest.approx(best, abs=2e-6), found.reason
        assert "identical" in found.flags


@pytest.mark.weights
@pytest.mark.parametrize("metric", [one for one in FULL_REFERENCE if one in SYMMETRIC])
def test_a_symmetric_metric_does_not_care_which_is_which(metric):
    runnable(metric)
    for seed in seeds(metric):
        one, other = picture(seed), np.clip(picture(seed) + 0.1 * (picture(seed + 5) - 0.5), 0, 1)
        there = evaluate(metric, one, other)["whole"].value
        back = evaluate(metric, other, one)["whole"].value

        assert there == pytest.approx(back, rel=1e-5)


@pytest.mark.weights
@pytest.mark.parametrize("metric", FULL_REFERENCE)
def test_more_noise_is_never_better(metric):
    known = runnable(metric)
    for seed in seeds(metric):
        reference = picture(seed)
        noise = np.random.default_rng(seed).normal(size=reference.shape)
        values = [
            evaluate(metric, reference, np.clip(reference + level * noise, 0, 1))["whole"].value
            for level in (0.01, 0.04, 0.1)
        ]
        if known.better == "higher":
            values = [-value for value in values]

        assert values == sorted(values)


@pytest.mark.weights
@pytest.mark.parametrize("metric", FULL_REFERENCE)
def test_pixels_far_from_the_region_change_nothing(metric):
    """In the region a metric sees its own pixels, and at most its window's reach around them."""
    side = 260 if runnable(metric).needs_weights or metric in SLOW else 420
    reference = picture(3, side=side)
    rng = np.random.default_rng(3)
    noisy = np.clip(reference + rng.normal(0, 0.03, reference.shape), 0, 1)
    body = np.zeros(reference.shape, dtype=bool)
    body[60 : side - 160, 60 : side - 160] = True
    moved = noisy.copy()
    moved[:, side - 40 :] = rng.uniform(0, 1, (side, 40))
    regions = ("whole", "body")
    before = evaluate(metric, reference, noisy, regions, body=body)
    after = evaluate(metric, reference, moved, regions, body=body)

    assert before["body"].value is not None, before["body"].reason
    tolerance = 1e-3 if metric in GLOBAL else 1e-12
    assert after["body"].value == pytest.approx(before["body"].value, rel=tolerance)
    assert after["whole"].value != before["whole"].value


SLOW = ("iw-ssim",)

GLOBAL = ("fsim", "lpips-vgg", "lpips-alex")
"""Filters of the whole image, or receptive fields of 200 pixels and more, see a trace of it."""


@pytest.mark.weights
@pytest.mark.parametrize("metric", ALL_IDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_no_number_stands_for_a_slice_that_is_not_finite(metric, bad):
    runnable(metric)
    reconstruction = picture(0).copy()
    reconstruction[5, 5] = bad
    found = evaluate(metric, picture(0), reconstruction)["whole"]

    assert (found.value, found.flags) == (None, ("not-finite",))
    assert "reconstruction" in found.reason


@pytest.mark.weights
@pytest.mark.parametrize("metric", ALL_IDS)
def test_a_slice_of_three_pixels_gives_a_value_or_a_sentence(metric):
    runnable(metric)
    reference = np.array([[0.1, 0.5, 0.9]])
    found = evaluate(metric, reference, reference[:, ::-1].copy())["whole"]

    if found.value is None:
        assert found.flags
        assert found.reason.count(".") >= 2, found.reason
    else:
        assert registry.definition(metric).of_pixels


@pytest.mark.weights
@pytest.mark.parametrize("metric", ALL_IDS)
def test_constant_images_give_a_value_or_a_sentence(metric):
    known = runnable(metric)
    flat = np.full((200, 200), 0.5)
    noisy = flat + np.random.default_rng(0).normal(0, 0.01, flat.shape)
    for one, other in ((flat, noisy), (noisy, flat), (flat, flat.copy())):
        found = evaluate(metric, one, other)["whole"]

        if found.value is None:
            assert found.reason
        else:
            assert "constant" in found.flags or not known.needs_reference
            assert known.low - 1e-6 <= found.value <= known.high + 1e-6


@pytest.mark.weights
@pytest.mark.parametrize("metric", FULL_REFERENCE)
def test_hounsfield_units_are_shifted_by_the_low_end_of_their_range(metric):
    """The same image in 0..1 and in -1024..3071 HU has the same value, but for its unit."""
    known = runnable(metric)
    reference, other = picture(0), picture(0) * 0.95 + 0.02
    scaled = [plane * CT.width + CT.low for plane in (reference, other)]
    native = evaluate(metric, *scaled, range=CT)["whole"]
    unit = evaluate(metric, reference, other)["whole"]
    factor = {"mse": CT.width**2, "rmse": CT.width, "mae": CT.width}.get(metric, 1.0)

    assert native.value == pytest.approx(unit.value * factor, rel=2e-5, abs=2e-7), known.id
    assert native.parameters["range_low"] == CT.low
