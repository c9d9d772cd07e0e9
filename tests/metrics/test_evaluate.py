"""One slice through all metrics: values, flags and refusals."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.metric import IntensityRange, Space
from app.errors import MetricRefused
from app.metrics.evaluate import evaluate_slice, pool
from app.metrics.inputs import SliceInputs
from app.metrics.parameters import canonical

UNIT = IntensityRange(0.0, 1.0, "given")
CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")
CLASSIC = ("mse", "rmse", "mae", "psnr", "ssim")


def evaluate(reference, reconstruction, metrics=CLASSIC, regions=("whole",), **more):
    inputs = SliceInputs(
        reference=reference,
        reconstruction=reconstruction,
        valid=more.pop("valid", None),
        body=more.pop("body", None),
        range=more.pop("range", UNIT),
        space=more.pop("space", Space()),
        metrics=metrics,
        regions=regions,
        **more,
    )
    return {(found.metric, found.region): found for found in evaluate_slice(inputs)}


def noisy(shape=(64, 64), seed=0):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0.2, 0.8, shape)
    return reference, reference + rng.normal(0, 0.02, shape)


def test_identical_slices_are_flagged_and_psnr_is_infinite():
    reference, _ = noisy()
    found = evaluate(reference, reference.copy())

    assert found["psnr", "whole"].value == math.inf
    assert found["ssim", "whole"].value == pytest.approx(1)
    assert found["mse", "whole"].value == 0
    assert all("identical" in result.flags for result in found.values())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_a_value_that_is_not_finite_gives_no_number(bad, side):
    planes = list(noisy((200, 200)))
    planes[side][3, 4] = bad
    metrics = (*CLASSIC, "lpips-vgg") if side == 0 else (*CLASSIC, "lpips-vgg", "niqe")
    found = evaluate(*planes, metrics=metrics)

    for result in found.values():
        assert result.value is None
        assert result.flags == ("not-finite",)
        assert ("reference", "reconstruction")[side] in result.reason
        assert "1 pixel " in result.reason


def test_niqe_does_not_look_at_the_reference():
    reference, reconstruction = noisy((200, 200))
    alone = evaluate(reference, reconstruction, metrics=("niqe",))["niqe", "whole"]
    reference[:] = np.nan

    assert evaluate(reference, reconstruction, metrics=("niqe",))["niqe", "whole"] == alone
    assert alone.value is not None
    assert "few-blocks" in alone.flags


def test_other_sizes_are_refused_with_both_sizes():
    found = evaluate(np.zeros((20, 20)), np.zeros((20, 21)), metrics=("psnr", "niqe"))

    for result in found.values():
        assert (result.value, result.flags) == (None, ("refused:shape",))
        assert "20 x 20" in result.reason
        assert "20 x 21" in result.reason


def test_a_small_slice_is_refused_by_each_metric_on_its_own():
    reference, reconstruction = noisy((8, 8))
    found = evaluate(reference, reconstruction, metrics=("psnr", "ssim", "niqe", "lpips-alex"))

    assert found["psnr", "whole"].value is not None
    for metric in ("ssim", "niqe", "lpips-alex"):
        assert (found[metric, "whole"].value, found[metric, "whole"].flags) == (
            None,
            ("refused:too-small",),
        )


def test_missing_weights_are_said_beside_the_other_values(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))
    found = evaluate(*noisy(), metrics=("psnr", "lpips-vgg"))

    assert found["psnr", "whole"].value is not None
    assert found["lpips-vgg", "whole"].flags == ("unavailable",)
    assert "blindread weights" in found["lpips-vgg", "whole"].reason


def test_constant_slices_have_pixel_values_and_no_naturalness():
    flat = np.full((200, 200), 0.5)
    found = evaluate(flat, flat + 0.1, metrics=("psnr", "ssim", "niqe"))

    assert found["psnr", "whole"].value == pytest.approx(20)
    assert "constant" in found["psnr", "whole"].flags
    assert found["ssim", "whole"].value < 1
    assert found["niqe", "whole"].flags == ("refused:constant",)


def test_the_body_is_measured_inside_its_mask_only():
    reference, reconstruction = noisy()
    body = np.zeros(reference.shape, dtype=bool)
    body[16:48, 16:48] = True
    outside = np.where(body, reconstruction, reference)
    found = evaluate(reference, outside, regions=("whole", "body"), body=body)

    inside = (reference - reconstruction)[body]
    assert found["mse", "body"].value == pytest.approx(np.mean(inside**2))
    assert found["mse", "whole"].value == pytest.approx(np.sum(inside**2) / reference.size)
    assert "background-dominated" not in found["mse", "whole"].flags


def test_faint_values_in_the_air_are_said_to_decide_the_whole():
    """One per mille of the range in the air nobody sees; SSIM of the whole falls."""
    rng = np.random.default_rng(0)
    body = np.zeros((128, 128), dtype=bool)
    body[32:96, 32:96] = True
    reference = np.where(body, rng.uniform(0.3, 0.7, body.shape), 0.0)
    faint = np.where(body, 0.0, rng.uniform(0.01, 0.03, body.shape))
    found = evaluate(reference, reference + faint, ("ssim",), ("whole", "body"), body=body)

    assert found["ssim", "whole"].value < found["ssim", "body"].value - 0.3
    assert "background-dominated" in found["ssim", "whole"].flags
    assert "background-dominated" not in found["ssim", "body"].flags
    assert "third" in found["ssim", "whole"].parameters["background_rule"]


@pytest.mark.parametrize(("metric", "shape"), [("psnr", (64, 64)), ("niqe", (200, 200))])
def test_no_body_gives_no_value(metric, shape):
    reference, reconstruction = noisy(shape)
    found = evaluate(
        reference, reconstruction, (metric,), ("body",), body=np.zeros(shape, dtype=bool)
    )

    assert found[metric, "body"].value is None
    assert found[metric, "body"].flags == ("refused:no-body",)


HAVING_A_SHARE = (
    "mse", "mae", "psnr", "nmse", "ssim", "ssim@box7", "ssim@box11", "ssim@reflect", "ssim@uint8",
    "ssim@avgpool256", "gmsd", "vif-p", "fsim", "haarpsi",
)  # fmt: skip


@pytest.mark.parametrize("where", ["nowhere", "along the edge"])
def test_no_loss_lies_outside_a_body_that_is_not_there(where):
    reference, reconstruction = noisy()
    body = np.zeros(reference.shape, dtype=bool)
    body[0, :3] = where == "along the edge"
    found = evaluate(reference, reconstruction, HAVING_A_SHARE, ("whole",), body=body)

    unseen = {"ssim", "ssim@box7", "ssim@box11", "ssim@uint8", "ssim@avgpool256", "vif-p"}
    for metric in HAVING_A_SHARE if where == "nowhere" else sorted(unseen):
        outcome = found[metric, "whole"]
        assert outcome.value is not None
        assert outcome.outside is None, metric
        assert "background-dominated" not in outcome.flags
        assert "loss_outside_body" not in outcome.parameters


def test_no_loss_lies_outside_a_body_that_vanishes_at_half_the_resolution():
    reference, reconstruction = noisy()
    body = np.zeros(reference.shape, dtype=bool)
    body[20, 20] = True
    found = evaluate(reference, reconstruction, ("mse", "gmsd"), ("whole",), body=body)

    assert found["mse", "whole"].outside > 0.99
    assert found["gmsd", "whole"].outside is None


def test_a_body_that_is_everything_is_flagged():
    reference, reconstruction = noisy()
    found = evaluate(
        reference, reconstruction, ("psnr",), ("body",), body=np.ones((64, 64), dtype=bool)
    )

    assert found["psnr", "body"].flags == ("body-is-all",)


def test_padding_counts_in_no_metric():
    reference, reconstruction = noisy()
    valid = np.ones(reference.shape, dtype=bool)
    valid[:, 40:] = False
    padded = reconstruction.copy()
    padded[~valid] = -2000
    found = evaluate(reference, padded, valid=valid)
    cut = evaluate(reference[:, :40], reconstruction[:, :40])

    for metric in ("mse", "rmse", "mae", "psnr"):
        assert found[metric, "whole"].value == pytest.approx(cut[metric, "whole"].value)
    assert found["ssim", "whole"].value == pytest.approx(cut["ssim", "whole"].value, abs=0.01)
    assert found["ssim", "whole"].flags == ("padding-filled",)


def test_a_window_hides_what_lies_outside_it():
    reference = np.full((32, 32), -1000.0)
    reference[8:24, 8:24] = 40.0
    other = reference.copy()
    other[:8] = -500
    narrow = evaluate(reference, other, range=CT, space=Space.window(40, 400))
    native = evaluate(reference, other, range=CT)

    assert narrow["psnr", "whole"].value == math.inf
    assert native["mse", "whole"].value == 500**2 / 4
    assert narrow["psnr", "whole"].parameters["range_origin"] == "window"
    assert "clipped" not in narrow["psnr", "whole"].flags


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
def test_values_beyond_the_range_are_flagged_where_they_were_cut():
    reference, reconstruction = noisy((200, 200))
    found = evaluate(reference, reconstruction + 0.6, metrics=("psnr", "niqe", "lpips-alex"))

    assert "clipped" not in found["psnr", "whole"].flags
    assert "clipped" in found["niqe", "whole"].flags
    assert "clipped" in found["lpips-alex", "whole"].flags
    assert len(found["lpips-alex", "whole"].parameters["weights_sha256"]) == 64


def test_what_does_not_exist_is_refused():
    with pytest.raises(MetricRefused, match="no metric 'pnsr'"):
        evaluate(*noisy(), metrics=("pnsr",))
    with pytest.raises(MetricRefused, match="no region 'head'"):
        evaluate(*noisy(), regions=("head",))


@given(st.integers(0, 30), st.floats(-500, 500), st.floats(0.1, 50))
def test_ratios_do_not_depend_on_the_unit(seed, shift, factor):
    """PSNR and SSIM are of the values against their range, in whatever unit."""
    reference, reconstruction = noisy((24, 24), seed)
    there = evaluate(reference, reconstruction, ("psnr", "ssim"))
    moved = IntensityRange(shift, shift + factor, "given")
    here = evaluate(
        reference * factor + shift, reconstruction * factor + shift, ("psnr", "ssim"), range=moved
    )

    for key in there:
        assert here[key].value == pytest.approx(there[key].value, rel=1e-7)


def test_parameters_are_canonical_json():
    found = evaluate(*noisy((200, 200)), metrics=(*CLASSIC, "niqe", "lpips-vgg"))
    for result in found.values():
        text = canonical(result.parameters)
        assert json.loads(text) == dict(result.parameters)
        assert list(json.loads(text)) == sorted(result.parameters)
        assert {"definition", "range_low", "range_high", "range_origin"} <= set(result.parameters)


def test_pooling_is_the_mean_and_says_what_it_left_out():
    assert pool([1.0, 3.0]) == (2.0, ())
    assert pool([30.0, math.inf, 40.0]) == (35.0, ("identical-slices-left-out",))
    assert pool([math.inf, math.inf]) == (math.inf, ("identical",))
    assert pool([1.0, None]) == (1.0, ("slices-left-out",))
    assert pool([None]) == (None, ("slices-left-out",))
    assert pool([]) == (None, ())
