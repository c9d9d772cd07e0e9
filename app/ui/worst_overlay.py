"""A frame on every pane around the worst place of the slice in view."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.worst_place import WINDOW
from app.ui.canvas import Canvas
from app.ui.inspect_model import InspectModel
from app.ui.pane_places import shows_slice_in_view

_LINE = QColor("#ffffff")
_SHADE = QColor(0, 0, 0, 190)


class WorstOverlay(QObject):
    """Shows the window of the worst mean while slices are put in order by worst places."""

    def __init__(self, model: InspectModel, panes: Iterable[Canvas], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._panes = tuple(panes)
        for number, pane in enumerate(self._panes):
            pane.add_overlay(lambda painter, target, n=number: self.paint(n, painter, target))
        model.finding.changed.connect(self._repaint)
        model.state.slice_changed.connect(self._repaint)

    def _repaint(self) -> None:
        for pane in self._panes:
            pane.update()

    def frame(self) -> tuple[float, float, float] | None:
        """Return row, column and side of the frame in pixels; None where there is none."""
        here = self._model.finding.here
        if here is None or here.row is None or here.column is None or self._model.view is None:
            return None
        return here.row, here.column, float(WINDOW)

    def paint(self, number: int, painter: QPainter, target: QRectF) -> None:
        """Paint the frame where the plane of a pane lies in the rectangle, if it belongs there."""
        frame, view = self.frame(), self._model.view
        if frame is None or view is None:
            return
        if not shows_slice_in_view(self._model, number, self._panes[number]):
            return
        row, column, side = frame
        grid = view.reference.grid
        across, down = target.width() / grid.columns, target.height() / grid.rows
        box = QRectF(
            target.x() + (column - side / 2) * across,
            target.y() + (row - side / 2) * down,
            side * across,
            side * down,
        )
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width, style in (
            (_SHADE, 3.0, Qt.PenStyle.SolidLine),
            (_LINE, 1.5, Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(color, width, style))
            painter.drawRect(box)
        painter.restore()
