"""Every pairing trap of the reference data: paired right to the last number, or told."""

from dataclasses import dataclass

import numpy as np
import pytest

from app.images.pairing import pair
from app.images.regrid import read_pair
from tests.images.workflow import scanned


@dataclass(frozen=True)
class Expected:
    """What pairing with the base series must find.

    ``least`` and ``most`` bound base minus trap in HU over all valid pixels;
    ``covered`` is the share of these.
    """

    slices: int = 4
    flags: tuple[str, ...] = ()
    interpolation: str = "none"
    slices_by: str = "position"
    words: str = ""
    covered: float = 1.0
    least: float = 0.0
    most: float = 0.0


EXPECTED = {
    "flip_lr_declared": Expected(flags=("flipped",), words="mirrored left to right"),
    # mirrored without a word: the header cannot show it, app.images.alignment does
    "flip_lr_undeclared": Expected(least=-1105, most=1105),
    "sr2x_centre_aligned": Expected(
        flags=("resampled",), interpolation="area mean", words="2 times finer",
        least=-29.25, most=29.25,
    ),
    "sr2x_corner_aligned": Expected(flags=("subsampled",), words="reference's own points"),
    "cropped_fov": Expected(
        flags=("cropped",), words="covers 56% of the reference's field",
        covered=112 * 104 / 144**2,
    ),
    "rescale_half": Expected(),
    "depth8": Expected(words="8 bits stored against 12", most=15),
    "signed16": Expected(),
    "instance_reversed": Expected(),
    "missing_slice": Expected(slices=3, words="3 slices lie at the same position, of 4"),
    "other_frame_of_reference": Expected(words="another frame of reference"),
    "no_geometry": Expected(slices_by="order", words="paired by their order"),
    "monochrome1_negative_slope": Expected(),
    "pixel_padding": Expected(covered=0.6995),
    "non_square_pixels": Expected(
        flags=("resampled",), interpolation="linear", words="rows: linear", least=-92, most=92
    ),
    "voi_linear_exact": Expected(),
    "voi_sigmoid": Expected(),
    "multiple_windows": Expected(),
    "enhanced_shuffled": Expected(),
}  # fmt: skip


@pytest.fixture(scope="module")
def traps(shared_once):
    """All traps, paired with the base series in one go."""
    source = shared_once / "data" / "dicom" / "pairing_traps"
    return pair(scanned(source), source, reference="base")


@pytest.fixture(scope="module")
def shared_once():
    from tests.conftest import PROJECT

    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data is not at hand (shared/ beside the project)")
    return folder


def test_every_trap_has_its_expectation(traps):
    assert not traps.problems
    assert {one.arm for one in traps.pairs} == set(EXPECTED)


@pytest.mark.parametrize("arm", EXPECTED)
def test_a_trap_is_paired_right(traps, arm):
    one = next(found for found in traps.pairs if found.arm == arm)
    expected = EXPECTED[arm]
    reference, reconstruction = read_pair(one)
    apart, valid = [], []
    for index in range(len(one.slices)):
        mask = reconstruction.valid(index)
        mask = np.ones(reference.grid.shape[1:], bool) if mask is None else mask
        apart.append((reference.values(index) - reconstruction.values(index))[mask])
        valid.append(mask.mean())
    everything = np.concatenate(apart)

    assert (len(one.slices), one.slices_by) == (expected.slices, expected.slices_by)
    assert (one.regrid.flags if one.regrid else ()) == expected.flags
    assert (one.regrid.interpolation if one.regrid else "none") == expected.interpolation
    assert expected.words in one.note if expected.words else not one.note
    assert np.mean(valid) == pytest.approx(expected.covered, abs=1e-4)
    assert expected.least - 1e-3 <= everything.min()
    assert everything.max() <= expected.most + 1e-3


def test_super_resolution_aligned_by_area_has_no_shift_of_the_mean(traps):
    one = next(found for found in traps.pairs if found.arm == "sr2x_centre_aligned")
    reference, reconstruction = read_pair(one)

    means = [(reference.values(i) - reconstruction.values(i)).mean() for i in range(4)]

    assert np.abs(means).max() < 0.01
