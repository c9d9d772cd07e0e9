"""What the numbers at a shape are: in the reference and in every arm, in native values."""

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.domain.image import Grid
from app.domain.measured import ChartKind, Measured, MeasuredRow, RowsSoFar
from app.domain.metric import IntensityRange
from app.domain.progress import Progress
from app.domain.shape import Shape
from app.errors import BlindReadError
from app.workflows.aside import Aside
from app.workflows.inspect_sides import Mask, Part, Side, box_around, part_of, parts_of

if TYPE_CHECKING:
    from app.metrics.regional.lines import Quantity
    from app.metrics.regional.statistics import RegionStatistics

_LEFT_OUT = ("snr", "hu-bias", "fid", "kid", "precision", "recall")
"""Metrics that the table of a region shows of every image already, or that no slice has."""

_ORIGINS = {"references": "of all references", "8-bit": "8 bits"}
"""Where an intensity range comes from, as a person reads it."""

Measuring = Generator[Progress, None, Measured]


def measure_shape(
    shape: Shape,
    sides: Sequence[Side],
    grid: Grid,
    *,
    chart: ChartKind | None = None,
    background: Shape | None = None,
) -> Measuring:
    """Measure one shape in the slice of every side.

    Parameters
    ----------
    sides
        The reference first.
    grid
        That of the reference.
    chart
        Which curves to make beside the table; None makes none.
    background
        The region that the contrast-to-noise ratio is taken against.
    """
    yield Progress(0, 1, shape.name)
    if shape.kind in ("distance", "angle"):
        return _geometry(shape, grid)
    if shape.kind == "profile":
        return _line(shape, sides, grid, chart or "profile")
    return _region(shape, sides, grid, chart, background)


def size_of(shape: Shape, grid: Grid) -> tuple[float, str] | None:
    """Return the length of a line or the angle between two, and its unit; at once.

    None for a region, and for an angle of which one side has no length yet.
    """
    if shape.is_region:
        return None
    try:
        found = _quantity(shape, grid)
    except BlindReadError:
        return None
    return found.value, found.unit


def _quantity(shape: Shape, grid: Grid) -> "Quantity":
    from app.metrics.regional.lines import angle, length

    if shape.kind != "angle" or len(shape.points) < 3:
        return length(shape.points[0], shape.points[-1], grid)
    start, vertex, end = shape.points
    return angle(start, vertex, end, grid)


def _geometry(shape: Shape, grid: Grid) -> Measured:
    try:
        found = _quantity(shape, grid)
    except BlindReadError as error:
        return Measured(shape, ("Value",), (), notes=(error.sentence,))
    row = MeasuredRow(shape.kind.capitalize(), found.unit, (found.value,), found.caveat)
    return Measured(shape, ("Value",), (row,), notes=_given(found.caveat))


# ---- regions -----------------------------------------------------------------------------


def _region(
    shape: Shape,
    sides: Sequence[Side],
    grid: Grid,
    chart: ChartKind | None,
    background: Shape | None,
) -> Measured:
    from app.metrics.regional.lines import area
    from app.metrics.regional.masks import mask_in_box
    from app.metrics.regional.statistics import region_statistics
    from app.workflows.inspect_charts import region_chart

    box, here = box_around(shape, grid, 0)
    parts, notes = parts_of(sides, box, grid)
    whole = (slice(0, box[0].stop - box[0].start), slice(0, box[1].stop - box[1].start))
    mask = mask_in_box(here, whole)
    against = _against(background, sides, grid) if background not in (None, shape) else None
    found: list[RegionStatistics | None] = []
    contrasts: list[float | None] = []
    for place, part in enumerate(parts):
        try:
            found.append(
                region_statistics(part.plane, mask, valid=part.valid) if part is not None else None
            )
        except BlindReadError as error:
            notes.append(f"{sides[place].name}: {error}")
            found.append(None)
        contrasts.append(_contrast(part, mask, against[place] if against else None, notes))
    surface = area(int(np.count_nonzero(mask)), grid)
    unit = next((part.unit for part in parts if part), "")
    rows = [
        _row("Mean", unit, found, lambda one: one.mean),
        _row("SD", unit, found, lambda one: one.deviation, "Of a sample (n − 1)"),
        _row("Min", unit, found, lambda one: one.low),
        _row("Max", unit, found, lambda one: one.high),
        _row("SNR", "", found, lambda one: one.snr, "Mean / SD"),
    ]
    if against is not None:
        tip = "|mean − mean of background| / SD of background"
        rows.append(MeasuredRow("CNR", "", tuple(contrasts), tip))
    rows.append(MeasuredRow("Bias", unit, _biases(parts, mask), "Mean of arm − reference"))
    rows.append(
        MeasuredRow("Area", surface.unit, tuple(surface.value if one else None for one in found),
                    surface.caveat)
    )  # fmt: skip
    rows.append(_row("Pixels", "", found, lambda one: float(one.pixels)))
    notes += [reason for one in found if one for reason in one.reasons]
    notes += [
        f"{side.name}: {one.left_out} pixels without a tissue value are left out."
        for side, one in zip(sides, found, strict=True)
        if one and one.left_out
    ]
    curves, more, told = (
        region_chart(chart, shape, parts, mask, grid) if chart is not None else (None, (), ())
    )
    notes += [*_given(surface.caveat), *told]
    names = tuple(side.name for side in sides)
    return Measured(shape, names, (*rows, *more), curves, tuple(dict.fromkeys(notes)))


