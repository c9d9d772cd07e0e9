"""The classic family against the published values of independent implementations."""

import numpy as np
import pytest

from app.domain.metric import IntensityRange, Space
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs

pytestmark = pytest.mark.shared

UNIT = IntensityRange(0.0, 1.0, "given")

ROWS = (
    # ours, metric, definition, peer, tolerance, rows
    ("mse", "mse", "range1", "skimage", 1e-11, 19),
    ("mse", "mse", "range1", "sewar", 1e-11, 19),
    ("mse", "mse", "range1", "torchmetrics", 1e-11, 19),
    ("mae", "mae", "range1", "torchmetrics", 1e-11, 19),
    ("nrmse", "nrmse", "euclidean", "skimage", 1e-10, 19),
    ("nrmse@minmax", "nrmse", "min-max", "skimage", 1e-10, 19),
    ("psnr", "psnr", "range1", "skimage", 1e-9, 19),
    ("psnr", "psnr", "range1", "torchmetrics", 3e-6, 19),
    ("psnr@piq", "psnr", "range1+1e-8", "piq", 1e-9, 19),
    ("psnr@gt-minmax", "psnr", "gt_minmax", "skimage", 1e-9, 19),
    ("ssim", "ssim", "gauss11_valid", "skimage", 1e-10, 19),
    ("ssim", "ssim", "gauss11_valid", "sewar", 1e-10, 19),
    ("ssim@box7", "ssim", "box7_samplecov", "skimage", 1e-10, 19),
    ("ssim@box11", "ssim", "box11_valid", "sewar", 1e-10, 19),
    ("ssim@avgpool256", "ssim", "gauss11_valid_avgpool256", "piq", 1e-10, 19),
    ("ssim@reflect", "ssim", "gauss11_reflectpad_full", "torchmetrics", 1e-9, 19),
    ("ssim@uint8", "ssim", "gauss11_valid_uint8round_relu", "pyiqa", 1e-6, 19),
    ("ms-ssim", "ms_ssim", "gauss11_valid", "piq", 1e-10, 14),
    ("ms-ssim", "ms_ssim", "gauss11_valid", "pytorch_msssim", 2e-6, 11),
    ("gmsd", "gmsd", "piq", "piq", 1e-10, 19),
)


@pytest.fixture(scope="module")
def measured():
    """Every value of ours, made once for each pair."""
    made = {}

    def values(planes, key):
        if key not in made:
            (reference, reconstruction), *_ = planes
            wanted = tuple(dict.fromkeys(row[0] for row in ROWS))
            inputs = SliceInputs(
                reference, reconstruction, None, None, UNIT, Space(), wanted, ("whole",)
            )
            made[key] = {found.metric: found for found in evaluate_slice(inputs)}
        return made[key]

    return values


@pytest.mark.parametrize(("ours", "metric", "definition", "peer", "tolerance", "count"), ROWS)
def test_each_row_agrees(
    reference_values, measured, ours, metric, definition, peer, tolerance, count
):
    chosen = [
        row
        for row in reference_values.select(metric, definition, peer=peer)
        if not row["dtype"].startswith("float32") or peer == "pyiqa"
    ]
    chosen = [row for row in chosen if not row["call"].startswith("float32")]
    assert len(chosen) == count
    for row in chosen:
        key = row["case"], row["pred"]
        found = measured(reference_values.planes(*key), key)[ours]
        assert found.value == pytest.approx(float(row["value"]), abs=tolerance), row


def test_a_slice_below_161_pixels_has_no_ms_ssim(reference_values, measured):
    key = "ct_small_hu", "blur"
    found = measured(reference_values.planes(*key), key)["ms-ssim"]

    assert (found.value, found.flags) == (None, ("refused:too-small",))


def test_values_in_hu_are_those_of_0_to_1(reference_values):
    """Shifted and scaled within: the same figures from HU, where piq refuses negative values."""
    wanted = ("psnr", "nmse", "nrmse", "ssim", "ssim@box7", "ssim@uint8", "gmsd", "ms-gmsd")
    (reference, reconstruction), *_ = reference_values.planes("ct_small_hu", "blur")
    hounsfield = IntensityRange(-1024.0, 3071.0, "CT 12-bit")

    def measure(scale, value_range):
        inputs = SliceInputs(
            scale(reference), scale(reconstruction), None, None, value_range, Space(), wanted,
            ("whole",),
        )  # fmt: skip
        return [found.value for found in evaluate_slice(inputs)]

    native = measure(lambda plane: np.round(plane * 4095) - 1024, hounsfield)
    assert native == pytest.approx(measure(lambda plane: plane, UNIT), rel=1e-9)
