"""BlindRead's side of the comparison: what its worker processes do to slices in memory.

    python benchmarks/our_side.py FOLDER WORK

alone does one work once and prints the most memory that it took, in kilobytes.
"""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange, Space
from app.metrics import registry
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import Kept, SliceInputs
from app.metrics.prepare import prepare
from app.metrics.regions import body_mask
from app.metrics.stored import Stored

PAIRS = 16
LEARNED_SLICES = 2
ARMS = 4
TOGETHER = ("mse", "mae", "ssim", "ms-ssim", "gmsd")


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to each slice: its metrics in its regions, in one or all arms."""

    metrics: tuple[str, ...]
    regions: tuple[str, ...] = ("whole",)
    arms: int = 1
    slices: int = PAIRS
    map: str = ""


RANGE = IntensityRange(-1000.0, 400.0, "given")


def learned(metric: str) -> Work:
    """Return the work of a learned metric: four arms of each of two slices."""
    return Work((metric,), arms=ARMS, slices=LEARNED_SLICES)


WORKS = {
    "ssim": Work(("ssim",), map="ssim"),
    **{name: Work((name,)) for name in ("ms-ssim", "vif-p", "fsim", "gmsd", "haarpsi", "niqe")},
    "one-pass": Work(TOGETHER),
    "one-pass, whole and body": Work(TOGETHER, regions=("whole", "body")),
    **{name: learned(name) for name in ("lpips-vgg", "lpips-vgg@bf16")},
}


def measure_slices(
    folder: str, name: str, indices: Sequence[int]
) -> tuple[list[list[float]], float]:
    """Measure what is one work item: some slices; return their values and processor seconds."""
    begun = time.process_time()
    found = [measure_slice(folder, name, index) for index in indices]
    return found, time.process_time() - begun


def measure_slice(folder: str, name: str, index: int) -> list[float]:
    """Measure one slice in its arms from stored integers; return the values."""
    work = WORKS[name]
    reference = Stored(images(folder, "reference")[index])
    body = body_mask(reference.values, "CT", RANGE) if "body" in work.regions else None
    shared = Kept()
    found: list[float | None] = []
    for arm in range(1, work.arms + 1):
        reconstruction = Stored(images(folder, f"arm{arm}")[index])
        inputs = SliceInputs(
            reference, reconstruction, None, body, RANGE, Space(), work.metrics, work.regions,
            shared=shared,
        )  # fmt: skip
        if work.map:
            found.append(with_map(inputs, work))
        else:
            found += [result.value for result in evaluate_slice(inputs)]
    return [float("nan") if value is None else value for value in found]


def with_map(inputs: SliceInputs, work: Work) -> float:
    """Return the mean of a metric's map, which is the metric's value."""
    return float(np.nanmean(registry.local_map(work.map, prepare(inputs))))


@lru_cache
def images(folder: str, name: str) -> NDArray[np.int16]:
    """Return stored images, read once by each process."""
    stored: NDArray[np.int16] = np.load(Path(folder) / f"{name}.npy")
    return stored


def peak_memory() -> int:
    """Return the most memory that this process held, in kilobytes; not what its parent held."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):  # not on macOS and Windows
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    for number in range(WORKS[sys.argv[2]].slices):
        measure_slice(sys.argv[1], sys.argv[2], number)
    print(peak_memory())
