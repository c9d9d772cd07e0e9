"""The table of metric values, what is shown of it, and one metric along the slices."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import Action
from app.ui.find_bar import FindBar
from app.ui.inspect_model import InspectModel
from app.ui.slices_view import SETTLED_MS, SlicesView
from app.ui.space_note import SpaceNote
from app.ui.still_label import StillLabel
from app.ui.value_rows import ValueRow
from app.ui.value_sheet import ValueSheet
from app.ui.value_table import ValueOrder, ValueTableModel, in_figures

if TYPE_CHECKING:
    from app.ui.slice_plot import SlicePlot

SHOWN = ("All rows", "Volumes", "This pair")
_NAMED_COLUMNS = 3
_WORDS_FROM = 400
_MEASURED = 60
_LEAST_NAME, _LARGEST_NAME, _LEAST_FLAGS = 48, 160, 120


class _Table(QTableView):
    """A table that tells when it has another width."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the columns be fitted first, so that no scroll bar comes for nothing."""
        self.resized.emit()
        super().resizeEvent(event)


class ValuesPanel(QFrame):
    """Worst values first; a click on a row shows its images."""

    row_chosen = Signal(str, str, int)
    export_asked = Signal()

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        self._finding = model.finding
        self.find = FindBar(self._finding)
        self.slices = SlicesView(model)
        self.rows = ValueTableModel(self)
        self.order = ValueOrder(self.rows, self)
        self.region = QComboBox()
        self.region.addItems(["whole", "body"])
        self.region.setToolTip("The region of the image in which the metrics were measured")
        self.shown = QComboBox()
        self.shown.addItems(SHOWN)
        self.shown.setToolTip("Which rows are shown")
        self.export_button = QPushButton("Export…")
        self.export_button.setToolTip("Save metrics.csv (Ctrl+E)")
        self.table = _Table()
        self.empty = QLabel(
            "No metric values yet.\nPress Measure to compare every\n"
            "reconstruction with its reference,\nor Worst slice to look for the worst places."
        )
        self.outdated = QLabel(
            "Values that were measured before are of another reference, or of images that "
            "changed, and are not shown. Measure makes them anew."
        )
        self.sorting = QLabel()
        self.flags = QLabel()
        self.here = StillLabel()
        self._pages = QStackedWidget()
        self._filled: ValueSheet | None = None
        self._sorted_by: object = None
        self._natural: dict[int, int] = {}
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._set_up_table()
        self._lay_out()
        self._connect()
        self._fill()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.order)
        table.setSortingEnabled(True)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setWordWrap(False)
        table.setObjectName("values")
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.horizontalHeader().setSectionsMovable(True)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.setAccessibleName("Metric values")
        self.empty.setObjectName("muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(24)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.addWidget(self.region)
        tools.addWidget(self.shown)
        tools.addWidget(self.sorting, 1)
        tools.addWidget(self.export_button)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        self.sorting.setObjectName("muted")
        self.flags.setObjectName("muted")
        self.flags.setWordWrap(True)
        self.outdated.setObjectName("banner")
        self.outdated.setWordWrap(True)
        split.addWidget(self.table)
        split.addWidget(self.slices)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([330, 290])
        self._pages.addWidget(self.empty)
        self._pages.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 10)
        column.setSpacing(6)
        column.addLayout(tools)
        column.addWidget(self.find)
        column.addWidget(self.outdated)
        column.addWidget(self._pages, 1)
        column.addWidget(SpaceNote(self._model))
        column.addWidget(self.here)
        column.addWidget(self.flags)

    def _connect(self) -> None:
        self.region.currentTextChanged.connect(self._model.set_region)
        self.shown.currentTextChanged.connect(self._filter)
        self.export_button.clicked.connect(self.export_asked)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        self.table.resized.connect(self._fit_columns)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._tell_sorting)
        self.table.horizontalHeader().sectionClicked.connect(self._choose_metric)
        self._finding.changed.connect(self._fill)
        self._model.view_changed.connect(self._follow_pair)
        self._model.state.slice_changed.connect(self._tell_slice)
        self._settled.timeout.connect(self._follow_slice)
        self._model.changed.connect(self._enable)

    @property
    def plot(self) -> "SlicePlot | None":
        """The curves of the case in view; None until there are values."""
        return self.slices.plot

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the words that an arrow in the table says too, where there is no room."""
        self.sorting.setVisible(event.size().width() >= _WORDS_FROM)
        super().resizeEvent(event)

    def next_region(self) -> None:
        """Show the values of the next region, round to the first."""
        if self.region.isEnabled():
            self.region.setCurrentIndex((self.region.currentIndex() + 1) % self.region.count())

    def recolor(self) -> None:
        """Take the colours of the theme in use."""
        self.slices.recolor()

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return what can be done to find a slice."""
        return (
            *self._finding.actions(),
            Action(
                "find.curves", "Go to the curves", "Find", self.focus_curves, ("K",),
                "Let Left and Right go from slice to slice along the strip below the curves",
                None, lambda: self.slices.isVisibleTo(self),
            ),
        )  # fmt: skip

    def focus_curves(self) -> None:
        """Let Left and Right go from slice to slice along the strip."""
        self.slices.strip.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ---- filling ---------------------------------------------------------------------

    def _fill(self) -> None:
        model, finding = self._model, self._finding
        rows, metrics = finding.rows, finding.metrics
        chosen = finding.chosen.id if finding.chosen is not None else ""
        wanted = (chosen, frozenset(model.table.metrics), chosen in metrics)
        sorted_anew = bool(metrics) and wanted != self._sorted_by
        if rows is not self._filled:
            self._filled = rows
            if sorted_anew:
                self.order.leave_unsorted()
            self.rows.set_rows(rows, metrics)
            self._natural.clear()
            self._fit_columns()
        self._offer(self.region, model.table.regions)
        self.region.blockSignals(True)
        self.region.setCurrentText(model.region)
        self.region.blockSignals(False)
        self._pages.setCurrentIndex(int(bool(metrics)))
        if sorted_anew:
            self._sort_worst_first(chosen)
        self._sorted_by = wanted
        self._enable()
        self._follow_pair()

    def _offer(self, combo: QComboBox, names: tuple[str, ...]) -> None:
        """Offer other names, and keep the choice where it is still offered."""
        offered = tuple(combo.itemText(place) for place in range(combo.count()))
        if names and names != offered:
            chosen = combo.currentText()
            combo.blockSignals(True)
            combo.clear()
            combo.addItems(names)
            usual = "ssim" if "ssim" in names else names[0]
            combo.setCurrentText(chosen if chosen in names else usual)
            combo.blockSignals(False)

    def _fit_columns(self) -> None:
        """Give numbers the room they need and names the rest; flags only where room is left."""
        metrics = len(self.rows.metrics)
        if not metrics:
            return
        last = _NAMED_COLUMNS + metrics
        wide = {column: self._natural_width(column) for column in range(last)}
        wide[0] = min(wide[0], _LARGEST_NAME)
        numbers = sum(wide[column] for column in range(2, last))
        room = self.table.viewport().width() - numbers
        flagged = self._model.table.flagged(self._model.region)
        names = wide[0] + min(wide[1], _LARGEST_NAME)
        with_flags = flagged and room >= names + _LEAST_FLAGS
        wide[1] = names - wide[0] if with_flags else max(_LEAST_NAME, room - wide[0])
        if not with_flags and wide[1] == _LEAST_NAME:
            wide[0] = min(wide[0], max(_LEAST_NAME, room - wide[1]))
        for column in range(last):  # the flags of another choice may have been here
            self.table.setColumnHidden(column, False)
        self.table.setColumnHidden(last, not with_flags)
        if with_flags:
            wide[last] = room - names
        for column, width in wide.items():
            self.table.setColumnWidth(column, width)

    def _natural_width(self, column: int) -> int:
        """Return the width in which a column's title and its longest text are whole."""
        if column not in self._natural:
            self._natural[column] = self._measure_width(column)
        return self._natural[column]

    def _measure_width(self, column: int) -> int:
        title = str(self.rows.headerData(column, Qt.Orientation.Horizontal))
        longest = sorted(self.rows.texts(column), key=len)[-_MEASURED:]  # letters differ in width
        bold = QFont(self.table.horizontalHeader().font())
        bold.setBold(True)
        header, cells = QFontMetrics(bold), self.table.fontMetrics()
        widest = max("0123456789", key=cells.horizontalAdvance)
        return max(
            max(map(header.horizontalAdvance, title.split("\n"))) + 8,
            max((cells.horizontalAdvance(one.replace("0", widest)) for one in longest), default=0)
            + 9,
        )

    def _tell_sorting(self) -> None:
        """Say by what the table is sorted, and which end is on top."""
        header = self.table.horizontalHeader()
        column, metrics = header.sortIndicatorSection(), self.rows.metrics
        if _NAMED_COLUMNS <= column < _NAMED_COLUMNS + len(metrics):
            worst = self.rows.headerData(
                column, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.InitialSortOrderRole)
            )
            end = "worst" if header.sortIndicatorOrder() == worst else "best"
            self.sorting.setText(f"{end} {metrics[column - _NAMED_COLUMNS].upper()} first")
        else:
            self.sorting.setText("")

    def _sort_worst_first(self, metric: str) -> None:
        metrics = self.rows.metrics
        column = _NAMED_COLUMNS + (metrics.index(metric) if metric in metrics else 0)
        way = self.rows.headerData(
            column, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.InitialSortOrderRole)
        )
        self.table.sortByColumn(column, way or Qt.SortOrder.AscendingOrder)
        self._tell_sorting()

    def _choose_metric(self, column: int) -> None:
        """Draw and walk by the metric whose column was pressed; the table is sorted already.

        Where a column of worst places goes, the metric stands in another one: it is sorted again.
        """
        metrics, at = self.rows.metrics, column - _NAMED_COLUMNS
        chosen = self._finding.chosen
        if 0 <= at < len(metrics) and (chosen is None or metrics[at] != chosen.id):
            if chosen is None or not chosen.local or chosen.id not in metrics:
                self._sorted_by = (metrics[at], frozenset(self._model.table.metrics), True)
            self._finding.choose(metrics[at])

    def _enable(self) -> None:
        filled = self._model.can_export
        rows = bool(self.rows.metrics)
        self.empty.setVisible(self._model.can_measure or self._model.measuring.running)
        self.export_button.setEnabled(filled)
        self.region.setEnabled(bool(self._model.table.rows))
        self.outdated.setVisible(self._model.table.outdated)
        self.shown.setEnabled(rows)

    def _filter(self) -> None:
        pair, shown = self._model.pair, self.shown.currentText()
        only = (pair.case, pair.arm) if pair is not None and shown == SHOWN[2] else None
        self.order.keep(pair=only, volumes=shown == SHOWN[1])
        self._follow_slice()

    # ---- the slice in view -------------------------------------------------------------

    def _follow_pair(self) -> None:
        self._filter()

    def _tell_slice(self) -> None:
        """Say what the slice in view is; the table follows when the slices have come to rest."""
        model = self._model
        number = model.number_of(model.state.slice)
        self.find.follow()
        self.here.setText(self._words_of(self._row_in_view(number), number))
        self._settled.start()

    def _follow_slice(self) -> None:
        """Mark the slice in view in the table."""
        model = self._model
        number = model.number_of(model.state.slice)
        row = self._row_in_view(number)
        self.find.follow()
        self.here.setText(self._words_of(row, number))
        flags = row.flags if row is not None else ()
        self.flags.setText("* " + ", ".join(flag.replace(":", ": ") for flag in flags))
        self.flags.setVisible(bool(flags))
        selection = self.table.selectionModel()
        if row is None or model.pair is None:
            selection.clearSelection()
            return
        for slice_number in (row.slice, None):  # the volume's row, where slices are not shown
            place = self.rows.find(row.case, row.arm, slice_number)
            index = self.order.mapFromSource(self.rows.index(-1 if place is None else place, 0))
            if index.isValid():
                current = self.table.currentIndex()
                if index.row() != current.row() or not selection.hasSelection():
                    self.table.setCurrentIndex(index.siblingAtColumn(max(current.column(), 0)))
                return
        selection.clearSelection()

    def _row_in_view(self, number: int | None) -> ValueRow | None:
        pair = self._model.pair
        place = self.rows.find(pair.case, pair.arm, number) if pair is not None and number else None
        return None if place is None else self.rows.row_at(place)

    def _words_of(self, row: ValueRow | None, number: int | None) -> str:
        chosen = self._finding.chosen
        value = row.values.get(chosen.id) if row is not None and chosen is not None else None
        if value is None or number is None or chosen is None:
            return ""
        unit = f" {value.unit}" if value.unit not in ("", "1") else ""
        return f"Slice {number}: {chosen.title} {in_figures(value.value)}{unit}"

    def _choose(self, index: QModelIndex) -> None:
        row = self.rows.row_at(self.order.mapToSource(index).row())
        self.row_chosen.emit(row.case, row.arm, row.slice or 0)

    def sentence_in_view(self) -> str:
        """Return the values of the slice in view on one line."""
        row = self._model.values_in_view()
        if row is None:
            return ""
        return "   ".join(
            f"{name.upper()} {in_figures(one.value)}" for name, one in row.values.items()
        )
