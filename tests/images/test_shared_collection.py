"""Real files with known answers: lossless copies, pairing traps, a published study."""

import numpy as np
import pytest

from app.images.pairing import pair
from app.images.read import read_image
from tests.images.workflow import scanned


@pytest.fixture
def dicom(shared):
    return shared / "data" / "dicom"


def paired(source, reference):
    return pair(scanned(source), source, reference=reference)


def test_the_published_study_pairs_in_full(shared):
    found = paired(shared / "data" / "ldct-reader-study" / "dicom", "NDCT")

    assert len(found.pairs) == 195
    assert (len(found.cases), len(found.arms)) == (15, 13)
    assert not found.problems
    assert read_image(found.pairs[0].reference).pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("folder", "reference", "slices"),
    [
        ("paired_ct_kernel", "std_1mm_idose", {"bone_1mm": 8, "std_5mm": 2}),
        ("paired_mr_ai", "ai_off", {"ai_level2": 12}),
        ("paired_mr_retrospective", "full", {"zero_filled_r4": 8}),
    ],
)
def test_real_pairs_are_found(dicom, folder, reference, slices):
    found = paired(dicom / folder, reference)

    assert {one.arm: len(one.slices) for one in found.pairs} == slices
    assert {one.slices_by for one in found.pairs} == {"position"}


def test_one_slice_is_the_same_in_every_lossless_syntax(dicom):
    found = scanned(dicom / "transfer_syntaxes")
    lossless = ("BigEndian", "Deflated", "2000LosslessOnly", "LSLossless", "Implicit", "RLE",
                "Process14")  # fmt: skip
    images = {one.slices[0].path.name: one for one in found.series}
    expected = read_image(next(one for name, one in images.items() if "LittleEndianExpl" in name))
    for name, one in images.items():
        if any(word in name for word in lossless):
            np.testing.assert_array_equal(read_image(one).pixels, expected.pixels)

    assert len(images) == 15
    assert not found.problems
