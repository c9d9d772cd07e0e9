"""Hanging protocols: layouts with their contents, kept by a person under names of their own.

They lie in ``hanging.json`` beside the settings. What cannot be understood there is put
aside under another name, never written over.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import StoreError
from app.ui.layouts import layout_named
from app.ui.pane_content import PaneContent
from app.ui.settings import settings_folder

_VERSION = 1


@dataclass(frozen=True, slots=True)
class HangingProtocol:
    """A layout, what each of its panes shows, which are unlinked, and a window preset.

    ``window`` names a preset of the case; where the case has none of this name,
    the window stays.
    """

    name: str
    layout: str
    contents: tuple[PaneContent, ...]
    unlinked: tuple[int, ...] = ()
    window: str = ""


@dataclass(frozen=True, slots=True)
class Hangings:
    """All protocols of a person, and by modality the name of the usual one."""

    protocols: tuple[HangingProtocol, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> HangingProtocol | None:
        """Return the protocol of this name."""
        return next((one for one in self.protocols if one.name == name), None)

    def with_protocol(self, protocol: HangingProtocol) -> "Hangings":
        """Return them with one more, in the place of one with the same name."""
        others = tuple(one for one in self.protocols if one.name != protocol.name)
        return Hangings((*others, protocol), self.defaults)

    def without(self, name: str) -> "Hangings":
        """Return them without one."""
        kept = tuple(one for one in self.protocols if one.name != name)
        return Hangings(kept, {key: one for key, one in self.defaults.items() if one != name})

    def with_default(self, modality: str, name: str) -> "Hangings":
        """Return them with another usual protocol for a modality; empty for none."""
        others = {key: one for key, one in self.defaults.items() if key != modality}
        return Hangings(self.protocols, {**others, modality: name} if name else others)


def hanging_file() -> Path:
    """Return where the protocols lie; the file need not exist."""
    return settings_folder() / "hanging.json"


def load() -> Hangings:
    """Return the protocols of this person; none where there is no file.

    Raises
    ------
    StoreError
        The file cannot be read or understood; it is left as it is.
    """
    path = hanging_file()
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Hangings()
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(
            f"The hanging protocols in {path} cannot be read.",
            remedy="Repair or remove the file. It is kept under another name when you save "
            "the next protocol.",
        ) from error


def save(hangings: Hangings) -> None:
    """Write the protocols beside and replace; a file that cannot be understood is put aside.

    Raises
    ------
    StoreError
        The disk refused.
    """
    path = hanging_file()
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    words = json.dumps(_to_json(hangings), indent=1, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _put_aside_if_damaged(path)
        beside.write_text(words, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(
            f"The hanging protocols cannot be written to {path}.",
            remedy="Make room on the disk, or allow writing there.",
        ) from error


def _put_aside_if_damaged(path: Path) -> None:
    try:
        load()
    except StoreError:
        number = 1
        while (aside := path.with_name(f"hanging.damaged-{number}.json")).exists():
            number += 1
        path.replace(aside)


def _to_json(hangings: Hangings) -> dict[str, object]:
    return {
        "version": _VERSION,
        "protocols": [
            {
                "name": one.name,
                "layout": one.layout,
                "contents": [content.to_json() for content in one.contents],
                "unlinked": list(one.unlinked),
                "window": one.window,
            }
            for one in hangings.protocols
        ],
        "defaults": dict(hangings.defaults),
    }


def _from_json(read: Mapping[str, object]) -> Hangings:
    """Return what a file holds; ValueError and its like where it is none of ours."""
    if read["version"] != _VERSION:
        raise ValueError("another version")
    listed, defaults = read["protocols"], read["defaults"]
    if not isinstance(listed, list) or not isinstance(defaults, dict):
        raise ValueError("no protocols")
    found = tuple(_protocol(one) for one in listed)
    if not all(isinstance(name, str) for name in defaults.values()):
        raise ValueError("a usual protocol without a name")
    return Hangings(found, defaults)


def _protocol(read: Mapping[str, object]) -> HangingProtocol:
    name, layout, window = read["name"], read["layout"], read["window"]
    contents, unlinked = read["contents"], read["unlinked"]
    if (
        not isinstance(name, str)
        or not isinstance(layout, str)
        or layout_named(layout) is None
        or not isinstance(window, str)
        or not isinstance(contents, list)
        or not isinstance(unlinked, list)
        or not all(type(pane) is int for pane in unlinked)
    ):
        raise ValueError(f"no hanging protocol: {name}")
    known = tuple(PaneContent.from_json(one) for one in contents)
    return HangingProtocol(name, layout, known, tuple(unlinked), window)
