"""The letter of an image: says how far it is judged, is clicked, and is dragged into order."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.ui.canvas import Canvas


class SlotHead(QLabel):
    """Lies on its canvas, top left.

    ``clicked`` tells that the image was chosen; ``dragged`` and ``dropped`` where on the
    display its head is, and was let go.
    """

    clicked = Signal()
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, canvas: Canvas, slot: str, *, draggable: bool) -> None:
        super().__init__(slot, canvas)
        self.slot = slot
        self._draggable = draggable
        self._pressed: QPoint | None = None
        self._dragging = False
        self.setObjectName("head")
        self.setCursor(
            Qt.CursorShape.OpenHandCursor if draggable else Qt.CursorShape.PointingHandCursor
        )
        self.move(4, 4)
        canvas.set_headed(True)

    def tell(self, words: str) -> None:
        """Say how far the image is judged, beside its letter."""
        self.setText(f"{self.slot}  {words}" if words else self.slot)
        self.adjustSize()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.globalPosition().toPoint(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag on, once the mouse has left the place of a click."""
        here = event.globalPosition().toPoint()
        if self._pressed is None or not self._draggable:
            return
        far = (here - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        self._dragging = self._dragging or far
        if self._dragging:
            self.dragged.emit(here)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if self._pressed is not None:
            if self._dragging:
                self.dropped.emit(event.globalPosition().toPoint())
            else:
                self.clicked.emit()
        self._pressed, self._dragging = None, False
        event.accept()
