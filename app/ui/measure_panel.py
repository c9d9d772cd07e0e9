"""Measuring on the images: tools, the value under the cursor, and the numbers of a shape."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.domain.measured import CHART_HINTS, CHART_TITLES, charts_of
from app.domain.shape import ShapeKind
from app.ui.actions import Action
from app.ui.inspect_model import InspectModel
from app.ui.measure_actions import TOOLS, measure_tool_actions
from app.ui.measure_model import MeasureModel
from app.ui.measure_table import MeasureTable, MeasureTableView
from app.ui.measure_work import MeasureWork
from app.ui.probe_view import PaneProbe, ProbeView
from app.ui.shape_drawing import ShapeDrawing
from app.ui.shape_overlay import ShapeOverlay
from app.ui.warm_up import Brought

if TYPE_CHECKING:
    from app.ui.measure_plot import MeasurePlot
    from app.ui.pane_grid import PaneGrid

_FRAME_MS = 60  # between two refreshes of the panel: the panes come first
_NO_TOOL = "Choose a tool, then draw on any pane. Every pane shows the same shapes."
_HOW: dict[ShapeKind, str] = {
    "profile": "Drag a line, or click both ends. Esc leaves the tool.",
    "rectangle": "Drag from corner to corner. Esc leaves the tool.",
    "ellipse": "Drag from corner to corner. Esc leaves the tool.",
    "free": "Drag around the region. Esc leaves the tool.",
    "distance": "Drag a line, or click both ends. Esc leaves the tool.",
    "angle": "Drag one side, then click the end of the other. Esc leaves the tool.",
}


class MeasurePanel(QScrollArea):
    """The tab of the Inspect room that measures at a place of the images.

    ``shapes``, ``drawing`` and ``measuring`` are its parts. Give its ``actions()`` to the room,
    call ``stop()`` when the room stops, and ``recolor()`` when the theme changes.

    Signals
    -------
    shown_asked()
        Something was asked for that is seen here.
    noticed(str)
        Something was done that a person should be told, e.g. a table copied.
    """

    shown_asked = Signal()
    noticed = Signal(str)

    def __init__(
        self,
        model: InspectModel,
        panes: "PaneGrid",
        work: MeasureWork | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.shapes = model.shapes
        self.measuring = MeasureModel(model, work, self)
        self.drawing = ShapeDrawing(model, self.shapes, panes.panes, self)
        self.overlay = ShapeOverlay(
            model, self.shapes, self.drawing, panes.panes, self.measuring.words_of, self
        )
        self.pane_probe = PaneProbe(model, panes)
        self.probe = ProbeView(model, panes)
        self.buttons: dict[ShapeKind, QPushButton] = {}
        self.how = _muted()
        self.shape = QComboBox()
        self.remove = QPushButton("Delete")
        self.background = QCheckBox("Background")
        self.everywhere = QCheckBox("On all slices")
        self.chart = QComboBox()
        self.plot: MeasurePlot | None = None
        self._charts = Brought("app.ui.measure_plot", self)  # pyqtgraph is slow to import
        self.legend = QLabel()
        self.rows = MeasureTable(self)
        self.table = MeasureTableView(self.rows)
        self.inside = QPushButton("All metrics")
        self.learned = QCheckBox("With networks")
        self.copy_button = QPushButton("Copy table")
        self.native = _muted()
        self.notes = _muted()
        self._of_shape = QWidget()
        self._plot_place = QVBoxLayout()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FRAME_MS)
        self._set_up()
        self._lay_out()
        self._connect()
        self._refresh()

    # ---- layout ------------------------------------------------------------------------

    def _set_up(self) -> None:
        for tool, title, keys, hint in TOOLS:
            button = self.buttons[tool] = QPushButton(title)
            button.setCheckable(True)
            button.setToolTip(f"{hint} ({keys})")
            button.setStyleSheet("padding-left: 4px; padding-right: 4px;")
            button.clicked.connect(partial(self._use, tool))
        self.shape.setToolTip("The shape that is measured, moved and deleted")
        self.shape.setAccessibleName("Chosen shape")
        self.remove.setToolTip("Delete the chosen shape (Delete)")
        self.background.setToolTip(
            "Contrasts (CNR) of the other regions are taken against this region (Alt+B)"
        )
        self.everywhere.setToolTip(
            "The shape lies on all slices, or on the one in view alone (Alt+O)"
        )
        self.chart.setAccessibleName("Chart of the chosen shape")
        self.inside.setToolTip(
            "Measure every metric inside this region, in this slice, for all arms (Alt+G)"
        )
        self.learned.setToolTip("Also the metrics that need a network, which take longer")
        self.copy_button.setToolTip("Copy the table as CSV text, with all digits (Alt+T)")
        for label in (self.legend, self.how, self.notes):
            label.setWordWrap(True)
        self.native.setText("Native values")
        self.native.setToolTip("Numbers are of the values stored, never of the window in view")
        self.legend.setTextFormat(Qt.TextFormat.RichText)

    def _lay_out(self) -> None:
        tools = QGridLayout()
        tools.setSpacing(4)
        for place, button in enumerate(self.buttons.values()):
            tools.addWidget(button, place // 3, place % 3)
        choosing = QHBoxLayout()
        choosing.addWidget(self.shape, 1)
        choosing.addWidget(self.remove)
        checks = QHBoxLayout()
        checks.addWidget(self.background)
        checks.addWidget(self.everywhere)
        checks.addStretch(1)
        asking = QHBoxLayout()
        asking.addWidget(self.inside)
        asking.addWidget(self.learned)
        asking.addStretch(1)
        of_shape = QVBoxLayout(self._of_shape)
        of_shape.setContentsMargins(0, 0, 0, 0)
        for row in (choosing, checks):
            of_shape.addLayout(row)
        self._plot_place.addWidget(self.chart)
        self._plot_place.addWidget(self.legend)
        of_shape.addLayout(self._plot_place)
        of_shape.addWidget(self.table)
        of_shape.addLayout(asking)
        taking = QHBoxLayout()
        taking.addWidget(self.copy_button)
        taking.addWidget(self.native, 1)
        of_shape.addLayout(taking)
        of_shape.addWidget(self.notes)
        inside = QFrame()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(6)
        column.addLayout(tools)
        column.addWidget(self.how)
        column.addWidget(self.probe)
        column.addWidget(self._of_shape)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _connect(self) -> None:
        shapes, measuring = self.shapes, self.measuring
        for signal in (
            shapes.changed,
            shapes.chosen_changed,
            self.drawing.changed,
            self._model.view_changed,
            measuring.progressed,
        ):
            signal.connect(self._soon)
        self._model.state.slice_changed.connect(self._soon)
        measuring.changed.connect(self._soon)
        self._timer.timeout.connect(self._refresh)
        measuring.failed.connect(self._model.failed)
        self._charts.ready.connect(self._soon)
        self._charts.failed.connect(self._model.failed)
        self.shape.activated.connect(lambda place: shapes.choose(self.shape.itemData(place)))
        self.remove.clicked.connect(shapes.remove)
        self.background.clicked.connect(shapes.set_background)
        self.everywhere.clicked.connect(shapes.set_everywhere)
        self.chart.activated.connect(lambda place: measuring.set_chart(self.chart.itemData(place)))
        self.inside.clicked.connect(self.measure_inside)
        self.copy_button.clicked.connect(self.copy)

    # ---- what is shown -----------------------------------------------------------------

    def _soon(self) -> None:
        """Refresh once for the many signals of one movement, and only what is looked at."""
        if not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date."""
        super().showEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        shapes, measuring, tool = self.shapes, self.measuring, self.drawing.tool
        there = self._model.view is not None
        for kind, button in self.buttons.items():
            button.setChecked(kind == tool)
            button.setEnabled(there)
        self.how.setText(_HOW[tool] if tool is not None else _NO_TOOL)
        here = shapes.here
        chosen = shapes.chosen
        with QSignalBlocker(self.shape):
            offered = [(self.shape.itemText(i), self.shape.itemData(i))
                       for i in range(self.shape.count())]  # fmt: skip
            wanted = [(one.name, one.number) for one in here]
            if offered != wanted:
                self.shape.clear()
                for name, number in wanted:
                    self.shape.addItem(name, number)
            self.shape.setCurrentIndex(self.shape.findData(chosen.number) if chosen else -1)
        self.shape.setPlaceholderText("Choose a shape")
        self._of_shape.setVisible(bool(here) or chosen is not None)
        self.remove.setEnabled(chosen is not None)
        is_region = chosen is not None and chosen.is_region
        self.background.setVisible(is_region)
        self.background.setChecked(is_region and chosen is not None and chosen.background)
        self.everywhere.setEnabled(chosen is not None)
        self.everywhere.setChecked(shapes.everywhere)
        self.everywhere.setVisible(self._model.state.slice_count > 1)
        for widget in (self.inside, self.learned):
            widget.setVisible(is_region)
        self.inside.setEnabled(measuring.can_measure_inside and not measuring.doing)
        self.inside.setText("Measuring…" if measuring.doing else "All metrics")
        self._show_numbers()

    def _offer_charts(self) -> None:
        chosen = self.shapes.chosen
        able = charts_of(chosen.kind) if chosen is not None else ()
        with QSignalBlocker(self.chart):
            if [self.chart.itemData(i) for i in range(self.chart.count())] != list(able):
                self.chart.clear()
                for kind in able:
                    self.chart.addItem(CHART_TITLES[kind], kind)
                    self.chart.setItemData(
                        self.chart.count() - 1, CHART_HINTS[kind], Qt.ItemDataRole.ToolTipRole
                    )
            wanted = self.measuring.chart
            self.chart.setCurrentIndex(self.chart.findData(wanted) if wanted else -1)
            self.chart.setToolTip(CHART_HINTS[wanted] if wanted else "")
        self.chart.setVisible(bool(able))

    def _show_numbers(self) -> None:
        self._offer_charts()
        measuring = self.measuring
        measured = measuring.measured
        chosen = self.shapes.chosen
        self.table.setVisible(measured is not None)
        self.copy_button.setVisible(measured is not None)
        self.native.setVisible(measured is not None)
        self.notes.setVisible(chosen is not None)
        self.rows.show_rows(measured.columns if measured else (), measuring.rows)
        notes = list(measured.notes) if measured is not None else []
        if measuring.doing and measuring.doing != "Measuring…":
            notes.insert(0, measuring.doing)
        self.table.setEnabled(not measuring.outdated)
        self.copy_button.setEnabled(not measuring.outdated)
        if chosen is not None and self.shapes.chosen_here is None:
            notes.insert(0, f"{chosen.name} lies on another slice than the one in view.")
        elif chosen is not None and (measured is None or measuring.outdated):
            notes.insert(0, "Being measured…")
        self.notes.setText("\n".join(notes))
        chart = measured.chart if measured is not None else None
        arms = self._model.arms()
        if chart is not None and not self._charts.ask():
            chart = None  # until it can be drawn
        if chart is not None and self.plot is None:
            from app.ui.measure_plot import MeasurePlot

            self.plot = MeasurePlot()
            self._plot_place.insertWidget(1, self.plot)
        if self.plot is not None:
            self.plot.setVisible(chart is not None)
            self.plot.show_chart(chart, arms)
        self.legend.setVisible(chart is not None)
        if chart is not None:
            from app.ui.measure_plot import legend

            self.legend.setText(legend(chart, arms))

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        if self.plot is not None:
            self.plot.recolor()
            self._show_numbers()

    # ---- what can be done --------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return everything that can be done by measuring at a place."""
        return measure_tool_actions(self)

    @property
    def in_use(self) -> bool:
        """Whether a tool is in use or a shape is chosen: undo, Esc and Delete are then ours."""
        return self.drawing.can_leave

    @property
    def can_draw(self) -> bool:
        """Whether there are images to draw on."""
        return self._model.view is not None

    def _use(self, tool: ShapeKind) -> None:
        self.drawing.use(tool)
        self.buttons[tool].setChecked(self.drawing.tool == tool)

    def use(self, tool: ShapeKind) -> None:
        """Use a tool, or leave it; the panel comes to the front."""
        if self._model.view is not None:
            self.drawing.use(tool)
            if self.drawing.tool is not None:
                self.shown_asked.emit()

    def probe_on_panes(self) -> None:
        """Write the values under the cursor on every pane, or no longer."""
        self.pane_probe.toggle()
        if self.pane_probe.shown:
            self.shown_asked.emit()

    def measure_inside(self) -> None:
        """Measure every metric inside the chosen region."""
        self.measuring.measure_inside(learned=self.learned.isChecked())
        self.shown_asked.emit()

    def copy(self) -> None:
        """Copy the table as CSV text."""
        words = self.measuring.as_csv()
        if words:
            QGuiApplication.clipboard().setText(words)
            self.noticed.emit("The table was copied as CSV text.")

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.measuring.stop()


def _muted() -> QLabel:
    label = QLabel()
    label.setObjectName("muted")
    return label