def _row(
    title: str,
    unit: str,
    found: "Sequence[RegionStatistics | None]",
    value: "Callable[[RegionStatistics], float | None]",
    tip: str = "",
) -> MeasuredRow:
    return MeasuredRow(title, unit, tuple(value(one) if one else None for one in found), tip)


def _biases(parts: Sequence[Part | None], mask: Mask) -> tuple[float | None, ...]:
    """Return the mean of each arm minus the reference where both have values."""
    reference = parts[0] if parts else None
    biases: list[float | None] = []
    for part in parts:
        if part is None or reference is None or part is reference:
            biases.append(None)
            continue
        difference = (part.plane - reference.plane)[both_valid(part, reference, mask)]
        biases.append(float(difference.mean()) if difference.size else None)
    return tuple(biases)


def both_valid(first: Part, second: Part, mask: Mask) -> Mask:
    """Return the pixels of a region at which two images have values."""
    counted = mask & np.isfinite(first.plane) & np.isfinite(second.plane)
    for part in (first, second):
        if part.valid is not None:
            counted &= part.valid
    return counted


def _against(
    background: Shape | None, sides: Sequence[Side], grid: Grid
) -> list[tuple[Part | None, Mask]] | None:
    """Return the background of every side, and its pixels."""
    from app.metrics.regional.masks import mask_in_box

    if background is None:
        return None
    box, here = box_around(background, grid, 0)
    whole = (slice(0, box[0].stop - box[0].start), slice(0, box[1].stop - box[1].start))
    mask = mask_in_box(here, whole)
    return [(part, mask) for part in parts_of(sides, box, grid)[0]]


def _contrast(
    part: Part | None,
    mask: Mask,
    against: tuple[Part | None, Mask] | None,
    notes: list[str],
) -> float | None:
    """Return the contrast-to-noise ratio of a region against another, or say why there is none."""
    from app.metrics.medical import contrast_to_noise

    around, around_mask = against or (None, mask)
    if part is None or around is None:
        return None
    counted = both_valid(part, part, mask)
    beside = both_valid(around, around, around_mask)
    values = np.concatenate([part.plane[counted], around.plane[beside]])
    inside = np.arange(values.size) < np.count_nonzero(counted)
    try:
        return contrast_to_noise(values, inside, ~inside)
    except BlindReadError as error:
        notes.append(f"No CNR: {error}")
        return None


# ---- lines -------------------------------------------------------------------------------


def _line(shape: Shape, sides: Sequence[Side], grid: Grid, chart: ChartKind) -> Measured:
    from app.metrics.regional.lines import length
    from app.workflows.inspect_charts import edge_chart, profile_chart

    box, here = box_around(shape, grid)
    parts, notes = parts_of(sides, box, grid)
    reach = length(shape.points[0], shape.points[-1], grid)
    if chart == "profile":
        curves, rows, told = profile_chart(here, parts, reach)
    else:
        curves, rows, told = edge_chart(chart, here, parts, grid)
    row = MeasuredRow("Length", reach.unit, tuple(reach.value if part else None for part in parts))
    notes += [*_given(reach.caveat), *told]
    names = tuple(side.name for side in sides)
    return Measured(shape, names, (*rows, row), curves, tuple(dict.fromkeys(notes)))


