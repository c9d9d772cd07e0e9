"""The range that counts as full scale."""

import pytest

from app.errors import InputError, MetricRefused
from app.metrics.ranges import auto_range, fixed_range, given_range


@pytest.mark.parametrize(
    ("modality", "bits", "limits", "unit", "expected"),
    [
        ("CT", 12, (-1000.0, 2000.0), "HU", (-1024.0, 3071.0, "CT 12-bit")),
        ("CT", 16, (-3024.0, 9000.0), "", (-1024.0, 3071.0, "CT 12-bit")),
        ("CT", 8, (0.0, 255.0), "", (0.0, 255.0, "8-bit")),
        ("CT", 8, (0.0, 200.0), "HU", (0.0, 255.0, "8-bit")),
        ("CT", 8, (-1000.0, 1550.0), "HU", (-1024.0, 3071.0, "CT 12-bit")),
        ("CT", 12, (0.0, 4000.0), "", (0.0, 4000.0, "references")),
        ("MR", 12, (3.0, 1800.0), "", (3.0, 1800.0, "references")),
        ("PT", 16, (0.0, 12.5), "g/ml", (0.0, 12.5, "references")),
    ],
)
def test_the_first_rule_that_fits_gives_the_range(modality, bits, limits, unit, expected):
    found = auto_range(modality, bits, limits, unit=unit)

    assert (found.low, found.high, found.origin) == expected


def test_only_ct_in_hu_of_more_than_8_bits_has_a_range_that_no_reference_changes():
    fixed = fixed_range("CT", 12, unit="HU")

    for limits in ((0.0, 1.0), (-1000.0, 9000.0), (7.0, 7.0)):
        assert auto_range("CT", 16, limits, unit="HU") == fixed
    assert fixed_range("CT", 8, unit="HU") is None
    assert fixed_range("CT", 12) is None
    assert fixed_range("MR", 12, unit="HU") is None


@pytest.mark.parametrize("limits", [(5.0, 5.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_references_that_give_no_range_are_refused(limits):
    with pytest.raises(MetricRefused, match="MR") as refused:
        auto_range("MR", 16, limits)

    assert "--data-range" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "modality", "unit", "expected"),
    [
        ("4095", "MR", "", (0.0, 4095.0)),
        ("2000", "CT", "HU", (-1024.0, 976.0)),
        ("255", "CT", "", (0.0, 255.0)),
        ("-160..240", "CT", "HU", (-160.0, 240.0)),
        (" 1e-3 .. .5 ", "PT", "", (0.001, 0.5)),
    ],
)
def test_a_person_gives_a_width_or_two_ends(text, modality, unit, expected):
    found = given_range(text, modality, unit=unit)

    assert (found.low, found.high, found.origin) == (*expected, "given")


@pytest.mark.parametrize(
    "text", ["", "wide", "0", "-5", "3..3", "240..-160", "1..2..3", "nan", "1e999"]
)
def test_a_range_that_makes_no_sense_is_an_input_error(text):
    with pytest.raises(InputError, match="data range"):
        given_range(text, "MR")
