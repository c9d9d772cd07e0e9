"""Time `blindread measure` on 300 slices x 4 methods beside a script that only imports its tools.

    python benchmarks/compare_command.py --peers .venv-peers/bin/python

The small family is MSE, MAE, PSNR, SSIM, MS-SSIM and GMSD, whole and body; the large one has
VIF-p, FSIM and HaarPSI too. The source is 1,500 uncompressed CT files of 512 x 512, written to
a folder that is removed again (790 MB). Memory is read from /proc while the command runs, so
this part is for Linux.
"""

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.images.dicom_files import write_ct  # noqa: E402 - the project is not on the path before

FAMILY = "mse,mae,psnr,ssim,ms-ssim,gmsd"
LARGE_FAMILY = f"{FAMILY},vif-p,fsim,haarpsi"
CASES, SLICES, ARMS, SIDE = 3, 100, 4, 512


def main() -> None:
    """Print a table of seconds and one of memory."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-peers/bin/python")
    parser.add_argument("--slices", type=int, default=SLICES, help="of each of 3 cases")
    asked = parser.parse_args()
    compileall.compile_dir(HERE.parent / "app", quiet=1)  # as an installation does, ours and theirs
    folder = Path(tempfile.mkdtemp(prefix="blindread-bench-"))
    try:
        source = folder / "source"
        write_source(source, asked.slices)
        rows: list[tuple[str, float | None]] = []
        script = [str(asked.peers), "-c", "import torch, piq, pyiqa"]
        cold = drop_caches()
        rows.append(("the script's imports, nothing in memory", run(script) if cold else None))
        rows.append(("the script's imports, again", run(script)))
        drop_caches()
        for words, metrics, more in (
            ("blindread measure, the small family, nothing in memory", FAMILY, ["--fresh"]),
            ("the same, again", FAMILY, ["--fresh"]),
            ("blindread measure, the large family", LARGE_FAMILY, ["--fresh"]),
            ("the same, computed and kept", LARGE_FAMILY, []),
            ("the same, all known", LARGE_FAMILY, []),
        ):
            seconds, memory = measured(source, folder, ["--metrics", metrics, *more])
            rows.append((words, seconds))
            if more and metrics == LARGE_FAMILY:
                flat = memory
    finally:
        shutil.rmtree(folder)
    print("| what | seconds |\n| --- | ---: |")
    for words, taken in rows:
        print(f"| {words} | {'not measured' if taken is None else f'{taken:.1f}'} |")
    print("\n| MiB resident, median over a tenth of the run | parent | largest worker |")
    print("| --- | ---: | ---: |")
    for place in (2, 5, 8):
        parent, worker = flat.tenth(place)
        print(f"| {place} to {place + 1} tenths | {parent:.0f} | {worker:.0f} |")


def write_source(source: Path, slices: int) -> None:
    """Write three cases with a reference and four methods each."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:SIDE, :SIDE]
    body = ((rows - 256) / 180) ** 2 + ((columns - 256) / 230) ** 2 < 1
    for case in range(CASES):
        truth = np.where(body, 1060.0, 30.0) + rng.normal(0, 10, (slices, SIDE, SIDE))
        for arm in range(ARMS + 1):
            noisy = truth if not arm else truth + rng.normal(0, 5 * arm, truth.shape)
            name = f"method{arm}" if arm else "reference"
            place = source / f"case{case + 1}" / name
            stored = noisy.round().clip(0, 4095).astype("u2")
            write_ct(place, patient_number=case, pixels=stored, step=1.0)


def drop_caches() -> bool:
    """Empty the system's cache of files, where this person may; tell whether it was done."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True


def run(command: list[str]) -> float:
    """Return the seconds that a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd="/")
    return time.perf_counter() - begun


class Memory:
    """Resident memory of a process and its children, sample after sample."""

    def __init__(self) -> None:
        self._samples: list[tuple[float, float]] = []

    def look(self, process: int) -> None:
        """Take one sample, in MiB."""
        workers = [resident(child) for child in children_of(process)]
        self._samples.append((resident(process), max(workers, default=0.0)))

    def tenth(self, number: int) -> tuple[float, float]:
        """Return the medians of parent and largest worker in one tenth of the run, from 0."""
        size = max(1, len(self._samples) // 10)
        chosen = self._samples[number * size : (number + 1) * size] or self._samples[-1:]
        parents, workers = zip(*chosen, strict=True)
        return statistics.median(parents), statistics.median(workers)


def measured(source: Path, folder: Path, more: list[str]) -> tuple[float, Memory]:
    """Return the seconds of `blindread measure`, and its memory."""
    command = [sys.executable, "-m", "app", "measure", str(source), "-o",
               str(folder / "metrics.csv"), *more]  # fmt: skip
    environment = {
        **os.environ,
        "BLINDREAD_CACHE": str(folder / "cache"),
        "BLINDREAD_SETTINGS": str(folder / "settings"),
    }
    memory = Memory()
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=HERE.parent, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while process.poll() is None:
            memory.look(process.pid)
            time.sleep(0.1)
    seconds = time.perf_counter() - begun
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, memory


def children_of(process: int) -> list[int]:
    """Return the processes that a process started."""
    try:
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
        for thread in Path(f"/proc/{process}/task").iterdir():
            if thread.name != str(process):
                told += " " + (thread / "children").read_text()
    except OSError:
        return []
    return [int(word) for word in told.split()]


def resident(process: int) -> float:
    """Return the resident memory of a process, in MiB."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
