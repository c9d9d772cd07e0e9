"""The two pictures of the Results room: arms with intervals, and metric against readers."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.domain.findings import Best, Point
from app.domain.result import Estimate
from app.ui import theme

SIGNS = {"o": "●", "s": "■", "t1": "▲", "d": "◆", "star": "★", "t": "▼", "p": "⬟"}
SYMBOLS = tuple(SIGNS)
# After Okabe and Ito (2008): told apart with any kind of colour vision, on dark and light.
COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#a08cff", "#8c8c8c", "#b8a800")
_HYPHEN = "\N{NON-BREAKING HYPHEN}"
WIDEST_NAME = 280
NO_DIFFERENCE = {"rate": 0.5, "pair_rate": 0.5, "difference": 0.0, "log_worth": 0.0}
FULL_DECADES = 100  # values that span more than this are drawn on a logarithmic axis


class _Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setAccessibleName(name)
        self.setMinimumHeight(160)
        self.recolor()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        self.setBackground(theme.color("base"))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(theme.color("border"))
            axis.setTextPen(theme.color("text"))


class ForestPlot(_Plot):
    """One line for each arm: the estimate and its 95 % interval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Estimates of the arms with their intervals", parent)
        self.estimates: tuple[Estimate, ...] = ()

    def show_estimates(
        self, quantity: str, estimates: Sequence[Estimate], best: Best | None = None
    ) -> None:
        """Draw the estimates of one quantity, the first on top."""
        self.estimates = tuple(one for one in estimates if one.value is not None)
        self.recolor()
        self.clear()
        metrics = self.fontMetrics()
        names = [
            metrics.elidedText(one.group, Qt.TextElideMode.ElideMiddle, WIDEST_NAME)
            for one in self.estimates
        ]
        self.getAxis("left").setWidth(max(map(metrics.horizontalAdvance, names), default=0) + 24)
        rows = list(range(len(self.estimates), 0, -1))
        self.getAxis("left").setTicks(
            [[(row, name) for row, name in zip(rows, names, strict=True)]]
        )
        self.setLabel("bottom", words_of(quantity, best))
        if not self.estimates:
            return
        values = [float(one.value or 0) for one in self.estimates]
        lows = [_or(one.low, value) for one, value in zip(self.estimates, values, strict=True)]
        highs = [_or(one.high, value) for one, value in zip(self.estimates, values, strict=True)]
        pen = pg.mkPen(theme.color("accent"), width=2)
        for row, low, high in zip(rows, lows, highs, strict=True):
            self.plot([low, high], [row, row], pen=pen)
        self.plot(
            values,
            rows,
            pen=None,
            symbol="s",
            symbolSize=10,
            symbolBrush=theme.color("accent"),
            symbolPen=None,
        )
        kind, _, _ = quantity.partition(" ")
        if kind in NO_DIFFERENCE:
            dashed = pg.mkPen(theme.color("muted"), style=Qt.PenStyle.DashLine)
            self.addItem(pg.InfiniteLine(NO_DIFFERENCE[kind], angle=90, pen=dashed))
        if kind in ("rate", "pair_rate"):
            self.setXRange(0, 1)
        else:
            room = (max(highs) - min(lows)) * 0.1 or 0.5
            self.setXRange(min(lows) - room, max(highs) + room)
        self.setYRange(0.4, len(rows) + 0.6)


