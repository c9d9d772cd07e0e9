"""The curves at a shape: one line for the reference and for each arm, in the arms' colours."""

import html
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.domain.measured import Chart
from app.ui import theme
from app.ui.arm_style import color_of


class MeasurePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A chart that is looked at, not moved: the wheel belongs to the panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._chart: Chart | None = None
        self._arms: tuple[str, ...] = ()
        self._kind: object = None
        self._lines: list[pg.PlotDataItem] = []
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setFixedHeight(190)
        self.setAccessibleName("Curves at the chosen shape")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self.recolor()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        muted = theme.color("muted")
        self.setBackground(theme.color("base"))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(muted)
            axis.setTextPen(muted)
        self._draw()

    def show_chart(self, chart: Chart | None, arms: Sequence[str]) -> None:
        """Draw another chart; the place of an arm in ``arms`` gives its colour."""
        if chart is not self._chart or tuple(arms) != self._arms:
            self._chart, self._arms = chart, tuple(arms)
            self._draw()

    def _draw(self) -> None:
        """Give the lines that are there other numbers, and make or take away what differs."""
        chart = self._chart
        curves = chart.curves if chart is not None else ()
        kind = (chart.kind if chart is not None else None, tuple(one.name for one in curves))
        if kind != self._kind:
            self.clear()
            self._lines = [self.plot([], []) for _ in curves]
            self._kind = kind
        if chart is None:
            return
        logarithmic = chart.kind in ("noise", "added", "ratio")
        ordered = sorted(curves, key=lambda one: one.name not in self._arms)
        for line, curve in zip(self._lines, ordered, strict=True):  # the reference lies on top
            y = curve.y
            if logarithmic:
                with np.errstate(divide="ignore", invalid="ignore"):
                    y = np.log10(np.where(y > 0, y, np.nan))
            reference = curve.name not in self._arms
            pen = pg.mkPen(
                curve_color(curve.name, self._arms),
                width=2 if reference else 1.5,
                style=Qt.PenStyle.DashLine if reference else Qt.PenStyle.SolidLine,
            )
            steps = chart.kind == "histogram"
            there = np.isfinite(y).any()
            line.setData(
                curve.x if there else [0, 1] if steps else [],
                y if there else [0] if steps else [],
                pen=pen if there else None,
                stepMode="center" if steps else None,
                connect="all" if steps else "finite",
            )
        self.setLabel("left", f"log₁₀ {chart.up}" if logarithmic else chart.up)
        self.setLabel("bottom", chart.across)
        self.autoRange()


def curve_color(name: str, arms: Sequence[str]) -> str:
    """Return the colour of an image: that of its arm, or of text for the reference."""
    return color_of(arms.index(name)) if name in arms else theme.color("text").name()


def legend(chart: Chart, arms: Sequence[str]) -> str:
    """Return which colour is which image, as rich text; the reference's line is dashed."""
    parts = []
    for curve in chart.curves:
        sign = "━" if curve.name in arms else "╍"
        color = curve_color(curve.name, arms)
        name = html.escape(curve.name).replace(" ", "&nbsp;").replace("-", "&#8209;")
        parts.append(f'<span style="color:{color}">{sign}</span>&nbsp;{name}')
    return "&nbsp; ".join(parts)
