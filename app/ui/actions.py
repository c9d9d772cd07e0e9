"""What a person can do in a room: one list for menus, shortcuts, tooltips and the palette."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Parameters
    ----------
    id
        Unique and stable, e.g. ``compare.swipe``.
    title
        What menu and palette call it, in the imperative where it does something.
    menu
        The menu in which it stands, e.g. ``Compare``; ``Panes/Layout`` is a menu in a menu.
    run
        Does it. A checkable action turns itself over; ``checked`` tells what it is then.
    keys
        Shortcuts as Qt writes them, e.g. ``Shift+W``; the first one is shown.
    hint
        A sentence for the tooltip.
    checked
        Whether it is on; None for what is not checkable.
    enabled
        Whether it can be done now; always, if None.
    """

    id: str
    title: str
    menu: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    hint: str = ""
    checked: Callable[[], bool] | None = None
    enabled: Callable[[], bool] | None = None