def _given(words: str) -> tuple[str, ...]:
    return (words,) if words else ()


# ---- metrics -----------------------------------------------------------------------------


def metrics_inside(
    shape: Shape,
    sides: Sequence[Side],
    grid: Grid,
    range_: IntensityRange,
    modality: str,
    *,
    learned: bool = False,
    metrics: Sequence[str] = (),
) -> Generator[Progress, None, tuple[MeasuredRow, ...]]:
    """Measure every metric inside a region, for each arm, in another process.

    Parameters
    ----------
    learned
        With those that need the weights of a network, which take longer.
    metrics
        Ids; all that can be had here by default.

    Returns
    -------
    tuple of MeasuredRow
        A column for each side; that of the reference is empty.

    Raises
    ------
    WorkerDied
        The other process ended.
    """
    from app.metrics import registry
    from app.metrics.inputs import SliceInputs
    from app.metrics.regional.masks import mask_of, region_name
    from app.metrics.spaces import NATIVE

    known = [
        registry.definition(id)
        for id in metrics or registry.all_available()
        if metrics
        or (id not in _LEFT_OUT and (learned or not registry.definition(id).needs_weights))
    ]
    everything = (slice(0, grid.rows), slice(0, grid.columns))
    name, mask = region_name(shape), mask_of(shape, grid.rows, grid.columns)
    reference = part_of(sides[0], everything, grid)
    everywhere = np.ones(mask.shape, np.bool_)
    origin = _ORIGINS.get(range_.origin, range_.origin)
    spread = f"Intensity range: {range_.low:g} to {range_.high:g} {reference.unit}".rstrip()
    spread += f" ({origin})"
    columns: list[dict[str, tuple[float | None, str]]] = [{}]

    def table() -> tuple[MeasuredRow, ...]:
        """Return what has come so far; an arm that has not come is empty."""
        return tuple(
            MeasuredRow(
                "CNR, ring" if one.id == "cnr" else one.id.upper(),  # not that of the background
                registry.unit_of(one.id, reference.unit, NATIVE),
                tuple(
                    columns[place].get(one.id, (None, ""))[0] if place < len(columns) else None
                    for place in range(len(sides))
                ),
                _first(column.get(one.id, (None, ""))[1] for column in columns)
                or f"{one.title}: {one.summary}\n{spread}",
            )
            for one in known
        )

    arms = len(sides) - 1
    for number, side in enumerate(sides[1:]):
        words = f"Measuring {side.name}, {number + 1} of {arms}…"
        yield RowsSoFar(number, arms, words, table())
        try:
            part = part_of(side, everything, grid)
        except BlindReadError:
            columns.append({})
            continue
        inputs = SliceInputs(
            reference.plane,
            part.plane,
            both_valid(part, reference, everywhere),
            None,
            range_,
            NATIVE,
            tuple(one.id for one in known),
            (name,),
            modality=modality,
            masks={name: mask},
        )
        columns.append((yield from _elsewhere.ask(inputs)))
    return table()


def end_process() -> None:
    """End the process of the metrics inside a region, where there is one."""
    _elsewhere.end()


def _first(words: Iterable[str]) -> str:
    return next((word for word in words if word), "")


def evaluate_in(inputs: object) -> dict[str, tuple[float | None, str]]:
    """Return value and reason of every metric asked for; runs in the other process."""
    from app.metrics.evaluate import evaluate_slice
    from app.metrics.inputs import SliceInputs

    assert isinstance(inputs, SliceInputs)  # noqa: S101 - for the type checker
    return {
        one.metric: (one.value if one.value is None or not math.isnan(one.value) else None,
                     one.reason)
        for one in evaluate_slice(inputs)
    }  # fmt: skip


_elsewhere = Aside(evaluate_in, "these values")
