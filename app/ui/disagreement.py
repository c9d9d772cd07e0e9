"""Where a metric and the readers part most: a difference of ranks, image by image."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.findings import Point


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One image: its place by the metric and by the readers, 1 is the best."""

    point: Point
    metric_rank: float
    reader_rank: float

    @property
    def difference(self) -> float:
        """Positive where the readers think less of the image than the metric does."""
        return self.reader_rank - self.metric_rank


def disagreements(points: Sequence[Point], *, lower_is_better: bool) -> tuple[Disagreement, ...]:
    """Return every image with its two ranks, the largest difference first.

    Of the metric lower values may be better; of the scores of points higher ones always are.
    Equal values share the mean of their ranks.
    """
    sign = 1.0 if lower_is_better else -1.0
    by_metric = _ranks([sign * point.metric_value for point in points])
    by_readers = _ranks([-point.score for point in points])
    rows = [
        Disagreement(point, metric, readers)
        for point, metric, readers in zip(points, by_metric, by_readers, strict=True)
    ]
    return tuple(
        sorted(rows, key=lambda row: (-abs(row.difference), row.point.case, row.point.arm))
    )


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda index: values[index])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[order[place]] = (start + end) / 2 + 1
        start = end + 1
    return ranks
