"""What a person can do in a room: one list for menus, shortcuts, tooltips and the palette.

A feature gives its room a tuple of Actions, from a method or function ``actions()``, and
the room's page joins them. Nothing more is needed: ``ActionSet`` asks for them anew before
every key and whenever a menu opens, so that titles, keys, ticks and what can be done may
change at any time without a signal. It must therefore answer at once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace


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


ROUTED = {"undo": "Ctrl+Z", "redo": "Ctrl+Shift+Z", "leave": "Esc", "remove": "Del"}
"""Last part of an id, and the key that all such actions share."""
_BACK_AND_FORTH = ("undo", "redo")


def routed(actions: Sequence[Action], front: str, changed: str = "") -> tuple[Action, ...]:
    """Give each shared key to one action: what is in front, else the first that can be done.

    Undo and redo belong to what was changed last, whatever is in front.

    Several features can undo, redo, leave and remove. Their ids end in ``.undo``,
    ``.redo``, ``.leave`` and ``.remove``, and they name no keys of their own.

    Parameters
    ----------
    front
        The first part of the ids of what is in use, e.g. ``marks``.
    changed
        The first part of the ids of what was changed last; empty for nothing.
    """
    kept = {}
    for last, key in ROUTED.items():
        group = [one for one in actions if one.id.rpartition(".")[2] == last]
        able = [one for one in group if can(one)] or group
        for first in (changed, front) if last in _BACK_AND_FORTH else (front,):
            able = [one for one in able if one.id.partition(".")[0] == first] or able
        kept |= {one.id: (key,) if one in able[:1] else () for one in group}
    return tuple(replace(one, keys=kept[one.id]) if one.id in kept else one for one in actions)


_STEPS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def nth(begin: str, place: int) -> tuple[str, ...]:
    """Return the keys of one of many: those that all begin with, and then a digit or a letter.

    ``place`` counts from 1; 0 has the digit 0. There is none beyond the letters.
    """
    steps = "0" + _STEPS
    return (f"{begin}, {steps[place]}",) if 0 <= place < len(steps) else ()


def can(action: Action) -> bool:
    """Return whether an action can be done now."""
    return action.enabled is None or action.enabled()


def ambiguous(actions: Iterable[Action]) -> tuple[str, ...]:
    """Return the keys that more than one action claims; there must be none.

    A shared key counts where several of its actions can be done now. A key with which
    others begin is claimed by them too: nobody could tell whether more will follow.
    """
    shared = set(ROUTED.values())
    claimed = Counter(key for one in actions for key in one.keys if key not in shared or can(one))
    begun = {key[:at] for key in claimed for at in range(len(key)) if key.startswith(", ", at)}
    return tuple(sorted(key for key, count in claimed.items() if count > 1 or key in begun))
