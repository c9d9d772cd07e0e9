"""Time our metrics against other packages, in turns within one run, and print a table.

    python benchmarks/compare_metrics.py --peers .venv-peers/bin/python [--study FOLDER]

Both sides have the same processors: BlindRead works as `blindread measure` does, with a process
of one thread for each; the packages run on all or one, whichever is faster. What they take
is in memory in their own form before the clock starts; BlindRead starts from stored integers.
FOLDER holds sets of DICOM pictures, SET/METHOD/1.dcm; without it the pictures are drawn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import numpy as np
import our_side
from our_side import ARMS, LEARNED_SLICES, PAIRS, RANGE, WORKS

from app.metrics import registry, weights
from app.workflows import processes
from app.workflows.measure_items import at_once

HERE = Path(__file__).resolve().parent
ENVIRONMENT = dict(os.environ)
"""As it is before our pool narrows it for its workers: the peers keep all their threads."""

REST_S = 0.1
"""Seconds between two turns: threads of OpenMP spin for some milliseconds after their work."""

Answer = TypeVar("Answer")

SIDE = 512
VGG = ((3, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 2), (128, 256, 4), (256, 256, 4),
       (256, 256, 4), (256, 512, 8), (512, 512, 8), (512, 512, 8), (512, 512, 16),
       (512, 512, 16), (512, 512, 16))  # fmt: skip
"""Channels in and out of each convolution of VGG16, and how much smaller its side is."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: our work, the job of a peer, and how much faster we mean to be."""

    title: str
    work: str
    peer: str
    job: str
    target: float | None = None


ROWS = (
    Row("SSIM with map", "ssim", "piq", "ssim", 12),
    Row("SSIM with map", "ssim", "pytorch-msssim", "ssim"),
    Row("SSIM with map", "ssim", "scikit-image", "ssim"),
    Row("MS-SSIM", "ms-ssim", "piq", "ms-ssim", 12),
    Row("MS-SSIM", "ms-ssim", "pytorch-msssim", "ms-ssim"),
    Row("VIF-p", "vif-p", "piq", "vif-p", 12),
    Row("FSIM", "fsim", "piq", "fsim", 4),
    Row("GMSD", "gmsd", "piq", "gmsd", 5),
    Row("HaarPSI", "haarpsi", "piq", "haarpsi", 4),
    Row("MSE, MAE, SSIM, MS-SSIM, GMSD in one pass", "one-pass", "piq", "one-pass", 40),
    Row("the same, whole and body", "one-pass, whole and body", "piq", "one-pass"),
    Row("NIQE", "niqe", "pyiqa", "niqe", 25),
    Row("LPIPS-VGG", "lpips-vgg", "piq", "lpips-vgg", 2.2),
    Row("LPIPS-VGG, bfloat16 (approximate)", "lpips-vgg@bf16", "piq", "lpips-vgg", 3.5),
)


