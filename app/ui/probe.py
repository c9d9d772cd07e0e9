"""The value under the cursor in every image and pane at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.image import Image
from app.ui.inspect_model import InspectModel
from app.ui.measure_rows import in_figures
from app.ui.view_state import ViewState

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One image or pane under the cursor; ``difference`` is its value minus the reference's."""

    name: str
    value: float | None
    unit: str
    difference: float | None = None


def pixel_under(model: InspectModel, state: ViewState | None = None) -> tuple[int, int] | None:
    """Return row and column under the cursor of the linked panes, or of a pane's own state."""
    cursor, view = (state or model.state).cursor, model.view
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


def probe_panes(
    model: InspectModel, panes: "PaneGrid", row: int, column: int
) -> tuple[ProbeRow, ...]:
    """Return the values of the panes that show no image: differences, maps, edges."""
    rows: dict[str, ProbeRow] = {}
    for pane in panes.shown:
        content = model.content(pane)
        if content.is_image or content.kind == "fourier":
            continue
        plane = panes.plane(pane)
        values = plane.map.values if plane.map is not None else None
        if values is None or row >= values.shape[0] or column >= values.shape[1]:
            continue
        value = float(values[row, column])
        rows[plane.title] = ProbeRow(
            plane.title, None if math.isnan(value) else value, plane.unit.strip()
        )
    return tuple(rows.values())


def pane_words(model: InspectModel, panes: "PaneGrid", pane: int) -> str:
    """Return value and unit under the cursor in one pane, for a label on it; empty without."""
    place = pixel_under(model, model.panes.state(pane))
    if place is None or model.content(pane).kind == "fourier":
        return ""
    plane, index = panes.plane(pane), model.panes.state(pane).slice
    value: float | None = None
    if plane.image is not None:
        there = index if plane.slices is None else _at(plane.slices, index)
        value = value_at(plane.image, there, *place)
        unit = plane.image.unit
    elif plane.map is not None and plane.map.values is not None:
        found = plane.map.values
        inside = place[0] < found.shape[0] and place[1] < found.shape[1]
        value = float(found[place]) if inside else None
        value = None if value is None or math.isnan(value) else value
        unit = plane.unit.strip()
    else:
        return ""
    return "–" if value is None else f"{in_figures(value)} {unit}".rstrip()


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
