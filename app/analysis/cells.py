"""Scores laid out as a table of readers, cases and arms."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.domain.result import ScoreRow


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One criterion's scores: a sum and a count for each reader, case and column.

    A column is an arm, or a pair of arms. The value of a cell is sum / count;
    a cell without scores has the count 0. ``n`` counts the scores of a column.
    """

    readers: tuple[str, ...]
    cases: tuple[str, ...]
    columns: tuple[str, ...]
    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    n: tuple[int, ...]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Where there are scores: (readers, cases, columns)."""
        there: NDArray[np.bool_] = self.counts > 0
        return there


def rating_cells(rows: Iterable[ScoreRow]) -> Cells:
    """Lay out ratings; a cell holds the mean over that reader's presentations.

    Every cell weighs the same, however often a reader saw the image.
    """
    cells: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        cells[row.reader, row.case, row.arm].append(row.value)
    return _table({
        key: (float(np.mean(values)), 1.0, len(values)) for key, values in cells.items()
    })  # fmt: skip


def with_midranks(rows: Sequence[ScoreRow]) -> list[ScoreRow]:
    """Return the places of a ranking with those that are shared as mid-ranks, in their order.

    Readers number places as they like: 1, 1, 2 and 1, 1, 3 say the same, and so both become
    1.5, 1.5, 3. Places are those among the images of one screen (reader and presentation; where
    no presentation is named, reader and case) that were given one.

    References
    ----------
    Kendall (1945), doi:10.1093/biomet/33.3.239, on ties in rankings.
    """
    screens: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in rows:
        screens[_screen(row)].append(row.value)
    return [
        replace(
            row,
            value=sum(other < row.value for other in screens[_screen(row)])
            + (1 + sum(other == row.value for other in screens[_screen(row)])) / 2,
        )
        for row in rows
    ]


def difference_cells(cells: Cells) -> Cells:
    """Lay out the differences of every two columns, ``a - b``, a first by name.

    A cell holds the difference within one reader and case; where one of the two has no
    score there is none. ``n`` counts the cells.
    """
    seen = cells.seen
    values = np.divide(cells.sums, cells.counts, out=np.zeros_like(cells.sums), where=seen)
    pairs = list(combinations(range(len(cells.columns)), 2))
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.intp) for side in (0, 1))
    both = seen[:, :, first] & seen[:, :, second]
    return Cells(
        cells.readers,
        cells.cases,
        tuple(f"{cells.columns[one]} - {cells.columns[other]}" for one, other in pairs),
        np.where(both, values[:, :, first] - values[:, :, second], 0.0),
        both.astype(np.float64),
        tuple(int(count) for count in both.sum((0, 1))),
    )


def preference_cells(rows: Iterable[ScoreRow]) -> Cells:
    """Lay out preferences by arm: the sum counts wins, a tie one half, to both arms."""
    cells: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        won = share_won(row.value)
        cells[row.reader, row.case, row.arm].append(won)
        cells[row.reader, row.case, row.opponent].append(1.0 - won)
    return _table({
        key: (sum(values), float(len(values)), len(values)) for key, values in cells.items()
    })  # fmt: skip


def pair_cells(rows: Iterable[ScoreRow]) -> Cells:
    """Lay out preferences by pair ``A vs B`` (A first by name): the sum counts wins of A."""
    cells: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        won = share_won(row.value)
        first, second = sorted((row.arm, row.opponent))
        name = f"{first} vs {second}"
        cells[row.reader, row.case, name].append(won if row.arm == first else 1.0 - won)
    return _table({
        key: (sum(values), float(len(values)), len(values)) for key, values in cells.items()
    })  # fmt: skip


def answer_cells(rows: Iterable[ScoreRow]) -> Cells:
    """Lay out the answers of comparisons by pair ``A - B`` (A first by name), in points.

    A cell holds the mean answer of one reader to one case, positive where A is better.
    """
    cells: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        first, second = sorted((row.arm, row.opponent))
        name = f"{first} - {second}"
        cells[row.reader, row.case, name].append(row.value if row.arm == first else -row.value)
    return _table({
        key: (float(np.mean(values)), 1.0, len(values)) for key, values in cells.items()
    })  # fmt: skip


def share_won(value: float) -> float:
    """Return 1 where the arm was preferred, 0 where its opponent was, 0.5 for a tie."""
    return 0.5 + 0.5 * float(np.sign(value))


def _screen(row: ScoreRow) -> tuple[str, ...]:
    return row.reader, row.criterion, row.presentation or f"case {row.case}"


def _table(cells: dict[tuple[str, str, str], tuple[float, float, int]]) -> Cells:
    axes = [tuple(sorted({key[axis] for key in cells})) for axis in range(3)]
    places = [{name: index for index, name in enumerate(axis)} for axis in axes]
    shape = (len(axes[0]), len(axes[1]), len(axes[2]))
    sums, counts, n = np.zeros(shape), np.zeros(shape), [0] * shape[2]
    for key, (total, count, scores) in cells.items():
        at = tuple(place[name] for place, name in zip(places, key, strict=True))
        sums[at], counts[at] = total, count
        n[at[2]] += scores
    return Cells(axes[0], axes[1], axes[2], sums, counts, tuple(n))
