"""Our values against those of independent, published implementations."""

import numpy as np
import pytest

from app.domain.metric import IntensityRange, Space
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.learned import perceptual_distance
from app.metrics.niqe import naturalness
from app.metrics.pixelwise import (
    mean_absolute_error,
    mean_squared_error,
    peak_signal_to_noise_ratio,
)
from app.metrics.structural import ssim_map, structural_similarity

pytestmark = pytest.mark.shared

UNIT = IntensityRange(0.0, 1.0, "given")


def compare(values, metric, definition, measure, *, count, **tolerance):
    """Compare every published row of one quantity, and miss none."""
    chosen = values.select(metric, definition, **tolerance.pop("select", {}))
    assert len(chosen) == count
    for row in chosen:
        found = measure(values.planes(row["case"], row["pred"]))
        assert found == pytest.approx(float(row["value"]), **tolerance), row


def over_channels(metric):
    return lambda planes: float(np.mean([metric(*pair) for pair in planes]))


def test_mse_and_mae(reference_values):
    colour = {"dtype": "float64", "colour": True}
    for metric, ours, count in (
        ("mse", mean_squared_error, 66),
        ("mae", mean_absolute_error, 22),
    ):
        compare(
            reference_values, metric, "range1", over_channels(ours), count=count, rel=1e-9,
            select=colour,
        )  # fmt: skip


def test_psnr(reference_values):
    def measure(planes):
        stacked = [np.concatenate(side) for side in zip(*planes, strict=True)]
        return peak_signal_to_noise_ratio(*stacked, data_range=1.0)

    for peer, tolerance in (("skimage", 1e-9), ("sewar", 1e-9), ("torchmetrics", 3e-6)):
        compare(
            reference_values, "psnr", "range1", measure, count=22, abs=tolerance,
            select={"peer": peer, "colour": True},
        )  # fmt: skip


def test_ssim(reference_values):
    measure = over_channels(lambda x, y: structural_similarity(x, y, range=UNIT))
    for peer, tolerance in (
        ("skimage", 1e-9), ("sewar", 1e-9), ("piq", 1e-9), ("pytorch_msssim", 2e-5),
    ):  # fmt: skip
        compare(
            reference_values, "ssim", "gauss11_valid", measure, count=22, abs=tolerance,
            select={"peer": peer, "dtype": "float64", "colour": True},
        )  # fmt: skip


def test_single_pixels_of_the_ssim_map(reference_values):
    chosen = [row for row in reference_values.expected if row["metric"].startswith("ssim_map[")]
    assert len(chosen) == 76
    for row in chosen:
        local = ssim_map(*reference_values.planes(row["case"], row["pred"])[0], range=UNIT)
        place = tuple(int(number) for number in row["metric"][9:-1].split(","))
        assert local[5:-5, 5:-5][place] == pytest.approx(float(row["value"]), abs=1e-9), row


def test_the_least_pixel_of_the_ssim_map(reference_values):
    compare(
        reference_values,
        "ssim_map_min",
        "gauss11_valid",
        lambda planes: float(np.nanmin(ssim_map(*planes[0], range=UNIT))),
        count=19,
        abs=1e-9,
    )


def test_niqe_equals_the_prototype(reference_values):
    compare(
        reference_values,
        "niqe",
        "gray_uint8_official_model_exact_zero(1e-9)",
        lambda planes: naturalness(planes[0][1]),
        count=18,
        rel=1e-9,
    )


def test_niqe_is_near_the_other_definitions(reference_values):
    """They differ in flat areas, by rounding noise: up to two per cent."""
    for definition in ("gray_uint8_official_model", "gray_uint8_official_model_naive"):
        compare(
            reference_values,
            "niqe",
            definition,
            lambda planes: naturalness(planes[0][1]),
            count=18,
            rel=0.02,
        )


