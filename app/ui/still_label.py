"""One line of muted words that changes often and never asks for another place."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import theme


class StillLabel(QWidget):
    """Words that follow the slice in view.

    A QLabel lays its whole window out anew with every change; this one paints
    itself alone, and shortens what is too long.
    """

    def __init__(self, widest: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._widest = widest
        across = QSizePolicy.Policy.Minimum if widest else QSizePolicy.Policy.Ignored
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return the words."""
        return self._text

    def setText(self, text: str) -> None:
        """Show other words."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        """Return one line, as wide as the widest words."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._widest) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same: nothing of the widest words is cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words."""
        del event
        painter = QPainter(self)
        painter.setPen(theme.color("muted"))
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), int(flags), shown)
        painter.end()
