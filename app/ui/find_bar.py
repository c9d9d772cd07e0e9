"""By what slices are put in order, the worst one, and the walk through the others."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.finding import Finding
from app.ui.icons import icon
from app.ui.still_label import StillLabel

_ONE_ROW = 370


class FindBar(QWidget):
    """One row of tools; a second one while worst places are looked for."""

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finding = finding
        self.by = QComboBox()
        self.by.setAccessibleName("Order slices by")
        self.by.setToolTip(
            "By what slices are put in order, in the table, the curves and the strip.\n"
            "The last ones are the worst mean of a local map in a window of 11 x 11 pixels,\n"
            "inside the body."
        )
        self.by.setMinimumContentsLength(7)
        self.by.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.by.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that letters stay keys of the room
        self.worst = QPushButton("Worst slice")
        self.worst.setToolTip("Show the worst slice of all cases and arms (Ctrl+J)")
        self.back = _arrow("up", "Back towards the worst slice (Shift+J)")
        self.on = _arrow("down", "On to the next worst slice (J)")
        self.told = StillLabel("0000 of 0000")
        self.told.setToolTip("Where in the order the slice in view is, 1 is the worst")
        self.bar = QProgressBar()
        self.bar.setFormat("%v of %m slices")
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel = QPushButton("Cancel")
        self.problems = QLabel()
        self.problems.setObjectName("muted")
        self.problems.setWordWrap(True)
        self._searching = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()
        self._connect()
        self._list()
        self._follow_search()

    def _lay_out(self) -> None:
        walk = QHBoxLayout()
        walk.setSpacing(6)
        walk.addWidget(self.worst)
        walk.addWidget(self.back)
        walk.addWidget(self.on)
        walk.addWidget(self.told, 1)
        self._row.setSpacing(6)
        self._row.addWidget(self.by, 1)
        self._row.addLayout(walk)
        second = QHBoxLayout(self._searching)
        second.setContentsMargins(0, 0, 0, 0)
        second.addWidget(self.bar, 1)
        second.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._row)
        column.addWidget(self._searching)
        column.addWidget(self.problems)

    def _connect(self) -> None:
        finding = self._finding
        self.by.activated.connect(lambda place: finding.choose(self.by.itemData(place)))
        self.worst.clicked.connect(finding.worst)
        self.back.clicked.connect(lambda: finding.step(-1))
        self.on.clicked.connect(lambda: finding.step(1))
        self.cancel.clicked.connect(finding.cancel)
        finding.changed.connect(self._list)
        finding.progressed.connect(self._follow_search)

    def minimumSizeHint(self) -> QSize:
        """Return what the narrower of the two ways to lie needs."""
        walk = self._row.itemAt(1).minimumSize().width()
        return QSize(
            max(self.by.minimumSizeHint().width(), walk), super().minimumSizeHint().height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in two rows where one has no room."""
        ways = QBoxLayout.Direction
        wide = event.size().width() >= _ONE_ROW
        self._row.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        super().resizeEvent(event)

    def follow(self) -> None:
        """Tell where in the order the slice in view is."""
        self.told.setText(self._finding.told)

    def _list(self) -> None:
        finding = self._finding
        chosen, choices = finding.chosen, finding.choices
        offered = [self.by.itemData(place) for place in range(self.by.count())]
        with QSignalBlocker(self.by):
            if offered != [one.id for one in choices]:
                self.by.clear()
                for one in choices:
                    self.by.addItem(one.title, one.id)
                metrics = sum(not one.local for one in choices)
                if 0 < metrics < len(choices):
                    self.by.insertSeparator(metrics)
            if chosen is not None:
                self.by.setCurrentIndex(self.by.findData(chosen.id))
        self.by.view().setMinimumWidth(
            self.by.view().sizeHintForColumn(0) + 24 if choices else 0  # whole names in the list
        )
        for widget in (self.by, self.worst, self.back, self.on):
            widget.setEnabled(chosen is not None)
        self.follow()

    def _follow_search(self) -> None:
        finding = self._finding
        self._searching.setVisible(finding.searching)
        self.bar.setRange(0, finding.progress.total)
        self.bar.setValue(finding.progress.done)
        self.bar.setToolTip(f"Looking for the worst places: {finding.progress.what}")
        problems = finding.problems
        self.problems.setVisible(bool(problems))
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self.problems.setText(f"Not looked at: {problems[0]}{more}")


def _arrow(name: str, tip: str) -> QPushButton:
    button = QPushButton()
    button.setIcon(icon(name))
    button.setFixedWidth(30)
    button.setStyleSheet("padding: 5px 4px;")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
