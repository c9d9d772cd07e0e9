"""What can be done by measuring at a place, for menus, keys and the palette."""

from functools import partial
from typing import TYPE_CHECKING

from app.domain.shape import ShapeKind
from app.ui.actions import Action

if TYPE_CHECKING:
    from app.ui.measure_panel import MeasurePanel

TOOLS: tuple[tuple[ShapeKind, str, str, str], ...] = (
    ("profile", "Profile", "Alt+L", "The values along a line, and an edge across it"),
    ("rectangle", "Rectangle", "Alt+R", "A rectangle on whole pixels: statistics, metrics, noise"),
    ("ellipse", "Ellipse", "Alt+E", "An ellipse: statistics, histogram, metrics"),
    ("free", "Free region", "Alt+F", "A region drawn by hand: statistics, histogram, metrics"),
    ("distance", "Distance", "Alt+D", "A length, in millimetres where the pixels' size is known"),
    ("angle", "Angle", "Alt+A", "The angle between two lines"),
)
"""Kind, title, key and what it is for."""


def measure_tool_actions(panel: "MeasurePanel") -> tuple[Action, ...]:
    """Return the Actions of the panel. Undo, redo, leave and remove have the keys they share."""
    shapes, drawing, measuring = panel.shapes, panel.drawing, panel.measuring

    def chosen() -> bool:
        return shapes.chosen is not None

    def region() -> bool:
        shape = shapes.chosen
        return shape is not None and shape.is_region

    def is_background() -> bool:
        shape = shapes.chosen
        return shape is not None and shape.background

    def using(tool: ShapeKind) -> bool:
        return drawing.tool == tool

    tools = tuple(
        Action(
            f"measure.{tool}",
            title,
            "Measure",
            partial(panel.use, tool),
            (key,),
            hint,
            checked=partial(using, tool),
            enabled=lambda: panel.can_draw,
        )
        for tool, title, key, hint in TOOLS
    )
    return (
        Action(
            "measure.probe",
            "Values under the cursor",
            "Measure",
            panel.probe_on_panes,
            ("Q",),
            "Write the value under the cursor on every pane",
            checked=lambda: panel.pane_probe.shown,
        ),
        *tools,
        Action(
            "measure.leave",
            "Leave the tool",
            "Measure",
            drawing.leave,
            hint="Give up what is being drawn, the tool, or the choice of a shape",
            enabled=lambda: drawing.can_leave,
        ),
        Action(
            "measure.next-shape",
            "Choose the next shape",
            "Measure/Shape",
            partial(shapes.step_choice, 1),
            ("Alt+J",),
            "The next shape on this slice, round to the first",
            enabled=lambda: bool(shapes.shapes),
        ),
        Action(
            "measure.background",
            "Region is the background",
            "Measure/Shape",
            lambda: shapes.set_background(not is_background()),
            ("Alt+B",),
            "Contrasts (CNR) of the other regions are taken against this one",
            checked=is_background,
            enabled=region,
        ),
        Action(
            "measure.everywhere",
            "On all slices",
            "Measure/Shape",
            lambda: shapes.set_everywhere(not shapes.everywhere),
            ("Alt+O",),
            "The chosen shape lies on all slices, or on the one in view alone",
            checked=lambda: shapes.everywhere,
        ),
        Action(
            "measure.inside",
            "All metrics inside the region",
            "Measure/Shape",
            panel.measure_inside,
            ("Alt+G",),
            "Measure every metric inside the chosen region, for all arms",
            enabled=lambda: measuring.can_measure_inside and not measuring.doing,
        ),
        Action(
            "measure.copy",
            "Copy the table of the shape",
            "Measure/Shape",
            panel.copy,
            ("Alt+T",),
            "The numbers of the chosen shape as CSV text",
            enabled=lambda: measuring.measured is not None,
        ),
        Action(
            "measure.undo",
            "Undo the last change of shapes",
            "Measure/Shape",
            shapes.undo,
            enabled=lambda: shapes.can_undo,
        ),
        Action(
            "measure.redo",
            "Redo the change of shapes",
            "Measure/Shape",
            shapes.redo,
            enabled=lambda: shapes.can_redo,
        ),
        Action(
            "measure.remove",
            "Delete the shape",
            "Measure/Shape",
            shapes.remove,
            enabled=chosen,
        ),
        Action(
            "measure.remove-all",
            "Delete all shapes of the case",
            "Measure/Shape",
            shapes.remove_all,
            ("Ctrl+Del",),
            "Undo brings them back",
            enabled=lambda: bool(shapes.shapes),
        ),
    )
