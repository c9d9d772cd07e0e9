"""The table of a shape: a line for each quantity, a column for each image."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QWidget

from app.domain.measured import MeasuredRow
from app.ui.measure_rows import in_figures

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROW = 21
_LEAST = 52


class MeasureTable(QAbstractTableModel):
    """Quantities and units in the first column, then the images."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[str, ...] = ()
        self._rows: tuple[MeasuredRow, ...] = ()

    def show_rows(self, columns: Sequence[str], rows: Sequence[MeasuredRow]) -> None:
        """Show other numbers; where only numbers differ, the view keeps its place."""
        columns, rows = tuple(columns), tuple(rows)
        if columns == self._columns and len(rows) == len(self._rows):
            self._rows = rows
            if rows:
                last = self.index(len(rows) - 1, len(columns))
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._columns, self._rows = columns, rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many quantities there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() or not self._columns else len(self._columns) + 1

    def data(self, index: Index, role: int = int(_Role.DisplayRole)) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column else _LEFT
        if column == 0:
            if role == _Role.DisplayRole:
                return f"{row.title}  {row.unit}".rstrip()
            return row.tip or None if role == _Role.ToolTipRole else None
        value = row.values[column - 1] if column - 1 < len(row.values) else None
        if role == _Role.DisplayRole:
            return in_figures(value)
        if role == _Role.ToolTipRole:
            return row.tip or None if value is None else f"{value!r} {row.unit}".rstrip()
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Role.DisplayRole)
    ) -> Any:
        """Return the name of an image."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section <= len(self._columns):
            return None
        name = self._columns[section - 1] if section else ""
        if role in (_Role.DisplayRole, _Role.ToolTipRole):
            return name
        return (_RIGHT if section else _LEFT) if role == _Role.TextAlignmentRole else None


class MeasureTableView(QTableView):
    """As high as its rows, so that the panel around it scrolls and not the table."""

    def __init__(self, model: MeasureTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName("Measured at the chosen shape")
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(30)
        model.modelReset.connect(self.fit)
        model.dataChanged.connect(self.fit)

    def fit(self) -> None:
        """Share the width out, and take the height of all rows."""
        model, header = self.model(), self.horizontalHeader()
        count = model.columnCount()
        if count == 0:
            return
        # ResizeToContents would measure every cell on every drag; what is shown is short.
        metrics = self.fontMetrics()
        words = [str(model.index(row, 0).data() or "") for row in range(model.rowCount())]
        first = max((metrics.horizontalAdvance(one) for one in words), default=0) + 14
        rest = max(_LEAST, (self.viewport().width() - first) // max(count - 1, 1))
        header.resizeSection(0, first)
        for column in range(1, count):
            header.resizeSection(column, rest)
        wide = first + rest * (count - 1) > self.viewport().width()
        bar = self.horizontalScrollBar().sizeHint().height() if wide else 0
        self.setFixedHeight(header.sizeHint().height() + _ROW * model.rowCount() + 4 + bar)

    def resizeEvent(self, event: Any) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self.fit()
