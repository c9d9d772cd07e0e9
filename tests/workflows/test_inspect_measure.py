"""Numbers at a shape equal NumPy on the raw arrays; what cannot be had is said."""

import os
from dataclasses import replace

import numpy as np
import pytest

from app.domain.image import Grid
from app.domain.metric import IntensityRange
from app.domain.shape import Shape
from app.images.pairing import pair as match
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.regional.masks import mask_of
from app.metrics.spaces import NATIVE
from app.workflows.aside import Aside
from app.workflows.inspect_measure import end_process, evaluate_in, measure_shape, metrics_inside
from app.workflows.inspect_sides import Side
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import finish, scanned
from tests.ui.fakes import FULL, image

RECTANGLE = Shape(1, "rectangle", ((20.0, 10.0), (44.0, 38.0)))
ELLIPSE = Shape(2, "ellipse", ((20.0, 26.0), (40.0, 42.0)))
FREE = Shape(3, "free", ((10.2, 12.7), (50.1, 20.3), (30.4, 40.9)))
REFERENCE, MILD, STRONG = image(), image(noise=10.0), image(noise=25.0)
INDEX = 2


def sides(*images):
    names = ("Reference", "mild", "strong")
    return [
        Side(name, one, INDEX)
        for name, one in zip(names, images or (REFERENCE, MILD, STRONG), strict=False)
    ]


def measured(shape, *images, **more):
    grid = (images or (REFERENCE,))[0].grid
    return finish(measure_shape(shape, sides(*images), grid, **more))


def row(found, title):
    return next(one for one in found.rows if one.title == title)


def raw(one):
    """Return the values as a person would make them with NumPy alone."""
    return one.pixels[INDEX].astype(float) * one.slopes[INDEX] + one.intercepts[INDEX]


@pytest.mark.parametrize("shape", [RECTANGLE, ELLIPSE, FREE])
def test_the_table_of_a_region_is_what_numpy_says_of_the_raw_arrays(shape):
    found = measured(shape)
    mask = mask_of(shape, 64, 48)

    assert found.columns == ("Reference", "mild", "strong")
    for place, one in enumerate((REFERENCE, MILD, STRONG)):
        values = raw(one)[mask]
        assert row(found, "Mean").values[place] == values.mean()
        assert row(found, "SD").values[place] == values.std(ddof=1)
        assert row(found, "Min").values[place] == values.min()
        assert row(found, "Max").values[place] == values.max()
        assert row(found, "Pixels").values[place] == mask.sum()
        assert row(found, "Area").values[place] == mask.sum()  # pixels of 1 mm
    bias = (raw(MILD) - raw(REFERENCE))[mask].mean()
    assert row(found, "Bias").values[:2] == (None, bias)
    assert row(found, "Mean").unit == "HU"
    assert row(found, "Area").unit == "mm²"


def test_contrast_is_taken_against_the_region_marked_as_background():
    background = Shape(4, "rectangle", ((50.0, 18.0), (58.0, 30.0)), background=True)

    found = measured(RECTANGLE, background=background)

    mask, around = mask_of(RECTANGLE, 64, 48), mask_of(background, 64, 48)
    values = raw(STRONG)
    expected = abs(values[mask].mean() - values[around].mean()) / values[around].std(ddof=1)
    assert row(found, "CNR").values[2] == pytest.approx(expected, rel=1e-12)
    with pytest.raises(StopIteration):
        row(measured(RECTANGLE), "CNR")


def test_padding_is_left_out_and_said():
    padded = replace(STRONG, padding=(1060.0, 1080.0))

    found = measured(RECTANGLE, REFERENCE, padded)

    mask = mask_of(RECTANGLE, 64, 48)
    stored = padded.pixels[INDEX]
    kept = mask & ~((stored >= 1060) & (stored <= 1080))
    assert 0 < kept.sum() < mask.sum()
    assert row(found, "Mean").values[1] == raw(STRONG)[kept].mean()
    assert any("left out" in note for note in found.notes)


def test_the_histogram_counts_every_pixel_of_every_image():
    chart = measured(ELLIPSE, chart="histogram").chart

    assert [curve.name for curve in chart.curves] == ["Reference", "mild", "strong"]
    for curve in chart.curves:
        assert curve.y.sum() == mask_of(ELLIPSE, 64, 48).sum()
        assert curve.x.size == curve.y.size + 1


