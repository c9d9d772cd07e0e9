"""What can be done with the panes: layouts, contents, links, hanging protocols."""

from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action
from app.ui.compare_actions import compare_actions
from app.ui.inspect_model import InspectModel
from app.ui.layouts import LAYOUTS
from app.ui.pane_content import PaneContent
from app.ui.pane_menu import offered

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid


def pane_actions(panes: "PaneGrid", model: InspectModel) -> tuple[Action, ...]:
    """Return all Actions of the panes, as they are now."""
    return (
        *_layouts(panes),
        *_active_pane(panes, model),
        *_protocols(panes),
        *compare_actions(panes, model),
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

    return tuple(
        Action(
            f"pane-content.{_id(content)}",
            f"{group}: {name}" if name else group,
            "Panes/The pane shows",
            partial(show, content),
            checked=partial(is_shown, content),
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

    def is_usual(name: str) -> bool:
        return hanging.default == name

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
                    checked=partial(is_usual, one.name),
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
