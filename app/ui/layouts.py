"""How panes can lie beside each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """A name, and a cell for each pane that is shown: row, column, rows and columns high and wide.

    The first pane lies in the first cell.
    """

    name: str
    cells: tuple[tuple[int, int, int, int], ...]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns the cells fill."""
        rows = max(row + high for row, _, high, _ in self.cells)
        return rows, max(column + wide for _, column, _, wide in self.cells)


def _table(rows: int, columns: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((row, column, 1, 1) for row in range(rows) for column in range(columns))


LAYOUTS = (
    Layout("Four panes", _table(2, 2)),
    Layout("Side by side", _table(1, 2)),
    Layout("One and three", ((0, 0, 3, 2), (0, 2, 1, 1), (1, 2, 1, 1), (2, 2, 1, 1))),
    Layout("Six panes", _table(2, 3)),
    Layout("One pane", _table(1, 1)),
)


def layout_named(name: str) -> Layout | None:
    """Return the layout of this name; None if there is none."""
    return next((one for one in LAYOUTS if one.name == name), None)
