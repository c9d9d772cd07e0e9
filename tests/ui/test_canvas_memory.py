"""Scrolling for a long time keeps nothing of what was seen."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.domain.image import Grid, Image, Window
from app.ui.canvas import Canvas
from app.ui.view_state import ViewState
from tests.ui.hands import turn

FULL = bool(os.environ.get("BLINDREAD_SOAK"))
SLICES, SIDE, TIMES = (300, 512, 10) if FULL else (30, 256, 4)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_scrolling_through_a_volume_again_and_again_keeps_memory_flat(qtbot):
    """Four linked panes, every slice there and back, at rest at both ends."""
    stored = np.random.default_rng(0).integers(0, 4096, (SLICES, SIDE, SIDE)).astype(np.int16)
    image = Image(stored, (1.0,) * SLICES, (0.0,) * SLICES, Grid(SIDE, SIDE, SLICES))
    state = ViewState()
    panes = [Canvas(state) for _ in range(4)]
    for pane in panes:
        qtbot.addWidget(pane)
        pane.resize(480, 400)
        pane.set_image(image)
        pane.show()
    state.set_slice_count(SLICES)
    state.set_home(Window(2048.0, 4096.0))

    def there_and_back() -> None:
        for way in (-120, 120):
            for _ in range(SLICES - 1):
                turn(panes[0], way)
                QApplication.processEvents()
            qtbot.waitUntil(lambda: not state.moving)
            QApplication.processEvents()

    there_and_back()
    tracemalloc.start()
    try:
        there_and_back()
        before, held = resident_mib(), tracemalloc.get_traced_memory()[0]
        for _ in range(TIMES - 2):
            there_and_back()
        after, holds = resident_mib(), tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert state.slice == 0
    assert holds - held < 0.5 * 2**20
    assert after - before < 24
