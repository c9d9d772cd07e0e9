"""A line that shows long work: what, how far, how long yet, and a way to stop it."""

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.domain.progress import Progress
from app.ui.time_left import TimeLeft, in_words


class WorkBar(QWidget):
    """Hidden while there is nothing to wait for."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = TimeLeft(time.monotonic)
        self._doing = ""
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(220)
        self.button = QPushButton("Cancel")
        self.button.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.hide()

    def show_work(self, doing: str) -> None:
        """Show which work is under way; empty hides the line."""
        if doing != self._doing:
            self._doing = doing
            self._left = TimeLeft(time.monotonic)
            self.bar.setRange(0, 0)
            self.words.setText(f"{doing} …")
        self.setVisible(bool(doing))

    def show_progress(self, progress: Progress) -> None:
        """Show how far the work has come."""
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        told = [self._doing, progress.what, in_words(self._left.update(progress))]
        self.words.setText("  ·  ".join(part for part in told if part))
