"""How the axes of a volume lie in the patient: NIfTI's affine and DICOM's grid.

NIfTI counts millimetres to the right, the front and the top (RAS+), DICOM to
the left, the back and the top (LPS+): the first two change their sign. An
array's axes can always be taken in another order and direction without
touching a value, so a volume is arranged as its reference is, or as
radiologists look at its planes.

References: NIfTI-1 standard, "Methods for 3D coordinates"; DICOM PS3.3 C.7.6.2.1.1.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid
from app.domain.pair import Series, SliceFile
from app.images.formats.arrays import Axes
from app.images.geometry import usable_orientation

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

_LOOK = {
    0: ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),  # sagittal: columns to the back, rows to the feet
    1: ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),  # coronal: columns to the left, rows to the feet
    2: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),  # axial: columns to the left, rows to the back
}
"""Directions of rows and columns on the screen, by the axis of the patient that is looked along."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the axes of an array run, in mm (LPS+): a step along each, and the first voxel.

    ``steps`` has one column an axis; an axis whose step is not known is zero.
    """

    steps: NDArray[np.float64]
    origin: NDArray[np.float64]
    shape: tuple[int, int, int]


def frame_of_affine(affine: NDArray[np.float64], shape: tuple[int, int, int]) -> Frame | None:
    """Return the frame of a NIfTI affine (RAS+, mm), or None where it is degenerate."""
    turned = _LPS @ np.asarray(affine, dtype=np.float64)
    steps, origin = turned[:3, :3], turned[:3, 3]
    lengths = np.linalg.norm(steps, axis=0)
    if not np.isfinite(turned).all() or lengths.min() < 1e-6 or lengths.max() > 1e6:
        return None
    if abs(np.linalg.det(steps / lengths)) < 1e-3:
        return None
    return Frame(steps, origin, shape)


def looked_at(frame: Frame) -> Axes:
    """Arrange a volume as it was acquired, its last axis the slices, turned for the screen."""
    normal = np.cross(frame.steps[:, 0], frame.steps[:, 1])
    across, down = _LOOK[int(np.argmax(np.abs(normal)))]
    return _nearest(frame, across, down, among=(0, 1))


def arranged_as(frame: Frame, reference: Grid) -> Axes | None:
    """Arrange a volume as its reference is; None where the reference has no orientation."""
    if reference.orientation is None:
        return None
    direction = reference.orientation
    return _nearest(frame, direction[:3], direction[3:], among=(0, 1, 2))


def _nearest(
    frame: Frame,
    across: tuple[float, ...],
    down: tuple[float, ...],
    among: tuple[int, ...],
) -> Axes:
    """Return the axes that run most nearly along two directions; slices run along their normal."""
    lengths = np.linalg.norm(frame.steps, axis=0)
    units = frame.steps / np.where(lengths > 0, lengths, 1.0)
    along = np.array([across, down]) @ units
    first = max(among, key=lambda axis: abs(along[0, axis]))
    second = max((axis for axis in among if axis != first), key=lambda axis: abs(along[1, axis]))
    third = 3 - first - second
    signs = [1 if along[0, first] >= 0 else -1, 1 if along[1, second] >= 0 else -1]
    normal = np.cross(signs[0] * units[:, first], signs[1] * units[:, second])
    rising = 1 if float(normal @ units[:, third]) >= 0 else -1
    return rising * (third + 1), signs[1] * (second + 1), signs[0] * (first + 1)


def grid_of(frame: Frame, axes: Axes) -> Grid | None:
    """Return the grid of a volume arranged by its axes; None where rows and columns are skew."""
    steps, origin = [], frame.origin.copy()
    for axis in axes:
        index, sign = abs(axis) - 1, 1 if axis > 0 else -1
        step = sign * frame.steps[:, index]
        if sign < 0:
            origin = origin + frame.steps[:, index] * (frame.shape[index] - 1)
        steps.append(step)
    counts = [frame.shape[abs(axis) - 1] for axis in axes]
    lengths = [float(np.linalg.norm(step)) for step in steps]
    if min(lengths[1:]) <= 0:
        return None
    cosines = [*(steps[2] / lengths[2]), *(steps[1] / lengths[1])]
    orientation = usable_orientation([float(cosine) for cosine in cosines])
    if orientation is None:
        return None
    positions = tuple(
        (float(x), float(y), float(z))
        for x, y, z in (origin + k * steps[0] for k in range(counts[0]))
    )
    return Grid(
        rows=counts[1],
        columns=counts[2],
        slices=counts[0],
        spacing=(lengths[1], lengths[2]),
        orientation=orientation,
        positions=positions,
    )


def frame_of_series(series: Series) -> Frame | None:
    """Return the frame of a volume as stored, from the grid it was given; None without one."""
    grid, storage = series.grid, series.storage
    if storage is None or not (grid.spacing and grid.orientation and grid.positions):
        return None
    whole = grid.slices == storage.shape[abs(storage.axes[0]) - 1]
    if not all(storage.axes) or not whole or len({one.path for one in series.slices}) != 1:
        return None
    positions = np.array(grid.positions)
    between = (positions[-1] - positions[0]) / (grid.slices - 1) if grid.slices > 1 else np.zeros(3)
    across = np.array(grid.orientation[:3]) * grid.spacing[1]
    down = np.array(grid.orientation[3:]) * grid.spacing[0]
    steps, shape, origin = np.zeros((3, 3)), [1, 1, 1], positions[0]
    counts = (grid.slices, grid.rows, grid.columns)
    for axis, step, count in zip(storage.axes, (between, down, across), counts, strict=True):
        index, sign = abs(axis) - 1, 1 if axis > 0 else -1
        steps[:, index] = sign * step
        shape[index] = count
        if sign < 0:
            origin = origin + step * (count - 1)
    return Frame(steps, origin, (shape[0], shape[1], shape[2]))


def arrange(series: Series, reference: Grid) -> Series:
    """Return a volume with its axes in the order and direction of its reference.

    No value is touched. A volume that cannot be arranged so stays as it is.
    """
    frame = frame_of_series(series)
    axes = arranged_as(frame, reference) if frame else None
    if series.storage is None or frame is None or axes is None or axes == series.storage.axes:
        return series
    grid = grid_of(frame, axes)
    if grid is None:
        return series
    return replace(
        series,
        grid=grid,
        slices=frames_of(series.slices[0], axes, grid.slices),
        storage=replace(series.storage, axes=axes),
    )


def frames_of(first: SliceFile, axes: Axes, count: int) -> tuple[SliceFile, ...]:
    """Return the slices of a volume in their order; a frame is the index as stored."""
    order = range(count) if axes[0] >= 0 else range(count - 1, -1, -1)
    return tuple(SliceFile(first.path, index) for index in order)
