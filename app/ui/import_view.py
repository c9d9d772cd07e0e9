"""The tree of the import view on the screen: what is open and chosen stays so."""

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from app.ui.import_delegate import ImportDelegate
from app.ui.import_rows import MATCHED, NAME, NOT_PAIRED, REMARK, RULE, SLICES, SLICES_BY, Node
from app.ui.import_state import Review, State
from app.ui.import_tree import ImportTree

WIDTHS = ((SLICES, 58), (MATCHED, 76), (RULE, 104), (SLICES_BY, 84))
_LEAST_NAME = 160
_WRAP_MS = 60  # after the last change of a width
_MANY_CASES = 30
"""Above this, cases where all is well are shut at first."""

_FLAG = QItemSelectionModel.SelectionFlag


class ImportView(QTreeView):
    """Shows an ImportTree; rows can be dragged onto each other.

    Signals
    -------
    delete_pressed()
        Del was pressed on what is chosen.
    """

    delete_pressed = Signal()

    def __init__(self, rows: ImportTree, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self._opened: dict[tuple[object, ...], bool] = {}
        self._filling = False
        self._names: int | None = None
        self.setModel(rows)
        self._painter = ImportDelegate(self)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Cases, arms and series")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setExpandsOnDoubleClick(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIndentation(18)
        self.setAllColumnsShowFocus(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(48)
        for column, width in WIDTHS:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        header.sectionResized.connect(self._wrap_soon)
        self._wrapping = QTimer(self, singleShot=True, interval=_WRAP_MS)
        self._wrapping.timeout.connect(self._wrap)
        self.collapsed.connect(self._shut)
        self.expanded.connect(self._open)

    @property
    def filling(self) -> bool:
        """Whether the rows are being exchanged: what is chosen changes only in passing."""
        return self._filling

    def chosen(self) -> tuple[Node, ...]:
        """Return the rows that are chosen."""
        return tuple(self.rows.node(one) for one in self.selectionModel().selectedRows(NAME))

    def choose(self, *keys: tuple[object, ...]) -> None:
        """Choose rows by their keys."""
        self.clearSelection()
        for key in keys:
            self.selectionModel().select(self.rows.find(key), _FLAG.Select | _FLAG.Rows)

    def show_review(self, state: State, review: Review) -> None:
        """Show other rows."""
        chosen = [(node.key, node.members) for node in self.chosen()]
        place = self.verticalScrollBar().value()
        self._filling = True
        self.rows.show_review(state, review)
        many = len(state.cases) > _MANY_CASES
        for node in self.rows.nodes():
            shut = many and node.kind == "case" and node.status in ("paired", "waiting")
            if node.children and self._opened.get(node.key, not shut):
                self.expand(self.rows.index_of(node))
        self._choose_again(chosen)
        self._filling = False
        self._names = None
        self._fit_names()
        self.verticalScrollBar().setValue(place)

    def _choose_again(self, chosen: list[tuple[tuple[object, ...], tuple[int, ...]]]) -> None:
        """Choose the rows that were chosen, by their keys or else by their series, at once."""
        found = [
            self.rows.find(key, members[0] if len(members) == 1 else None)
            for key, members in chosen
        ]
        rows = QItemSelection()
        for index in filter(QModelIndex.isValid, found):
            rows.select(index, index)
        if not rows.isEmpty():
            self.selectionModel().select(rows, _FLAG.Select | _FLAG.Rows)
            self.selectionModel().setCurrentIndex(rows.indexes()[-1], _FLAG.NoUpdate)

    def show_problems(self) -> None:
        """Go to what is not paired."""
        index = self.rows.find(("section", NOT_PAIRED))
        self.expand(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)

    def recolor(self) -> None:
        """Draw the signs in the colours of another theme."""
        self._painter.recolor()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names another room."""
        super().resizeEvent(event)
        self._fit_names()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of Del; everything else is as in any tree."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def _fit_names(self) -> None:
        """Give the names as much room as they need, and leave most to the words."""
        if self._names is None:  # every row is asked: too much for each step of a window's edge
            self._names = self.sizeHintForColumn(NAME) + 12
        most = max(_LEAST_NAME, self.viewport().width() * 3 // 10)
        self.header().resizeSection(NAME, min(max(self._names, _LEAST_NAME), most))

    def _wrap_soon(self, section: int) -> None:
        if section == REMARK:
            self._wrapping.start()

    def _wrap(self) -> None:
        """Give the rows whose words wrap otherwise now another height; lay out no others."""
        metrics = self.fontMetrics()
        for node in self.rows.nodes():
            if not node.cells[REMARK]:
                continue
            index = self.rows.index_of(node)
            now = self.rowHeight(index)
            if now and now != self._painter.height(node.cells[REMARK], node.remedy, metrics):
                self.dataChanged(index, index)

    def _shut(self, index: QModelIndex) -> None:
        self._names = None
        if not self._filling:
            self._opened[self.rows.node(index).key] = False

    def _open(self, index: QModelIndex) -> None:
        self._names = None
        if not self._filling:
            self._opened[self.rows.node(index).key] = True
