"""The case in view slice by slice: curves of all arms, what they are, and the heat strip."""

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.arm_style import color_of, sign_of
from app.ui.finding import Finding
from app.ui.heat_strip import HeatStrip
from app.ui.inspect_model import InspectModel
from app.ui.theme import color
from app.ui.value_table import in_figures
from app.ui.warm_up import Brought

if TYPE_CHECKING:
    from app.ui.slice_plot import SlicePlot

SETTLED_MS = 80
"""Milliseconds after which slices have come to rest."""

_PLOT = 96
"""Least height of the curves in pixels."""

_HYPHEN = "\u2011"  # at which no line is broken


class SlicesView(QWidget):
    """What the chosen metric is along the slices; a click goes there."""

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._finding: Finding = model.finding
        self.plot: SlicePlot | None = None
        self._charts = Brought("app.ui.slice_plot", self)  # pyqtgraph is slow to import
        self.strip = HeatStrip()
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setToolTip("A click on an arm shows it.")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.legend)
        self._column.addWidget(self.strip)
        self.strip.chosen.connect(self._finding.go_to)
        self.legend.linkActivated.connect(self._show_arm)
        self._charts.ready.connect(self.draw)
        self._charts.failed.connect(model.failed)
        self._finding.changed.connect(self.draw)
        model.state.slice_changed.connect(self.follow)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._follow_in_plot)
        self.draw()

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        if self.plot is not None:
            self.plot.recolor()
        self.strip.update()

    def draw(self) -> None:
        """Draw the values of the case in view."""
        model, finding = self._model, self._finding
        chosen, pair = finding.chosen, model.pair
        curves = finding.curves() if chosen is not None else {}
        many = any(len(found) > 1 for found in curves.values())
        self.setVisible(many)
        if not many or chosen is None or pair is None:
            return
        if self.plot is None and self._charts.ask():
            from app.ui.slice_plot import SlicePlot

            self.plot = SlicePlot()
            self.plot.setMinimumHeight(_PLOT)
            self.plot.chosen.connect(finding.go_to)
            self._column.insertWidget(0, self.plot, 1)
        if self.plot is not None:
            unit = f" ({chosen.unit})" if chosen.unit else ""
            self.plot.show_curves(chosen.title + unit, curves, pair.arm)
        self.legend.setText(_legend(curves, pair.arm))
        self._keep_room()
        self.strip.show_values(
            curves,
            finding.slices(),
            chosen.badness,
            lambda value: f"{chosen.title} {in_figures(value)}{f' {chosen.unit}'.rstrip()}",
        )
        self.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep room for every line of the legend."""
        super().resizeEvent(event)
        self._keep_room()

    def _keep_room(self) -> None:
        """Ask for the height that all parts need at this width."""
        lines = self.legend.heightForWidth(self.width())
        self.setMinimumHeight(_PLOT + lines + self.strip.sizeHint().height() + 12)

    def follow(self) -> None:
        """Mark the slice in view."""
        model = self._model
        number = model.number_of(model.state.slice)
        self.strip.show_here(model.pair.arm if model.pair is not None else "", number)
        self._settled.start()

    def _follow_in_plot(self) -> None:
        """Mark it in the curves, which take too long to paint to follow every step."""
        if self.plot is not None:
            self.plot.show_here(self._model.number_of(self._model.state.slice))

    def _show_arm(self, arm: str) -> None:
        number = self._model.number_of(self._model.state.slice)
        if number is not None:
            self._finding.go_to(arm, number)


def _legend(arms: dict[str, dict[int, float]], shown: str) -> str:
    """Return every arm with its symbol in its colour, the one in view bold; each is a link."""
    words = []
    for place, arm in enumerate(arms):
        name = escape(arm.replace("-", _HYPHEN).replace(" ", "\u00a0"))
        name = f"<b>{name}</b>" if arm == shown else name
        words.append(
            f'<span style="white-space:nowrap"><span style="color:{color_of(place)}">'
            f"{sign_of(place)}</span>&nbsp;"
            f'<a href="{escape(arm, quote=True)}" style="color:palette(text);'
            f'text-decoration:none">{name}</a></span>'
        )
    muted = color("muted").name()
    words.append(f'<span style="color:{muted}">Strip: brighter is worse.</span>')
    return " &nbsp; ".join(words)
