"""The application."""

import gc
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.ui import settings as settings_module
from app.ui import theme
from app.ui.context import Context
from app.ui.icons import application_icon
from app.ui.inspect_page import InspectPage
from app.ui.warm_up import WarmUp
from app.ui.window import TITLE, MainWindow

COLLECTED = (10_000, 20, 1_000)
"""Objects made before the youngest are looked through, and how often before the older are."""

SWITCH_S = 0.0001
"""How long a computing thread may keep the interpreter from the screen.

Painting asks for it again and again; with Python's own 5 ms, a thread that computes makes a
frame of four panes take twice as long.
"""


def run(argv: list[str]) -> int:
    """Open the application and return its exit code when it is closed.

    Parameters
    ----------
    argv
        The program's name; after it the folder of cases to open, and the study;
        empty or missing where there is none.
    """
    application = make_application(argv)
    window = MainWindow(Context(settings_module.load()))
    window.show()
    source, study = (Path(name) if name else None for name in (*argv[1:3], "", "")[:2])
    QTimer.singleShot(0, lambda: _open(window, source, study))
    return application.exec()


def _open(window: MainWindow, source: Path | None, study: Path | None) -> None:
    inspect = window.page("inspect")
    if isinstance(inspect, InspectPage):
        WarmUp(inspect.model, nothing_asked=source is None and study is None, parent=window)
    if source is not None and source.exists():
        window.open_path(source)
    if study is not None and study.exists():
        window.context.open_study(study)


def serve_the_screen() -> None:
    """Let neither computing threads nor the collector of garbage keep the screen waiting.

    Looking through all objects takes a third of a second once everything is imported; those
    that were made lately are looked through as often as ever.
    """
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*COLLECTED)


def make_application(argv: list[str]) -> QApplication:
    """Return the one QApplication, named and dressed in the person's theme."""
    serve_the_screen()
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(argv[:1])
    application.setApplicationName("blindread")
    application.setApplicationDisplayName(TITLE)
    theme.apply(application, settings_module.load().theme)
    application.setWindowIcon(application_icon())
    return application


if __name__ == "__main__":
    sys.exit(run(sys.argv))
