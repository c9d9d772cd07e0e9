"""A NIfTI volume lies where its affine says, however its axes run."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.images.formats.orientation import arrange, frame_of_affine, grid_of, looked_at
from app.images.geometry import normal_of
from app.images.pairing import pair
from app.images.read import read_image
from tests.images.dicom_files import phantom, write_ct
from tests.images.formats.files import affine_of_dicom, write_nifti
from tests.images.workflow import scanned

TURNS = list(
    itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))
)
"""Every way in which the axes of a volume can be exchanged and reversed: 48."""


def turned(array, affine, order, signs):
    """Exchange and reverse the axes of a NIfTI volume; every voxel stays where it is."""
    array = np.transpose(array, order)
    affine = affine @ np.eye(4)[:, [*order, 3]]
    for axis, sign in enumerate(signs):
        if sign < 0:
            array = np.flip(array, axis)
            back = np.eye(4)
            back[axis, axis], back[axis, 3] = -1, array.shape[axis] - 1
            affine = affine @ back
    return array, affine


def only_pair(folder):
    found = pair(scanned(folder), folder, reference=None)
    assert not found.problems
    (one,) = found.pairs
    return one


@pytest.mark.parametrize("orientation", [
    (1, 0, 0, 0, 1, 0),  # axial
    (1, 0, 0, 0, 0, -1),  # coronal
    (0, 1, 0, 0, 0, -1),  # sagittal
    (0.9396926, 0.3420201, 0, -0.3420201, 0.9396926, 0),  # turned by 20 degrees
])  # fmt: skip
def test_every_order_of_axes_gives_the_pixels_of_the_dicom(tmp_path, orientation):
    """The DICOM series of the same voxels is the oracle, for all 48 orders and directions."""
    pixels = phantom(5, 7, 6)
    write_ct(tmp_path / "case" / "reference", pixels=pixels, spacing=(0.5, 0.75), step=3.0,
             orientation=orientation, RescaleIntercept=0)  # fmt: skip
    across, down = np.array(orientation[:3]), np.array(orientation[3:])
    lps = np.eye(4)
    lps[:3, :3] = np.column_stack([across * 0.75, down * 0.5, np.cross(across, down) * 3.0])
    lps[:3, 3] = (-8, -8, 100)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps
    for order, signs in TURNS:
        volume, there = turned(pixels.T, affine, order, signs)
        write_nifti(tmp_path / "case" / "arm.nii", volume.T, there)

        one = only_pair(tmp_path)

        assert (one.slices_by, len(one.slices), one.regrid) == ("position", 5, None)
        reference = read_image(one.reference, [first for first, _ in one.slices])
        image = read_image(one.reconstruction, [second for _, second in one.slices])
        np.testing.assert_array_equal(image.pixels, reference.pixels)
        np.testing.assert_allclose(image.grid.positions, reference.grid.positions, atol=1e-4)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    angles=st.tuples(*[st.floats(-np.pi, np.pi)] * 3),
    zooms=st.tuples(*[st.floats(0.2, 8)] * 3),
    shift=st.tuples(*[st.floats(-300, 300)] * 3),
    shape=st.tuples(*[st.integers(1, 9)] * 3),
)
def test_every_voxel_lies_where_its_affine_puts_it(angles, zooms, shift, shape):
    """Grid and axes against the affine itself, voxel by voxel, with x and y negated (LPS)."""
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        c, s = np.cos(angle), np.sin(angle)
        one = np.eye(3)
        i, j = [k for k in range(3) if k != axis]
        one[i, i], one[i, j], one[j, i], one[j, j] = c, -s, s, c
        turn = turn @ one
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * zooms, shift
    frame = frame_of_affine(affine, shape)
    axes = looked_at(frame)
    grid = grid_of(frame, axes)

    indices = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    world = indices @ affine[:3, :3].T + affine[:3, 3]
    world = world * (-1, -1, 1)
    order = [abs(axis) - 1 for axis in axes]
    world = np.transpose(world, (*order, 3))
    flips = tuple(slice(None, None, 1 if axis > 0 else -1) for axis in axes)
    world = world[flips]
    across, down = np.array(grid.orientation[:3]), np.array(grid.orientation[3:])
    rows, columns = np.arange(grid.rows), np.arange(grid.columns)
    expected = (
        np.array(grid.positions)[:, None, None]
        + rows[None, :, None, None] * down * grid.spacing[0]
        + columns[None, None, :, None] * across * grid.spacing[1]
    )
    np.testing.assert_allclose(expected, world, atol=1e-6)
    heights = np.array(grid.positions) @ np.array(normal_of(grid.orientation))
    assert (np.diff(heights) > 0).all()


def test_a_volume_is_turned_as_radiologists_look_at_it(tmp_path):
    """RAS+ voxels, the usual order of research tools: left is on the right, the back below."""
    pixels = np.zeros((2, 6, 5), np.int16)
    pixels[0, 5, 0] = 7  # [i=0, j=5, k=0]: furthest left of RAS, to the front, at the foot
    write_nifti(tmp_path / "a.nii", pixels, np.diag([2.0, 2.0, 3.0, 1.0]))

    (series,) = scanned(tmp_path).series
    image = read_image(series)

    assert series.grid.orientation == (1, 0, 0, 0, 1, 0)
    assert np.argwhere(image.pixels == 7).tolist() == [[0, 0, 4]]


def test_an_affine_in_metres_is_read_as_millimetres(tmp_path):
    small = affine_of_dicom()
    small[:3] /= 1000
    write_nifti(tmp_path / "a.nii", phantom(2), small, xyzt_units=1)

    assert scanned(tmp_path).series[0].grid.spacing == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("affine", [np.eye(4), None])
def test_a_file_without_a_place_takes_that_of_its_reference(tmp_path, affine):
    write_ct(tmp_path / "case" / "reference", RescaleIntercept=0)
    path = write_nifti(tmp_path / "case" / "arm.nii", phantom(), np.eye(4))
    if affine is None:
        data = bytearray(path.read_bytes())
        data[252:256] = b"\0\0\0\0"  # qform_code and sform_code
        path.write_bytes(data)

    one = only_pair(tmp_path)

    assert one.slices_by == "order"
    assert one.reconstruction.grid == one.reference.grid
    assert "geometry borrowed from the reference" in one.note
    np.testing.assert_array_equal(read_image(one.reconstruction).pixels, phantom())


def test_a_skew_affine_has_no_place(tmp_path):
    skew = affine_of_dicom()
    skew[0, 1] = 0.3
    write_nifti(tmp_path / "a.nii", phantom(), skew)

    (series,) = scanned(tmp_path).series

    assert series.grid.orientation is None
    assert "not usable" in series.storage.remarks[0]


def test_a_volume_cut_to_some_slices_is_not_turned_over(tmp_path):
    """Slices chosen by hand keep the planes they were chosen in."""
    write_nifti(tmp_path / "a.nii", phantom())
    (series,) = scanned(tmp_path).series
    from dataclasses import replace

    grid = replace(series.grid, slices=2, positions=series.grid.positions[:2])
    cut = replace(series, slices=series.slices[:2], grid=grid)
    sagittal = replace(series.grid, orientation=(0, 1, 0, 0, 0, -1))

    assert arrange(cut, sagittal) == cut
    assert arrange(series, sagittal).grid.shape == (32, 4, 32)
