"""One reference made worse step by step, and what metrics make of it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.ladder import LADDER, NOTHING, Rung, degrade, lesion, rungs
from app.metrics.response import LadderRow, verdicts, with_responses

RANGE = IntensityRange(-1000.0, 1000.0, "given")


def plane(shape=(96, 96), seed=3):
    return np.random.default_rng(seed).normal(40, 100, shape)


def disc(shape=(96, 96), radius=35):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - shape[0] / 2) ** 2 + (columns - shape[1] / 2) ** 2 <= radius**2


def row(degradation, level, value, metric="m"):
    return LadderRow("c", 1, degradation, level, "", "whole", metric, "native", value, "", "lower")


def test_the_first_step_is_the_reference_itself_and_none_comes_twice():
    steps = list(rungs())

    assert steps[0] == Rung(NOTHING, 0)
    assert len(set(steps)) == len(steps) == 1 + sum(len(one.levels) for one in LADDER)
    np.testing.assert_array_equal(degrade(plane(), steps[0], range=RANGE), plane())


def test_noise_of_two_per_cent_of_2000_has_a_deviation_of_40():
    difference = degrade(plane((512, 512)), Rung("noise", 2), range=RANGE) - plane((512, 512))

    assert difference.std() == pytest.approx(40, rel=0.01)
    assert abs(difference.mean()) < 0.3


def test_a_shift_by_two_pixels_moves_every_value_two_columns_to_the_right():
    moved = degrade(plane(), Rung("shift", 2), range=RANGE)

    np.testing.assert_allclose(moved[:, 12:-12], plane()[:, 10:-14], atol=1e-6)


def test_a_shift_by_half_a_pixel_moves_a_slow_wave_by_half_a_pixel():
    columns = np.arange(96)
    wave = np.cos(2 * np.pi * columns / 16) * np.ones((8, 1))
    moved = degrade(wave, Rung("shift", 0.5), range=RANGE)

    expected = np.cos(2 * np.pi * (columns - 0.5) / 16)
    np.testing.assert_allclose(moved[0, 20:-20], expected[20:-20], atol=1e-4)


def test_blur_of_a_point_is_a_gaussian():
    point = np.zeros((41, 41))
    point[20, 20] = 1
    blurred = degrade(point, Rung("blur", 2), range=RANGE)

    assert blurred.sum() == pytest.approx(1)
    assert blurred[20, 22] / blurred[20, 20] == pytest.approx(math.exp(-0.5), rel=1e-6)


def test_contrast_is_lost_about_the_mean_of_the_body_and_air_stays():
    body = disc()
    faded = degrade(plane(), Rung("contrast", 40), range=RANGE, body=body)

    assert faded[body].mean() == pytest.approx(plane()[body].mean())
    assert faded[body].std() == pytest.approx(0.6 * plane()[body].std())
    np.testing.assert_array_equal(faded[~body], plane()[~body])


def test_the_lesion_is_twelve_pixels_across_inside_the_body_and_nowhere_else():
    body = disc()
    added = degrade(plane(), Rung("lesion", 16), range=RANGE, body=body) - plane()
    rows, columns = np.nonzero(np.abs(added) > 1e-9)

    assert added.max() == pytest.approx(320)
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 11  # 12 between the zeros on both sides
    assert body[rows, columns].all()


@pytest.mark.parametrize("body", [np.zeros((96, 96), bool), None])
def test_without_a_body_the_whole_slice_is_the_body(body):
    there = degrade(plane(), Rung("lesion", 4), range=RANGE, body=body)

    np.testing.assert_array_equal(
        there, degrade(plane(), Rung("lesion", 4), range=RANGE, body=np.ones((96, 96), bool))
    )


def test_a_body_without_room_gets_no_lesion():
    thin = np.zeros((96, 96), bool)
    thin[40:50] = True
    with pytest.raises(MetricRefused, match="no room"):
        lesion(thin)


def test_an_unknown_degradation_is_refused_with_the_known_ones():
    with pytest.raises(MetricRefused) as caught:
        degrade(plane(), Rung("rust", 1), range=RANGE)
    assert "noise, blur, shift, contrast, lesion" in caught.value.remedy


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000))
def test_each_step_is_worse_than_the_one_before_and_always_the_same(seed):
    reference, body = plane(seed=seed), disc()
    for degradation in LADDER:
        errors = []
        for level in degradation.levels:
            rung = Rung(degradation.name, level)
            worse = degrade(reference, rung, range=RANGE, body=body)
            np.testing.assert_array_equal(worse, degrade(reference, rung, range=RANGE, body=body))
            errors.append(float(((worse - reference) ** 2).mean()))
        if degradation.name != "shift":  # white noise is as far off at any whole shift
            assert errors == sorted(errors)
        assert errors[0] > 0


def test_responses_are_shares_of_the_largest_movement_of_the_metric():
    rows = with_responses(
        [row(NOTHING, 0, 2.0), row("noise", 1, 3.0), row("noise", 2, 12.0), row("lesion", 1, 1.9)]
    )

    assert [one.response for one in rows] == pytest.approx([0, 0.1, 1, 0.01])


def test_an_infinite_start_counts_from_the_best_finite_value():
    rows = with_responses(
        [row(NOTHING, 0, math.inf), row("noise", 1, 40.0), row("noise", 2, 30.0),
         row("blur", 1, 20.0), row("lesion", 1, math.inf)]
    )  # fmt: skip

    assert [one.response for one in rows] == pytest.approx([0, 0, 0.5, 1, 0])


def test_a_metric_without_values_or_movement_has_no_response():
    still = with_responses([row(NOTHING, 0, 1.0), row("noise", 1, 1.0)])
    absent = with_responses([row(NOTHING, 0, None), row("noise", 1, 3.0)])

    assert [one.response for one in (*still, *absent)] == [None] * 4
    assert not any(one.blind for one in verdicts(absent))


def test_blind_is_what_no_level_moves_by_a_twentieth_of_the_largest_movement():
    rows = with_responses(
        [row(NOTHING, 0, 0.0), row("noise", 0.5, 0.02), row("noise", 1, 0.06),
         row("noise", 2, 1.0), row("lesion", 1, 0.01), row("lesion", 2, 0.049)]
    )  # fmt: skip
    found = {one.degradation: one for one in verdicts(rows)}

    assert (found["noise"].seen_from, found["noise"].blind) == (1, False)
    assert (found["lesion"].seen_from, found["lesion"].blind) == (None, True)
    assert found["lesion"].largest == pytest.approx(0.049)
    assert (found["blur"].seen_from, found["blur"].blind) == (None, False)


@pytest.mark.shared
def test_whole_image_ssim_is_blind_to_a_lesion_in_real_ct(shared):
    """A blob of 12 pixels and a sixth of the range costs less than a thousandth."""
    import pydicom

    from app.metrics.regions import body_mask
    from app.metrics.structural import structural_similarity

    eight = IntensityRange(0.0, 255.0, "8-bit")
    for case in ("set01", "set08", "set15"):
        path = shared / "data" / "ldct-reader-study" / "dicom" / case / "NDCT" / "1.dcm"
        reference = pydicom.dcmread(path).pixel_array.astype(float)
        body = body_mask(reference, "CT", eight)
        planted = degrade(reference, Rung("lesion", 16), range=eight, body=body)

        assert 0 < 1 - structural_similarity(reference, planted, range=eight) < 0.001
