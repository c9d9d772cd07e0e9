"""Time the first window and the first image, from the start of Python.

    QT_QPA_PLATFORM=offscreen python benchmarks/bench_start.py

Beside an empty window of PySide6 and pyqtgraph. Each is started by itself, in
turns; the first round warms the files and does not count. Seconds, medians.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

SLICES, SIDE = 40, 512
EMPTY = """
import pyqtgraph
application = pyqtgraph.mkQApp()
window = pyqtgraph.PlotWidget()
window.show()
application.processEvents()
print("there", flush=True)
"""
OURS = """
import sys
from app.ui import main, settings
application = main.make_application(["blindread"])
window = main.MainWindow(main.Context(settings.load()))
window.show()
application.processEvents()
print("there", flush=True)
"""
IMAGE = (
    OURS.replace('print("there", flush=True)\n', "")
    + """
from pathlib import Path
from PySide6.QtCore import QEventLoop
window.open_path(Path(sys.argv[1]))
panes = window.page("inspect").panes.panes
wait = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
while panes[0].is_empty:
    application.processEvents(wait)
panes[0].repaint()
print("there", flush=True)
"""
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="blindread-bench-") as folder:
        source = Path(folder) / "source"
        write_source(source)
        ways = {
            "an empty window of PySide6 and pyqtgraph": [EMPTY],
            "our first window": [OURS],
            f"our first image, of {SLICES} CT files each": [IMAGE, str(source)],
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, (script, *rest) in ways.items():
                times[name].append(started([sys.executable, "-c", script, *rest], Path(folder)))
    least = None
    print("| what | seconds | of the processor | ratio |\n| --- | ---: | ---: | ---: |")
    for name, made in times.items():
        passed, worked = (statistics.median(one[part] for one in made[1:]) for part in (0, 1))
        least = least or worked
        print(f"| {name} | {passed:.2f} | {worked:.2f} | {worked / least:.2f} |")


def write_source(source: Path) -> None:
    """Write one case of uncompressed CT files, with a reference and one arm."""
    from tests.images.dicom_files import write_ct

    generator = np.random.default_rng(0)
    for arm in ("reference", "arm"):
        pixels = generator.integers(0, 2000, (SLICES, SIDE, SIDE), dtype=np.int16)
        write_ct(source / "case" / arm, pixels=pixels, series=arm, step=1.0)


def started(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds until a program says that it is there: passed, of the processor."""
    settings = {"XDG_CONFIG_HOME": str(folder / "config"), "BLINDREAD_CACHE": str(folder / "cache")}
    environment = os.environ | {"PYTHONPATH": str(PROJECT)} | settings
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        passed = time.perf_counter() - begin
        ticks = Path(f"/proc/{program.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        program.kill()
    assert said == b"there\n", command
    return passed, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
