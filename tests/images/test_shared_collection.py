"""Real files with known answers: lossless copies, pairing traps, a published study."""

import numpy as np
import pytest

from app.images.pairing import pair
from app.images.read import read_image
from tests.images.workflow import scanned

REFUSED = {
    "sr2x_centre_aligned": "2 times finer",
    "sr2x_corner_aligned": "2 times finer",
    "cropped_fov": "only a part",
    "non_square_pixels": "not square",
    "flip_lr_declared": "mirrored left to right",
}
EQUAL = ["instance_reversed", "missing_slice", "rescale_half", "signed16", "enhanced_shuffled",
         "monochrome1_negative_slope", "voi_sigmoid", "multiple_windows",
         "other_frame_of_reference", "no_geometry"]  # fmt: skip


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


def test_the_traps_are_paired_exactly_or_refused_for_their_own_reason(dicom):
    found = paired(dicom / "pairing_traps", "base")

    reasons = {one.arm: one.what for one in found.problems}
    assert set(reasons) == set(REFUSED)
    for arm, words in REFUSED.items():
        assert words in reasons[arm]
    notes = {one.arm: one.note for one in found.pairs}
    assert "order" in notes["no_geometry"]
    assert "frame of reference" in notes["other_frame_of_reference"]
    assert "3 slices" in notes["missing_slice"]
    pairs = {one.arm: one for one in found.pairs}
    reference = read_image(pairs["signed16"].reference)
    for arm in EQUAL:
        image = read_image(pairs[arm].reconstruction)
        for here, there in pairs[arm].slices:
            np.testing.assert_array_equal(reference.values(here), image.values(there))


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
