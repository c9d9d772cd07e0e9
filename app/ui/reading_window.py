"""The reading room as a window, and as a program of its own."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.ui import settings
from app.ui.reading_model import ReadingModel, SessionLike
from app.ui.reading_page import ReadingPage

TITLE = "Reading"
NORMAL_SIZE = QSize(1280, 800)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ReadingWindow(QWidget):
    """The reading room alone; no other room can be reached from it.

    ``closed`` tells that the session has ended, ``window_button_changed`` that the reader
    chose the other button, ``left`` or ``right``, to change the window with.
    """

    closed = Signal()
    window_button_changed = Signal(str)

    def __init__(
        self,
        session: SessionLike,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        window_button: str = "left",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setMinimumSize(QSize(900, 640))
        self.model = ReadingModel(session, clock=clock, now=now, parent=self)
        self.page = ReadingPage(self.model, self, window_button=window_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.page)
        self.setFocusProxy(self.page)
        self.page.window_button_changed.connect(self.window_button_changed)
        self.page.leave_requested.connect(self.close)
        self.page.full_screen_requested.connect(self._toggle_full_screen)
        self.model.show_first()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the session; every answer is on disk already, or a comment keeps it open once."""
        if not self.model.close():
            event.ignore()
            return
        self.page.let_go()
        super().closeEvent(event)
        self.closed.emit()

    def show_full_screen(self) -> None:
        """Fill the screen, also where no window manager is there to do it."""
        self.setGeometry(self.screen().geometry())
        self.showFullScreen()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
            self.resize(NORMAL_SIZE)
        else:
            self.show_full_screen()


def _keep_window_button(button: str) -> None:
    settings.save(replace(settings.load(), window_button=button))


def open_reading(study: Path, reader: str) -> int:
    """Show the reading room of one reader until it is closed; return the exit code.

    Raises
    ------
    BlindReadError
        There is no such reading, or it cannot be opened.
    """
    from app.workflows.read import open_session

    session = open_session(study, reader)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName(TITLE)
    application.setStyle("Fusion")
    window = ReadingWindow(session, window_button=settings.load().window_button)
    window.window_button_changed.connect(_keep_window_button)
    window.show_full_screen()
    return int(QApplication.exec())
