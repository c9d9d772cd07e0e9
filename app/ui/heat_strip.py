"""The volume at a glance: a column for each slice, a row for each arm, the worse the brighter."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.display import loss
from app.ui import theme
from app.ui.arm_style import color_of, sign_of

_ROW = 14
_MOST_ROWS = 8
_NAMES = 18
"""Width of the signs of the arms, left of the strip."""

_MARK = QColor("#ffffff")
_SHADE = QColor(0, 0, 0, 200)


class HeatStrip(QWidget):
    """Coloured cells; a click or a drag goes to a slice of an arm.

    Dark is the best value of the case, bright the worst; a cell without a
    value is crossed out.

    Signals
    -------
    chosen(arm, slice)
        A cell was pressed.
    """

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, dict[int, float]] = {}
        self._slices: tuple[int, ...] = ()
        self._words: Callable[[float], str] = str
        self._picture: QImage | None = None
        self._here: tuple[str, int | None] = ("", None)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Every slice of every arm, the worse the brighter")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a row for each arm, up to eight."""
        return QSize(240, _ROW * max(1, min(len(self._values), _MOST_ROWS)))

    def minimumSizeHint(self) -> QSize:
        """Return what is needed to see anything."""
        return QSize(80, self.sizeHint().height())

    def show_values(
        self,
        values: Mapping[str, Mapping[int, float]],
        slices: Sequence[int],
        badness: Callable[[float], float],
        words: Callable[[float], str],
    ) -> None:
        """Show the values of a case.

        Parameters
        ----------
        values
            By arm, then by slice number (from 1); the order of the arms is that of the rows.
        slices
            The slice of each column.
        badness
            The larger, the worse a value is.
        words
            A value for a tooltip.
        """
        rows = len(self._values)
        self._values = {arm: dict(found) for arm, found in values.items()}
        self._slices, self._words = tuple(slices), words
        self._picture = self._paint_picture(badness)
        if rows != len(self._values):
            self.updateGeometry()
        self.update()

    def show_here(self, arm: str, number: int | None) -> None:
        """Mark the slice and arm in view."""
        if (arm, number) != self._here:
            self._here = (arm, number)
            self.update()

    def cell_at(self, place: QPointF) -> tuple[str, int] | None:
        """Return arm and slice of a place of the widget; None beside the cells."""
        area = self._area()
        if not self._values or not self._slices or not area.adjusted(0, 0, 1, 1).contains(place):
            return None
        column = int((place.x() - area.x()) / area.width() * len(self._slices))
        row = int((place.y() - area.y()) / area.height() * len(self._values))
        arm = list(self._values)[min(row, len(self._values) - 1)]
        return arm, self._slices[min(column, len(self._slices) - 1)]

    def color_of(self, arm: str, number: int) -> QColor | None:
        """Return the colour of a cell; None where there is no value."""
        if self._picture is None or number not in self._values.get(arm, {}):
            return None
        return self._picture.pixelColor(self._slices.index(number), list(self._values).index(arm))

    def _area(self) -> QRectF:
        names = _NAMES if len(self._values) > 1 else 0
        return QRectF(self.rect()).adjusted(names, 0, 0, 0)

    def _paint_picture(self, badness: Callable[[float], float]) -> QImage | None:
        if not self._values or not self._slices:
            return None
        columns = {number: place for place, number in enumerate(self._slices)}
        plane = np.full((len(self._values), len(self._slices)), np.nan)
        for row, found in enumerate(self._values.values()):
            for number, value in found.items():
                if number in columns and math.isfinite(value):
                    plane[row, columns[number]] = badness(value)
        if not np.isfinite(plane).any():
            return None
        low, high = float(np.nanmin(plane)), float(np.nanmax(plane))
        colors = np.ascontiguousarray(loss(plane, low, high if high > low else low + 1.0))
        rows, wide = plane.shape
        return QImage(colors.data, wide, rows, 3 * wide, QImage.Format.Format_RGB888).copy()

    # ---- painting and pressing ---------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells, the signs of the arms and the mark of what is in view."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("base"))
        area = self._area()
        if self._picture is not None:
            painter.drawImage(area, self._picture)
        high = area.height() / max(1, len(self._values))
        wide = area.width() / max(1, len(self._slices))
        painter.setPen(QPen(theme.color("border"), 1))
        for row, found in enumerate(self._values.values()):
            for column, number in enumerate(self._slices):
                if number not in found:
                    cell = QRectF(area.x() + column * wide, row * high, wide, high)
                    painter.fillRect(cell, theme.color("alternate"))
                    if wide >= 6:
                        painter.drawLine(cell.bottomLeft(), cell.topRight())
            if area.x() > 0:
                painter.save()
                painter.setPen(QColor(color_of(row)))
                name = QRectF(0, row * high, area.x(), high)
                painter.drawText(name, int(Qt.AlignmentFlag.AlignCenter), sign_of(row))
                painter.restore()
        self._mark(painter, area, wide, high)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _mark(self, painter: QPainter, area: QRectF, wide: float, high: float) -> None:
        arm, number = self._here
        if number not in self._slices or arm not in self._values:
            return
        column, row = self._slices.index(number), list(self._values).index(arm)
        middle = area.x() + (column + 0.5) * wide
        painter.setPen(QPen(_SHADE, 3))
        painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        painter.setPen(QPen(_MARK, 1))
        painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        side = max(wide, 5.0)
        cell = QRectF(middle - side / 2, row * high, side, high).adjusted(0.5, 0.5, -0.5, -0.5)
        for color, width in ((_SHADE, 3), (_MARK, 1.5)):
            painter.setPen(QPen(color, width))
            painter.drawRect(cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the cell that was pressed."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on to the slice under the mouse while the button is down; the arm stays."""
        cell = self.cell_at(event.position())
        arm = self._here[0]
        if cell is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if cell[1] != self._here[1] and arm in self._values:
            self.chosen.emit(arm, cell[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the slice before or after by Left and Right."""
        arm, number = self._here
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or number not in self._slices:
            super().keyPressEvent(event)
            return
        place = self._slices.index(number) + step
        if 0 <= place < len(self._slices):
            self.chosen.emit(arm, self._slices[place])

    def event(self, event: QEvent) -> bool:
        """Say what a cell means."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tip_at(self, place: QPointF) -> str:
        """Return what the cell at a place means; empty beside the cells."""
        cell = self.cell_at(place)
        if cell is None:
            return ""
        value = self._values[cell[0]].get(cell[1])
        return f"{cell[0]}, slice {cell[1]}: {'no value' if value is None else self._words(value)}"
