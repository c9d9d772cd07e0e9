"""Slices meet where they lie, whatever their order; other grids are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.image import Grid
from app.domain.pair import Series, SliceFile
from app.errors import GeometryMismatch
from app.images.geometry import distances, match, normal_of, usable_orientation

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
OBLIQUE = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)


def series(heights, orientation=AXIAL, **grid):
    normal = np.asarray(normal_of(orientation or AXIAL))
    fields = {
        "rows": 64,
        "columns": 64,
        "spacing": (0.5, 0.5),
        "orientation": orientation,
        "positions": tuple(tuple(float(x) for x in normal * height) for height in heights),
        "frame_of_reference": "1.2.3",
    }
    files = tuple(SliceFile(Path(f"{index}.dcm")) for index in range(len(heights)))
    return Series("1.2", Path(), "CT", Grid(slices=len(heights), **{**fields, **grid}), files)


def test_places_are_projected_on_the_normal():
    """Known by hand: the normal of (0.8 0.6 0, 0 0 -1) is (-0.6 0.8 0)."""
    assert normal_of(OBLIQUE) == pytest.approx((-0.6, 0.8, 0))
    one = series([0], OBLIQUE, positions=((-6.0, 8.0, 3.0),))
    assert distances(one.grid) == pytest.approx((10.0,))


@pytest.mark.parametrize("bad", [(), (0,) * 6, (1, 0, 0, 1, 0, 0), (2, 0, 0, 0, 1, 0)])
def test_directions_that_are_none_are_no_directions(bad):
    assert usable_orientation(bad) is None


@given(
    order=st.permutations(range(6)),
    kept=st.sets(st.integers(0, 5), min_size=1),
    orientation=st.sampled_from([AXIAL, OBLIQUE]),
)
def test_every_slice_finds_its_own_place_in_any_order(order, kept, orientation):
    heights = [2.5 * index for index in range(6)]
    shuffled = [heights[index] for index in order if index in kept]

    found = match(series(heights, orientation), series(shuffled, orientation))

    assert found.slices_by == "position"
    assert len(found.slices) == len(kept)
    assert all(heights[one] == shuffled[other] for one, other in found.slices)


def test_rounding_is_forgiven_and_half_a_slice_is_not():
    reference = series([0, 1, 2])

    assert len(match(reference, series([0.004, 1.004, 2.004])).slices) == 3
    with pytest.raises(GeometryMismatch, match=r"0\.5 mm away"):
        match(reference, series([0.5, 1.5, 2.5]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rows": 128, "columns": 128, "spacing": (0.25, 0.25)}, "2 times finer"),
        ({"rows": 32, "columns": 32, "spacing": (1.0, 1.0)}, "2 times coarser"),
        ({"rows": 60, "columns": 40}, "only a part"),
        ({"rows": 70, "columns": 64}, "another field"),
        ({"rows": 32, "spacing": (1.0, 0.5)}, "not square"),
        ({"rows": 32, "spacing": None}, "another pixel grid"),
        ({"spacing": (0.6, 0.6)}, "0.6 x 0.6 mm"),
        ({"orientation": (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)}, "mirrored left to right"),
        ({"orientation": (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)}, "mirrored top to bottom"),
        ({"orientation": OBLIQUE}, "turned"),
        ({"positions": ((1.0, 0.0, 0.0), (1.0, 0.0, 5.0))}, "shifted .* by 1 mm along the rows"),
    ],
)
def test_each_other_grid_is_refused_for_its_own_reason(changed, words):
    other = series([0, 5], **changed)

    with pytest.raises(GeometryMismatch, match=words) as refused:
        match(series([0, 5]), other)

    assert refused.value.remedy


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
