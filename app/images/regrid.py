"""A reconstruction read onto the grid of its reference, by the rule its pair names."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid, Image
from app.domain.pair import Pair
from app.images.lattice import PlaneMap, Taps, Turned, Upright
from app.images.matching import cached_map
from app.images.read import read_image

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]


def read_pair(pair: Pair, slices: Sequence[int] | None = None) -> tuple[Image, Image]:
    """Read both images of a pair: slice i of one lies on slice i of the other, pixel on pixel.

    Parameters
    ----------
    slices
        Indices into ``pair.slices``, from 0; all of them by default.

    Raises
    ------
    NotAnImage, WorkerDied
        As :func:`app.images.read.read_image`.
    """
    wanted = tuple(range(len(pair.slices)) if slices is None else slices)
    return read_image(
        pair.reference, [pair.slices[index][0] for index in wanted]
    ), read_reconstruction(pair, wanted)


def read_reconstruction(pair: Pair, slices: Sequence[int] | None = None) -> Image:
    """Read the reconstruction of a pair on the reference's grid.

    Where nothing is interpolated the stored numbers and their rescale are kept;
    otherwise the pixels are real-world values in float32. Pixels that the
    reconstruction does not cover are not valid (``Image.valid``).

    Parameters
    ----------
    slices
        Indices into ``pair.slices``, from 0; all of them by default.

    Raises
    ------
    NotAnImage, WorkerDied
        As :func:`app.images.read.read_image`.
    """
    wanted = tuple(range(len(pair.slices)) if slices is None else slices)
    regrid = pair.regrid
    if regrid is None:
        return read_image(pair.reconstruction, [pair.slices[index][1] for index in wanted])
    blends = [
        regrid.blends[index] if regrid.blends else ((pair.slices[index][1], 1.0),)
        for index in wanted
    ]
    needed = sorted({source for blend in blends for source, _ in blend})
    image = read_image(pair.reconstruction, needed)
    place = {source: at for at, source in enumerate(needed)}
    ours, theirs = _grids(pair)
    firsts = [pair.slices[index][0] for index in wanted]
    maps = [
        [cached_map(ours, theirs, first, source) for source, _ in blend]
        for first, blend in zip(firsts, blends, strict=True)
    ]
    grid = replace(
        pair.reference.grid,
        slices=len(wanted),
        positions=tuple(ours.positions[first] for first in firsts) if ours.positions else None,
    )
    if regrid.interpolation == "none":
        chosen = [place[blend[0][0]] for blend in blends]
        return _indexed(image, grid, chosen, [found[0] for found in maps])
    pixels = np.zeros(grid.shape, dtype=np.float32)
    covered = np.zeros(grid.shape, dtype=np.bool_)
    for at, (blend, found) in enumerate(zip(blends, maps, strict=True)):
        total = np.zeros((grid.rows, grid.columns))
        seen = np.ones((grid.rows, grid.columns), dtype=np.bool_)
        for (source, weight), plane in zip(blend, found, strict=True):
            index = place[source]
            values, valid = carry(plane, image.values(index), image.valid(index))
            total += weight * values
            seen &= valid
        pixels[at], covered[at] = np.where(seen, total, 0.0), seen
    blank = float(pixels[covered].min()) if covered.any() else 0.0
    pixels[~covered] = blank
    return replace(
        image,
        pixels=pixels,
        slopes=(1.0,) * grid.slices,
        intercepts=(0.0,) * grid.slices,
        grid=grid,
        padding=None,
        covered=None if covered.all() else covered,
    )


def carry(found: PlaneMap, plane: Plane, valid: Mask | None = None) -> tuple[Plane, Mask]:
    """Bring one plane onto the reference's pixels.

    Parameters
    ----------
    found
        Where the reference's pixels lie, of :func:`app.images.lattice.plane_map`.
    plane
        Values of the reconstruction, ``(rows, columns)``.
    valid
        Where they are tissue values; None for everywhere.

    Returns
    -------
    tuple
        Values in the shape of the reference, and where they are valid: inside
        the reconstruction's field, and made from valid pixels only.
    """
    plane = np.asarray(plane, dtype=np.float64)
    holes = None if valid is None else (~valid).astype(np.float64)
    if isinstance(found, Turned):
        values, seen = _bilinear(found, plane), found.covered
        return values, seen if holes is None else seen & (_bilinear(found, holes) < 1e-6)
    values, seen = _separable(found, plane), found.covered
    if holes is not None:
        seen = seen & (_separable(found, holes, touched=True) < 1e-6)
    return values, seen


def _grids(pair: Pair) -> tuple[Grid, Grid]:
    """Return both grids with a spacing; one that is missing is the other's."""
    ours, theirs = pair.reference.grid, pair.reconstruction.grid
    spacing = ours.spacing or theirs.spacing or (1.0, 1.0)
    return replace(ours, spacing=spacing), replace(theirs, spacing=theirs.spacing or spacing)


def _indexed(image: Image, grid: Grid, chosen: Sequence[int], maps: Sequence[PlaneMap]) -> Image:
    """Put pixels where they belong without touching a number."""
    pixels = np.empty(grid.shape, dtype=image.pixels.dtype)
    covered = np.empty(grid.shape, dtype=np.bool_)
    for at, (index, found) in enumerate(zip(chosen, maps, strict=True)):
        if not isinstance(found, Upright):
            raise TypeError("a plane turned in itself cannot be indexed")
        source = image.pixels[index].T if found.swapped else image.pixels[index]
        rows, columns = found.rows.taps.index[:, 0], found.columns.taps.index[:, 0]
        pixels[at], covered[at] = source[np.ix_(rows, columns)], found.covered
    if not covered.all():
        tissue = covered
        if image.padding is not None:
            low, high = image.padding
            tissue = covered & ((pixels < low) | (pixels > high))
        # the value of air, or of what is darkest: nothing that a window would show
        pixels[~covered] = pixels[tissue].min() if tissue.any() else 0
    return replace(
        image,
        pixels=pixels,
        slopes=tuple(image.slopes[index] for index in chosen),
        intercepts=tuple(image.intercepts[index] for index in chosen),
        grid=grid,
        covered=None if covered.all() else covered,
    )


def _separable(found: Upright, plane: Plane, *, touched: bool = False) -> Plane:
    """Apply rows, then columns; with ``touched``, sum how much each value counts."""
    source = plane.T if found.swapped else plane
    first = _weighted(found.rows.taps, source, touched)
    return _weighted(found.columns.taps, first.T, touched).T


def _weighted(taps: Taps, plane: Plane, touched: bool) -> Plane:
    """Return the weighted sums of rows; a weight of 0 lets no NaN through."""
    total = np.zeros((len(taps.index), plane.shape[1]))
    weights = np.abs(taps.weight) if touched else taps.weight
    for index, weight in zip(taps.index.T, weights.T, strict=True):
        used = weight != 0
        total[used] += plane[index[used]] * weight[used, None]
    return total


def _bilinear(found: Turned, plane: Plane) -> Plane:
    rows, columns = (
        np.clip(place, 0, count - 1) for place, count in zip(found.places, plane.shape, strict=True)
    )
    top, left = np.floor(rows).astype(np.intp), np.floor(columns).astype(np.intp)
    bottom = np.minimum(top + 1, plane.shape[0] - 1)
    right = np.minimum(left + 1, plane.shape[1] - 1)
    down, along = rows - top, columns - left
    upper = plane[top, left] * (1 - along) + plane[top, right] * along
    lower = plane[bottom, left] * (1 - along) + plane[bottom, right] * along
    result: Plane = upper * (1 - down) + lower * down
    return result
