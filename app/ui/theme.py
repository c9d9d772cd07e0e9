"""The light and the dark theme: colours, palette and style sheet.

The colours come from the Okabe-Ito set, which readers with any kind of colour
vision tell apart; no meaning is carried by colour alone.
"""

import json
from functools import cache
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.resources import resource

DEFAULT = "dark"
_ROLE = QPalette.ColorRole


@cache
def colors(name: str) -> dict[str, str]:
    """Return the named colours of a theme, e.g. ``colors("dark")["accent"]``."""
    read: dict[str, str] = json.loads(resource("themes", f"{name}.json").read_text("utf-8"))
    return read


def palette(name: str) -> QPalette:
    """Return the palette of a theme, complete for the Fusion style."""
    color = {key: QColor(value) for key, value in colors(name).items()}
    made = QPalette()
    for role, key in (
        (_ROLE.Window, "window"),
        (_ROLE.WindowText, "text"),
        (_ROLE.Base, "base"),
        (_ROLE.AlternateBase, "alternate"),
        (_ROLE.Text, "text"),
        (_ROLE.PlaceholderText, "muted"),
        (_ROLE.Button, "raised"),
        (_ROLE.ButtonText, "text"),
        (_ROLE.BrightText, "error"),
        (_ROLE.ToolTipBase, "raised"),
        (_ROLE.ToolTipText, "text"),
        (_ROLE.Highlight, "selection"),
        (_ROLE.HighlightedText, "on_selection"),
        (_ROLE.Link, "accent"),
        (_ROLE.LinkVisited, "accent"),
        (_ROLE.Accent, "accent"),
        (_ROLE.Light, "hover"),
        (_ROLE.Midlight, "raised"),
        (_ROLE.Mid, "border"),
        (_ROLE.Dark, "border"),
        (_ROLE.Shadow, "base"),
    ):
        made.setColor(role, color[key])
    for role in (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, color["disabled"])
    return made


def style_sheet(name: str) -> str:
    """Return the style sheet of a theme, its colours filled in."""
    template = Template(resource("themes", "blindread.qss").read_text("utf-8"))
    icons = resource("icons").as_posix()
    return template.substitute(colors(name), icons=icons, theme=name)


def apply(application: QApplication, name: str) -> None:
    """Give the whole application a theme; an unknown name gives the dark one."""
    known = name if name in ("dark", "light") else DEFAULT
    application.setStyleSheet("")  # from sheet to sheet Qt takes several times as long
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    application.setPalette(palette(known))
    application.setStyleSheet(style_sheet(known))
    application.setProperty("theme", known)


def current(application: QApplication | None = None) -> str:
    """Return the name of the theme in use."""
    instance = application or QApplication.instance()
    named = instance.property("theme") if instance is not None else None
    return named if isinstance(named, str) else DEFAULT


def color(key: str) -> QColor:
    """Return a named colour of the theme in use, e.g. ``color("muted")``."""
    return QColor(colors(current())[key])