def test_a_profile_through_the_centres_of_a_row_shows_its_values_in_millimetres():
    spaced = replace(REFERENCE, grid=replace(REFERENCE.grid, spacing=(0.5, 0.5)))
    line = Shape(5, "profile", ((30.5, 5.5), (30.5, 25.5)))

    found = measured(line, spaced, replace(STRONG, grid=spaced.grid))

    first, second = found.chart.curves
    np.testing.assert_array_equal(first.y, raw(REFERENCE)[30, 5:26])
    np.testing.assert_array_equal(second.y, raw(STRONG)[30, 5:26])
    np.testing.assert_allclose(first.x, 0.5 * np.arange(21))
    assert found.chart.across == "distance (mm)"
    assert row(found, "Length").values == (10.0, 10.0)


def test_a_distance_without_spacing_is_in_pixels_and_says_so():
    plain = replace(REFERENCE, grid=replace(REFERENCE.grid, spacing=None))

    found = measured(Shape(6, "distance", ((0.0, 0.0), (3.0, 4.0))), plain)

    assert (found.rows[0].values, found.rows[0].unit) == ((5.0,), "pixels")
    assert "no millimetres" in found.notes[0]


def test_a_projection_is_measured_at_the_detector():
    grid = replace(REFERENCE.grid, spacing=(0.14, 0.14), spacing_kind="detector")

    found = measured(Shape(7, "distance", ((0.0, 0.0), (0.0, 10.0))), replace(REFERENCE, grid=grid))

    assert found.rows[0].unit == "mm at the detector"
    assert "magnification" in found.notes[0]


def test_an_angle_is_in_degrees():
    found = measured(Shape(8, "angle", ((0.0, 10.0), (0.0, 0.0), (10.0, 0.0))))

    assert found.rows[0].values[0] == pytest.approx(90.0)
    assert found.rows[0].unit == "°"


def large(noise, seed=0, side=160, spacing=(0.5, 0.5)):
    generator = np.random.default_rng(seed)
    pixels = np.rint(generator.normal(1000, noise, (5, side, side))).astype(np.int16)
    grid = Grid(rows=side, columns=side, slices=5, spacing=spacing)
    return replace(REFERENCE, pixels=pixels, grid=grid)


def test_a_noise_power_spectrum_has_square_millimetres_and_the_variance_as_its_volume():
    whole = Shape(9, "rectangle", ((0.0, 0.0), (160.0, 160.0)))

    found = measured(whole, large(8.0), large(16.0, 1), chart="noise")

    assert found.chart.up == "HU² mm²"
    for curve, deviation in zip(found.chart.curves, (8.0, 16.0), strict=True):
        assert curve.y[4:].mean() == pytest.approx(deviation**2 * 0.25, rel=0.05)
        assert curve.x[-1] == 1.0  # half a cycle in 0.5 mm
    assert row(found, "NPS noise").values == pytest.approx((8.0, 16.0), rel=0.02)


def test_added_noise_is_that_of_the_difference_alone():
    whole = Shape(9, "rectangle", ((0.0, 0.0), (160.0, 160.0)))

    found = measured(whole, large(8.0), large(6.0, 1), chart="added")

    assert [curve.name for curve in found.chart.curves] == ["mild"]
    assert row(found, "NPS noise").values == (None, pytest.approx(10.0, rel=0.02))


def test_a_difference_that_is_flat_but_for_rounding_has_no_peak():
    whole = Shape(9, "rectangle", ((0.0, 0.0), (160.0, 160.0)))
    truth = replace(large(8.0), slopes=(0.1,) * 5)
    brighter = replace(truth, intercepts=tuple(one + 0.1 for one in truth.intercepts))

    found = measured(whole, truth, brighter, chart="added")

    assert row(found, "NPS peak").values == (None, None)
    assert row(found, "NPS noise").values[1] == pytest.approx(0, abs=1e-9)


def test_a_region_too_small_for_a_spectrum_says_how_large_it_must_be():
    found = measured(RECTANGLE, chart="noise")

    assert found.chart is None
    assert any("96 x 96" in note for note in found.notes)


def test_the_power_ratio_shows_lost_and_added_frequencies():
    whole = Shape(9, "rectangle", ((0.0, 0.0), (160.0, 160.0)))
    truth = large(8.0)

    found = measured(whole, truth, large(16.0, 1), chart="ratio")

    assert row(found, "High freq.").values[1] == pytest.approx(4.0, rel=0.1)
    assert [curve.name for curve in found.chart.curves] == ["mild", "Reference"]


