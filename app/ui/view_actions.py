"""What can be done with a way of looking: slices, zoom, place, and the grey window."""

from collections.abc import Callable
from functools import partial

from app.domain.image import Window
from app.ui.actions import Action
from app.ui.canvas_labels import in_short
from app.ui.view_keys import KEY_DRAG, KEY_PAN
from app.ui.view_state import Interpolation, ViewState
from app.ui.windows import preset_keys

_STEP = 1.2
INTERPOLATIONS: tuple[tuple[Interpolation, str, str], ...] = (
    ("nearest", "No", "Each pixel is a square"),
    ("linear", "Linear", "Between pixels in straight lines"),
    ("cubic", "Cubic", "Between pixels in smooth curves"),
)


def view_actions(
    state: ViewState, interpolate: Callable[[Interpolation], None]
) -> tuple[Action, ...]:
    """Return the Actions for slices, zoom and place.

    ``interpolate`` takes what a person has chosen to stand between the pixels.
    """
    last = state.slice_count - 1

    def move(across: float, down: float) -> None:
        step = KEY_PAN / state.zoom
        x, y = state.centre
        state.set_view(state.zoom, (x + step * across, y + step * down))

    def slices(
        id: str, title: str, steps: int, keys: tuple[str, ...], able: bool, hint: str = ""
    ) -> Action:
        return Action(
            f"slice.{id}",
            title,
            "View/Slice",
            partial(state.step_slice, steps),
            keys,
            hint,
            enabled=lambda: able,
        )

    behind, before = state.slice > 0, state.slice < last
    return (
        slices("next", "Next slice", 1, ("Down",), before, "The wheel does it too"),
        slices("previous", "Previous slice", -1, ("Up",), behind, "The wheel does it too"),
        slices("five-on", "Five slices on", 5, ("PgDown",), before),
        slices("five-back", "Five slices back", -5, ("PgUp",), behind),
        slices("first", "First slice", -state.slice, ("Home",), behind),
        slices("last", "Last slice", last - state.slice, ("End",), before),
        Action("zoom.fit", "Fit", "View/Zoom", state.fit, ("F", "Ctrl+0"), "Show the whole image"),
        Action("zoom.in", "Enlarge", "View/Zoom", lambda: state.zoom_by(_STEP), ("+", "=")),
        Action("zoom.out", "Reduce", "View/Zoom", lambda: state.zoom_by(1 / _STEP), ("-",)),
        Action("move.left", "Move left", "View/Move", lambda: move(-1, 0), ("Ctrl+Left",)),
        Action("move.right", "Move right", "View/Move", lambda: move(1, 0), ("Ctrl+Right",)),
        Action("move.up", "Move up", "View/Move", lambda: move(0, -1), ("Ctrl+Up",)),
        Action("move.down", "Move down", "View/Move", lambda: move(0, 1), ("Ctrl+Down",)),
        Action(
            "view.reset",
            "Reset",
            "View",
            state.reset,
            ("R",),
            "The first window, not inverted, the whole image; the slice stays",
        ),
        Action(
            "zoom.one-to-one",
            "One pixel on one of the screen",
            "View/Zoom",
            partial(state.set_scale, "pixels"),
            (".",),
            "1:1, no pixel is made up and none left out",
            checked=lambda: state.scale == "pixels",
        ),
        Action(
            "zoom.true-size",
            "True size",
            "View/Zoom",
            partial(state.set_scale, "true"),
            (",",),
            "A millimetre of the patient is one on the screen, as far as the screen says its size",
            checked=lambda: state.scale == "true",
        ),
        *(
            Action(
                f"interpolation.{kind}",
                f"{title} interpolation",
                "View/Pixels",
                partial(interpolate, kind),
                (f"Shift+I, {title[0]}",),
                hint,
                checked=partial(_interpolates, state, kind),
            )
            for kind, title, hint in INTERPOLATIONS
        ),
    )


def window_actions(state: ViewState, windows: tuple[tuple[str, Window], ...]) -> tuple[Action, ...]:
    """Return the Actions for the grey window, the presets with their values among them."""
    by_keys = "Window/By keys"
    return (
        *(
            Action(
                f"window.preset-{number}",
                f"{name}   W {in_short(window.width)}  L {in_short(window.center)}",
                "Window",
                partial(state.set_window, window),
                keys,
                checked=partial(_shows, state, window.center, window.width),
            )
            for number, ((name, window), keys) in enumerate(
                zip(windows, preset_keys(windows), strict=True), start=1
            )
        ),
        Action(
            "window-grey.invert",
            "Invert",
            "Window",
            state.invert,
            ("I",),
            "Exchange black and white",
            checked=lambda: state.inverted,
        ),
        Action(
            "window-step.wider",
            "Wider",
            by_keys,
            lambda: state.move_window(KEY_DRAG, 0),
            ("Shift+Right",),
            "Less contrast",
        ),
        Action(
            "window-step.narrower",
            "Narrower",
            by_keys,
            lambda: state.move_window(-KEY_DRAG, 0),
            ("Shift+Left",),
            "More contrast",
        ),
        Action(
            "window-step.up",
            "Centre down",
            by_keys,
            lambda: state.move_window(0, -KEY_DRAG),
            ("Shift+Up",),
            "Brighter",
        ),
        Action(
            "window-step.down",
            "Centre up",
            by_keys,
            lambda: state.move_window(0, KEY_DRAG),
            ("Shift+Down",),
            "Darker",
        ),
    )


def _shows(state: ViewState, center: float, width: float) -> bool:
    return (state.window.center, state.window.width) == (center, width)


def _interpolates(state: ViewState, kind: Interpolation) -> bool:
    return state.interpolation == kind
