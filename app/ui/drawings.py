"""What lies over the planes on the screen, held still for pictures made away from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.domain.image import Grid
from app.domain.mark import Mark
from app.domain.shape import Shape
from app.ui import body_overlay, marks_overlay, shape_overlay
from app.ui.body_model import body_of
from app.ui.body_overlay import body_words, lines_of, paint_body
from app.ui.canvas_labels import paint_label, room_of
from app.ui.canvas_scene import Overlay
from app.ui.inspect_work import InspectWork
from app.ui.marks_overlay import paint_marks
from app.ui.shape_overlay import paint_shapes

if TYPE_CHECKING:
    from app.workflows.inspect import PairView


NO_BODY = "No outline of the body: no intensity range"


@dataclass(slots=True, eq=False)
class Outlines:
    """Traces the body of slice after slice; that of the last one is kept for its other arms.

    ``folder`` is where the bodies lie that a person has drawn.
    """

    work: InspectWork
    folder: Path
    _key: tuple[str, int] = ("", 0)
    _lines: list[QLineF] | None = None
    _drawn: bool = False

    def of(self, view: "PairView", place: int) -> tuple[list[QLineF] | None, bool]:
        """Return the outline in pixels of the reference, and whether a person has drawn it.

        There is none where nobody has drawn it and the intensity range is not known.
        """
        key = (view.pair.reference.uid, view.pair.slices[place][0] + 1)
        if key != self._key:
            body = body_of(self.work, self.folder, view, place)
            self._lines = lines_of(body.mask) if body.mask is not None else None
            self._key, self._drawn = key, body.drawn
        return self._lines, self._drawn


def _no_words(_shape: Shape, _grid: Grid) -> str:
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class Drawings:
    """The body, the shapes of each case and the marks, as far as the screen shows them.

    Parameters
    ----------
    shapes, chosen
        Those of each case, and the one that is chosen.
    words
        What stands beside a shape: its size on a grid.
    marks
        Each with its sign and number.
    body
        None where it is not outlined.
    """

    shapes: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    chosen: Shape | None = None
    words: Callable[[Shape, Grid], str] = _no_words
    marks: tuple[tuple[Mark, str], ...] = ()
    body: Outlines | None = None

    def notes(self, view: "PairView | None" = None) -> tuple[str, ...]:
        """Return what a caption says of them, of one pair where it is of one."""
        if self.body is None:
            return ()
        if view is not None and view.range is None:
            return ("body outlined where it was drawn by hand: no intensity range",)
        return ("body outlined",)

    def lacks_body(self, view: "PairView", place: int) -> bool:
        """Return whether the body of a slice is wanted and cannot be outlined."""
        return self.body is not None and self.body.of(view, place)[0] is None

    @property
    def colors(self) -> tuple[QColor, ...]:
        """The colours that are used."""
        bodies = body_overlay.COLORS if self.body is not None else ()
        shapes = shape_overlay.COLORS if any(self.shapes.values()) else ()
        kinds = sorted({mark.kind for mark, _ in self.marks})
        return (*bodies, *shapes, *(QColor(marks_overlay.COLORS[kind]) for kind in kinds))

    def over(
        self, view: "PairView", place: int, arm: str, *, told: bool = False
    ) -> tuple[Overlay, ...]:
        """Return what lies over one slice of a pair, from the ground up.

        Parameters
        ----------
        view, place
            The pair that a plane is of, and the slice in it.
        arm
            The arm whose marks are seen.
        told
            Write in the corner where the body comes from.
        """
        grid, case = view.reference.grid, view.pair.case
        number = view.pair.slices[place][0] + 1
        shapes = tuple(one for one in self.shapes.get(case, ()) if one.on(number - 1))
        marks = tuple(
            (mark, words)
            for mark, words in self.marks
            if (mark.case, mark.arm, mark.slice) == (case, arm, number)
        )

        def body(painter: QPainter, target: QRectF) -> None:
            if self.body is not None:
                lines, drawn = self.body.of(view, place)
                if lines is not None:
                    paint_body(painter, target, lines, (grid.rows, grid.columns), edited=drawn)

        def named(painter: QPainter, _target: QRectF) -> None:
            if self.body is not None:
                lines, drawn = self.body.of(view, place)
                words = NO_BODY if lines is None else body_words(drawn=drawn, empty=not lines)
                room, left = room_of(painter).toRect(), Qt.AlignmentFlag.AlignLeft
                paint_label(painter, room, words, left, line=1)

        def shaped(painter: QPainter, target: QRectF) -> None:
            paint_shapes(
                painter, target, grid, shapes, lambda one: self.words(one, grid), self.chosen
            )

        def marked(painter: QPainter, target: QRectF) -> None:
            paint_marks(painter, target, grid, marks, None)

        return (body, *((named,) if told else ()), shaped, marked)
