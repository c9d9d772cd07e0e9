"""Time the reading room: from Enter to the last pixel of both images of the next screen.

    QT_QPA_PLATFORM=offscreen python benchmarks/bench_reading.py

Pairs of blinded series of 512 x 512 x 100 are read from files, answers go to a real
ledger, and the room has a window of 1920 x 1080. Every other step paints pictures of the
same size that are ready (a bare repaint), so that both ways see the same computer. Enter
comes when the next screen is at hand, as it is after a reader's second or two; how long
that takes is told as well. One image at a time shows whether an arm is slower than another.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from app.domain.image import Grid, Image, Window  # noqa: E402 - the path comes first
from app.domain.presentation import (  # noqa: E402
    SLOTS,
    PlannedPresentation,
    Presentation,
    ReadingPlan,
)
from app.domain.protocol import Choice, Criterion  # noqa: E402
from app.store.ledger import Ledger  # noqa: E402
from app.store.pixels import load_blinded, write_blinded  # noqa: E402
from app.study.reading import Reading  # noqa: E402

ROWS = COLUMNS = 512
SLICES = 100
SIZE = (1920, 1080)
ARMS = ("smooth", "noisy", "sharp", "flat")
WINDOW = Window(40.0, 400.0)
QUALITY = Criterion(
    "quality", "rating", "Diagnostic quality", tuple(Choice(value, "") for value in range(1, 6))
)


def volume(arm: str, slices: int = SLICES, side: int = ROWS) -> Image:
    """Return a series that looks like its arm."""
    chance = np.random.default_rng(ARMS.index(arm))
    down, across = np.mgrid[:side, :side] / side
    body = 1000 + 60 * np.sin(30 * across) * np.sin(20 * down)
    if arm == "flat":
        body = np.full_like(body, 1000.0)
    strength = {"smooth": 5, "noisy": 120, "sharp": 30, "flat": 0}[arm]
    planes = [body + chance.normal(0, 1, body.shape) * strength for _ in range(min(slices, 5))]
    pixels = np.stack([planes[index % len(planes)] for index in range(slices)]).astype(np.int16)
    grid = Grid(side, side, slices, spacing=(0.7, 0.7))
    return Image(pixels, (1.0,) * slices, (-1024.0,) * slices, grid, modality="CT")


def write_volumes(folder: Path, slices: int = SLICES, side: int = ROWS) -> dict[str, str]:
    """Write one blinded picture for each arm and return their codes."""
    codes = {arm: f"CODE{place}" for place, arm in enumerate(ARMS)}
    folder.mkdir(parents=True)
    write_blinded(
        folder,
        {code: volume(arm, slices, side) for arm, code in codes.items()},
        names={code: ("case", arm) for arm, code in codes.items()},
        window=WINDOW,
    )
    return codes


class Session:
    """What the reading room asks of a session, with real files and a real ledger."""

    def __init__(self, folder: Path, screens: list[tuple[str, ...]]) -> None:
        self.folder = folder
        self.plan = ReadingPlan(
            study="bench", title="", protocol_sha256="0" * 64, reader="R1", criteria=(QUALITY,),
            ask_comment=False, instructions="",
            presentations=tuple(
                PlannedPresentation(f"p{place}", place, codes, WINDOW)
                for place, codes in enumerate(screens, start=1)
            ),
        )  # fmt: skip
        self._ledger = Ledger(
            folder / f"{len(list(folder.glob('*.db')))}.db",
            study="bench", protocol_sha256="0" * 64, create=True,
        )  # fmt: skip
        self.reading = Reading(
            self.plan,
            record=self._ledger.record,
            submit=lambda screen, viewing: self._ledger.submit("R1", screen, viewing),
        )

    def load(self, planned: PlannedPresentation) -> Presentation:
        images = tuple(load_blinded(self.folder / "pixels", code) for code in planned.images)
        return Presentation(
            planned.id, planned.position, len(self.plan.presentations), SLOTS[: len(images)],
            images, planned.window,
        )  # fmt: skip

    def note(self, event: str, detail: str = "") -> None:
        pass

    def rest_until(self, session: int) -> None:
        del session

    def override_rest(self, session: int, reason: str) -> None:
        pass

    def close(self) -> None:
        self._ledger.close()


class Room:
    """The reading room, read as fast as its images come."""

    def __init__(self, session: Session, size: tuple[int, int] = SIZE) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from app.ui.reading_model import Screen
        from app.ui.reading_window import ReadingWindow

        self._events, self._key, self._test = QApplication.processEvents, Qt.Key.Key_Return, QTest
        self._showing = Screen.SHOWING
        self.window = ReadingWindow(session, now=lambda: datetime.now(UTC))
        self.window.resize(*size)
        self.window.show()
        self.enter()
        self._until(lambda: self.window.model.screen is self._showing)

    def answer(self) -> float:
        """Answer what is asked; return the seconds until the next screen is at hand."""
        began = time.perf_counter()
        self._test.keyClicks(self.window.page, "3" * len(self.window.model.questions))
        upcoming = self.window.model._reading.upcoming
        if upcoming is not None:
            self._until(lambda: self.window.model._loader.at_hand(upcoming.id) is not None)
        self._events()
        return time.perf_counter() - began

    def enter(self) -> None:
        """Go on, and paint all that comes of it."""
        self._test.keyClick(self.window.page, self._key)
        self._events()

    def go_on(self) -> tuple[float, float]:
        """Return the seconds from Enter to both images painted: passed, and of the processor."""
        position = self.window.model.position
        took = clocked(self.enter)
        model = self.window.model
        assert model.screen is self._showing
        assert model.position == position + 1
        return took

    def _until(self, true) -> None:
        while not true():
            self._events()

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()


def clocked(act: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something takes: passed, and of the processor."""
    began, worked = time.perf_counter(), time.thread_time()
    act()
    return time.perf_counter() - began, time.thread_time() - worked


