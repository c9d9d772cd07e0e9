"""One metric along the slices of the pair in view; a click goes to a slice."""

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.ui import theme


class SlicePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve over slice numbers, with a line at the slice in view."""

    slice_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._numbers: list[int] = []
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setAccessibleName("Metric value of each slice")
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self._curve = self.plot([], [], symbol="o", symbolSize=5)
        self._here = pg.InfiniteLine(angle=90)
        self.addItem(self._here)
        self.scene().sigMouseClicked.connect(self._click)
        self.recolor()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        accent, muted = theme.color("accent"), theme.color("muted")
        self.setBackground(theme.color("base"))
        self._curve.setPen(pg.mkPen(accent, width=1.5))
        self._curve.setSymbolBrush(accent)
        self._curve.setSymbolPen(None)
        self._here.setPen(pg.mkPen(theme.color("warning"), width=1.5, style=Qt.PenStyle.DashLine))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(muted)
            axis.setTextPen(muted)

    def show_values(self, title: str, values: Mapping[int, float]) -> None:
        """Draw finite values over slice numbers (from 1)."""
        self._numbers = sorted(values)
        self._curve.setData(self._numbers, [values[number] for number in self._numbers])
        self.setLabel("left", title)
        self.setLabel("bottom", "slice")
        self.autoRange()

    def show_here(self, number: int | None) -> None:
        """Mark the slice in view."""
        self._here.setVisible(number is not None)
        if number is not None:
            self._here.setValue(number)

    def number_at(self, place: QPointF) -> int | None:
        """Return the slice number nearest to a place of the scene."""
        if not self._numbers:
            return None
        x = self.getViewBox().mapSceneToView(place).x()
        return min(self._numbers, key=lambda number: abs(number - x))

    def _click(self, event: object) -> None:
        number = self.number_at(event.scenePos())  # type: ignore[attr-defined]
        if number is not None:
            self.slice_chosen.emit(number)
