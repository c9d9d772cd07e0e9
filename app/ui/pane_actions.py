"""What can be done with the panes: layouts, contents, links, comparing in place, protocols."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action
from app.ui.compare import RATES, Mode
from app.ui.inspect_model import InspectModel
from app.ui.layouts import LAYOUTS
from app.ui.pane_content import PaneContent
from app.ui.pane_menu import offered

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


def pane_actions(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    """Return all Actions of the panes, as they are now."""
    return (
        *_layouts(panes),
        *_active_pane(panes, model),
        *_protocols(panes),
        *_in_place(panes),
        *_flicker(panes),
        *_difference(model),
    )


def _layouts(panes: "PaneGrid") -> tuple[Action, ...]:
    return (
        Action(
            "layout.next",
            "Next layout",
            "Panes/Layout",
            panes.next_layout,
            ("L",),
            "How many panes are shown",
        ),
        *(
            Action(
                f"layout-choice.{one.name.lower().replace(' ', '-')}",
                one.name,
                "Panes/Layout",
                partial(panes.set_layout, one.name),
                checked=partial(_same, panes, one.name),
            )
            for one in LAYOUTS
        ),
    )


def _same(panes: "PaneGrid", name: str) -> bool:
    return panes.layout_name == name


def _active_pane(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    active = panes.active

    def set_linked(linked: bool) -> None:
        model.panes.set_linked(active, linked)

    def relink_all() -> None:
        for pane in range(len(panes.panes)):
            model.panes.set_linked(pane, True)

    linked = model.panes.is_linked(active)
    return (
        Action(
            "pane.choose",
            "Choose what the pane shows…",
            "Panes",
            panes.choose_content,
            ("S",),
            "Images, differences, maps, edges, Fourier, in the pane touched last",
        ),
        *_contents(panes, model),
        Action(
            "pane.maximise",
            "Maximise the pane",
            "Panes",
            partial(panes.maximise, active),
            ("Z",),
            "Give the pane touched last the whole room, or restore all; a double click does it too",
            checked=lambda: panes.is_maximised,
        ),
        Action(
            "pane.unlink",
            "Let the pane move on its own",
            "Panes",
            partial(set_linked, not linked),
            ("U",),
            "Slice, zoom and window of the pane touched last are its own, until it is linked again",
            checked=lambda: not linked,
            enabled=lambda: model.view is not None,
        ),
        Action(
            "pane.relink",
            "Link all panes again",
            "Panes",
            relink_all,
            ("Shift+U",),
            "All panes show the same place again",
            enabled=lambda: any(not model.panes.is_linked(one) for one in panes.shown),
        ),
    )


def _contents(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    active = panes.active
    return tuple(
        Action(
            f"pane-content.{_id(content)}",
            f"{group}: {name}" if name else group,
            "Panes/The pane shows",
            partial(model.set_content, active, content),
            checked=partial(lambda content: model.content(active) == content, content),
        )
        for group, name, content in offered(model)
    )


def _id(content: PaneContent) -> str:
    """Return what tells contents apart, without dots, whose last part means something in ids."""
    whose = "of-reference" if content.of_reference else f"arm:{content.arm}"
    return f"{content.kind}/{whose}/{content.map}".replace(".", "·")


def _protocols(panes: "PaneGrid") -> tuple[Action, ...]:
    hanging, menu = panes.hanging, "Panes/Hanging protocols"
    modality = hanging.modality
    return (
        *(
            Action(
                f"hanging.named:{one.name.replace('.', '·')}",
                one.name,
                menu,
                partial(hanging.apply, one),
                hint="Layout, contents, links and window as they were saved",
            )
            for one in hanging.protocols
        ),
        Action(
            "hanging-keep.save",
            "Save as hanging protocol…",
            menu,
            partial(hanging.ask_and_save, panes),
            ("Ctrl+Shift+H",),
            "Keep layout, contents, links and window under a name",
        ),
        *(
            action
            for one in hanging.protocols
            for action in (
                Action(
                    f"hanging-default.named:{one.name.replace('.', '·')}",
                    one.name,
                    f"{menu}/Usual for {modality or 'this modality'}",
                    partial(hanging.toggle_default, one.name),
                    hint="Used by itself when a case of this modality is opened first",
                    checked=partial(lambda name: hanging.default == name, one.name),
                    enabled=lambda: bool(modality),
                ),
                Action(
                    f"hanging-remove.named:{one.name.replace('.', '·')}",
                    one.name,
                    f"{menu}/Remove",
                    partial(hanging.remove, one.name),
                ),
            )
        ),
        Action(
            "hanging-remove.undo",
            "Bring the removed protocol back",
            f"{menu}/Remove",
            hanging.undo,
            enabled=lambda: hanging.can_undo,
        ),
    )


def _in_place(panes: "PaneGrid") -> tuple[Action, ...]:
    compare, active = panes.compare, panes.active

    def is_on(mode: Mode) -> Callable[[], bool]:
        return lambda: compare.mode(active) == mode

    return (
        *(
            Action(
                f"compare.{mode}",
                title,
                "Compare",
                partial(compare.toggle, active, mode),
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
            partial(compare.step_amount, active, 1),
            (")",),
            "Moves the split, the opacity or the size of the squares; Alt+wheel does it too",
            enabled=lambda: compare.mode(active) != "none",
        ),
        Action(
            "compare-amount.less",
            "Less of the second image",
            "Compare",
            partial(compare.step_amount, active, -1),
            ("(",),
            "Moves the split, the opacity or the size of the squares; Alt+wheel does it too",
            enabled=lambda: compare.mode(active) != "none",
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
                checked=partial(lambda rate: compare.rate == rate, rate),
            )
            for rate in RATES
        ),
    )


def _difference(model: InspectModel) -> tuple[Action, ...]:
    difference = model.difference
    times = difference.amplified
    hint = "The same difference gets more colour; the images stay as they are"
    return (
        Action(
            "difference.amplify",
            f"Amplify the difference (now {times} times)",
            "Compare",
            partial(difference.amplify, times * 2),
            ("A",),
            hint,
            enabled=lambda: times < difference.most_amplified,
        ),
        Action(
            "difference.weaken",
            "Amplify the difference less",
            "Compare",
            partial(difference.amplify, times // 2),
            ("Shift+A",),
            hint,
            enabled=lambda: times > 1,
        ),
    )
