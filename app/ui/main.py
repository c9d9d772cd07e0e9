"""The application."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.ui import settings as settings_module
from app.ui import theme
from app.ui.context import Context
from app.ui.icons import application_icon
from app.ui.window import TITLE, MainWindow


def run(argv: list[str]) -> int:
    """Open the application and return its exit code when it is closed.

    Parameters
    ----------
    argv
        The program's name; a folder after it is opened.
    """
    application = make_application(argv)
    window = MainWindow(Context(settings_module.load()))
    window.show()
    if len(argv) > 1 and Path(argv[1]).exists():
        QTimer.singleShot(0, lambda: window.open_path(Path(argv[1])))
    return application.exec()


def make_application(argv: list[str]) -> QApplication:
    """Return the one QApplication, named and dressed in the person's theme."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(argv[:1])
    application.setApplicationName("blindread")
    application.setApplicationDisplayName(TITLE)
    theme.apply(application, settings_module.load().theme)
    application.setWindowIcon(application_icon())
    return application


if __name__ == "__main__":
    sys.exit(run(sys.argv))
