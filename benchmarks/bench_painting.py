"""Time how fast images are painted: ours, stock pyqtgraph, a bare blit, a copy in memory.

    QT_QPA_PLATFORM=offscreen python benchmarks/bench_painting.py

A step is one movement of the hand in one of the linked panes and everything up
to the last pixel of all of them, in a window of 1920 x 1080 that the images fill;
three events of the mouse come for each picture. The ways take turns in one
process. Milliseconds that passed and those of the processor, which others' work
on the same computer disturbs less: median and 95th percentile. "A second" is how
many pictures the processor makes at the 95th percentile; ratios are of its time.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

IMAGES = (
    ("512 x 512", 512, 512, 40),
    ("1024 x 1024", 1024, 1024, 20),
    ("2560 x 3328", 3328, 2560, 4),
)
MOVEMENTS = ("window", "slice", "zoom", "pan")
HEAD = (
    "image", "panes", "movement", "ours, ms", "p95", "processor, ms", "p95", "a second", "x blit",
    "x copy", "pyqtgraph, ms", "p95", "downsampled, ms", "p95",
)  # fmt: skip
Times = dict[str, np.ndarray]


def main() -> None:
    """Print the table."""
    from PySide6.QtWidgets import QApplication

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--steps", type=int, default=100, help="of each movement")
    parser.add_argument("--stock-steps", type=int, default=12, help="of each, by pyqtgraph")
    parser.add_argument("--panes", type=int, nargs="+", default=[1, 2, 4], choices=[1, 2, 4])
    asked = parser.parse_args()
    application = QApplication([])
    print("| " + " | ".join(HEAD) + " |\n| --- | ---: | --- |" + " ---: |" * (len(HEAD) - 3))
    for name, rows, columns, slices in IMAGES:
        for panes in asked.panes:
            for movement, times in compared(rows, columns, slices, panes, asked):
                print("| " + " | ".join([name, str(panes), movement, *cells(times)]) + " |")
                sys.stdout.flush()
            gc.collect()
    del application


def compared(rows: int, columns: int, slices: int, panes: int, asked: argparse.Namespace):
    """Yield each movement with the (steps, 2) seconds that every way took: passed, processor."""
    from painting_sides import SIZE, Blit, Ours, Stock, volumes

    stacks = volumes(panes, slices, rows, columns)
    sides = {
        "ours": Ours(stacks),
        "blit": Blit(stacks),
        "stock": Stock(stacks, downsample=False),
        "downsampled": Stock(stacks, downsample=True),
    }
    screen = np.zeros((2, SIZE[1], SIZE[0]), np.uint32)
    for side in sides.values():
        side.enlarge()
        side.hide()
    for movement in MOVEMENTS:
        times: Times = {"copy": timed(lambda _: np.copyto(screen[0], screen[1]), 30)}
        for who, side in sides.items():
            side.show()
            side.rest()
            steps = asked.steps if who in ("ours", "blit") else asked.stock_steps
            times[who] = timed(painted(side, movement), steps)
            side.hide()
        yield movement, times
    for side in sides.values():
        side.close()
        side.deleteLater()


def painted(side, movement: str) -> Callable[[int], object]:
    """Return what moves a hand and lets Qt paint what comes of it."""
    from PySide6.QtWidgets import QApplication

    move = getattr(side, movement)
    return lambda step: (move(step), QApplication.processEvents())


def timed(act: Callable[[int], object], steps: int) -> np.ndarray:
    """Return the seconds of each step, (steps, 2): passed, and of the processor."""
    for step in range(3):
        act(step)
    made = []
    for step in range(steps):
        begin, worked = time.perf_counter(), time.thread_time()
        act(step)
        made.append((time.perf_counter() - begin, time.thread_time() - worked))
    return np.array(made)


def cells(times: Times) -> list[str]:
    """Return the figures of one row."""
    middle = {who: np.median(one, axis=0) * 1e3 for who, one in times.items()}
    worst = {who: np.percentile(one, 95, axis=0) * 1e3 for who, one in times.items()}
    ours, at_worst = middle["ours"], worst["ours"]
    return [
        f"{ours[0]:.1f}",
        f"{at_worst[0]:.1f}",
        f"{ours[1]:.1f}",
        f"{at_worst[1]:.1f}",
        f"{1000 / at_worst[1]:.0f}",
        f"{ours[1] / middle['blit'][1]:.1f}",
        f"{ours[1] / middle['copy'][1]:.1f}",
        *(
            f"{part[0]:.0f}"
            for who in ("stock", "downsampled")
            for part in (middle[who], worst[who])
        ),
    ]


if __name__ == "__main__":
    main()
