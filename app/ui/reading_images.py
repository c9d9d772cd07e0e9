"""The images of a screen of a study: as large as they can be, one framed, or one alone."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.canvas import Canvas
from app.ui.reading_style import FOCUS, GROUND, TEXT

_GAP = 8
_FRAME = 3.0
_ONE_ROW = 3
"""So many images stand side by side whatever the room is: the words say left and right."""


class ImageGrid(QWidget):
    """Canvases in rows; the frames lie in the gaps, so that no pixel of an image is covered."""

    def __init__(self, canvases: Sequence[Canvas]) -> None:
        super().__init__()
        self.canvases = tuple(canvases)
        self._alone: int | None = None
        self._framed: Canvas | None = None
        self._target: Canvas | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 160)
        for canvas in self.canvases:
            canvas.setParent(self)
            canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            canvas.setMinimumSize(40, 40)

    def show_alone(self, index: int | None) -> None:
        """Give one image all the room; None shows them all."""
        self._alone = index
        for place, canvas in enumerate(self.canvases):
            canvas.setVisible(index in (None, place))
        self._arrange()

    def frame(self, canvas: Canvas | None) -> None:
        """Frame the image that is asked about; None frames none."""
        if canvas is not self._framed:
            self._framed = canvas
            self.update()

    def aim(self, canvas: Canvas | None) -> None:
        """Frame the image, with dashes, on which something would be dropped."""
        if canvas is not self._target:
            self._target = canvas
            self.update()

    def canvas_at(self, place: QPoint) -> Canvas | None:
        """Return the image at a place of the whole display."""
        here = self.mapFromGlobal(place)
        for canvas in self.canvases:
            if canvas.isVisible() and canvas.geometry().contains(here):
                return canvas
        return None

    def columns(self, size: QSize) -> int:
        """Return in how many columns the images are largest, with the fewest empty places."""
        count = len(self.canvases)
        if count <= _ONE_ROW:
            return max(1, count)

        def worth(wide: int) -> tuple[int, int, int]:
            high = -(-count // wide)
            side = min(size.width() // wide, size.height() // high)
            return side, count - wide * high, wide

        return max(range(1, count + 1), key=worth)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the images anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground and the frames."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(GROUND))
        for canvas, color, line in (
            (self._framed, FOCUS, Qt.PenStyle.SolidLine),
            (self._target, TEXT, Qt.PenStyle.DashLine),
        ):
            if canvas is not None and canvas.isVisible():
                painter.setPen(QPen(QColor(color), _FRAME, line))
                painter.drawRect(canvas.geometry().adjusted(-2, -2, 1, 1))
        painter.end()

    def _arrange(self) -> None:
        edge = _GAP // 2
        room = self.rect().adjusted(edge, edge, -edge, -edge)
        if self._alone is not None:
            self.canvases[self._alone].setGeometry(room)
            return
        wide = self.columns(self.size())
        high = max(1, -(-len(self.canvases) // wide))
        # All of one size to the pixel: none shall look better for being larger.
        each = QSize(
            (room.width() - _GAP * (wide - 1)) // wide, (room.height() - _GAP * (high - 1)) // high
        )
        for place, canvas in enumerate(self.canvases):
            row, column = divmod(place, wide)
            corner = QPoint(column * (each.width() + _GAP), row * (each.height() + _GAP))
            canvas.setGeometry(QRect(room.topLeft() + corner, each))
