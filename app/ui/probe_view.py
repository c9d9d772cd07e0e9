"""Values under the cursor: in the panel for all images, and on the panes beside the cursor."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.ui.inspect_model import InspectModel
from app.ui.measure_rows import in_figures
from app.ui.probe import ProbeRow, pane_words, pixel_under, probe_images, probe_panes, signed

if TYPE_CHECKING:
    from app.ui.pane_grid import PaneGrid

_TEXT = QColor("#f0e442")
_BEHIND = QColor(0, 0, 0, 185)
_LONGEST = 22
_ROWS = 9


class ProbeView(QWidget):
    """A line for each image and map: its value, and its difference from the reference."""

    def __init__(
        self, model: InspectModel, panes: "PaneGrid", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._panes = model, panes
        self.place = QLabel()
        self.place.setObjectName("muted")
        self._cells = [tuple(QLabel() for _ in range(3)) for _ in range(_ROWS)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(self.place, 0, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        for number, cells in enumerate(self._cells, start=1):
            for column, cell in enumerate(cells):
                if column:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                else:
                    cell.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
                grid.addWidget(cell, number, column)
        model.state.cursor_changed.connect(self.refresh)
        model.state.slice_changed.connect(self.refresh)
        model.view_changed.connect(self.refresh)
        self.refresh()

    @property
    def rows(self) -> tuple[ProbeRow, ...]:
        """What is under the cursor, or the names alone where the cursor is nowhere."""
        place = pixel_under(self._model)
        images = probe_images(self._model, *(place or (0, 0)))
        panes = probe_panes(self._model, self._panes)
        rows = (*images, *panes)[:_ROWS]
        return rows if place else tuple(ProbeRow(one.name, None, one.unit) for one in rows)

    def refresh(self) -> None:
        """Read the pixel under the cursor anew."""
        if not self.isVisible():
            return
        place, rows = pixel_under(self._model), self.rows
        here = f"Row {place[0]}, column {place[1]}" if place else "Point at an image"
        self.place.setText(here)
        for number, cells in enumerate(self._cells):
            row = rows[number] if number < len(rows) else None
            for cell in cells:
                cell.setVisible(row is not None)
            if row is None:
                continue
            cells[0].setText(_short(row.name))
            cells[0].setToolTip(row.name)
            cells[1].setText(f"{in_figures(row.value)} {row.unit}".rstrip())
            cells[2].setText(signed(row.difference) if row.difference is not None else "")
            cells[2].setToolTip("Difference from the reference")

    def showEvent(self, event: object) -> None:
        """Be up to date."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()


class PaneProbe(QObject):
    """Writes on every pane what lies under the linked cursor there.

    Signals
    -------
    changed()
        It is on, or off.
    """

    changed = Signal()

    def __init__(self, model: InspectModel, panes: "PaneGrid") -> None:
        super().__init__(panes)
        self._model, self._panes = model, panes
        self._shown = False
        for number, pane in enumerate(panes.panes):
            pane.add_overlay(lambda painter, target, n=number: self._paint(n, painter, target))

    @property
    def shown(self) -> bool:
        """Whether the values stand on the panes."""
        return self._shown

    def toggle(self) -> None:
        """Write the values on the panes, or no longer."""
        self._shown = not self._shown
        for pane in self._panes.panes:
            pane.update()
        self.changed.emit()

    def _paint(self, number: int, painter: QPainter, target: QRectF) -> None:
        cursor = self._panes.panes[number].state.cursor
        words = pane_words(self._model, self._panes, number) if self._shown and cursor else ""
        if not words or cursor is None:
            return
        painter.save()
        metrics = QFontMetricsF(painter.font())
        wide, high = metrics.horizontalAdvance(words) + 8, metrics.height() + 2
        here = QPointF(
            target.x() + cursor[0] * target.width(), target.y() + cursor[1] * target.height()
        )
        pane = self._panes.panes[number]
        left = here.x() + 12 if here.x() + 16 + wide < pane.width() else here.x() - 12 - wide
        top = here.y() - 12 - high if here.y() - 16 - high > 0 else here.y() + 12
        box = QRectF(left, top, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BEHIND)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(_TEXT)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.restore()


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST // 2]}…{name[-(_LONGEST // 2 - 1) :]}"
