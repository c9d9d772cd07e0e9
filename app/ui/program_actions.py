"""What can be done in every room."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.ui.actions import Action, nth
from app.ui.rooms import ROOMS
from app.ui.settings import THEMES

if TYPE_CHECKING:
    from app.ui.window import MainWindow

PALETTE = "help.palette"


def program_actions(window: "MainWindow") -> tuple[Action, ...]:
    """Return the Actions of the window, as they are now."""
    return (*_files(window), *_views(window), *_helps(window))


def _files(window: "MainWindow") -> tuple[Action, ...]:
    recent = tuple(
        Action(
            f"recent.{number}",
            name,
            "File/Open recent",
            partial(window.open_path, Path(name)),
            nth("Ctrl+R", number),
            "Open this folder of cases again",
        )
        for number, name in enumerate(window.context.settings.recent, 1)
    )
    return (
        Action(
            "open.cases",
            "Open a folder of cases…",
            "File",
            window.open_folder,
            ("Ctrl+O",),
            "Or drop it on the window",
        ),
        Action("open.study", "Open a study…", "File", window.open_study, ("Ctrl+Shift+O",)),
        *recent,
        Action(
            "open.sample",
            "Open the sample study",
            "File",
            window.open_sample,
            ("Ctrl+Shift+E",),
            "Cases that come with the program",
            enabled=lambda: not window.preparing_sample,
        ),
        Action(
            "open.archive",
            "Fetch from an archive…",
            "File",
            window.fetch_from_archive,
            ("Ctrl+Shift+F",),
            "Copy series from a DICOM archive",
        ),
        Action(
            "scores.import",
            "Import scores…",
            "File",
            window.import_scores,
            ("Ctrl+I",),
            "Scores that were read on paper or in a spreadsheet",
        ),
        Action(
            "cases.pairing",
            "Pairing…",
            "File",
            window.show_pairing,
            ("Ctrl+P",),
            "What is paired and why; correct it by hand",
        ),
        Action(
            "cases.export",
            "Export metrics.csv…",
            "File",
            window.export,
            ("Ctrl+E",),
            "The metric values of the open folder",
        ),
        Action(
            "program.settings",
            "Settings…",
            "File",
            window.show_settings,
            ("Ctrl+,",),
            "Theme, mouse, interpolation",
        ),
        Action("program.quit", "Quit", "File", window.close, ("Ctrl+Q",)),
    )


def _views(window: "MainWindow") -> tuple[Action, ...]:
    return (
        *(
            Action(
                f"room.{room.name}",
                room.title,
                "View",
                partial(window.enter, room.name),
                (f"Ctrl+{number}",),
                room.purpose,
                checked=partial(_is_in_view, window, room.name),
            )
            for number, room in enumerate(ROOMS, start=1)
        ),
        *(
            Action(
                f"theme.{name}",
                f"{name.capitalize()} theme",
                "View",
                partial(window.context.update_settings, theme=name),
                (f"Ctrl+Shift+T, {name[0].upper()}",),
                checked=partial(_is_worn, window, name),
            )
            for name in THEMES
        ),
        Action(
            "message.close",
            "Close the message",
            "View",
            window.banner.hide,
            ("Esc",),
            enabled=lambda: window.banner.isVisible() and not window.room_can_leave(),
        ),
    )


def _helps(window: "MainWindow") -> tuple[Action, ...]:
    return (
        Action(
            "help.keys",
            "Keyboard shortcuts",
            "Help",
            window.show_shortcuts,
            ("F1", "?"),
            "Every key of the room in view",
        ),
        Action(
            PALETTE,
            "Command palette…",
            "Help",
            window.show_palette,
            ("Ctrl+K",),
            "Find anything that can be done by its name",
        ),
        Action("help.about", "About BlindRead", "Help", window.show_about, ("Ctrl+F1",)),
    )


def _is_in_view(window: "MainWindow", name: str) -> bool:
    return window.room == name


def _is_worn(window: "MainWindow", name: str) -> bool:
    return window.context.settings.theme == name
