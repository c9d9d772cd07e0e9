"""A program: does each pixel of an image at 1:1 stand on exactly one of the screen?

Its scale factor comes from ``QT_SCALE_FACTOR``, which Qt reads once, when it starts. It
prints the ratio it ran with and what it found, one line for each look.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.display import grey_levels
from app.domain.image import Grid, Image, Window
from app.ui.canvas import Canvas
from app.ui.reading_model import Screen
from app.ui.reading_window import ReadingWindow
from app.ui.view_state import ViewState
from tests.ui.fake_session import Clock, FakeSession, noon, picture

CANVASES = 6


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def levels_of(shown: QImage) -> NDArray[np.uint8]:
    grey = shown.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy()


def times_found(part: NDArray[np.uint8], whole: NDArray[np.uint8]) -> int:
    """Count where a picture stands in another, pixel for pixel."""
    high, wide = part.shape
    room = whole[: whole.shape[0] - high + 1, : whole.shape[1] - wide + 1]
    likely = (room == part[0, 0]) & (whole[: room.shape[0], wide - 1 :] == part[0, -1])
    return sum(
        np.array_equal(whole[row : row + high, column : column + wide], part)
        for row, column in np.argwhere(likely)
    )


def look_at_canvases() -> None:
    """Canvases at places that fall between the pixels of the screen, painted again and again."""
    pixels = np.random.default_rng(1).integers(0, 256, (1, 41, 53)).astype(np.int16)
    image = Image(pixels, (1.0,), (0.0,), Grid(41, 53, 1))
    state = ViewState()
    state.set_home(Window(127.5, 256.0))
    window = QWidget()
    window.resize(3 * 73, 2 * 67)
    for place in range(CANVASES):
        canvas = Canvas(state, parent=window)
        canvas.setMinimumSize(1, 1)
        canvas.set_details(False)
        canvas.set_image(image)
        across, down = place % 3, place // 3
        canvas.setGeometry(1 + 72 * across + across, 1 + 65 * down, 62 + across, 56 + down)
    state.set_scale("pixels")
    window.show()
    for centre, width in (((0.5, 0.5), 256.0), ((0.47, 0.52), 180.0), ((0.531, 0.49), 220.0)):
        state.set_view(1.0, centre)
        QTest.qWait(200)  # until nothing moves
        state.set_window(Window(127.5, width))
        QApplication.processEvents()
        wanted = grey_levels(pixels[0], 1.0, 0.0, state.window, inverted=False)
        looks = {"grabbed": window.grab()}
        if QApplication.platformName() != "offscreen":  # there Qt cuts the screen's picture off
            looks["painted"] = window.screen().grabWindow(window.winId())
        for name, shown in looks.items():
            found = times_found(wanted, levels_of(shown.toImage()))
            say(f"canvases {name} {found} of {CANVASES}")
    window.close()


def look_at_the_room() -> None:
    """The reading room, brought to 1:1 by its key."""
    window = ReadingWindow(FakeSession(), clock=Clock(), now=noon)
    window.show()
    QTest.keyClick(window.page, Qt.Key.Key_Return)
    while window.model.screen is not Screen.SHOWING:
        QTest.qWait(10)
    QTest.keyClicks(window.page, ".")
    QTest.qWait(200)
    whole = levels_of(window.grab().toImage())
    found = 0
    for code in ("x1", "y1"):
        plane = picture(code).pixels[1]
        part = grey_levels(plane, 1.0, 0.0, Window(500.0, 1000.0), inverted=False)
        found += times_found(part[24:-24], whole)  # without the rows that carry words
    say(f"room {found} of 2")
    window.close()


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    say(f"ratio {application.primaryScreen().devicePixelRatio()}")
    look_at_canvases()
    look_at_the_room()
