"""The real reading room, read by keyboard without end: a program to be killed.

Usage: python -m tests.ui.reading_process STUDY READER. After each pair it
prints how many are finished, as its screen knows it.
"""

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.reading_window import ReadingWindow, open_reading

KEYS = (Qt.Key.Key_1, Qt.Key.Key_4, Qt.Key.Key_2, Qt.Key.Key_Return)


def main() -> int:
    """Read until killed, or until all is read."""
    application = QApplication(sys.argv[:1])
    timer = QTimer()
    said = [-1]

    def type_on() -> None:
        windows = [w for w in application.topLevelWidgets() if isinstance(w, ReadingWindow)]
        if not windows:
            return
        page, model = windows[0].page, windows[0].model
        reading = model._session.reading
        if reading.finished != said[0]:
            said[0] = reading.finished
            print(said[0], flush=True)  # noqa: T201 - what this program is for
        if reading.current is None:
            windows[0].close()
            return
        for key in KEYS:
            QTest.keyClick(page, key)

    timer.timeout.connect(type_on)
    timer.start(20)
    return open_reading(Path(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    sys.exit(main())
