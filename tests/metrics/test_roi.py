"""Regions chosen by a person."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import MetricRefused
from app.metrics.inputs import Refusal
from app.metrics.roi import parse_regions, region_mask

SHAPE = (40, 60)


def test_regions_are_read_in_order_and_each_once():
    text = " whole, Body ,roi:8x4+10+20, mask:Left lung, body"

    assert parse_regions(text) == ("whole", "body", "roi:8x4+10+20", "mask:Left lung")


@pytest.mark.parametrize("written", ["ROI:8X4+10+20", "roi: 8 x 4 + 10 + 20", "roi:008x4+10+020"])
def test_one_rectangle_has_one_name(written):
    assert parse_regions(written) == ("roi:8x4+10+20",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("bdoy", "'body'"),
        ("hole", "'whole'"),
        ("rois:4x4+0+0", "'roi:WxH+X+Y'"),
        ("masks:lesion", "'mask:NAME'"),
        ("mask:", "'mask:NAME'"),
        ("roi:4x4", "roi:64x48"),
        ("roi:4x4-1+0", "roi:64x48"),
        ("roi:0x4+1+0", "roi:64x48"),
        ("roi:4x4+1.5+0", "roi:64x48"),
        (" , ", "Known are"),
    ],
)
def test_what_is_no_region_is_refused_with_a_way_on(written, told):
    with pytest.raises(MetricRefused) as caught:
        parse_regions(written)
    assert told in caught.value.remedy


def test_a_rectangle_is_columns_by_rows_from_the_upper_left():
    """Known by hand: 8 x 4 + 10 + 20 begins in row 20, column 10."""
    mask = region_mask("roi:8x4+10+20", SHAPE, None, {})

    assert mask.sum() == 32
    assert mask[20:24, 10:18].all()


@given(
    width=st.integers(1, 70), height=st.integers(1, 50), left=st.integers(0, 70), top=st.integers()
)
def test_a_rectangle_is_whole_or_refused_with_the_slice_s_size(width, height, left, top):
    top = abs(top) % 50
    mask = region_mask(f"roi:{width}x{height}+{left}+{top}", SHAPE, None, {})
    if left + width <= 60 and top + height <= 40:
        assert mask.sum() == width * height
    else:
        assert isinstance(mask, Refusal)
        assert "60 columns and 40 rows" in mask.sentence


def test_body_and_masks_are_those_handed_in():
    body = np.zeros(SHAPE, dtype=bool)
    body[5:9] = True

    assert region_mask("whole", SHAPE, None, {}).all()
    assert region_mask("body", SHAPE, body, {}) is body
    assert region_mask("mask:lesion", SHAPE, None, {"mask:lesion": body}) is body


@pytest.mark.parametrize(
    ("name", "masks", "flag", "told"),
    [
        ("body", {}, "refused:no-body", "No body"),
        ("mask:lesion", {}, "refused:no-region", "None is given"),
        ("mask:lesion", {"mask:lesions": np.ones(SHAPE, bool)}, "refused:no-region", "mean"),
        ("mask:lesion", {"mask:lesion": np.zeros(SHAPE, bool)}, "refused:no-region", "no pixel"),
        ("mask:lesion", {"mask:lesion": np.ones((4, 4), bool)}, "refused:shape", "4 x 4"),
    ],
)
def test_a_region_that_a_slice_does_not_have_is_refused(name, masks, flag, told):
    refusal = region_mask(name, SHAPE, None, masks)

    assert refusal.flag == flag
    assert told in refusal.sentence
