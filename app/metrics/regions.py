"""Where the body is: the region that a radiologist looks at.

The mask is made from the reference alone, so that every arm is judged inside
the same pixels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange
from app.metrics.ranges import is_hounsfield

BODY_HU = -400.0
"""Body starts here in Hounsfield units: halfway between air and fat or skin."""

BODY_SHARE = 0.03
"""Body starts at least this far above the darkest value elsewhere, as a share of the contrast."""

MR_SHARE = 0.05
"""The same for MR, whose ghosts and folded noise lie beside the body and not in the corners."""

FRAME_SHARE = 0.005
"""Padding is no brighter than this share of the contrast, compressed as it may be."""

DARK_CORNER = 0.2
"""Corners brighter than this share of the contrast are anatomy, not air."""

APART = 10.0
"""A second corner this many robust deviations brighter than the darkest one is no air."""

SMALL_PART = 0.15
"""A part smaller than this share of the largest one is a table, a cable or a label."""

HOLLOW = 0.5
"""A part beside the largest, less of which than this is tissue, is a table: air in a shell."""

OPEN_SHELL = 1 / 40
"""A wall whose gap is narrower than twice this share of the picture still holds its inside."""

LARGE_INSIDE = 0.05
"""The inside of such a wall counts where it is at least this share of the picture."""

PROJECTIONS = ("CR", "DX", "RG", "RF", "XA", "PX", "IO")
"""Modalities (DICOM) whose field is bounded by a collimator's blades."""

BLADE = 0.9
"""A line at the edge is behind a blade where nine tenths of it are above this much contrast."""

_STEPS = 4096

Bits = NDArray[np.uint8]
Level = NDArray[np.float32]


def body_rule(modality: str, intensity_range: IntensityRange, *, unit: str = "") -> str:
    """Return the rule of :func:`body_mask` in the words that stand beside a value."""
    threshold = "reference above the noise of its dark corners"
    if _in_hounsfield(modality, unit, intensity_range):
        threshold = f"reference > {BODY_HU:g} HU"
    elif modality.upper() in PROJECTIONS:
        threshold += " between the collimator's bright blades"
    return f"{threshold}; holes filled; thin, small and hollow parts removed"


def body_mask(
    plane: NDArray[np.float64],
    modality: str,
    intensity_range: IntensityRange,
    *,
    unit: str = "",
    valid: NDArray[np.bool_] | None = None,
    inverted: bool = False,
) -> NDArray[np.bool_]:
    """Return where the body lies in one slice of the reference.

    The threshold is -400 HU for CT in Hounsfield units. Elsewhere (windowed
    8-bit pictures, MR, radiographs) it is the level of the two darkest corners
    plus five robust standard deviations, at least 3 % (MR: 5 %) of the contrast
    above the darkest value and never above Otsu's threshold. Corners are those of
    the picture without a frame of padding (lines nearly all within 0.5 % of the
    darkest value), which would hide the noise. Where all but one corner show
    anatomy there is no air to learn from, and only these 3 % count: the mask is
    then nearly the whole slice, which the evaluation flags. In radiographs, bright
    blades at the edges are left out first. In MR, a second corner more than ten
    robust deviations brighter than the darkest one shows anatomy, not air.

    Gaps in the skin are closed, holes (lungs, bowel gas) filled, as is a large
    inside whose wall is open by less than 1/20 of the picture (a phantom's shell).
    Parts thinner than about 1/64 of the picture (the table's sheet) are opened
    away; parts below 15 % of the largest one, and hollow ones (a table's shell),
    dropped.

    Parameters
    ----------
    plane
        Real-world values of the reference, ``(rows, columns)``.
    modality
        DICOM Modality of the reference, e.g. ``CT``.
    intensity_range
        The range of the study, in the same values.
    unit
        Unit of the values. CT is in Hounsfield units where this says ``HU``, or is
        empty and the range begins below -200; never where the range is ``8-bit``.
    valid
        Where the slice holds tissue values; padding is never body.
    inverted
        Low values are shown bright (MONOCHROME1), so that air has the high ones.

    Returns
    -------
    ndarray of bool
        All False where nothing stands out, e.g. in a constant slice.
    """
    nothing = np.zeros(plane.shape, dtype=np.bool_)
    if min(plane.shape, default=0) == 0:
        return nothing
    usable = np.isfinite(plane)
    if valid is not None:
        usable &= valid
    if not usable.any():
        return nothing
    everywhere = bool(usable.all())
    tissue = plane if everywhere else plane[usable]
    least, most = float(tissue.min()), float(tissue.max())
    if least == most:
        return nothing
    if _in_hounsfield(modality, unit, intensity_range):
        above = plane > BODY_HU
    else:
        scaled = (plane - least) / (most - least)
        if inverted:
            scaled = 1.0 - scaled
        filled = scaled if everywhere else np.where(usable, scaled, 0.0)
        above = _above_air(filled.astype(np.float32), modality.upper())
    result: NDArray[np.bool_] = _solid_parts(above & usable) & usable
    return result


