"""A body that a person has drawn is kept as it was, or refused; never another one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from app.errors import StoreError
from app.store.body_masks import fingerprint, load, path_of, remove, save

MASK = np.arange(35).reshape(5, 7) % 3 == 0


@given(mask=arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=20)))
def test_a_mask_comes_back_as_it_was(tmp_path_factory, mask):
    folder = tmp_path_factory.mktemp("kept") / "body-masks"

    save(folder, "1.2.3", 4, mask)

    np.testing.assert_array_equal(load(folder, "1.2.3", 4), mask)


def test_each_slice_of_each_reference_has_its_own(tmp_path):
    save(tmp_path, "1.2.3", 4, MASK)

    assert load(tmp_path, "1.2.3", 5) is None
    assert load(tmp_path, "1.2.4", 4) is None
    assert load(tmp_path / "nowhere", "1.2.3", 4) is None


def test_a_later_mask_takes_the_place_of_the_first_and_can_be_removed(tmp_path):
    save(tmp_path, "a/../b", 1, MASK)
    save(tmp_path, "a/../b", 1, ~MASK)

    np.testing.assert_array_equal(load(tmp_path, "a/../b", 1), ~MASK)
    assert len(list(tmp_path.iterdir())) == 1

    remove(tmp_path, "a/../b", 1)
    remove(tmp_path, "a/../b", 1)
    assert load(tmp_path, "a/../b", 1) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"no mask at all"])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path, content):
    path_of(tmp_path, "1.2.3", 1).write_bytes(content)

    with pytest.raises(StoreError, match="damaged") as told:
        load(tmp_path, "1.2.3", 1)
    assert "Draw" in told.value.remedy


@pytest.mark.parametrize("shape", [(0, 5), (-1, -8), (1 << 40, 2), (6, 7), (5, 700), (35,)])
def test_a_file_whose_shape_does_not_fit_its_pixels_is_damaged(tmp_path, shape):
    parts = {"bits": np.packbits(MASK), "reference_uid": "1", "slice_number": 1}
    with path_of(tmp_path, "1", 1).open("wb") as file:
        np.savez_compressed(file, shape=np.array(shape), **parts)

    with pytest.raises(StoreError, match="damaged"):
        load(tmp_path, "1", 1)


def test_a_file_under_another_slices_name_is_refused(tmp_path):
    save(tmp_path, "1.2.3", 1, MASK).rename(path_of(tmp_path, "1.2.3", 2))

    with pytest.raises(StoreError, match="another slice"):
        load(tmp_path, "1.2.3", 2)


def test_a_fingerprint_is_that_of_the_pixels_and_their_shape():
    assert fingerprint(MASK) == fingerprint(MASK.copy(order="F"))
    assert fingerprint(MASK) != fingerprint(~MASK)
    assert fingerprint(np.zeros((2, 8), bool)) != fingerprint(np.zeros((8, 2), bool))
