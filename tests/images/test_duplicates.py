"""The same picture twice is found whatever its depth; what is flat is no picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.image import Grid, Image
from app.images.duplicates import find_doubles, fingerprint, patient_of, shared_patients, words_for
from tests.images.dicom_files import write_ct


def image(pixels, slope=1.0, intercept=0.0):
    pixels = np.asarray(pixels)[None]
    return Image(pixels, (slope,), (intercept,), Grid(*pixels.shape[1:], 1))


def test_another_rescale_and_depth_hide_nothing():
    plane = np.arange(12, dtype="u2").reshape(3, 4)
    mark = fingerprint(image(plane), 0)

    assert mark == fingerprint(image(2 * plane, slope=0.5), 0)
    assert mark == fingerprint(image(plane.astype("i2") + 5, intercept=-5.0), 0)
    assert mark != fingerprint(image(plane + 1), 0)
    assert mark != fingerprint(image(plane.reshape(4, 3)), 0)
    assert fingerprint(image(plane * 0), 0) == ""


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["u1", "i1", "u2", "i2", ">i2", ">u2", "i4", "u4"]),
    intercept=st.one_of(
        st.integers(-70_000, 70_000).map(float), st.sampled_from([0.5, -1024.25, 1e9, 2.0**40])
    ),
    data=st.data(),
)
def test_stored_integers_have_the_hash_of_their_values(kind, intercept, data):
    limits = np.iinfo(kind)
    some = st.integers(int(limits.min), int(limits.max))
    near = some.filter(lambda number: abs(number) < 300)
    plane = np.array(data.draw(st.lists(st.one_of(some, near), min_size=6, max_size=6)), kind)
    stored = image(plane.reshape(2, 3), intercept=intercept)
    values = image(plane.reshape(2, 3).astype(np.float64) + intercept)

    assert fingerprint(stored, 0) == fingerprint(values, 0)


@pytest.mark.parametrize(
    "odd", [0.25, 32768.0, -32769.0, 65536.0, 3e9, np.nan, np.inf], ids=lambda odd: f"{odd:g}"
)
def test_no_value_passes_for_another(odd):
    plane = np.zeros((3, 4))
    plane[0, 0] = 1
    others = [np.where(plane == 0, value, plane) for value in (odd, 0.0, -32768.0, 32767.0, 1.5)]

    assert len({fingerprint(image(other), 0) for other in others}) == len(others)


@pytest.mark.parametrize("kind", ["u1", "i2", ">i2", "f4", "f8"])
def test_how_pixels_lie_in_memory_changes_nothing(kind):
    plane = np.arange(24).reshape(4, 6).astype(kind)
    wide = np.zeros((8, 12), kind)
    wide[::2, ::2] = plane
    mark = fingerprint(image(plane), 0)

    for other in (np.asfortranarray(plane), plane.T.copy().T, wide[::2, ::2], plane[::-1][::-1]):
        for intercept in (0.0, -7.0):
            stored = Image(other[None], (1.0,), (intercept,), Grid(4, 6, 1))
            rows = image(plane, intercept=intercept)
            assert fingerprint(stored, 0) == fingerprint(rows, 0)
    assert mark != fingerprint(image(plane[::-1]), 0)


def test_the_two_zeros_are_one():
    plane = np.array([[0.0, 0.5], [1.0, 2.0]])

    assert fingerprint(image(plane), 0) == fingerprint(image(np.where(plane == 0, -0.0, plane)), 0)


def told(marks, name="reference"):
    return {double.image: double.flag(name) for double in find_doubles(marks)}


def test_a_copy_of_the_reference_is_identical_and_not_told_of_other_copies():
    marks = {("c1", ""): "ab", ("c1", "A"): "ab", ("c1", "B"): "ab", ("c1", "C"): "xy"}

    assert told(marks) == {("c1", "A"): "identical", ("c1", "B"): "identical"}


@pytest.mark.parametrize(
    ("slices", "misplaced"), [("edcba", 4), ("aaaaa", 4), ("bbbbb", 4), ("bacde", 2), ("abxyd", 1)]
)
def test_slices_of_the_reference_at_other_places_are_no_copy_of_it(slices, misplaced):
    marks = {("c1", ""): "abcde", ("c1", "A"): slices, ("c1", "B"): "abcde"}

    assert told(marks) == {("c1", "A"): "slices-misplaced", ("c1", "B"): "identical"}
    sentence, other = words_for(find_doubles(marks), "gt")
    assert sentence.startswith("c1/A holds slices of its reference at other places")
    assert f"({misplaced} of 5 slices)" in sentence
    assert "order" in sentence
    assert other.startswith("c1/B equals its reference in every slice")


def test_an_arm_is_compared_with_the_slices_that_it_is_paired_with():
    """Arm B has every other slice of the reference, and the last two in the wrong order."""
    marks = {("c1", ""): "abcdef", ("c1", "A"): "ace", ("c1", "B"): "aec"}
    partners = {("c1", "A"): "ace", ("c1", "B"): "ace"}

    found = {one.image: one.flag("gt") for one in find_doubles(marks, partners)}

    assert found == {("c1", "A"): "identical", ("c1", "B"): "slices-misplaced"}


def test_a_reference_that_repeats_a_slice_has_equal_copies():
    assert told({("c1", ""): "aabb", ("c1", "A"): "aabb"}) == {("c1", "A"): "identical"}


def test_a_few_slices_of_the_reference_in_their_place_are_told_as_such():
    marks = {("c1", ""): "abcde", ("c1", "A"): "abxyz"}

    assert told(marks, "gt") == {("c1", "A"): "duplicate-of:c1/gt"}
    (sentence,) = words_for(find_doubles(marks), "gt")
    assert "equals its reference in 2 of 5 slices" in sentence


def test_one_image_in_two_cases_is_told_of_both():
    marks = {("c1", ""): "ab", ("c1", "A"): "xy", ("c2", ""): "cd", ("c2", "A"): "xz"}

    assert told(marks) == {("c1", "A"): "duplicate-of:c2/A", ("c2", "A"): "duplicate-of:c1/A"}
    (sentence,) = words_for(find_doubles(marks), "gt")
    assert "1 of 2 slices" in sentence
    assert "two cases" in sentence


def test_two_arms_that_are_one_are_told():
    marks = {("c;1", ""): "a", ("c;1", "A"): "x", ("c;1", "B"): "x"}

    assert told(marks) == {("c;1", "A"): "duplicate-of:c,1/B", ("c;1", "B"): "duplicate-of:c,1/A"}


def test_one_reference_in_two_cases_is_told():
    marks = {("c1", ""): "a", ("c1", "A"): "x", ("c2", ""): "a", ("c2", "A"): "y"}

    assert told(marks, "gt") == {("c1", ""): "duplicate-of:c2/gt", ("c2", ""): "duplicate-of:c1/gt"}


def test_flat_slices_are_no_doubles():
    assert find_doubles({("c1", ""): ["", "a"], ("c1", "A"): ["", "b"]}) == ()


def test_cases_of_one_patient_are_found_unless_all_carry_an_anonymisers_name(tmp_path):
    patients = {
        case: patient_of(write_ct(tmp_path / case, patient_number=number, slices=1)[0])
        for case, number in (("c1", 1), ("c2", 2), ("c3", 1))
    }

    assert shared_patients(patients) == [("c1", "c3")]
    assert shared_patients(dict.fromkeys("abc", patients["c1"])) == []
    assert shared_patients(dict.fromkeys("ab", patients["c1"])) == [("a", "b")]
    assert patient_of(tmp_path / "gone.dcm") == ""
    assert "TEST" not in "".join(patients.values())