class Runner:
    """A process of the peers' environment that takes one job after the other."""

    def __init__(self, python: Path, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(python), str(HERE / "peers" / "runner.py"), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env={**ENVIRONMENT, **environment},
        )  # fmt: skip

    def run(self, job: str) -> dict[str, Any]:
        """Return what the process says about one job."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The peers' process ended at the job '{job}'.")
        return dict(json.loads(line))

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-peers/bin/python")
    parser.add_argument("--study", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", default="", help="rows whose title holds one of these texts, with commas between"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder, asked.study)
        limits = Limits()
        print(f"{limits}\n\n{HEAD}")
        texts = asked.only.lower().split(",")
        rows = [
            row for row in ROWS if any(text in row.title.lower() for text in texts) and can_run(row)
        ]
        with processes.pool(processes.default_jobs()) as crew:
            for work in dict.fromkeys(row.work for row in rows):
                group = [row for row in rows if row.work == work]
                print(lines(group, crew, asked, folder, limits), flush=True)
        if any(row.work == "lpips-vgg" for row in rows):
            print(allocator(asked.peers, folder, asked.rounds))


HEAD = (
    "| work | BlindRead, s | peer | s | ratio | of processor time | target | limit, s "
    "| MiB | its MiB | difference |\n"
    "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def can_run(row: Row) -> bool:
    """Tell whether we have all metrics of a row here."""
    known = {one.id for one in registry.definitions()}
    absent = [id for id in WORKS[row.work].metrics if id not in known or registry.available(id)]
    if absent:
        print(f"{row.title}: {absent[0]} is not available", file=sys.stderr)
    return not absent


def lines(rows: list[Row], crew: processes.Crew, asked: Any, folder: Path, limits: "Limits") -> str:
    """Measure one work of ours and the same of its peers in turns; return its rows."""
    work = rows[0].work
    runners = [Runner(asked.peers, folder, {}) for _ in rows]
    ours: list[Taken] = []
    theirs: list[list[Taken]] = [[] for _ in rows]
    for turn in range(asked.rounds + 1):  # the first one warms up
        taken, values = rested(lambda: our_turn(crew, folder, work))
        answers = [
            rested(partial(runner.run, f"{row.peer} {row.job}"))
            for row, runner in zip(rows, runners, strict=True)
        ]
        if min(answer["possible"] for answer in answers) < processes.default_jobs():
            raise SystemExit("The packages may not use all processors here.")
        if turn:
            ours.append(taken)
            for times, answer in zip(theirs, answers, strict=True):
                times.append(Taken(answer["seconds"], answer["processor"]))
    for runner in runners:
        runner.close()
    memory, found = our_peak(folder, work), []
    for row, times, answer in zip(rows, theirs, answers, strict=True):
        alone = Runner(asked.peers, folder, {})
        peak = alone.run(f"{row.peer} {row.job} {answer['way']}")["kilobytes"] / 1024
        alone.close()
        their_values = np.array(answer["values"])
        apart = np.abs(comparable(work, values) - their_values)
        apart = (apart / their_values if work == "niqe" else apart).max()
        our_median, their_median = median(ours), median(times)
        ratio = their_median.seconds / our_median.seconds
        found.append(
            f"| {row.title} | {our_median.seconds:.3g} | {row.peer} "
            f"| {their_median.seconds:.3g} | {ratio:.3g} "
            f"| {their_median.processor / our_median.processor:.3g} | {row.target or ''} "
            f"| {limits.of(work):.2g} | {memory:.0f} | {peak:.0f} | {apart:.1g} |"
        )
    return "\n".join(found)


def rested(turn: Callable[[], Answer]) -> Answer:
    """Take a turn on processors that are idle, as each side finds them where it is alone."""
    time.sleep(REST_S)
    return turn()


class Taken(NamedTuple):
    """What one turn took: seconds that passed, and seconds of all processors."""

    seconds: float
    processor: float


def median(times: list[Taken]) -> Taken:
    """Return the medians of both."""
    return Taken(
        statistics.median(one.seconds for one in times),
        statistics.median(one.processor for one in times),
    )


def our_turn(crew: processes.Crew, folder: Path, work: str) -> tuple[Taken, list[list[float]]]:
    """Return what one work took, and its values slice by slice."""
    begun = time.perf_counter()
    slices = range(WORKS[work].slices)
    once = at_once(WORKS[work].metrics, WORKS[work].arms)[0]
    started = [
        crew.start(our_side.measure_slices, str(folder), work, slices[first : first + once])
        for first in slices[::once]
    ]
    answers = [one.result() for one in started]
    seconds = time.perf_counter() - begun
    processor = sum(processor for _, processor in answers)
    return Taken(seconds, processor), [values for some, _ in answers for values in some]


def our_peak(folder: Path, work: str) -> float:
    """Return the most memory, in MiB, of a process that does this work alone."""
    done = subprocess.run(
        [sys.executable, str(HERE / "our_side.py"), str(folder), work],
        capture_output=True, text=True, check=True,
        env={**os.environ, **processes.WORKER_ENVIRONMENT},
    )  # fmt: skip
    return int(done.stdout) / 1024


def comparable(work: str, values: list[list[float]]) -> np.ndarray[Any, Any]:
    """Return our values in the order and on the scale of the peers'."""
    found = np.array(values)
    if work.startswith("one-pass"):
        found = found[:, :: len(WORKS[work].regions)]  # the whole slice comes first
        found = found / [RANGE.width**2, RANGE.width, 1, 1, 1]
    return found.T.flatten() if work.startswith("lpips") else found.flatten()