class ScatterPlot(_Plot):
    """Metric value against the readers' score, one mark for each image."""

    point_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Metric value against the readers' score", parent)

    def show_points(self, key: str, points: Sequence[Point], rho: Estimate | None) -> None:
        """Draw the images, an arm in one colour and shape, with rho above."""
        metric, _, criterion = key.partition(" ~ ")
        self.recolor()
        self.clear()
        self.setTitle(title_of(key, rho), color=theme.color("text").name(), size="10pt")
        values = [point.metric_value for point in points]
        logarithmic = bool(values) and min(values) > 0 and max(values) > FULL_DECADES * min(values)
        self.getAxis("bottom").setLogMode(logarithmic)
        self.setLabel("bottom", f"{metric} (logarithmic)" if logarithmic else metric)
        self.setLabel("left", f"mean {criterion} by the readers{_turned(criterion)}")
        for number, arm in enumerate(dict.fromkeys(point.arm for point in points)):
            own = [point for point in points if point.arm == arm]
            item = pg.ScatterPlotItem(
                x=[_place(point.metric_value, logarithmic) for point in own],
                y=[point.score for point in own],
                data=own,
                size=11,
                symbol=SYMBOLS[number % len(SYMBOLS)],
                brush=pg.mkBrush(COLORS[number % len(COLORS)]),
                pen=pg.mkPen(theme.color("base")),
                hoverable=True,
                hoverPen=pg.mkPen(theme.color("text"), width=2),
                tip=_tip,
            )
            item.sigClicked.connect(self._choose)
            self.addItem(item)
        self.autoRange(padding=0.06)

    def _choose(self, _item: object, spots: Sequence[Any], *_: object) -> None:
        if len(spots):
            point = spots[0].data()
            self.point_chosen.emit(point.case, point.arm)


def words_of(quantity: str, best: Best | None = None) -> str:
    """Return a quantity of the estimates in words, and which of its values are better.

    >>> words_of("mean quality"), words_of("pair_rate preference")
    ('mean quality', 'preference rate, arm against arm')
    >>> words_of("mean rank", Best("lower", value=1, place=True))
    'mean place in rank (1 is best)'
    >>> words_of("difference noise", Best("lower"))
    'difference of noise, arm minus arm (negative where the first is better)'
    """
    kind, _, criterion = quantity.partition(" ")
    named = "" if criterion == "preference" else f" of {criterion}"
    words = {
        "rate": f"preference rate{named}",
        "pair_rate": f"preference rate{named}, arm against arm",
        "difference": f"difference{named or ' in preference'}, arm minus arm",
        "log_worth": f"worth{named} by Bradley-Terry, logarithm",
        "cannot_judge": f"share of {criterion} that could not be judged",
    }.get(kind, quantity)
    if best is not None and best.place and kind == "mean":
        words = f"mean place in {criterion}"
    if best is None:
        return words
    said = best.words_of_difference if kind == "difference" else best.words
    return f"{words} ({said})" if said else words


def title_of(key: str, rho: Estimate | None) -> str:
    """Return the plot's title: the key, Spearman's rho and its interval."""
    if rho is None or rho.value is None:
        return f"{key}: no rho ({rho.note})" if rho is not None and rho.note else key
    return f"{key}:  ρ = {rho.value:.2f}{interval_of(rho)}, {rho.n} images"


def interval_of(estimate: Estimate) -> str:
    """Return an interval as `` (0.51 to 0.93)``, empty where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f" ({estimate.low:.2f} to {estimate.high:.2f})"


def legend_of(points: Sequence[Point]) -> str:
    """Return which mark stands for which arm, as rich text."""
    marks = (
        f'<span style="color: {COLORS[number % len(COLORS)]}">'
        f"{SIGNS[SYMBOLS[number % len(SYMBOLS)]]}</span>&nbsp;{escape(arm).replace('-', _HYPHEN)}"
        for number, arm in enumerate(dict.fromkeys(point.arm for point in points))
    )
    return "&nbsp;&nbsp; ".join(marks)


def _turned(criterion: str) -> str:
    """Say of scores that were negated that they were, as up is better in the plot."""
    return " (negated)" if criterion.endswith((", lower is better", ", first is best")) else ""


def _place(value: float, logarithmic: bool) -> float:
    return math.log10(value) if logarithmic else value


def _tip(x: float, y: float, data: Point) -> str:  # noqa: ARG001 - pyqtgraph names them
    value, score = f"{data.metric_value:.4g}", f"{data.score:.3g}"
    return f"{data.case}, {data.arm}\nmetric {value}, readers {score}\nclick: the images"


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
