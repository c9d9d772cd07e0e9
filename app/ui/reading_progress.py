"""How far a reading has come, as a line."""

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

_EMPTY, _FULL = QColor("#1d2125"), QColor("#56616b")


class ProgressLine(QWidget):
    """Shows a part of a whole.

    A QProgressBar paints at once when its value changes, and everything else with it: the
    images of the next screen would be painted twice.
    """

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = max(1, total)
        self._done = 0
        self.setFixedSize(120, 6)

    def show_done(self, done: int) -> None:
        """Show how many are done."""
        if done != self._done:
            self._done = done
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the whole, and the part of it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _EMPTY)
        wide = round(self.width() * self._done / self._total)
        painter.fillRect(0, 0, wide, self.height(), _FULL)
        painter.end()