def allocator(peers: Path, folder: Path, rounds: int) -> str:
    """Return LPIPS with and without glibc's habit of giving large arrays back, ours and piq's."""
    settings = {
        name: value for name, value in processes.WORKER_ENVIRONMENT.items() if "MALLOC" in name
    }
    others = {
        name: value for name, value in processes.WORKER_ENVIRONMENT.items() if name not in settings
    }
    plain, kept = Runner(peers, folder, {}), Runner(peers, folder, settings)
    times: dict[str, list[float]] = {}
    jobs = processes.default_jobs()
    with patch.dict(processes.WORKER_ENVIRONMENT, others, clear=True), processes.pool(jobs) as one:
        our_turn(one, folder, "lpips-vgg")  # its processes have started, and keep their settings
        with patch.dict(processes.WORKER_ENVIRONMENT, settings), processes.pool(jobs) as other:
            ways: dict[str, Callable[[], float]] = {
                "BlindRead as it is": lambda: our_turn(other, folder, "lpips-vgg")[0].seconds,
                "BlindRead, glibc's own habit": lambda: (
                    our_turn(one, folder, "lpips-vgg")[0].seconds
                ),
                "piq, the settings of BlindRead": lambda: seconds_of(kept),
                "piq as it is": lambda: seconds_of(plain),
            }
            for turn in range(rounds + 1):
                for name, way in ways.items():
                    taken = way()
                    if turn:
                        times.setdefault(name, []).append(taken)
    plain.close()
    kept.close()
    told = [f"{name}: {statistics.median(taken):.3g} s" for name, taken in times.items()]
    return f"\nLPIPS-VGG with {' and '.join(settings)}: {'; '.join(told)}."


def seconds_of(runner: Runner) -> float:
    """Return the seconds of piq's LPIPS."""
    return float(runner.run(f"piq lpips-vgg one_by_one {processes.default_jobs()}")["seconds"])


class Limits:
    """What this computer cannot go below: bytes through memory, operations of float32."""

    def __init__(self) -> None:
        source = [np.ones(1 << 24) for _ in range(processes.default_jobs())]
        target = [one.copy() for one in source]
        with ThreadPoolExecutor(len(source)) as threads:
            seconds = best(lambda: list(threads.map(np.copyto, target, source)))
        self.bandwidth = 2 * sum(one.nbytes for one in source) / seconds
        side = 3072
        square = np.ones((side, side), np.float32)
        self.operations = 2 * side**3 / best(lambda: square @ square)

    def __str__(self) -> str:
        return (
            f"Memory: {self.bandwidth / 1e9:.1f} GB/s read and written by "
            f"{processes.default_jobs()} threads. "
            f"Matrix product: {self.operations / 1e9:.0f} GFLOP/s in float32."
        )

    def of(self, name: str) -> float:
        """Return the least seconds in which a work could be done."""
        work = WORKS[name]
        if name.startswith("lpips"):
            once = sum(2 * 9 * i * o * (SIDE // by) ** 2 for i, o, by in VGG)
            return LEARNED_SLICES * (ARMS + 1) * once / self.operations
        planes = 1 if name == "niqe" else 2
        return PAIRS * SIDE**2 * (2 * planes + (8 if work.map else 0)) / self.bandwidth


def best(way: Callable[[], object], rounds: int = 5) -> float:
    """Return the least seconds of a few rounds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        way()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def write_images(folder: Path, study: Path | None) -> None:
    """Write what both sides measure: 16 references and four arms, int16, like CT."""
    stacks = drawn() if study is None else of_study(study)
    for name, stack in stacks.items():
        np.save(folder / f"{name}.npy", stack.astype(np.int16))
    (folder / "range.txt").write_text(f"{RANGE.low} {RANGE.high}")
    niqe = HERE.parent / "resources" / "reference" / "niqe_official_model.npz"
    (folder / "niqe.npz").write_bytes(niqe.read_bytes())
    if not registry.available("lpips-vgg"):
        arrays: dict[str, Any] = dict(weights.load("lpips-vgg"))
        np.savez(folder / "lpips.npz", **arrays)


def of_study(study: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the pictures of a study of low-dose CT: the reference and four methods."""
    import pydicom

    sets = sorted(path for path in study.iterdir() if path.is_dir())
    names = ("NDCT", "LDCT", "RED-CNN", "DDPM", "WGAN-VGG")
    stacks = {}
    for number, name in enumerate(names):
        grey = [pydicom.dcmread(sets[i % len(sets)] / name / "1.dcm").pixel_array
                for i in range(PAIRS)]  # fmt: skip
        key = f"arm{number}" if number else "reference"
        stacks[key] = np.round(np.stack(grey) / 255 * RANGE.width + RANGE.low)
    return stacks


def drawn() -> dict[str, np.ndarray[Any, Any]]:
    """Return a body of noisy tissue in air, and four arms with more noise."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:SIDE, :SIDE]
    body = ((rows - 256) / 180) ** 2 + ((columns - 256) / 230) ** 2 < 1
    truth = np.where(body, 40.0, -990.0) + rng.normal(0, 10, (PAIRS, SIDE, SIDE))
    stacks = {"reference": truth}
    for arm in range(1, ARMS + 1):
        stacks[f"arm{arm}"] = truth + rng.normal(0, 5 * arm, truth.shape)
    return {name: stack.clip(RANGE.low, RANGE.high) for name, stack in stacks.items()}


if __name__ == "__main__":
    main()
