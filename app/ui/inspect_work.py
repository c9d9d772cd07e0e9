"""The workflows behind the Inspect room, imported when first used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import MetricValue
from app.domain.pair import Pair
from app.ui.jobs import Workflow
from app.ui.process_job import blindread_command

if TYPE_CHECKING:
    from app.workflows.inspect import PairView


def _pair(source: Path, reference: str | None) -> Workflow:
    from app.workflows.pair import pair

    return pair(source, reference=reference)


def _load(pair: Pair, looking_at: Callable[[int], int]) -> Workflow:
    from app.workflows.inspect import load

    return load(pair, looking_at)


def _read_ahead(pair: Pair) -> Workflow:
    from app.workflows.inspect import read_ahead

    return read_ahead(pair)


def _difference(view: "PairView", index: int) -> NDArray[np.float64]:
    from app.workflows.inspect import difference

    return difference(view, index)


def _ssim_map(view: "PairView", index: int) -> NDArray[np.float64]:
    from app.workflows.inspect import ssim_map

    return ssim_map(view, index)


def _read_values(csv: Path) -> tuple[MetricValue, ...]:
    from app.workflows.measure import read_values

    return read_values(csv)


def _default_output(source: Path) -> Path:
    from app.workflows.measure import default_output

    return default_output(source)


def _measure_command(source: Path, output: Path, reference: str | None) -> list[str]:
    named = ["--reference", reference] if reference else []
    return blindread_command(
        "measure", str(source), "-o", str(output), *named, "--resume", "--json"
    )


@dataclass(frozen=True, slots=True)
class InspectWork:
    """What the Inspect room asks of the workflows; tests put their own in."""

    pair: Callable[[Path, str | None], Workflow] = _pair
    load: Callable[[Pair, Callable[[int], int]], Workflow] = _load
    read_ahead: Callable[[Pair], Workflow] = _read_ahead
    difference: Callable[[Any, int], NDArray[np.float64]] = _difference
    ssim_map: Callable[[Any, int], NDArray[np.float64]] = _ssim_map
    read_values: Callable[[Path], Sequence[MetricValue]] = _read_values
    default_output: Callable[[Path], Path] = _default_output
    measure_command: Callable[[Path, Path, str | None], list[str]] = _measure_command
