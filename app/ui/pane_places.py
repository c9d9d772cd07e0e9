"""Of which arm and slice a pane is, and whether a place on it is one of the patient; no widgets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.canvas import Canvas
    from app.ui.inspect_model import InspectModel

Where = tuple[str, str, int]
"""Case, arm, and the number of the slice in the tables."""


def fits(model: "InspectModel", pane: int, canvas: "Canvas") -> bool:
    """Return whether a place on a pane is a place of the patient, on the reference's grid."""
    view = model.view
    if view is None or model.panes.seen(pane)[0].kind == "fourier":
        return False
    grid = view.reference.grid
    return canvas.plane_shape == (grid.rows, grid.columns)


def shows_slice_in_view(model: "InspectModel", pane: int, canvas: "Canvas") -> bool:
    """Return whether a pane shows the patient, and the same slice as the linked panes."""
    return model.panes.state(pane).slice == model.state.slice and fits(model, pane, canvas)


def arms_seen(model: "InspectModel", pane: int) -> tuple[str, ...]:
    """Return the arms that a pane shows; the arm in view where it shows the reference alone."""
    pair = model.pair
    if pair is None:
        return ()
    arms = (one.arm or pair.arm for one in model.panes.seen(pane) if one.needs_arm)
    return tuple(dict.fromkeys(arms)) or (pair.arm,)


def seen_at(model: "InspectModel", pane: int) -> tuple[Where, ...]:
    """Return what a pane shows: one for each arm that has an image at its slice."""
    pair = model.pair
    if pair is None:
        return ()
    index = model.panes.state(pane).slice
    numbers = ((arm, model.images.number_of(arm, index)) for arm in arms_seen(model, pane))
    return tuple((pair.case, arm, number) for arm, number in numbers if number is not None)


def why_not_one(model: "InspectModel", pane: int) -> str:
    """Return why what is drawn on a pane would be of no single arm; empty where it is of one."""
    arms, there = arms_seen(model, pane), seen_at(model, pane)
    if len(arms) > 1:
        return (
            f"This pane shows {' and '.join(arms)} at once. Mark where one of them is seen alone."
        )
    return "" if there or not arms else f"{arms[0]} has no image at this place."