def test_a_spectrum_of_a_very_large_region_is_that_of_its_middle_and_says_so():
    truth = large(8.0, side=1100)
    whole = Shape(9, "rectangle", ((0.0, 0.0), (1100.0, 1100.0)))

    found = measured(whole, truth, chart="ratio")

    assert "middle" in found.notes[-1]
    middle = Shape(9, "rectangle", ((38.0, 38.0), (1062.0, 1062.0)))
    expected = measured(middle, truth, chart="ratio").chart.curves[0]
    np.testing.assert_array_equal(found.chart.curves[0].x, expected.x)


def test_an_edge_that_cannot_be_measured_is_said_in_words():
    found = measured(Shape(5, "profile", ((30.5, 2.5), (30.5, 8.5))), chart="mtf")

    assert found.chart is None
    assert "6 pixels long" in found.notes[0]


def test_an_arm_without_this_slice_has_no_numbers_and_says_so():
    grid = REFERENCE.grid
    there = [Side("Reference", REFERENCE, INDEX), Side("mild", None, -1)]

    found = finish(measure_shape(RECTANGLE, there, grid, chart="histogram"))

    assert row(found, "Mean").values[1] is None
    assert "mild: this arm has no slice" in found.notes[0]
    assert [curve.name for curve in found.chart.curves] == ["Reference"]


def test_an_arm_that_was_made_again_is_read_again(tmp_path):
    for name in ("reference", "mild"):
        write_ct(tmp_path / "case" / name, pixels=phantom(2, 64, 48), series=name)
    (pair,) = match(scanned(tmp_path), tmp_path, reference=None).pairs
    there = [Side("Reference", REFERENCE, INDEX), Side("mild", None, 1, pair)]
    before = row(finish(measure_shape(RECTANGLE, there, there[0].image.grid)), "Mean").values[1]

    path = pair.reconstruction.slices[1].path
    more = phantom(2, 64, 48) + np.uint16(10)
    write_ct(path.parent, pixels=more, series="mild")
    os.utime(path, ns=(0, 0))
    after = row(finish(measure_shape(RECTANGLE, there, there[0].image.grid)), "Mean").values[1]

    assert after == pytest.approx(before + 10)


@pytest.mark.parametrize("shape", [RECTANGLE, FREE])
def test_metrics_inside_a_region_are_those_of_the_measured_region(shape):
    """As ``blindread measure --regions`` gives them, made in another process."""
    wanted = ("mse", "psnr", "ssim")
    try:
        rows = finish(metrics_inside(shape, sides(), REFERENCE.grid, FULL, "CT", metrics=wanted))
    finally:
        end_process()

    mask = mask_of(shape, 64, 48)
    difference = (raw(STRONG) - raw(REFERENCE))[mask]
    known = {one.title: one for one in rows}
    assert known["MSE"].values[0] is None
    assert known["MSE"].values[2] == pytest.approx((difference**2).mean(), rel=1e-12)
    assert known["MSE"].unit == "HU²"
    inputs = SliceInputs(
        raw(REFERENCE), raw(MILD), None, None, FULL, NATIVE, ("ssim",), ("mask:x",),
        modality="CT", masks={"mask:x": mask},
    )  # fmt: skip
    expected = evaluate_slice(inputs)[0].value
    assert known["SSIM"].values[1] == pytest.approx(expected, rel=1e-12)


def test_a_metric_that_refuses_gives_its_reason():
    inputs = SliceInputs(
        raw(REFERENCE), raw(MILD), None, None, IntensityRange(-1024, 3071, "given"), NATIVE,
        ("nps-peak",), ("roi:8x8+1+1",),
    )  # fmt: skip

    value, reason = evaluate_in(inputs)["nps-peak"]

    assert value is None
    assert "needed" in reason


def test_an_answer_that_nobody_waited_for_stands_in_nobodys_way():
    """Question and answer are larger than a pipe: neither process may wait for the other."""
    aside = Aside(np.negative, "these values")
    large = np.arange(500_000, dtype=float)
    try:
        for _ in range(3):
            given_up = aside.ask(large)
            next(given_up)
            given_up.close()
        np.testing.assert_array_equal(finish(aside.ask(large)), -large)
    finally:
        aside.end()


def test_a_process_that_dies_is_said_and_the_next_question_starts_another():
    aside = Aside(evaluate_in, "these values")
    inputs = SliceInputs(raw(REFERENCE), raw(MILD), None, None, FULL, NATIVE, ("mse",))
    try:
        assert finish(aside.ask(inputs))["mse"][0] > 0
        aside.end()
        assert aside.pid is None
        assert finish(aside.ask(inputs))["mse"][0] > 0
    finally:
        aside.end()
