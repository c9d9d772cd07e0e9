"""One metric along the slices of a case, a curve for each arm; a click goes to slice and arm."""

import math
from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.ui import theme
from app.ui.arm_style import color_of, symbol_of

_NEAR = 14.0
"""Screen pixels from a point within which a click means that point and its arm."""

_MANY = 80
"""Slices above which the points are too close to be drawn with symbols."""


class SlicePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Curves over slice numbers, with a line at the slice in view.

    Signals
    -------
    chosen(arm, slice)
        A click: on a point of an arm, or elsewhere on a slice of the arm in view.
    """

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._values: dict[str, dict[int, float]] = {}
        self._arm = self._title = ""
        self._curves: dict[str, pg.PlotDataItem] = {}
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setAccessibleName("Metric value of each slice, a curve for each arm")
        self.setToolTip("A click on a point shows that slice of that arm.")
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self.getAxis("bottom").setStyle(tickTextOffset=2, tickLength=3)
        self.getAxis("left").setStyle(tickTextOffset=2, tickLength=3)
        self.getPlotItem().setContentsMargins(0, 0, 4, 0)
        self._here = pg.InfiniteLine(angle=90)
        self._here.setZValue(-1)
        self.addItem(self._here, ignoreBounds=True)
        self.scene().sigMouseClicked.connect(self._click)
        self.recolor()

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that have a curve, in the order of their colours."""
        return tuple(self._values)

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        muted = theme.color("muted")
        self.setBackground(theme.color("base"))
        self._here.setPen(pg.mkPen(theme.color("warning"), width=1.5, style=Qt.PenStyle.DashLine))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(muted)
            axis.setTextPen(muted)

    def show_curves(self, title: str, curves: Mapping[str, Mapping[int, float]], arm: str) -> None:
        """Draw finite values over slice numbers (from 1).

        Parameters
        ----------
        title
            The metric with its unit, e.g. ``PSNR (dB)``; stands at the axis.
        curves
            By arm; the place of an arm among them decides its colour and symbol.
        arm
            The arm in view, drawn thicker and above the others.
        """
        values = {name: dict(found) for name, found in curves.items()}
        if (title, values, arm) == (self._title, self._values, self._arm):
            return
        self._title, self._values, self._arm = title, values, arm
        self.setLabel("left", title)
        for name in self._curves.keys() - values.keys():
            self.removeItem(self._curves.pop(name))
        for place, (name, found) in enumerate(values.items()):
            curve = self._curves.get(name)
            if curve is None:
                curve = self._curves[name] = self.plot([], [])
            self._draw(curve, place, found, front=name == arm)
        self.autoRange()

    def _draw(
        self, curve: pg.PlotDataItem, place: int, found: Mapping[int, float], *, front: bool
    ) -> None:
        numbers = sorted(found)
        color = color_of(place)
        curve.setData(numbers, [found[number] for number in numbers])
        curve.setPen(pg.mkPen(color, width=2.5 if front else 1.2))
        curve.setSymbol(symbol_of(place) if len(numbers) <= _MANY else None)
        curve.setSymbolSize(7 if front else 5)
        curve.setSymbolBrush(color)
        curve.setSymbolPen(None)
        curve.setZValue(2 if front else 1)

    def show_here(self, number: int | None) -> None:
        """Mark the slice in view."""
        self._here.setVisible(number is not None)
        if number is not None:
            self._here.setValue(number)

    def point_at(self, place: QPointF) -> tuple[str, int] | None:
        """Return arm and slice that a place of the scene means."""
        box = self.getViewBox()
        near = min(
            (
                (math.hypot(point.x() - place.x(), point.y() - place.y()), arm != self._arm, arm, n)
                for arm, found in self._values.items()
                for n, value in found.items()
                for point in (box.mapViewToScene(QPointF(n, value)),)
            ),
            default=None,
        )
        if near is None:
            return None
        if near[0] <= _NEAR:
            return near[2], near[3]
        arm = self._arm if self._values.get(self._arm) else near[2]
        x = box.mapSceneToView(place).x()
        return arm, min(self._values[arm], key=lambda number: abs(number - x))

    def _click(self, event: object) -> None:
        meant = self.point_at(event.scenePos())  # type: ignore[attr-defined]
        if meant is not None:
            self.chosen.emit(*meant)
