"""The workflows behind measuring at a shape, imported when first used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.image import Grid
from app.domain.measured import ChartKind
from app.domain.metric import IntensityRange
from app.domain.shape import Shape
from app.ui.jobs import Workflow

if TYPE_CHECKING:
    from app.workflows.inspect_sides import Side


def _measure(
    shape: Shape,
    sides: "Sequence[Side]",
    grid: Grid,
    chart: ChartKind | None,
    background: Shape | None,
) -> Workflow:
    from app.workflows.inspect_measure import measure_shape

    return measure_shape(shape, sides, grid, chart=chart, background=background)


def _metrics(
    shape: Shape,
    sides: "Sequence[Side]",
    grid: Grid,
    range: IntensityRange,
    modality: str,
    learned: bool,
) -> Workflow:
    from app.workflows.inspect_measure import metrics_inside

    return metrics_inside(shape, sides, grid, range, modality, learned=learned)


def _size_of(shape: Shape, grid: Grid) -> tuple[float, str] | None:
    from app.workflows.inspect_measure import size_of

    return size_of(shape, grid)


def _end() -> None:
    from app.workflows.inspect_measure import end_process

    end_process()


@dataclass(frozen=True, slots=True)
class MeasureWork:
    """What measuring asks of the workflows; tests put their own in."""

    measure: Callable[..., Workflow] = _measure
    metrics: Callable[..., Workflow] = _metrics
    size_of: Callable[[Shape, Grid], tuple[float, str] | None] = _size_of
    end: Callable[[], None] = _end
