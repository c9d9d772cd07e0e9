"""The ways of painting that bench_painting.py compares, driven alike.

Each is a window of 1920 x 1080 with linked panes, and has the four movements as
methods: each begins one step, the caller lets Qt paint it.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from app.domain.image import Grid, Image, Window
from app.ui.canvas import Canvas
from app.ui.view_state import ViewState

SIZE = (1920, 1080)
PLACES = {1: ((0, 0),), 2: ((0, 0), (0, 1)), 4: ((0, 0), (0, 1), (1, 0), (1, 1))}
EVENTS = 3
"""A mouse tells of itself more often than a screen shows a picture: 180 times a second or so."""


def volumes(panes: int, slices: int, rows: int, columns: int) -> list[np.ndarray]:
    """Return 16-bit volumes of coarse noise, one for each pane."""
    made = []
    for seed in range(panes):
        generator = np.random.default_rng(seed)
        coarse = generator.integers(0, 4096, (slices, rows // 8, columns // 8), dtype=np.uint16)
        made.append(np.ascontiguousarray(coarse.repeat(8, 1).repeat(8, 2)))
    return made


class Side(QWidget):
    """A window with its panes in a grid."""

    def __init__(self, panes: list[QWidget]) -> None:
        super().__init__()
        self.panes = panes
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for pane, place in zip(panes, PLACES[len(panes)], strict=True):
            grid.addWidget(pane, *place)
        self.resize(*SIZE)
        self.show()
        QApplication.processEvents()


class Ours(Side):
    """Canvases that share a ViewState, moved by the events of a mouse."""

    def __init__(self, stacks: list[np.ndarray]) -> None:
        self.state = ViewState()
        slices, rows, columns = stacks[0].shape
        grid = Grid(rows, columns, slices, spacing=(0.7, 0.7))
        ones, nones = (1.0,) * slices, (-1024.0,) * slices
        super().__init__([Canvas(self.state) for _ in stacks])
        for pane, stack in zip(self.panes, stacks, strict=True):
            pane.set_image(Image(stack, ones, nones, grid))
            pane.set_linked_cursor(True)
        self.state.set_slice_count(slices)
        self.state.set_home(Window(1000.0, 4000.0))
        self._at = QPointF(200, 200)
        self._way = 1

    def rest(self) -> None:
        """Wait until everything is painted with care."""
        while self.state.moving:
            QApplication.processEvents()
        QApplication.processEvents()

    def _drag(self, button: Qt.MouseButton, across: float, down: float) -> None:
        kind, plain = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
        pane = self.panes[0]
        for _ in range(EVENTS):
            self._at += QPointF(across, down) * self._way
            where = pane.mapToGlobal(self._at)
            event = QMouseEvent(kind, self._at, where, Qt.MouseButton.NoButton, button, plain)
            QApplication.sendEvent(pane, event)
        if not 100 < self._at.x() < 400 or not 100 < self._at.y() < 400:
            self._way = -self._way

    def window(self, step: int) -> None:
        del step
        self._drag(Qt.MouseButton.LeftButton, 1, 1)

    def zoom(self, step: int) -> None:
        del step
        self._drag(Qt.MouseButton.RightButton, 0, -2)

    def pan(self, step: int) -> None:
        del step
        self._drag(Qt.MouseButton.MiddleButton, 2, 1)

    def slice(self, step: int) -> None:
        turn = -120 if step // (self.state.slice_count - 1) % 2 == 0 else 120
        event = QWheelEvent(
            self._at, self._at, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.panes[0], event)

    def enlarge(self) -> None:
        """Fill the panes, so that every pixel of them is looked at."""
        self.state.set_view(2.2, (0.5, 0.5))
        self.rest()


class Stock(Side):
    """pyqtgraph's ImageItem in linked ViewBoxes, as its manual shows it."""

    def __init__(self, stacks: list[np.ndarray], *, downsample: bool) -> None:
        views, self._stacks = [], stacks
        self._items, self._boxes = [], []
        for stack in stacks:
            view = pg.GraphicsView()
            box = pg.ViewBox(lockAspect=True, invertY=True, enableMouse=False)
            view.setCentralItem(box)
            item = pg.ImageItem(stack[0], axisOrder="row-major", autoDownsample=downsample)
            item.setLevels((0, 4000))
            box.addItem(item)
            if self._boxes:
                box.setXLink(self._boxes[0])
                box.setYLink(self._boxes[0])
            views.append(view)
            self._items.append(item)
            self._boxes.append(box)
        super().__init__(views)

    def rest(self) -> None:
        QApplication.processEvents()

    def window(self, step: int) -> None:
        for item in self._items:
            item.setLevels((10 * (step % 40), 3000 + 10 * (step % 50)))

    def slice(self, step: int) -> None:
        for item, stack in zip(self._items, self._stacks, strict=True):
            item.setImage(stack[(step + 1) % len(stack)], autoLevels=False)

    def zoom(self, step: int) -> None:
        gain = 0.96 if step // 30 % 2 == 0 else 1 / 0.96
        self._boxes[0].scaleBy((gain, gain))

    def pan(self, step: int) -> None:
        way = 1 if step // 30 % 2 == 0 else -1
        self._boxes[0].translateBy(x=4 * way, y=2 * way)

    def enlarge(self) -> None:
        self._boxes[0].scaleBy((1 / 2.2, 1 / 2.2))
        self.rest()


class _Blit(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._picture = QImage()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        if self._picture.size() != self.size():
            self._picture = QImage(self.size(), QImage.Format.Format_RGB32)
            self._picture.fill(Qt.GlobalColor.darkCyan)
        painter = QPainter(self)
        painter.drawImage(0, 0, self._picture)
        painter.end()


class Blit(Side):
    """Pictures that are ready, in the screen's own format: nothing is faster through Qt."""

    def __init__(self, stacks: list[np.ndarray]) -> None:
        super().__init__([_Blit() for _ in stacks])

    def rest(self) -> None:
        QApplication.processEvents()

    def window(self, step: int) -> None:
        del step
        for pane in self.panes:
            pane.update()

    slice = zoom = pan = window

    def enlarge(self) -> None:
        self.rest()
