"""The curves at a shape: histograms, spectra, profiles and edges of every image."""

from collections.abc import Sequence

import numpy as np

from app.domain.image import Grid
from app.domain.measured import Chart, ChartKind, Curve, MeasuredRow
from app.domain.shape import Shape
from app.errors import BlindReadError
from app.metrics.regional.lines import Quantity, sample_line
from app.workflows.inspect_sides import Mask, Part

Parts = Sequence[Part | None]
Charted = tuple[Chart | None, tuple[MeasuredRow, ...], tuple[str, ...]]
LARGEST = 1024
"""Pixels on a side of a region that a spectrum looks at; more tells nothing more."""

_SQUARE = 1e-3  # how far the two sides of a pixel may differ to be called square


def region_chart(chart: ChartKind, shape: Shape, parts: Parts, mask: Mask, grid: Grid) -> Charted:
    """Return the curves of a region, more rows for its table, and what must be told of them."""
    if chart == "histogram":
        return _histogram(parts, mask)
    parts, mask, cut = _middle(parts, mask)
    curves, rows, notes = (
        _ratio(shape, parts, grid) if chart == "ratio" else _noise(chart, parts, mask, grid)
    )
    return curves, rows, (*notes, *cut)


def _middle(parts: Parts, mask: Mask) -> tuple[Parts, Mask, tuple[str, ...]]:
    """Return the middle of a region that is larger than a spectrum needs, and say so."""
    if max(mask.shape) <= LARGEST:
        return parts, mask, ()
    starts = [max(0, (side - LARGEST) // 2) for side in mask.shape]
    box = tuple(slice(start, start + LARGEST) for start in starts)
    cut = [
        part
        and Part(part.name, part.plane[box], None if part.valid is None else part.valid[box],
                 part.unit)
        for part in parts
    ]  # fmt: skip
    words = f"The spectrum is that of the middle, {LARGEST} pixels at most on a side."
    return cut, mask[box], (words,)


def _histogram(parts: Parts, mask: Mask) -> Charted:
    from app.metrics.regional.statistics import histograms

    there = [part for part in parts if part is not None]
    samples = [part.plane[mask if part.valid is None else mask & part.valid] for part in there]
    try:
        edges, counts = histograms(samples)
    except BlindReadError as error:
        return None, (), (error.sentence,)
    curves = [
        Curve(part.name, edges, count.astype(np.float64))
        for part, count in zip(there, counts, strict=True)
    ]
    return Chart("histogram", _with_unit("value", there), "pixels", tuple(curves)), (), ()


def _noise(chart: ChartKind, parts: Parts, mask: Mask, grid: Grid) -> Charted:
    """Return the noise power spectrum of the images, or of their differences."""
    from app.metrics.noise_power import is_flat, noise_power

    from_reference = chart == "added"
    reference = parts[0] if parts else None
    step = _square(grid)
    size = step or 1.0
    curves, notes = [], []
    peaks: list[float | None] = []
    deviations: list[float | None] = []
    for part in parts:
        peak = deviation = None
        if (
            part is not None
            and reference is not None
            and not (from_reference and part is reference)
        ):
            plane = part.plane - reference.plane if from_reference else part.plane
            inside = mask & np.isfinite(plane)
            seen = (part, reference) if from_reference else (part,)
            for one in seen:
                inside = inside if one.valid is None else inside & one.valid
            try:
                found = noise_power(np.where(inside, plane, 0.0), mask=inside)
            except BlindReadError as error:
                notes.append(error.sentence)
            else:
                curves.append(Curve(part.name, found.frequencies / size, found.power * size**2))
                flat = is_flat(found, *(one.plane[inside] for one in seen))
                peak = None if flat else found.peak / size
                deviation = found.area**0.5
        peaks.append(peak)
        deviations.append(deviation)
    unit = next((part.unit for part in parts if part), "") or "value"
    per = "1/mm" if step else "1/pixel"
    rows = (
        MeasuredRow("NPS peak", per, tuple(peaks), "The frequency with most noise"),
        MeasuredRow("NPS noise", unit, tuple(deviations), "Root of the area under the spectrum"),
    )
    if not step:
        notes.append("Frequencies are in cycles a pixel: there are no square pixels of known size.")
    up = f"{unit}² {'mm²' if step else 'pixel²'}"
    made = Chart(chart, f"frequency ({per})", up, tuple(curves)) if curves else None
    return made, rows if curves else (), tuple(dict.fromkeys(notes))


def _ratio(shape: Shape, parts: Parts, grid: Grid) -> Charted:
    from app.metrics.regional.spectra import power_ratio, radial_power

    reference = parts[0] if parts else None
    if reference is None:
        return None, (), ()
    curves, notes = [], []
    high: list[float | None] = [None]
    try:
        frequencies, power = radial_power(_whole(reference), grid.spacing)
    except BlindReadError as error:
        return None, (), (error.sentence,)
    for part in parts[1:]:
        if part is None:
            high.append(None)
            continue
        try:
            ratio = power_ratio(power, radial_power(_whole(part), grid.spacing)[1])
        except BlindReadError as error:
            notes.append(f"{part.name}: {error}")
            high.append(None)
            continue
        curves.append(Curve(part.name, frequencies, ratio))
        outer = ratio[frequencies > frequencies[-1] / 2]
        high.append(float(np.nanmean(outer)) if np.isfinite(outer).any() else None)
    curves.append(Curve(reference.name, frequencies, np.ones_like(frequencies)))
    per = "1/mm" if grid.spacing else "1/pixel"
    if shape.kind != "rectangle":
        notes.append("The spectrum is that of the rectangle around the region.")
    tip = "Mean of the power ratio over the upper half of the frequencies"
    rows = (MeasuredRow("High freq.", "", tuple(high), tip),)
    made = Chart("ratio", f"frequency ({per})", "power ratio", tuple(curves))
    return made, rows, tuple(notes)


def profile_chart(shape: Shape, parts: Parts, reach: Quantity) -> Charted:
    """Return the values along a line, and what they are like."""
    start, end = shape.points
    curves = []
    values: list[tuple[float, float, float] | None] = []
    for part in parts:
        if part is None:
            values.append(None)
            continue
        found = sample_line(part.plane, start, end, valid=part.valid)
        curves.append(Curve(part.name, np.linspace(0.0, reach.value, found.size), found))
        there = found[np.isfinite(found)]
        values.append(
            (float(there.mean()), float(there.min()), float(there.max())) if there.size else None
        )
    unit = next((part.unit for part in parts if part), "")
    rows = tuple(
        MeasuredRow(
            title, unit, tuple(one[place] if one else None for one in values), "Along the line"
        )
        for place, title in enumerate(("Mean", "Min", "Max"))
    )
    there_parts = [part for part in parts if part is not None]
    across = f"distance ({reach.unit})"
    return Chart("profile", across, _with_unit("value", there_parts), tuple(curves)), rows, ()


def edge_chart(chart: ChartKind, shape: Shape, parts: Parts, grid: Grid) -> Charted:
    """Return edge spread or MTF across a line, and what they say in a few numbers."""
    from app.metrics.regional.edges import edge_spread

    step = _square(grid)
    if grid.spacing is not None and step is None:
        words = "An edge needs square pixels; these are not. Draw on another image."
        return None, (), (words,)
    size = step or 1.0
    unit, per = ("mm", "1/mm") if step else ("pixels", "1/pixel")
    curves, notes = [], []
    numbers: list[tuple[float | None, ...]] = []
    for part in parts:
        numbers.append((None, None, None))
        if part is None:
            continue
        plane = part.plane if part.valid is None else np.where(part.valid, part.plane, np.nan)
        try:
            found = edge_spread(plane, *shape.points)
        except BlindReadError as error:
            notes.append(f"{part.name}: {error.sentence}")
            continue
        if chart == "edge":
            curves.append(Curve(part.name, found.distances * size, found.spread))
        else:
            curves.append(Curve(part.name, found.frequencies / size, found.mtf))
        numbers[-1] = tuple(
            None if not np.isfinite(one) else float(one)
            for one in (found.rise * size, found.mtf50 / size, found.contrast)
        )
    rows = (
        MeasuredRow("Rise", unit, tuple(one[0] for one in numbers), "From 10 to 90 %"),
        MeasuredRow("MTF 50 %", per, tuple(one[1] for one in numbers), "Half of the contrast left"),
        MeasuredRow("Step/noise", "", tuple(one[2] for one in numbers), "Below 5 is too noisy"),
    )
    if not curves:
        return None, (), _shorter(notes)
    there = [part for part in parts if part is not None]
    if chart == "edge":
        made = Chart(chart, f"from edge ({unit})", _with_unit("value", there), tuple(curves))
    else:
        made = Chart(chart, f"frequency ({per})", "MTF", tuple(curves))
    return made, rows, _shorter(notes)


def _shorter(notes: list[str]) -> tuple[str, ...]:
    """Return a reason that all images share only once, without their names."""
    bare = {note.partition(": ")[2] for note in notes}
    return tuple(bare) if len(bare) == 1 and len(notes) > 1 else tuple(notes)


def _whole(part: Part) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return part.plane if part.valid is None else np.where(part.valid, part.plane, np.nan)


def _square(grid: Grid) -> float | None:
    """Return the side of square pixels in millimetres; None where there are none of known size."""
    if grid.spacing is None:
        return None
    down, across = grid.spacing
    return across if abs(down - across) <= _SQUARE * across else None


def _with_unit(words: str, parts: Sequence[Part]) -> str:
    unit = next((part.unit for part in parts if part.unit), "")
    return f"{words} ({unit})" if unit else words
