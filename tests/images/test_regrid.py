"""Images on another grid meet their reference exactly, or by the rule that is told."""

import numpy as np
import pytest

from app.images.lattice import Turned
from app.images.pairing import pair
from app.images.regrid import carry, read_pair
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import scanned

BASE = phantom(slices=3, rows=32, columns=24)


def read(source, slices=None):
    """Pair a folder with a reference and one arm, and read it."""
    (one,) = pair(scanned(source), source, reference=None).pairs
    return one, *read_pair(one, slices)


def differences(reference, reconstruction):
    """Return the differences of all valid pixels, and the share of these."""
    found, valid = [], []
    for index in range(reference.grid.slices):
        mask = reconstruction.valid(index)
        mask = np.ones(reference.grid.shape[1:], bool) if mask is None else mask
        found.append((reconstruction.values(index) - reference.values(index))[mask])
        valid.append(mask.mean())
    return np.concatenate(found), float(np.mean(valid))


def ramp(rows, columns, spacing, start):
    """Return stored numbers that grow linearly in the patient: 100 x + 40 y, whole numbers."""
    x = start[0] + spacing[1] * np.arange(columns)
    y = start[1] + spacing[0] * np.arange(rows)
    return (2000 + 100 * x[None, None, :] + 40 * y[None, :, None]).round().astype("u2")


@pytest.mark.parametrize(
    ("turn", "orientation", "start", "flags"),
    [
        (lambda p: p[:, :, ::-1], (-1, 0, 0, 0, 1, 0), (11.5, 0, 0), ("flipped",)),
        (lambda p: p[:, ::-1], (1, 0, 0, 0, -1, 0), (0, 15.5, 0), ("flipped",)),
        (lambda p: p[:, ::-1, ::-1], (-1, 0, 0, 0, -1, 0), (11.5, 15.5, 0), ("flipped",)),
        (lambda p: p.transpose(0, 2, 1), (0, 1, 0, 1, 0, 0), (0, 0, 0), ("transposed",)),
        (lambda p: p.transpose(0, 2, 1)[:, ::-1], (0, 1, 0, -1, 0, 0), (11.5, 0, 0),
         ("transposed", "flipped")),
    ],
)  # fmt: skip
def test_what_is_turned_and_says_so_comes_back_exactly(tmp_path, turn, orientation, start, flags):
    positions = [(start[0], start[1], 5 * index) for index in range(3)]
    write_ct(tmp_path / "reference", pixels=BASE, start=(0, 0, 0))
    write_ct(tmp_path / "A", pixels=np.ascontiguousarray(turn(BASE)), orientation=orientation,
             positions=positions)  # fmt: skip

    one, reference, reconstruction = read(tmp_path)

    assert one.regrid.flags == flags
    assert one.regrid.interpolation == "none"
    np.testing.assert_array_equal(reconstruction.pixels, reference.pixels)
    assert reconstruction.grid == reference.grid
    assert reconstruction.valid(0) is None


def test_a_crop_has_no_data_outside_and_no_difference_inside(tmp_path):
    write_ct(tmp_path / "reference", pixels=BASE, start=(0, 0, 0))
    write_ct(tmp_path / "A", pixels=BASE[:, 4:, 2:20], start=(1.0, 2.0, 0))

    one, reference, reconstruction = read(tmp_path, [1, 2])
    found, valid = differences(reference, reconstruction)

    assert one.regrid.covered == pytest.approx(28 * 18 / (32 * 24), abs=1e-4)
    assert valid == pytest.approx(28 * 18 / (32 * 24))
    assert not found.any()
    assert reconstruction.pixels.min() >= BASE.min()


def test_slices_that_lie_differently_are_interpolated_where_one_needs_it(tmp_path):
    """A sheared series: its first slice lies on whole pixels, its second between them."""
    shifts = (-1.0, -0.5, 0.0)  # in pixels
    grey = 2000 + 10 * np.arange(24)
    write_ct(tmp_path / "reference", pixels=np.tile(grey, (3, 32, 1)).astype("u2"), start=(0, 0, 0))
    sheared = np.stack([np.tile(grey + 10 * shift, (32, 1)) for shift in shifts])
    places = [(0.5 * shift, 0, 5 * index) for index, shift in enumerate(shifts)]
    write_ct(tmp_path / "A", pixels=sheared.astype("u2"), positions=places)

    one, reference, reconstruction = read(tmp_path)

    assert one.regrid.interpolation == "linear"
    inside = reconstruction.pixels[:, :, 1:-1] - reference.pixels[:, :, 1:-1].astype(float)
    np.testing.assert_allclose(inside, -1024)


def test_a_larger_field_is_cut_to_the_references(tmp_path):
    write_ct(tmp_path / "reference", pixels=BASE[:, 4:, 2:20], start=(1.0, 2.0, 0))
    write_ct(tmp_path / "A", pixels=BASE, start=(0, 0, 0))

    one, reference, reconstruction = read(tmp_path)

    np.testing.assert_array_equal(reconstruction.pixels, reference.pixels)
    assert one.regrid.covered == 1


