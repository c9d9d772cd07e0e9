"""What a person draws on an image to measure there."""

from dataclasses import dataclass, replace
from typing import Literal

ShapeKind = Literal["profile", "rectangle", "ellipse", "free", "distance", "angle"]
Place = tuple[float, float]
"""(row, column) in parts of pixels: pixel 0 lies from 0 to 1, its centre at 0.5."""

REGIONS: tuple[ShapeKind, ...] = ("rectangle", "ellipse", "free")
"""Shapes that hold pixels."""

BOXES: tuple[ShapeKind, ...] = ("rectangle", "ellipse")
"""Shapes given by two opposite corners, which lie on whole pixels."""

POINTS: dict[ShapeKind, int] = {
    "profile": 2,
    "rectangle": 2,
    "ellipse": 2,
    "distance": 2,
    "angle": 3,
}
"""How many places a shape has; a free region has as many as were drawn."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape on the slices of a case.

    ``points`` are the ends of a line, two opposite corners of a box, the two ends
    of an angle with its vertex between them, or the corners of a free region.
    ``slice`` is the only slice it lies on, from 0 among those of the reference, None for
    all of them.
    ``background`` marks the region that contrasts are taken against. ``number``
    names it within its case and never changes.
    """

    number: int
    kind: ShapeKind
    points: tuple[Place, ...]
    slice: int | None = None
    background: bool = False

    @property
    def name(self) -> str:
        """What lists call it, e.g. ``Ellipse 3``."""
        words = "Free region" if self.kind == "free" else self.kind.capitalize()
        return f"{words} {self.number}"

    @property
    def is_region(self) -> bool:
        """Whether it holds pixels."""
        return self.kind in REGIONS

    @property
    def box(self) -> tuple[float, float, float, float]:
        """First row, first column, last row, last column of what it covers (exclusive)."""
        rows, columns = zip(*self.points, strict=True)
        return min(rows), min(columns), max(rows), max(columns)

    @property
    def handles(self) -> tuple[Place, ...]:
        """The places by which it can be pulled; those of a region go round its box."""
        if not self.is_region:
            return self.points
        top, left, bottom, right = self.box
        middle, centre = (top + bottom) / 2, (left + right) / 2
        return (
            (top, left),
            (top, centre),
            (top, right),
            (middle, right),
            (bottom, right),
            (bottom, centre),
            (bottom, left),
            (middle, left),
        )

    def on(self, index: int) -> bool:
        """Return whether it lies on a slice."""
        return self.slice is None or self.slice == index

    def pulled(self, handle: int, place: Place) -> "Shape":
        """Return the shape with one of its handles somewhere else; a free region is stretched."""
        if not self.is_region:
            points = list(self.points)
            points[handle] = place
            return replace(self, points=tuple(points))
        top, left, bottom, right = self.box
        row, column = place
        if handle in (0, 1, 2):
            top = row
        if handle in (4, 5, 6):
            bottom = row
        if handle in (0, 6, 7):
            left = column
        if handle in (2, 3, 4):
            right = column
        if self.kind in BOXES:
            return replace(self, points=((top, left), (bottom, right)))
        first_row, first_column, last_row, last_column = self.box
        down = (bottom - top) / max(last_row - first_row, 1e-9)
        across = (right - left) / max(last_column - first_column, 1e-9)
        return replace(
            self,
            points=tuple(
                (top + (r - first_row) * down, left + (c - first_column) * across)
                for r, c in self.points
            ),
        )

    def moved(self, rows: float, columns: float) -> "Shape":
        """Return the shape somewhere else."""
        return replace(self, points=tuple((r + rows, c + columns) for r, c in self.points))

    def settled(self, rows: int, columns: int) -> "Shape":
        """Return the shape inside an image, a box on whole pixels and one pixel large at least."""
        points = tuple(
            (min(max(r, 0.0), float(rows)), min(max(c, 0.0), float(columns)))
            for r, c in self.points
        )
        if self.kind in BOXES:
            top, left, bottom, right = (round(end) for end in replace(self, points=points).box)
            top, left = min(top, rows - 1), min(left, columns - 1)
            bottom, right = max(bottom, top + 1), max(right, left + 1)
            points = ((float(top), float(left)), (float(bottom), float(right)))
        return replace(self, points=points)

    def kept_inside(self, rows: int, columns: int) -> "Shape":
        """Return the shape shifted as little as brings it into an image, its size unchanged."""
        top, left, bottom, right = self.box
        down = max(0.0, -top) - max(0.0, bottom - rows)
        across = max(0.0, -left) - max(0.0, right - columns)
        return self.moved(down, across) if down or across else self
