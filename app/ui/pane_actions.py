"""What can be done with the panes: layouts, contents, links, hanging protocols."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action, nth
from app.ui.compare_actions import compare_actions
from app.ui.inspect_model import InspectModel
from app.ui.layouts import LAYOUTS
from app.ui.pane_content import Kind, PaneContent
from app.ui.pane_menu import USUAL_SECOND, offered, summary_of

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid

_LETTERS: dict[Kind, str] = {
    "reference": "R",
    "reconstruction": "C",
    "difference": "D",
    "absolute": "A",
    "map": "M",
    "edges": "E",
    "fourier": "F",
}
"""With which keys of a content go on."""


def pane_actions(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    """Return all Actions of the panes, as they are now."""
    return (
        *_layouts(panes),
        *_active_pane(panes, model),
        *_protocols(panes),
        *compare_actions(panes, model),
        *_seconds(panes, model),
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
                nth("Shift+L", place),
                checked=partial(_same, panes, one.name),
            )
            for place, one in enumerate(LAYOUTS, 1)
        ),
    )


def _same(panes: "PaneGrid", name: str) -> bool:
    return panes.layout_name == name


def _active_pane(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    def is_linked() -> bool:
        return model.panes.is_linked(panes.active)

    def relink_all() -> None:
        for pane in range(len(panes.panes)):
            model.panes.set_linked(pane, True)

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
            lambda: panes.maximise(panes.active),
            ("Z",),
            "Give the pane touched last the whole room, or restore all; a double click does it too",
            checked=lambda: panes.is_maximised,
        ),
        Action(
            "pane.unlink",
            "Let the pane move on its own",
            "Panes",
            lambda: model.panes.set_linked(panes.active, not is_linked()),
            ("U",),
            "Slice, zoom and window of the pane touched last are its own, until it is linked again",
            checked=lambda: not is_linked(),
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
    def show(content: PaneContent) -> None:
        model.set_content(panes.active, content)

    def is_shown(content: PaneContent) -> bool:
        return model.content(panes.active) == content

    return (
        *(
            Action(
                f"pane-content.{_id(content)}",
                words,
                "Panes/The pane shows",
                partial(show, content),
                keys,
                summary_of(model, content),
                checked=partial(is_shown, content),
            )
            for words, keys, content in _choices(model, "Shift+S")
        ),
        *_arms_of_map(
            model,
            lambda: model.content(panes.active),
            show,
            ("pane-map-arm", "Show the map of", "Panes/Map of arm", "Shift+Y"),
        ),
    )


def _seconds(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    """Return what the active pane can be compared with."""
    menu = "Compare/Compare with"

    def compare(content: PaneContent | None) -> None:
        model.panes.set_second(panes.active, content)

    def chosen() -> PaneContent | None:
        pane = panes.active
        return model.panes.second(pane) if model.panes.is_second_chosen(pane) else None

    def is_chosen(content: PaneContent | None) -> bool:
        return chosen() == content

    return (
        Action(
            "compare-with.usual",
            "Compare with the usual",
            menu,
            partial(compare, None),
            ("V, V",),
            USUAL_SECOND,
            checked=partial(is_chosen, None),
        ),
        *(
            Action(
                f"compare-content.{_id(content)}",
                f"Compare with {words}",
                menu,
                partial(compare, content),
                keys,
                summary_of(model, content),
                checked=partial(is_chosen, content),
            )
            for words, keys, content in _choices(model, "V")
        ),
        *_arms_of_map(
            model,
            chosen,
            compare,
            ("compare-map-arm", "Compare with the map of", f"{menu}/Map of arm", "Shift+V"),
        ),
    )


def _choices(model: InspectModel, begin: str) -> Iterator[tuple[str, tuple[str, ...], PaneContent]]:
    """Yield title, keys and content of all that can be shown.

    The keys go on with the letter of a group, and where there are several in it with 0 for
    the first one, 1 for the next.
    """
    places: Counter[str] = Counter()
    for group, name, content in offered(model):
        key = f"{begin}, {_LETTERS[content.kind]}"
        keys = nth(key, places[group]) if name else (key,)
        places[group] += 1
        yield f"{group}: {name}" if name else group, keys, content


def _arms_of_map(
    model: InspectModel,
    now: Callable[[], PaneContent | None],
    choose: Callable[[PaneContent], object],
    named: tuple[str, str, str, str],
) -> tuple[Action, ...]:
    """Let a map be that of another arm.

    ``named`` says how ids and titles begin, in which menu they stand, and how keys begin.
    """
    part, what, menu, begin = named
    arms = ("", *model.arms())

    def is_map() -> bool:
        content = now()
        return content is not None and content.kind == "map"

    def show(arm: str) -> None:
        content = now()
        if content is not None and content.kind == "map":
            choose(replace(content, arm=arm))

    def is_shown(arm: str) -> bool:
        content = now()
        return content is not None and content.kind == "map" and content.arm == arm

    return tuple(
        Action(
            f"{part}.arm:{arm.replace('.', '·')}",
            f"{what} {arm or 'the arm in view'}",
            menu,
            partial(show, arm),
            nth(begin, place),
            "The same map of another arm; for a pane that shows a map",
            checked=partial(is_shown, arm),
            enabled=is_map,
        )
        for place, arm in enumerate(arms if len(arms) > 2 else ())
    )


def _id(content: PaneContent) -> str:
    """Return what tells contents apart, without dots, whose last part means something in ids."""
    whose = "of-reference" if content.of_reference else f"arm:{content.arm}"
    return f"{content.kind}/{whose}/{content.map}".replace(".", "·")


def _protocols(panes: "PaneGrid") -> tuple[Action, ...]:
    hanging, menu = panes.hanging, "Panes/Hanging protocols"
    modality = hanging.modality

    def is_usual(name: str) -> bool:
        return hanging.default == name

    return (
        *(
            Action(
                f"hanging.named:{one.name.replace('.', '·')}",
                one.name,
                menu,
                partial(hanging.apply, one),
                nth("H", place),
                "Layout, contents, links and window as they were saved",
            )
            for place, one in enumerate(hanging.protocols, 1)
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
            for place, one in enumerate(hanging.protocols, 1)
            for action in (
                Action(
                    f"hanging-default.named:{one.name.replace('.', '·')}",
                    one.name,
                    f"{menu}/Usual for {modality or 'this modality'}",
                    partial(hanging.toggle_default, one.name),
                    nth("Shift+H", place),
                    "Used by itself when a case of this modality is opened first",
                    checked=partial(is_usual, one.name),
                    enabled=lambda: bool(modality),
                ),
                Action(
                    f"hanging-remove.named:{one.name.replace('.', '·')}",
                    one.name,
                    f"{menu}/Remove",
                    partial(hanging.remove, one.name),
                    nth("Ctrl+H", place),
                    "Forget this protocol; it can be brought back",
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
