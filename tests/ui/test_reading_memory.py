"""A long reading keeps nothing of the screens that were read."""

import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.image import Grid, Image, Window
from app.domain.presentation import SLOTS, PlannedPresentation, Presentation
from app.store.pixels import load_blinded, write_blinded
from app.ui.reading_model import Screen
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import QUALITY, FakeSession
from tests.ui.test_canvas_memory import resident_mib

FULL = bool(os.environ.get("BLINDREAD_SOAK"))
TRIALS, SLICES, SIDE = (500, 100, 512) if FULL else (60, 10, 128)
CODES = ("CODE1", "CODE2", "CODE3", "CODE4")

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class OnDisk(FakeSession):
    """A session whose pictures are read from files, and of which no answer is kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        screens = tuple(
            PlannedPresentation(
                f"p{n}", n, (CODES[n % 4], CODES[(n + 1) % 4]), Window(500.0, 1000.0)
            )
            for n in range(1, TRIALS + 1)
        )
        self.plan = replace(self.plan, criteria=(QUALITY,), presentations=screens)
        self.restart()

    def load(self, planned: PlannedPresentation) -> Presentation:
        images = tuple(load_blinded(self.folder, code) for code in planned.images)
        return Presentation(planned.id, planned.position, TRIALS, SLOTS[:2], images, planned.window)

    def _record(self, response) -> None:
        pass


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_is_flat_over_a_long_reading(qtbot, tmp_path):
    chance = np.random.default_rng(0)
    grid = Grid(SIDE, SIDE, SLICES)
    write_blinded(
        tmp_path,
        {
            code: Image(
                chance.integers(0, 1000, grid.shape).astype(np.int16),
                (1.0,) * SLICES, (0.0,) * SLICES, grid,
            )
            for code in CODES
        },
        names={code: ("case", code) for code in CODES},
        window=Window(500.0, 1000.0),
    )  # fmt: skip
    window = ReadingWindow(OnDisk(tmp_path))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.keyClick(window.page, Qt.Key.Key_Return)

    def read(screens: int) -> None:
        for _ in range(screens):
            qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING, timeout=30_000)
            qtbot.keyClicks(window.page, "34")
            qtbot.keyClick(window.page, Qt.Key.Key_Down)
            QApplication.processEvents()
            qtbot.keyClick(window.page, Qt.Key.Key_Return)

    read(TRIALS // 5)
    tracemalloc.start()
    try:
        read(TRIALS // 5)
        before, held = resident_mib(), tracemalloc.get_traced_memory()[0]
        read(TRIALS - 2 * (TRIALS // 5) - 2)
        after, holds = resident_mib(), tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    pictures = 2 * SLICES * SIDE * SIDE * 2 / 2**20
    window.close()

    assert holds - held < 2**20 * (0.5 + pictures)  # one screen more may be at hand
    assert after - before < 24 + 1.2 * pictures