def timed(
    folder: Path, screens: list[tuple[str, ...]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each screen after the first: seconds to show it, of a bare repaint, to load."""
    from painting_sides import Blit
    from PySide6.QtWidgets import QApplication

    room = Room(Session(folder, screens))
    bare = Blit([None] * len(screens[0]))
    bare.hide()
    made = []
    for _ in screens[1:]:
        loading = room.answer()
        bare.show()
        bare.window(0)
        QApplication.processEvents()
        repaint = clocked(lambda: (bare.window(0), QApplication.processEvents()))
        bare.hide()
        QApplication.processEvents()
        made.append((room.go_on(), repaint, (loading, loading)))
    room.close()
    bare.close()
    return tuple(np.array(made).swapaxes(0, 1))  # type: ignore[return-value]


def cells(times: np.ndarray) -> str:
    """Return median and 95th percentile, in milliseconds, of each kind of time."""
    return " | ".join(
        f"{np.median(one) * 1e3:.1f} | {np.percentile(one, 95) * 1e3:.1f}" for one in times.T
    )


def main() -> None:
    """Print the tables."""
    from PySide6.QtWidgets import QApplication

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--screens", type=int, default=100)
    asked = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        codes = list(write_volumes(folder / "pixels").values())
        chance = np.random.default_rng(0)
        pairs = [tuple(chance.choice(codes, 2, replace=False)) for _ in range(asked.screens + 1)]
        shown, bare, loading = timed(folder, pairs)
        print("| what | median, ms | p95, ms | processor, ms | p95, ms |")
        print("| --- |" + " ---: |" * 4)
        print(f"| Enter to both images painted | {cells(shown)} |")
        print(f"| a bare repaint of the same pixels | {cells(bare)} |")
        print(f"| until the next screen is at hand | {cells(loading[:, :1])} | | |")
        ratio = np.median(shown, axis=0) / np.median(bare, axis=0)
        print(f"\nratio to the bare repaint: {ratio[0]:.1f}, of the processor {ratio[1]:.1f}\n")
        order = [codes[place % len(codes)] for place in chance.permutation(asked.screens + 1)]
        alone, _, _ = timed(folder, [(code,) for code in order])
        print("| arm, one image at a time | median, ms | p95, ms | processor, ms | p95, ms |")
        print("| --- |" + " ---: |" * 4)
        for arm, code in zip(ARMS, codes, strict=True):
            mine = alone[[place for place, one in enumerate(order[1:]) if one == code]]
            print(f"| {arm} | {cells(mine)} |")
    del application


if __name__ == "__main__":
    main()
