"""The Actions of the Inspect room that are no single feature's own."""

from collections.abc import Callable
from functools import partial

from app.ui.actions import Action, nth
from app.ui.inspect_model import InspectModel
from app.ui.values_panel import ValuesPanel


def pair_actions(model: InspectModel) -> tuple[Action, ...]:
    """Return the Actions that go from pair to pair."""

    def able() -> bool:
        return model.pairing is not None and len(model.pairing.pairs) > 1

    return (
        Action(
            "pair.next",
            "Next pair",
            "Find",
            partial(model.step_pair, 1),
            ("N",),
            "The next pair as they stand in the list",
            enabled=able,
        ),
        Action(
            "pair.previous",
            "Previous pair",
            "Find",
            partial(model.step_pair, -1),
            ("P",),
            "The pair before as they stand in the list",
            enabled=able,
        ),
    )


def attribute_actions(
    model: InspectModel, toggle: Callable[[], None], shown: Callable[[], bool]
) -> tuple[Action, ...]:
    """Return the Action that shows the DICOM attributes of the slice in view."""
    return (
        Action(
            "attributes.show",
            "DICOM attributes",
            "View",
            toggle,
            ("Ctrl+T",),
            "What the files of the slice in view say; two files compared",
            checked=shown,
            enabled=lambda: shown() or model.pair is not None,
        ),
    )


def map_actions(model: InspectModel) -> tuple[Action, ...]:
    """Return the Actions that choose the local map."""
    maps = model.maps
    return (
        Action("map.next", "Next map", "Map", partial(maps.step, 1), ("M",), "The next local map"),
        Action(
            "map.previous",
            "Previous map",
            "Map",
            partial(maps.step, -1),
            ("Shift+M",),
            "The local map before",
        ),
        *(
            Action(
                f"map-choice.{one.id}",
                one.title,
                "Map",
                partial(maps.choose, one.id),
                nth("Y", place),
                f"Cannot be shown: {why}" if why else one.summary,
                checked=partial(_is_chosen, model, one.id),
                enabled=partial(bool, not why),
            )
            for place, (one, why) in enumerate(maps.choices, 1)
        ),
    )


def measure_actions(model: InspectModel, values: ValuesPanel) -> tuple[Action, ...]:
    """Return the Actions for the metric values and their region."""

    def measure_or_stop() -> None:
        if model.measuring.running:
            model.measuring.cancel()
        else:
            model.measure()

    running = model.measuring.running
    return (
        Action(
            "metrics.measure",
            "Stop measuring" if running else "Measure all pairs",
            "Measure",
            measure_or_stop,
            ("Ctrl+M",),
            "Every metric of every pair; it goes on where it was stopped",
            enabled=lambda: model.measuring.running or model.can_measure,
        ),
        Action(
            "metrics.region",
            "Next region of the values",
            "Measure",
            values.next_region,
            ("B",),
            "Whole image or body",
        ),
    )


def body_actions(model: InspectModel) -> tuple[Action, ...]:
    """Return the Actions that show and draw the body."""
    body, menu = model.body, "Measure/Body"

    def editing() -> bool:
        return body.editing

    return (
        Action(
            "body.show",
            "Outline the body",
            menu,
            lambda: body.show(not body.shown),
            ("O",),
            "On every pane",
            checked=lambda: body.shown,
        ),
        Action(
            "body.edit",
            "Draw the body",
            menu,
            lambda: body.edit(not body.editing),
            ("E",),
            "Drag adds, Shift+drag removes",
            checked=editing,
            enabled=lambda: model.view is not None,
        ),
        Action(
            "body.larger",
            "Larger brush",
            menu,
            partial(body.editor.resize_brush, 1),
            ("]",),
            enabled=editing,
        ),
        Action(
            "body.smaller",
            "Smaller brush",
            menu,
            partial(body.editor.resize_brush, -1),
            ("[",),
            enabled=editing,
        ),
        Action(
            "body.undo",
            "Take the last stroke back",
            menu,
            body.editor.undo,
            enabled=lambda: body.editing and body.editor.can_undo,
        ),
        Action(
            "body.reset",
            "Go back to the body as it was found",
            menu,
            body.editor.reset,
            ("Shift+E",),
            "Take all strokes back; Undo brings them again",
            enabled=lambda: body.editing and body.editor.can_reset,
        ),
        Action(
            "body.leave",
            "Keep what was drawn and leave",
            menu,
            lambda: body.edit(False),
            enabled=editing,
        ),
    )


def _is_chosen(model: InspectModel, id: str) -> bool:
    chosen = model.maps.chosen
    return chosen is not None and chosen.id == id
