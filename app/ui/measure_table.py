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
_LEAST = 48
_PADDING = 12
_LONGEST_NAME = 84


class MeasureTable(QAbstractTableModel):
    """Quantities and units in the first column, then the images."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[str, ...] = ()
        self._rows: tuple[MeasuredRow, ...] = ()

    def show_rows(self, columns: Sequence[str], rows: Sequence[MeasuredRow]) -> None:
        """Show other numbers; where only numbers differ, the view keeps its place."""
        columns, rows = tuple(columns), tuple(rows)
        if (columns, rows) == (self._columns, self._rows):
            return
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
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
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
        # ResizeToContents would ask for every size hint on every drag; these words are short.
        metrics = self.fontMetrics()
        needed = [
            max(
                (
                    metrics.horizontalAdvance(str(model.index(row, column).data() or ""))
                    for row in range(model.rowCount())
                ),
                default=0,
            )
            + _PADDING
            for column in range(count)
        ]
        # Numbers are never cut; long names above them are, and the tooltip has them whole.
        bold = header.fontMetrics()
        for column in range(1, count):
            name = str(model.headerData(column, Qt.Orientation.Horizontal) or "")
            named = min(bold.horizontalAdvance(name) * 11 // 10 + _PADDING + 4, _LONGEST_NAME)
            needed[column] = max(_LEAST, needed[column], named)
        room = self.viewport().width()
        share = max(0, room - sum(needed)) // max(count - 1, 1)
        for column, size in enumerate(needed):
            header.resizeSection(column, size + (share if column else 0))
        wide = sum(needed) > room
        bar = self.horizontalScrollBar().sizeHint().height() if wide else 0
        self.setFixedHeight(header.sizeHint().height() + _ROW * model.rowCount() + 4 + bar)

    def resizeEvent(self, event: Any) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self.fit()
