"""Slices of many pairs come in the order asked for, and one that cannot be read is told."""

import numpy as np

from app.domain.metric import MapDefinition
from app.workflows.contact_sheet import SheetSlice, sheet_slices

SSIM = MapDefinition("ssim", "SSIM", "", "higher", 1.0, 0.0, 1.0)
ABSENT = MapDefinition("absent", "Absent", "", "higher", 1.0)


def slices(work):
    return [one for one in work if isinstance(one, SheetSlice)]


def test_slices_come_in_the_order_asked_for_with_their_difference(pairing):
    wanted = [(pairing.pairs[4], 2), (pairing.pairs[0], 1), (pairing.pairs[4], 1)]

    found = slices(sheet_slices(wanted))

    assert [(one.view.pair, one.index) for one in found] == [
        (pair, number - 1) for pair, number in wanted
    ]
    for one in found:
        expected = one.view.reconstruction.values(one.index) - one.view.reference.values(one.index)
        assert np.array_equal(one.values, expected)
    assert (found[-1].done, found[-1].total) == (3, 3)


def test_a_local_map_stands_in_place_of_the_difference(pairing):
    (found,) = slices(sheet_slices([(pairing.pairs[0], 1)], SSIM))

    assert found.values.shape == (48, 48)
    assert np.nanmax(found.values) <= 1.0


def test_a_map_that_cannot_be_made_leaves_the_images(pairing):
    (found,) = slices(sheet_slices([(pairing.pairs[0], 1)], ABSENT))

    assert found.view is not None
    assert found.values is None
    assert "absent" in found.problem


def test_a_pair_that_is_gone_is_told_and_the_others_come(pairing, source):
    for gone in (source / "case1" / "alpha-net").iterdir():
        gone.unlink()

    first, second = slices(sheet_slices([(pairing.pairs[0], 1), (pairing.pairs[1], 1)]))

    assert first.view is None
    assert first.problem
    assert second.view is not None


def test_a_slice_that_cannot_be_read_is_told_and_one_that_is_gone_too(pairing, source):
    broken = pairing.pairs[0].reconstruction.slices[1].path
    broken.write_bytes(broken.read_bytes()[:-100])
    pair = pairing.pairs[0]

    unread, other, gone = slices(sheet_slices([(pair, 2), (pair, 1), (pair, 99)]))

    assert unread.view is not None
    assert unread.values is None
    assert broken.name in unread.problem
    assert other.values is not None
    assert "no slice 99 any more" in gone.problem
