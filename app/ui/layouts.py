"""How panes can lie beside each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """A name, the same in short, and a cell for each pane that is shown, the first in the first.

    A cell is row, column, and how many rows and columns it is high and wide.
    """

    name: str
    short: str
    cells: tuple[tuple[int, int, int, int], ...]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns the cells fill."""
        rows = max(row + high for row, _, high, _ in self.cells)
        return rows, max(column + wide for _, column, _, wide in self.cells)


def _table(rows: int, columns: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((row, column, 1, 1) for row in range(rows) for column in range(columns))


LAYOUTS = (
    Layout("Four panes", "2 × 2", _table(2, 2)),
    Layout("Side by side", "1 × 2", _table(1, 2)),
    Layout("One and three", "1 + 3", ((0, 0, 3, 2), (0, 2, 1, 1), (1, 2, 1, 1), (2, 2, 1, 1))),
    Layout("Six panes", "2 × 3", _table(2, 3)),
    Layout("One pane", "1 × 1", _table(1, 1)),
)


def layout_named(name: str) -> Layout | None:
    """Return the layout of this name; None if there is none."""
    return next((one for one in LAYOUTS if one.name == name), None)
