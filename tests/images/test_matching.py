"""Slices meet where they lie, whatever their order; grids are joined or refused with a reason."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import GeometryMismatch
from app.images.matching import match
from tests.images.series import AXIAL, OBLIQUE, series

COSINE, SINE = np.cos(np.radians(3)), np.sin(np.radians(3))


@given(
    order=st.permutations(range(6)),
    kept=st.sets(st.integers(0, 5), min_size=1),
    orientation=st.sampled_from([AXIAL, OBLIQUE]),
)
def test_every_slice_finds_its_own_place_in_any_order(order, kept, orientation):
    heights = [2.5 * index for index in range(6)]
    shuffled = [heights[index] for index in order if index in kept]

    found = match(series(heights, orientation), series(shuffled, orientation))

    assert (found.slices_by, found.regrid) == ("position", None)
    assert len(found.slices) == len(kept)
    assert all(heights[one] == shuffled[other] for one, other in found.slices)


def test_rounding_is_forgiven():
    found = match(series([0, 1, 2]), series([0.004, 1.004, 2.004]))

    assert len(found.slices) == 3
    assert found.regrid is None


def test_slices_between_the_references_are_interpolated_linearly():
    """Known by hand: 1.25 lies a quarter of the way from 1 to 2, and 0.25 above 0."""
    found = match(series([0.25, 1.25]), series([0, 1, 2]))

    assert found.slices == ((0, 0), (1, 1))
    assert found.regrid.blends == (((0, 0.75), (1, 0.25)), ((1, 0.75), (2, 0.25)))
    assert (found.regrid.slices, found.regrid.flags) == ("linear", ("resampled",))


def test_thinner_slices_are_averaged_over_the_references():
    """Known by hand: slices of 1 mm at 0.5, 1.5, ... fill slices of 2 mm at 1, 3."""
    found = match(series([1, 3]), series([0.5, 1.5, 2.5, 3.5]))

    assert found.regrid.blends == (((0, 0.5), (1, 0.5)), ((2, 0.5), (3, 0.5)))
    assert found.regrid.slices == "area mean"


def test_nothing_is_made_up_where_a_slice_is_missing():
    found = match(series([0.5, 1.5, 2.5, 3.5]), series([0, 1, 3, 4]))

    assert [one for one, _ in found.slices] == [0, 3]
    with pytest.raises(GeometryMismatch, match=r"0\.5 mm away"):
        match(series([0.5]), series([1]))


@pytest.mark.parametrize(
    ("changed", "rules", "flags", "words"),
    [
        ({"rows": 128, "columns": 128, "spacing": (0.25, 0.25), "start": (-0.125, -0.125, 0)},
         ("area mean", "area mean"), ("resampled",), "2 times finer"),
        ({"rows": 128, "columns": 128, "spacing": (0.25, 0.25)},
         ("none", "none"), ("subsampled",), "own points"),
        ({"rows": 32, "columns": 32, "spacing": (1.0, 1.0), "start": (0.25, 0.25, 0)},
         ("linear", "linear"), ("resampled",), "2 times coarser"),
        ({"rows": 60, "columns": 40}, ("none", "none"), ("cropped",), "covers 59%"),
        ({"rows": 70, "columns": 64}, ("none", "none"), ("cropped",), "another part"),
        ({"rows": 32, "spacing": (1.0, 0.5), "start": (0, 0.25, 0)},
         ("linear", "none"), ("resampled",), "rows: linear"),
        ({"spacing": (0.6, 0.6)}, ("linear", "linear"), ("resampled",), "1.2 times coarser"),
        ({"orientation": (-1.0, 0, 0, 0, 1.0, 0), "start": (31.5, 0, 0)},
         ("none", "none"), ("flipped",), "left to right"),
        ({"orientation": (1.0, 0, 0, 0, -1.0, 0), "start": (0, 31.5, 0)},
         ("none", "none"), ("flipped",), "top to bottom"),
        ({"orientation": (0, 1.0, 0, 1.0, 0, 0)},
         ("none", "none"), ("transposed",), "exchanged"),
        ({"start": (1.0, 0, 0)}, ("none", "none"), ("cropped",), "covers 97%"),
        ({"start": (0.25, 0.1, 0)}, ("linear", "linear"), ("resampled", "cropped"), "part of a"),
        ({"orientation": (COSINE, SINE, 0, -SINE, COSINE, 0)},
         ("linear", "linear"), ("turned", "resampled", "cropped"), "turned in its plane"),
    ],
)  # fmt: skip
def test_each_other_grid_is_joined_by_its_own_rule(changed, rules, flags, words):
    reversed_normal = (
        changed.get("orientation", AXIAL)[:2] != AXIAL[:2]
        or changed.get("orientation", AXIAL)[4] != 1
    )
    turned = "turned" in flags
    other = series([0, -5] if reversed_normal and not turned else [0, 5], **changed)

    found = match(series([0, 5]), other)

    assert (found.slices, found.slices_by) == (((0, 0), (1, 1)), "position")
    assert (found.regrid.rows, found.regrid.columns) == rules
    assert set(found.regrid.flags) == set(flags)
    assert words in found.note


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rows": 32, "spacing": None}, "another pixel grid: 32 x 64"),
        ({"rows": 32, "positions": None, "orientation": None}, "do not say where they lie"),
        ({"spacing": (0.6, 0.6), "positions": None}, r"0\.6 x 0\.6 mm"),
        ({"orientation": OBLIQUE}, "turned by 90 degrees"),
        ({"rows": 40, "columns": 40}, "covers 39% of the reference's field"),
        ({"start": (40.0, 0, 0)}, "covers 0% of the reference's field"),
        ({"start": (1.0, 0, 0), "frame_of_reference": "9"}, "another frame of reference"),
        ({"orientation": (COSINE, SINE, 0, -SINE, COSINE, 0), "spacing": (0.25, 0.25),
          "rows": 128, "columns": 128}, "turned in its plane .* finer"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused_for_its_own_reason(changed, words):
    with pytest.raises(GeometryMismatch, match=words) as refused:
        match(series([0, 5]), series([0, 5], **changed))

    assert refused.value.remedy


def test_slices_that_no_neighbours_can_make_are_told():
    found = match(series([0, 5, 10, 15, 20, 25]), series([2.5, 7.5, 12.5]))

    assert [first for first, _ in found.slices] == [1, 2]
    assert "4 of the reference's 6 slices lie beyond its slices" in found.note


def test_without_places_the_order_is_taken_and_told():
    lost = series([0, 5], orientation=None, positions=None, spacing=None)

    found = match(series([0, 5]), lost)

    assert (found.slices, found.slices_by) == (((0, 0), (1, 1)), "order")
    assert "order" in found.note
    with pytest.raises(GeometryMismatch, match="2 slices and the reference 3"):
        match(series([0, 5, 10]), lost)


def test_another_frame_of_reference_and_fewer_bits_are_remarked():
    other = replace(series([0, 5], frame_of_reference="9"), bits_stored=8, modality="MR")

    note = match(series([0, 5]), other).note

    assert "frame of reference" in note
    assert "8 bits stored against 16" in note
    assert "modality MR against CT" in note
    assert match(series([0, 5]), series([0, 5])).note == ""
