"""The workflows behind the Inspect room, imported when first used."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.domain.metric import MapDefinition, MetricValue
from app.domain.pair import Pair, Pairing
from app.ui.jobs import Workflow
from app.ui.process_job import blindread_command

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]
Listed = Sequence[tuple[MapDefinition, str]]


def _pair(source: Path, reference: str | None) -> Workflow:
    from app.workflows.pair import pair

    return pair(source, reference=reference)


def _load(pair: Pair, looking_at: Callable[[int], int]) -> Workflow:
    from app.workflows.inspect import load

    return load(pair, looking_at)


def _read_ahead(pair: Pair) -> Workflow:
    from app.workflows.inspect import read_ahead

    return read_ahead(pair)


def _study_ranges(pairing: Pairing) -> Workflow:
    from app.workflows.study_range import study_ranges

    return study_ranges(pairing)


def _difference(view: "PairView", index: int) -> Plane:
    from app.workflows.inspect import difference

    return difference(view, index)


def _edges(image: Image, index: int) -> Plane:
    from app.workflows.inspect_planes import edges

    return edges(image, index)


def _fourier(image: Image, index: int) -> Plane:
    from app.workflows.inspect_planes import fourier

    return fourier(image, index)


def _list_maps() -> Listed:
    from app.workflows.inspect_maps import list_maps

    return list_maps()


def _metric_map(view: "PairView", index: int, wanted: MapDefinition) -> Workflow:
    from app.workflows.inspect_maps import metric_map

    return metric_map(view, index, wanted)


def _end_maps() -> None:
    from app.workflows.inspect_maps import end_process

    end_process()


def _shares(values: Plane, wanted: MapDefinition, body: Mask) -> tuple[float, float] | None:
    from app.workflows.inspect_maps import shares

    return shares(values, wanted, body)


def _find_body(view: "PairView", index: int) -> Mask:
    from app.workflows.inspect_maps import find_body

    return find_body(view, index)


def _drawn_body(folder: Path, view: "PairView", index: int) -> Mask | None:
    from app.workflows.inspect_maps import drawn_body

    return drawn_body(folder, view, index)


def _keep_body(folder: Path, view: "PairView", index: int, mask: Mask | None) -> None:
    from app.workflows.inspect_maps import keep_body

    keep_body(folder, view, index, mask)


def _read_values(csv: Path) -> Iterable[MetricValue]:
    from app.workflows.measure import values_in

    return values_in(csv)


def _default_output(source: Path) -> Path:
    from app.workflows.measure import default_output

    return default_output(source)


def _body_folder(source: Path) -> Path:
    from app.store.body_masks import FOLDER

    return _default_output(source).parent / FOLDER


def _measure_command(
    source: Path, output: Path, reference: str | None, space: str = ""
) -> list[str]:
    from app.store.body_masks import FOLDER

    more = ["--reference", reference] if reference else []
    more += ["--space", f"native,{space}"] if space else []
    drawn = output.parent / FOLDER
    if drawn.is_dir():
        more += ["--body-masks", str(drawn)]
    return blindread_command("measure", str(source), "-o", str(output), *more, "--resume", "--json")


@dataclass(frozen=True, slots=True)
class InspectWork:
    """What the Inspect room asks of the workflows; tests put their own in."""

    pair: Callable[[Path, str | None], Workflow] = _pair
    load: Callable[[Pair, Callable[[int], int]], Workflow] = _load
    read_ahead: Callable[[Pair], Workflow] = _read_ahead
    study_ranges: Callable[[Pairing], Workflow] = _study_ranges
    difference: Callable[[Any, int], Plane] = _difference
    edges: Callable[[Image, int], Plane] = _edges
    fourier: Callable[[Image, int], Plane] = _fourier
    list_maps: Callable[[], Listed] = _list_maps
    metric_map: Callable[[Any, int, MapDefinition], Workflow] = _metric_map
    end_maps: Callable[[], None] = _end_maps
    shares: Callable[[Plane, MapDefinition, Mask], tuple[float, float] | None] = _shares
    find_body: Callable[[Any, int], Mask] = _find_body
    drawn_body: Callable[[Path, Any, int], Mask | None] = _drawn_body
    keep_body: Callable[[Path, Any, int, Mask | None], None] = _keep_body
    read_values: Callable[[Path], Iterable[MetricValue]] = _read_values
    default_output: Callable[[Path], Path] = _default_output
    body_folder: Callable[[Path], Path] = _body_folder
    measure_command: Callable[[Path, Path, str | None, str], list[str]] = _measure_command