@pytest.mark.weights
@pytest.mark.usefixtures("installed_weights")
@pytest.mark.parametrize("metric", ["lpips_vgg", "lpips_alex"])
def test_lpips(reference_values, metric):
    """On the small cases; the documented table compares all of them."""
    small = {name for name, row in reference_values.cases.items() if int(row["width"]) <= 256}
    chosen = [row for row in reference_values.select(metric, "v0.1") if row["case"] in small]
    assert {row["peer"] for row in chosen} >= {"lpips", "pyiqa", "torchmetrics"}
    ours = {}
    for row in chosen:
        key = row["case"], row["pred"]
        if key not in ours:
            planes = reference_values.planes(*key)[0]
            (ours[key],) = perceptual_distance(metric.replace("_", "-"), *planes)
        assert ours[key] == pytest.approx(float(row["value"]), abs=1e-5), row
    assert len(ours) == 8


class TestWhereThePeersAreWrong:
    """The behaviour wanted on the edge cases, through the whole evaluation."""

    METRICS = ("mse", "psnr", "ssim", "niqe", "lpips-alex")

    @pytest.fixture
    def evaluate(self, reference_values):
        path = reference_values.folder / "edge_cases.npz"

        def measure(case, value_range=UNIT):
            with np.load(path) as stored:
                name = case.replace("/", "_")
                pred, truth = (stored[f"{name}__{side}"].astype(float) for side in ("pred", "gt"))
            inputs = SliceInputs(
                truth, pred, None, None, value_range, Space(), self.METRICS, ("whole",)
            )
            return {found.metric: found for found in evaluate_slice(inputs)}

        return measure

    pytestmark = [pytest.mark.weights, pytest.mark.usefixtures("installed_weights")]  # noqa: RUF012 - pytest asks for a list

    @pytest.mark.parametrize("case", ["identical", "both_constant_equal", "both_zero"])
    def test_identical(self, evaluate, case):
        found = evaluate(case)

        assert found["psnr"].value == np.inf
        assert found["ssim"].value == pytest.approx(1)
        assert found["lpips-alex"].value == 0
        assert "identical" in found["mse"].flags
        if case != "identical":
            assert "constant" in found["ssim"].flags
            assert found["niqe"].value is None

    def test_a_constant_reference(self, evaluate):
        found = evaluate("gt_constant_pred_noise")

        assert found["psnr"].value == pytest.approx(39.94914333, abs=1e-5)
        assert found["ssim"].value == pytest.approx(0.9026680545, abs=1e-6)
        assert "constant" in found["ssim"].flags

    @pytest.mark.parametrize("case", ["nan_in_pred", "inf_in_pred"])
    def test_values_that_are_not_finite(self, evaluate, case):
        for result in evaluate(case).values():
            assert (result.value, result.flags) == (None, ("not-finite",))

    def test_negative_values_are_shifted_by_the_ranges_low_end(self, evaluate):
        low = evaluate("negative_values(HU/1000)", IntensityRange(-1.0, 0.0, "given"))

        assert low["psnr"].value == pytest.approx(36.97371138, abs=1e-5)
        assert 0 < low["ssim"].value <= 1

    def test_values_above_the_range(self, evaluate):
        found = evaluate("above_range")

        assert found["psnr"].value == pytest.approx(12.89131173, abs=1e-5)
        assert found["ssim"].value == pytest.approx(0.8618009101, abs=1e-6)
        assert "clipped" in found["lpips-alex"].flags

    def test_small_slices(self, evaluate):
        hundred, eight = evaluate("100x100"), evaluate("8x8")

        assert hundred["ssim"].value == pytest.approx(0.9990929482, abs=1e-6)
        assert hundred["niqe"].flags == ("refused:too-small",)
        assert eight["psnr"].value == pytest.approx(31.78020229, abs=1e-5)
        for metric in ("ssim", "niqe", "lpips-alex"):
            assert (eight[metric].value, eight[metric].flags) == (None, ("refused:too-small",))
