"""The value under the cursor in every image and pane at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.image import Image
from app.ui.inspect_model import InspectModel
from app.ui.measure_rows import in_figures
from app.ui.pane_places import shows_slice_in_view
from app.ui.pane_source import PanePlane

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One image or pane under the cursor; ``difference`` is its value minus the reference's."""

    name: str
    value: float | None
    unit: str
    difference: float | None = None


def pixel_under(model: InspectModel) -> tuple[int, int] | None:
    """Return row and column under the cursor of the linked panes."""
    cursor, view = model.state.cursor, model.view
    if cursor is None or view is None:
        return None
    grid = view.reference.grid
    row, column = int(cursor[1] * grid.rows), int(cursor[0] * grid.columns)
    return (row, column) if 0 <= row < grid.rows and 0 <= column < grid.columns else None


def value_at(image: Image, index: int, row: int, column: int) -> float | None:
    """Return the real-world value of a pixel; None where there is none."""
    if not (0 <= index < image.grid.slices and row < image.grid.rows):
        return None
    if column >= image.grid.columns or (
        image.covered is not None and not image.covered[index, row, column]
    ):
        return None
    value = float(image.pixels[index, row, column]) * image.slopes[index] + image.intercepts[index]
    return None if math.isnan(value) else value


def probe_images(model: InspectModel, row: int, column: int) -> tuple[ProbeRow, ...]:
    """Return the reference's value and that of each arm whose image is at hand."""
    view, index = model.view, model.state.slice
    if view is None:
        return ()
    unit = view.reference.unit
    truth = value_at(view.reference, index, row, column)
    rows = [ProbeRow("Reference", truth, unit)]
    for arm in model.arms():
        image, places = model.image_of(arm), model.images.slices_of(arm)
        if image is None or index >= len(places) or places[index] < 0:
            continue
        value = value_at(image, places[index], row, column)
        known = value is not None and truth is not None
        difference = value - truth if known and value is not None and truth is not None else None
        rows.append(ProbeRow(arm, value, image.unit, difference))
    return tuple(rows)


def probe_panes(model: InspectModel, panes: "PaneGrid") -> tuple[ProbeRow, ...]:
    """Return the values of what is made of images: differences, maps, edges.

    Only of panes that show the slice in view: another one has other values. Two panes
    that show the same are one row.
    """
    cursor = model.state.cursor
    rows: dict[str, ProbeRow] = {}
    for pane in panes.shown:
        if not shows_slice_in_view(model, pane, panes.panes[pane]):
            continue
        for plane in panes.planes_seen(pane):
            if plane.map is not None and plane.of_patient:
                value = plane_value(plane, model.state.slice, cursor) if cursor else None
                rows.setdefault(plane.title, ProbeRow(plane.title, value, plane.unit.strip()))
    return tuple(rows.values())


def plane_value(plane: PanePlane, index: int, place: tuple[float, float]) -> float | None:
    """Return the value of what a pane paints at a place, a fraction (across, down) of it.

    ``index`` is the slice of the pane. None where there is no value.
    """
    if plane.image is not None:
        there = index if plane.slices is None else _at(plane.slices, index)
        grid = plane.image.grid
        row, column = int(place[1] * grid.rows), int(place[0] * grid.columns)
        return value_at(plane.image, there, row, column)
    if plane.map is None:
        return None
    rows, columns = plane.map.values.shape
    row, column = int(place[1] * rows), int(place[0] * columns)
    value = float(plane.map.values[row, column]) if row < rows and column < columns else math.nan
    return None if math.isnan(value) else value


def pane_words(model: InspectModel, panes: "PaneGrid", pane: int) -> str:
    """Return value and unit under the cursor in one pane, for a label on it; empty without.

    Two values where one plane shines through the other.
    """
    state = model.panes.state(pane)
    if state.cursor is None or model.view is None:
        return ""
    words = []
    for plane in panes.planes_at(pane, state.cursor):
        if plane.is_there and plane.of_patient:
            value = plane_value(plane, state.slice, state.cursor)
            shown = "–" if value is None else in_figures(value)
            words.append(f"{shown} {plane.unit.strip()}".rstrip())
    return "  +  ".join(words)


def status_words(model: InspectModel, row: int, column: int) -> str:
    """Return reference, arm in view and their difference in a few words, for the status line."""
    found = probe_images(model, row, column)
    arm = model.pair.arm if model.pair is not None else ""
    ours = next((one for one in found[1:] if one.name == arm), None)
    if ours is None or found[0].value is None or ours.difference is None:
        return ""
    unit = f" {ours.unit}".rstrip()
    return (
        f"reference {in_figures(found[0].value)}   {arm} {in_figures(ours.value)}   "
        f"difference {signed(ours.difference)}{unit}"
    )


def signed(value: float | None) -> str:
    """Return a difference with its sign, also where it is positive."""
    words = in_figures(value)
    return f"+{words}" if value is not None and value > 0 else words


def _at(slices: Sequence[int], index: int) -> int:
    return slices[index] if index < len(slices) else -1
