"""Where a plane lies in the patient and how large it is: letters, a bar, millimetres.

The reading room shows none of it: a spacing or an orientation that only one
arm has would name it.
"""

import math

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.image import Grid
from app.ui.canvas_labels import TEXT, Foot, paint_foot, paint_word

_LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))  # towards lower and higher x, y, z of the patient
_EDGE = 12
_SHADE = QColor(0, 0, 0, 200)
_Vector = tuple[float, float, float]


def letters(grid: Grid) -> tuple[str, str, str, str] | None:
    """Return what lies towards left, top, right and bottom of a plane, e.g. R, A, L, P.

    Directions are the patient's: Right, Left, Anterior, Posterior, Head, Feet.
    An oblique one has the letter of its largest part first, then those that are
    more than a quarter as large; None where the files do not say.
    """
    if grid.orientation is None:
        return None
    x, y, z, a, b, c = grid.orientation
    across, down = (x, y, z), (a, b, c)
    return _towards(across, -1), _towards(down, -1), _towards(across, 1), _towards(down, 1)


def _towards(direction: _Vector, sign: int) -> str:
    sizes = [
        (abs(part), pair[int(part * sign > 0)])
        for part, pair in zip(direction, _LETTERS, strict=True)
    ]
    parts = sorted(sizes, reverse=True)
    return "".join(letter for size, letter in parts if size > max(0.25 * parts[0][0], 1e-6))


def place_of(grid: Grid, index: int) -> float | None:
    """Return where a slice lies along the normal of its plane, in mm; None where unknown."""
    if grid.orientation is None or grid.positions is None:
        return None
    a, b, c, d, e, f = grid.orientation
    x, y, z = grid.positions[index]
    place: float = (b * f - c * e) * x + (c * d - a * f) * y + (a * e - b * d) * z
    return place


def bar_of(longest: float) -> float:
    """Return the longest of 1, 2, 5, 10, 20 ... that is not above a number above 0."""
    unit = 10.0 ** math.floor(math.log10(longest))
    return max(step for step in (1.0, 2.0, 5.0) if step * unit <= longest * (1 + 1e-9)) * unit


def paint_letters(painter: QPainter, foot: Foot, grid: Grid, title: int = 0) -> None:
    """Write at each edge of a canvas what lies towards it, after all that is at its foot.

    ``title`` is how far a title reaches from the left; the upper letter makes way for it.
    """
    shown = letters(grid)
    if shown is None:
        return
    wide, high = foot.room.width(), foot.room.height()
    top = _EDGE + 4 if title < wide // 2 - 16 else _EDGE + 10 + painter.fontMetrics().height()
    places = ((_EDGE + 4, high // 2), (wide // 2, top), (wide - _EDGE - 4, high // 2),
              (wide // 2, high - _EDGE - 4))  # fmt: skip
    for word, (x, y) in zip(shown, places, strict=True):
        paint_word(painter, QPoint(x, y), word, foot if y > high // 2 else None)


def paint_bar_of(painter: QPainter, foot: Foot, grid: Grid, target: QRectF, line: int) -> None:
    """Draw a bar of a round length, in mm or in pixels, above the lines at the lower right."""
    unit = "mm" if grid.spacing is not None else "px"
    extent = grid.columns * (grid.spacing[1] if grid.spacing is not None else 1.0)
    scale = target.width() / extent
    length = bar_of(max(min(foot.room.width() * 0.25, 160.0), 24.0) / scale)
    words = f"{length:g} {unit} {grid.spacing_kind}".rstrip()
    side, reach = Qt.AlignmentFlag.AlignRight, math.ceil(length * scale) + 12
    box = paint_foot(painter, foot, words, side, line=line, beside=reach)
    right, y = box.left() - 8.0, box.center().y() + 0.5
    left = right - length * scale
    for pen in (QPen(_SHADE, 4), QPen(TEXT, 2)):
        painter.setPen(pen)
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for x in (left, right):
            painter.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))