@pytest.mark.parametrize("factor", [2, 4])
def test_super_resolution_is_averaged_over_the_references_pixels(tmp_path, factor):
    """The mean over each pixel's area of a picture repeated k times is the picture itself."""
    shift = -(1 - 1 / factor) / 2 * 0.5
    finer = BASE.repeat(factor, axis=1).repeat(factor, axis=2)
    write_ct(tmp_path / "reference", pixels=BASE, start=(0, 0, 0))
    write_ct(tmp_path / "A", pixels=finer, start=(shift, shift, 0), spacing=[0.5 / factor] * 2)

    one, reference, reconstruction = read(tmp_path)

    assert one.regrid.interpolation == "area mean"
    found, valid = differences(reference, reconstruction)
    assert (np.abs(found).max(), valid) == (0, 1)


def test_samples_aligned_at_the_corner_are_picked_exactly(tmp_path):
    finer = np.zeros((3, 64, 48), "u2")
    finer[:, ::2, ::2] = BASE
    write_ct(tmp_path / "reference", pixels=BASE, start=(0, 0, 0))
    write_ct(tmp_path / "A", pixels=finer, start=(0, 0, 0), spacing=(0.25, 0.25))

    one, reference, reconstruction = read(tmp_path)

    assert one.regrid.flags == ("subsampled",)
    np.testing.assert_array_equal(reconstruction.pixels, reference.pixels)


@pytest.mark.parametrize(
    ("rows", "columns", "spacing", "start"),
    [
        (16, 12, (1.0, 1.0), (0.25, 0.25, 0)),
        (16, 24, (1.0, 0.5), (0.0, 0.25, 0)),
        (32, 24, (0.5, 0.5), (0.25, 0.25, 0)),
        (40, 30, (0.4, 0.4), (-0.05, -0.05, 0)),
        (70, 52, (0.25, 0.25), (-0.375, -0.625, 0)),
    ],
)
def test_a_ramp_in_the_patient_is_the_same_ramp_on_every_grid(
    tmp_path, rows, columns, spacing, start
):
    """Known by hand: 100 a mm along x, 40 along y, on whichever grid; borders are held."""
    write_ct(tmp_path / "reference", pixels=ramp(32, 24, (0.5, 0.5), (0, 0)), slices=1,
             start=(0, 0, 0))  # fmt: skip
    write_ct(tmp_path / "A", pixels=ramp(rows, columns, spacing, start), start=start,
             spacing=spacing)  # fmt: skip

    one, reference, reconstruction = read(tmp_path)

    inner = np.s_[2:-2, 2:-2]
    assert "resampled" in one.regrid.flags
    np.testing.assert_allclose(
        reconstruction.values(0)[inner], reference.values(0)[inner], atol=1e-3
    )
    assert reconstruction.slopes == (1.0,)


def test_slices_are_interpolated_in_real_values_whatever_their_rescale(tmp_path):
    """Known by hand: halfway between 100 and 300 HU, stored with other slopes, lies 200."""
    write_ct(tmp_path / "reference", pixels=BASE[:1], start=(0, 0, 2.5))
    write_ct(tmp_path / "A", pixels=np.full((1, 32, 24), 1124, "u2"), start=(0, 0, 0), series="s")
    write_ct(tmp_path / "A", pixels=np.full((1, 32, 24), 2648, "u2"), start=(0, 0, 5), series="s",
             names=["b.dcm"], RescaleSlope=0.5)  # fmt: skip

    one, _, reconstruction = read(tmp_path)

    assert one.regrid.slices == "linear"
    np.testing.assert_array_equal(reconstruction.values(0), 200)


def test_padding_of_the_reconstruction_stays_out_after_resampling(tmp_path):
    finer = BASE.repeat(2, axis=1).repeat(2, axis=2)
    finer[:, 10, 10] = 4000
    write_ct(tmp_path / "reference", pixels=BASE, start=(0, 0, 0))
    write_ct(tmp_path / "A", pixels=finer, start=(-0.125, -0.125, 0), spacing=(0.25, 0.25),
             PixelPaddingValue=4000)  # fmt: skip

    _, reference, reconstruction = read(tmp_path)

    assert np.argwhere(~reconstruction.valid(0)).tolist() == [[5, 5]]
    assert not differences(reference, reconstruction)[0].any()


def test_a_plane_turned_by_a_right_angle_and_interpolated_is_exact():
    """A quarter turn lands on the pixels' centres, so nothing is blurred."""
    plane = np.arange(20.0).reshape(5, 4)
    quarter = Turned(((0.0, 1.0), (-1.0, 0.0)), (0.0, 3.0), shape=(4, 5), available=(5, 4))

    values, valid = carry(quarter, plane)

    assert valid.all()
    np.testing.assert_array_equal(values, np.rot90(plane))