def _in_hounsfield(modality: str, unit: str, intensity_range: IntensityRange) -> bool:
    limits = (intensity_range.low, intensity_range.high)
    return intensity_range.origin != "8-bit" and is_hounsfield(modality, unit=unit, limits=limits)


def _above_air(plane: Level, modality: str) -> NDArray[np.bool_]:
    """Return what is brighter than the air, of a plane in 0..1 where air is dark."""
    import cv2

    smooth: Level = cv2.medianBlur(plane, 3)  # type: ignore[assignment]
    field = _open_field(smooth) if modality in PROJECTIONS else (slice(None), slice(None))
    inside = smooth[field]
    above = np.zeros(plane.shape, dtype=np.bool_)
    magnetic = modality == "MR"
    share = MR_SHARE if magnetic else BODY_SHARE
    above[field] = inside > _dark_threshold(inside, share, magnetic=magnetic)
    return above


def _open_field(plane: Level) -> tuple[slice, slice]:
    """Return the rows and columns that lie between bright blades at the edges."""
    histogram = _Histogram(plane)
    darkest, brightest = histogram.darkest, histogram.brightest
    scaled = (plane - darkest) / (brightest - darkest) if brightest > darkest else plane
    columns = _between_blades(scaled[:: max(1, plane.shape[0] // 256)])
    rows = _between_blades(scaled[:, columns].T[:: max(1, plane.shape[1] // 256)])
    return rows, columns


def _between_blades(lines: Level) -> slice:
    """Return the columns between those that are bright nearly all along, and their penumbra."""
    hidden = np.quantile(lines, 0.1, axis=0) >= BLADE
    middle = np.median(lines, axis=0)
    first = _blade_end(hidden, middle)
    last = middle.size - _blade_end(hidden[::-1], middle[::-1])
    # a field narrower than a quarter is no field
    return slice(first, last) if last - first >= middle.size // 4 else slice(None)


def _blade_end(hidden: NDArray[np.bool_], middle: Level) -> int:
    """Return how many columns from the first a blade covers: to its sharpest fall."""
    end = int(np.argmin(hidden))
    if end == 0:
        return 0
    step = max(1, middle.size // 128)
    soft = middle[end : end + middle.size // 6 + step]
    falls = soft[:-step] - soft[step:]
    return end + int(np.argmax(falls)) + step if falls.size and falls.max() > 0.1 else end


def _dark_threshold(plane: Level, share: float, *, magnetic: bool) -> float:
    histogram = _Histogram(plane)
    darkest, contrast = histogram.darkest, histogram.brightest - histogram.darkest
    framed = _without_frame(plane, darkest + FRAME_SHARE * contrast)
    rows, columns = (max(1, side // 12) for side in framed.shape)
    corners = sorted(
        (
            framed[:rows, :columns],
            framed[:rows, -columns:],
            framed[-rows:, :columns],
            framed[-rows:, -columns:],
        ),
        key=lambda corner: float(np.median(corner)),
    )
    air = corners[:2]  # scatter makes the air of radiographs uneven, noise that of MR even
    first = float(np.median(corners[0]))
    spread = 1.4826 * float(np.median(np.abs(corners[0] - first)))
    if magnetic and spread > 0 and float(np.median(corners[1])) > first + APART * spread:
        air = corners[:1]  # the other one shows anatomy
    background = np.concatenate([corner.ravel() for corner in air])
    level = float(np.median(background))
    noise = 1.4826 * float(np.median(np.abs(background - level)))
    least = darkest + share * contrast
    if level > darkest + DARK_CORNER * contrast:
        return least
    return min(max(level + 5 * noise, least), histogram.otsu)


def _without_frame(plane: Level, dark: float) -> Level:
    """Return the plane without outer lines that are dark but for a twentieth."""
    lit = plane > dark
    rows, columns = (np.flatnonzero(lit.mean(axis=axis) > 0.05) for axis in (1, 0))
    if rows.size == 0 or columns.size == 0:
        return plane
    return plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


class _Histogram:
    """How often each brightness of a plane occurs, in 4096 equal steps."""

    def __init__(self, plane: Level) -> None:
        self.darkest = float(plane.min())
        width = float(plane.max()) - self.darkest
        self.step = width / _STEPS
        to_step = (_STEPS - 0.01) / width if width > 0 else 0.0
        steps = ((plane - np.float32(self.darkest)) * np.float32(to_step)).astype(np.uint16)
        self.counts = np.bincount(steps.ravel(), minlength=_STEPS)

    @property
    def brightest(self) -> float:
        """The brightness below which 99.5 % lie."""
        below = np.cumsum(self.counts)
        place = int(np.searchsorted(below, 0.995 * below[-1]))
        return self.darkest + (place + 0.5) * self.step

    @property
    def otsu(self) -> float:
        """The threshold that parts the histogram best, to 1/256 of its width.

        Otsu (1979), doi:10.1109/TSMC.1979.4310076.
        """
        counts = self.counts.reshape(256, -1).sum(axis=1)
        centres = self.darkest + (np.arange(256) + 0.5) * self.step * (_STEPS // 256)
        below = np.cumsum(counts)
        above = below[-1] - below
        sums = np.cumsum(counts * centres)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = sums / below - (sums[-1] - sums) / above
            between = np.nan_to_num(below * above * gap**2, nan=0.0)
        return float(centres[int(np.argmax(between))])


def _solid_parts(above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close, fill and open a mask; keep its large parts, without shells of air."""
    import cv2

    reach = max(1, round(min(above.shape) / 128))
    gap = max(1, round(min(above.shape) * OPEN_SHELL))
    edge = max(2 * reach, gap) + 2  # so that what is done at the border sees darkness outside
    tissue = above.astype(np.uint8)
    mask: Any = cv2.copyMakeBorder(tissue, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cross, iterations=reach)
    mask = mask | _holes(mask)
    inside = _holes(cv2.dilate(mask, cross, iterations=gap))
    if np.count_nonzero(inside) > LARGE_INSIDE * above.size:
        mask = mask | cv2.dilate(inside, cross, iterations=gap)
        mask = mask | _holes(mask)
    mask = mask[edge:-edge, edge:-edge]
    mask = cv2.erode(mask, cross, iterations=reach)  # beyond the border counts as body
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if len(outlines) > 1:
        _, parts = cv2.connectedComponents(mask, connectivity=4)
        mask = _kept(parts, above)[parts]
    return cv2.dilate(mask, cross, iterations=reach).astype(np.bool_)


def _holes(mask: Any) -> Any:
    """Return what the corner cannot reach without crossing a mask of 0 and 1."""
    import cv2

    flooded = mask.copy()
    cv2.floodFill(flooded, None, (0, 0), 2)
    return np.equal(flooded, 0).astype(np.uint8)


def _kept(parts: NDArray[Any], above: NDArray[np.bool_]) -> Bits:
    """Return which parts stay, by their number; 0 is what lies outside of all."""
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest = int(np.argmax(sizes))
    kept = np.zeros(sizes.size, dtype=np.uint8)
    for part in np.flatnonzero(sizes >= SMALL_PART * sizes[largest]):
        kept[part] = part == largest or above[parts == part].mean() >= HOLLOW
    return kept
