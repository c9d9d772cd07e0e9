"""The letter of an image: says how far it is judged, is clicked, and is dragged into order."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.ui.canvas import Canvas


class Letter(QLabel):
    """The letter of an image, which can be clicked and dragged.

    ``clicked`` tells that it was chosen; ``dragged`` and ``dropped`` where on the display
    it is, and was let go.
    """

    clicked = Signal()
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, slot: str, parent: QWidget, *, draggable: bool = True) -> None:
        super().__init__(slot, parent)
        self.slot = slot
        self._draggable = draggable
        self._pressed: QPoint | None = None
        self._dragging = False
        self.setCursor(
            Qt.CursorShape.OpenHandCursor if draggable else Qt.CursorShape.PointingHandCursor
        )

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


class SlotHead(Letter):
    """Lies on its canvas, top left."""

    def __init__(self, canvas: Canvas, slot: str, *, draggable: bool) -> None:
        super().__init__(slot, canvas, draggable=draggable)
        self.setObjectName("head")
        self.move(4, 4)
        canvas.set_headed(True)

    def tell(self, words: str) -> None:
        """Say how far the image is judged, beside its letter."""
        self.setText(f"{self.slot}  {words}" if words else self.slot)
        self.adjustSize()
