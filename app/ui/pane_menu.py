"""The menu that chooses what a pane shows, or what it is compared with."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.ui.inspect_model import InspectModel
from app.ui.pane_content import OF_ONE_IMAGE, SUMMARIES, TITLES, Kind, PaneContent

_OF_AN_ARM: tuple[Kind, ...] = ("reconstruction", "difference", "absolute", *OF_ONE_IMAGE)
Choose = Callable[[PaneContent], object]
USUAL_SECOND = "An image is compared with the reference, the reference with the arm in view"


def offered(model: InspectModel) -> tuple[tuple[str, str, PaneContent], ...]:
    """Return what can be shown of the case in view: a group, a name in it, the content.

    The name is empty for what is alone in its group.
    """
    arms, pair = model.arms(), model.pair
    here = f"Arm in view ({pair.arm})" if pair is not None else "Arm in view"
    found: list[tuple[str, str, PaneContent]] = [
        (TITLES["reference"], "", PaneContent("reference"))
    ]
    for kind in _OF_AN_ARM:
        if kind in OF_ONE_IMAGE:
            whole = PaneContent(kind, of_reference=True)
            found.append((TITLES[kind], "Reference", whole))
        elif len(arms) < 2:
            found.append((TITLES[kind], "", PaneContent(kind)))
            continue
        found.append((TITLES[kind], here, PaneContent(kind)))
        if len(arms) > 1:
            found += [(TITLES[kind], arm, PaneContent(kind, arm)) for arm in arms]
    found.append((TITLES["map"], "The map chosen above the panes", PaneContent("map")))
    for one, why in model.maps.choices:
        if not why:
            found.append((TITLES["map"], one.title, PaneContent("map", map=one.id)))
    return tuple(found)


def empty(menu: QMenu) -> None:
    """Take everything out of a menu; Qt's ``clear`` leaves the menus in it behind."""
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    inner = menu.findChildren(QMenu, options=direct)
    menu.clear()
    for one in inner:
        one.deleteLater()


def fill_contents(
    menu: QMenu, model: InspectModel, now: PaneContent | None, choose: Choose
) -> None:
    """Put everything that can be shown into a menu, what is shown now ticked."""
    inner: dict[str, QMenu] = {}
    for group, name, content in offered(model):
        if name and group not in inner:
            inner[group] = menu.addMenu(group)
            inner[group].setToolTipsVisible(True)
        action = (inner[group] if name else menu).addAction((name or group).replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(content == now)
        action.setToolTip(summary_of(model, content))
        action.triggered.connect(lambda _=False, content=content: choose(content))
    if now is not None and now.kind == "map" and len(model.arms()) > 1:
        _add_arms_of_map(menu, model, now, choose)


def _add_arms_of_map(menu: QMenu, model: InspectModel, now: PaneContent, choose: Choose) -> None:
    """Let a map be that of another arm."""
    arms = menu.addMenu("Map of arm")
    for arm in ("", *model.arms()):
        action: QAction = arms.addAction(arm.replace("&", "&&") or "Arm in view")
        action.setCheckable(True)
        action.setChecked(now.arm == arm)
        content = PaneContent("map", arm, now.map)
        action.triggered.connect(lambda _=False, content=content: choose(content))


def summary_of(model: InspectModel, content: PaneContent) -> str:
    """Return what a content is, in a sentence."""
    for one, _ in model.maps.choices:
        if content.kind == "map" and one.id == content.map:
            return one.summary
    return SUMMARIES[content.kind]
