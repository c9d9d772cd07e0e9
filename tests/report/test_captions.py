"""A caption says what is seen and what was measured, and nothing of a file's header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.image import Window
from app.domain.metric import MetricValue
from app.report.captions import Caption, caption_lines, file_stem, number, value_lines, wrapped


def value(metric="ssim", number=0.9, space="native"):
    return MetricValue(
        case="case-1",
        arm="mild",
        slice=3,
        region="whole",
        metric=metric,
        value=number,
        unit="dB" if metric == "psnr" else "1",
        better="higher",
        space=space,
        data_range=4096.0,
        parameters="{}",
        reference_uid="1",
        reconstruction_uid="2",
        flags=(),
        software="blindread test",
    )


def test_a_caption_names_case_arm_slice_window_values_and_program():
    caption = Caption(
        "case-1",
        "mild",
        3,
        Window(40.0, 400.0, explanation="JANE DOE"),
        "HU",
        zoom=2.0,
        interpolation="nearest",
        inverted=True,
        values=(value(metric="psnr", number=33.123), value(metric="ssim", number=0.91234)),
        notes=("Difference: reconstruction − reference, full colour at ±120 HU",),
        software="blindread 0.1",
    )

    assert caption_lines(caption) == (
        "Case case-1, arm mild, slice 3",
        "W 400 L 40 HU, black and white exchanged, zoom 2 × fit, pixels as squares",
        "PSNR 33.12 dB, SSIM 0.9123 (native values, whole image)",
        "Difference: reconstruction − reference, full colour at ±120 HU",
        "blindread 0.1",
    )


def test_values_of_another_space_stand_on_a_line_of_their_own():
    lines = value_lines((value(metric="mse", number=2.0), value(space="window:40/400")))

    assert lines == (
        "MSE 2 (native values, whole image)",
        "SSIM 0.9 (window:40/400, whole image)",
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (-0.5, "−0.5"),
        (123456.7, "123457"),
        (999.94, "999.9"),
    ],
)
def test_numbers_are_written_in_four_figures(given, shown):
    assert number(given) == shown


@given(st.text("ab ", max_size=60), st.integers(1, 12))
def test_a_broken_line_fits_and_loses_no_letter(line, width):
    parts = wrapped(line, width, len)

    assert all(len(part) <= width for part in parts)
    assert "".join(parts).replace(" ", "") == line.replace(" ", "")


@given(st.text(max_size=200), st.text(max_size=20))
def test_a_file_name_made_of_names_has_no_folder_in_it(case, arm):
    stem = file_stem(case, arm)

    assert stem
    assert not set(stem) & set('/\\:*?"<>|\0\n')
