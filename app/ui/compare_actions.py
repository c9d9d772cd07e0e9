"""What can be done to compare: in place, by flicker, by amplifying, in the window shown."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action, nth
from app.ui.compare import RATES, Mode
from app.ui.inspect_model import InspectModel

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid

_MODES: tuple[tuple[Mode, str, str, str], ...] = (
    ("swipe", "Swipe", "W", "Part the active pane in two images; drag the line between them"),
    ("fade", "Fade", "D", "Lay one image over the other; the slider or Alt+wheel says how much"),
    (
        "checker",
        "Checkerboard",
        "C",
        "Squares of both images in turn; Alt+wheel changes their size",
    ),
)


def compare_actions(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    """Return all Actions that compare, as they are now."""
    return (*_in_place(panes), *_flicker(panes), *_difference(model), *_space(model))


def _in_place(panes: "PaneGrid") -> tuple[Action, ...]:
    compare = panes.compare

    def is_on(mode: Mode) -> Callable[[], bool]:
        return lambda: compare.mode(panes.active) == mode

    def step(steps: int) -> None:
        compare.step_amount(panes.active, steps)

    return (
        *(
            Action(
                f"compare.{mode}",
                title,
                "Compare",
                partial(panes.toggle_mode, mode),
                (key,),
                hint,
                checked=is_on(mode),
            )
            for mode, title, key, hint in _MODES
        ),
        Action(
            "compare-amount.more",
            "More of the second image",
            "Compare",
            partial(step, 1),
            (")",),
            "Moves the split, the opacity or the size of the squares; Alt+wheel does it too",
            enabled=lambda: compare.mode(panes.active) != "none",
        ),
        Action(
            "compare-amount.less",
            "Less of the second image",
            "Compare",
            partial(step, -1),
            ("(",),
            "Moves the split, the opacity or the size of the squares; Alt+wheel does it too",
            enabled=lambda: compare.mode(panes.active) != "none",
        ),
        Action(
            "compare-place.magnifier",
            "Magnifier",
            "Compare",
            lambda: compare.set_magnifier(not compare.magnifier),
            ("G",),
            "A lens in every pane shows the place under the mouse four times as large",
            checked=lambda: compare.magnifier,
        ),
        Action(
            "compare-place.crosshair",
            "Crosshair",
            "Compare",
            lambda: compare.set_crosshair(not compare.crosshair),
            ("X",),
            "Lines cross at the place under the mouse in every pane",
            checked=lambda: compare.crosshair,
        ),
    )


def _flicker(panes: "PaneGrid") -> tuple[Action, ...]:
    compare = panes.compare

    def is_rate(rate: int) -> bool:
        return compare.rate == rate

    return (
        Action(
            "flicker.hand",
            "Flicker by hand",
            "Compare",
            compare.flick,
            ("Space",),
            "Exchange each image with what it is compared with",
            checked=lambda: compare.flicked,
        ),
        Action(
            "flicker.automatic",
            "Flicker by itself",
            "Compare",
            lambda: compare.set_automatic(not compare.automatic),
            ("Ctrl+Space",),
            f"Exchange them {compare.rate} times a second",
            checked=lambda: compare.automatic,
        ),
        *(
            Action(
                f"flicker-rate.{rate}",
                f"{rate} a second",
                "Compare/Flicker rate",
                partial(compare.set_rate, rate),
                nth("Shift+F", rate),
                checked=partial(is_rate, rate),
            )
            for rate in RATES
        ),
    )


def _difference(model: InspectModel) -> tuple[Action, ...]:
    difference = model.difference
    hint = "The same difference gets more colour; the images stay as they are"
    return (
        Action(
            "difference.amplify",
            f"Amplify the difference (now {difference.amplified} times)",
            "Compare",
            lambda: difference.amplify(difference.amplified * 2),
            ("A",),
            hint,
            enabled=lambda: difference.amplified < difference.most_amplified,
        ),
        Action(
            "difference.weaken",
            "Amplify the difference less",
            "Compare",
            lambda: difference.amplify(difference.amplified // 2),
            ("Shift+A",),
            hint,
            enabled=lambda: difference.amplified > 1,
        ),
    )


def _space(model: InspectModel) -> tuple[Action, ...]:
    values = model.values

    def choose() -> None:
        values.set_window(None if values.space else model.state.window)

    return (
        Action(
            "metrics-space.window",
            "Measure what the window shows too",
            "Measure",
            choose,
            ("Ctrl+Shift+M",),
            "Beside native values, those clipped to the window in view now; a banner says so",
            checked=lambda: bool(values.space),
            enabled=lambda: model.view is not None,
        ),
    )
