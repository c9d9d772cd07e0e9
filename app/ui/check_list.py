"""A list of names with a tick each."""

from collections.abc import Iterator

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)


class CheckList(QWidget):
    """Names with a tick each, how many are ticked, and all or none at once."""

    def __init__(self, what: str, *, height: int = 0, all_at_once: bool = True) -> None:
        super().__init__()
        self._what = what
        self.list = QListWidget()
        if height:
            self.list.setFixedHeight(height)
        self.list.setAccessibleName(what)
        self.count = QLabel()
        self.count.setObjectName("muted")
        everything, nothing = QPushButton("All"), QPushButton("None")
        everything.clicked.connect(lambda: self._tick(Qt.CheckState.Checked))
        nothing.clicked.connect(lambda: self._tick(Qt.CheckState.Unchecked))
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        row.addWidget(everything)
        everything.setHidden(not all_at_once)
        row.addWidget(nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.list)
        column.addLayout(row)
        down = QSizePolicy.Policy.Fixed if height else QSizePolicy.Policy.Expanding
        self.setSizePolicy(QSizePolicy.Policy.Expanding, down)

    def chosen(self) -> tuple[str, ...]:
        """Return the names with a tick, in order."""
        return tuple(
            item.text() for item in self._items() if item.checkState() == Qt.CheckState.Checked
        )

    def show_names(self, names: tuple[str, ...], chosen: tuple[str, ...]) -> None:
        """Show names, with a tick at those that are chosen."""
        with QSignalBlocker(self.list):
            if [item.text() for item in self._items()] != list(names):
                self.list.clear()
                for name in names:
                    item = QListWidgetItem(name, self.list)
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            for item in self._items():
                on = item.text() in chosen
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.count.setText(f"{len(chosen)} of {len(names)} {self._what}")

    def _items(self) -> Iterator[QListWidgetItem]:
        return (self.list.item(row) for row in range(self.list.count()))

    def _tick(self, state: Qt.CheckState) -> None:
        with QSignalBlocker(self.list):
            for item in self._items():
                item.setCheckState(state)
        if self.list.count():
            self.list.itemChanged.emit(self.list.item(0))
