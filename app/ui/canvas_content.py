"""What a canvas shows and where it lies: the half of it that nobody touches.

The widget paints everything itself: no context menu, no tooltip and no export
hide in it that could tell a reader anything.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.image import Grid, Image
from app.ui.canvas_labels import ColorBar
from app.ui.canvas_scene import Blend, Overlay, Room, Scene
from app.ui.view_state import ViewState


class CanvasContent(QWidget):
    """One plane of an Image in grey, or one coloured map, on a black ground."""

    def __init__(self, state: ViewState, *, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._scene = Scene(state)
        self._scene.title = title
        self._body: Overlay | None = None
        self._linked_cursor = False
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        self._follow(state)

    # ---- what is shown ---------------------------------------------------------------

    @property
    def state(self) -> ViewState:
        """The way of looking that this canvas shares."""
        return self._state

    @property
    def title(self) -> str:
        """The label top left."""
        return self._scene.title

    @property
    def message(self) -> str:
        """What is said in the middle while there is nothing to see."""
        return self._scene.message

    def set_state(self, state: ViewState) -> None:
        """Share another way of looking; the canvas leaves the one that it shared."""
        if state is self._state:
            return
        former = self._state
        for signal in (former.window_changed, former.view_changed, former.settled):
            signal.disconnect(self.update)
        former.slice_changed.disconnect(self._repaint)
        former.cursor_changed.disconnect(self._follow_cursor)
        self._state = self._scene.state = state
        self._follow(state)
        self.update()

    def _follow(self, state: ViewState) -> None:
        for signal in (state.window_changed, state.view_changed, state.settled):
            signal.connect(self.update)
        state.slice_changed.connect(self._repaint)
        state.cursor_changed.connect(self._follow_cursor)

    def set_title(self, title: str) -> None:
        """Change the label top left."""
        self._scene.title = title
        self.update()

    def set_headed(self, headed: bool) -> None:
        """Leave the title on the screen to a widget that lies there; pictures have it still."""
        self._scene.headed = headed
        self.update()

    def set_details(self, shown: bool) -> None:
        """Show slice number and window at the lower edge, or only the title."""
        self._scene.details = shown
        self.update()

    def set_marks(self, shown: bool) -> None:
        """Show where the plane lies in the patient, how large it is and how it is sampled.

        Off by default: the reading room must not show what only one arm has.
        """
        self._scene.marks = shown
        self.update()

    def set_linked_cursor(self, shown: bool) -> None:
        """Mark where the mouse points in a linked canvas."""
        self._linked_cursor = shown
        self.update()

    def set_image(self, image: Image | None, slices: Sequence[int] | None = None) -> None:
        """Show an Image.

        Parameters
        ----------
        image
            None empties the canvas.
        slices
            The image's slice index for each slice of the shared state, -1 for
            one that has not come yet; all of them, in order, by default.
        """
        self._scene.first.set_image(image, slices)
        self.update()

    def set_map(
        self,
        colors: NDArray[np.uint8] | None,
        values: NDArray[np.float64] | None = None,
        grid: Grid | None = None,
    ) -> None:
        """Show a coloured map, (rows, columns, 3) in uint8; None empties the canvas.

        Parameters
        ----------
        values
            What the map means at each pixel, told by ``pointed``; NaN where undefined.
        grid
            Where it lies in the patient, its slices those of the shared state. The mouse
            points at no place of the patient on a map without one.
        """
        self._scene.first.set_colors(colors, values, grid)
        self.update()

    def set_second(self, image: Image | None, slices: Sequence[int] | None = None) -> None:
        """Lay an Image over the first plane as the blend says; None takes it away."""
        self._scene.second.set_image(image, slices)
        self.update()

    def set_second_map(
        self,
        colors: NDArray[np.uint8] | None,
        values: NDArray[np.float64] | None = None,
        grid: Grid | None = None,
    ) -> None:
        """Lay a coloured map over the first plane as the blend says; None takes it away."""
        self._scene.second.set_colors(colors, values, grid)
        self.update()

    def set_blend(self, blend: Blend) -> None:
        """Say how the second plane lies over the first."""
        self._scene.blend = blend
        self.update()

    @property
    def blend(self) -> Blend:
        """How the second plane lies over the first."""
        return self._scene.blend

    def set_color_bar(self, bar: ColorBar | None) -> None:
        """Show at the lower edge what the colours of a map mean."""
        self._scene.bar = bar
        self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Paint the body below all other overlays; None paints it no more."""
        if self._body is not None:
            self._scene.overlays.remove(self._body)
        self._body = overlay
        if overlay is not None:
            self._scene.overlays.insert(0, overlay)
        self.update()

    def add_overlay(self, overlay: Overlay) -> None:
        """Paint something over the plane, above what is there, and below the labels."""
        self._scene.overlays.append(overlay)
        self.update()

    def remove_overlay(self, overlay: Overlay) -> None:
        """Paint an overlay no more; one that is not there is not missed."""
        if overlay in self._scene.overlays:
            self._scene.overlays.remove(overlay)
        self.update()

    def set_message(self, message: str) -> None:
        """Say something in the middle while there is nothing to see."""
        self._scene.message = message
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(360, 360)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no image, or its slice has not come yet."""
        return self._scene.is_empty

    # ---- places ----------------------------------------------------------------------

    def _room(self) -> Room:
        per_mm = self.screen().physicalDotsPerInch() / 25.4
        return Room(self.size(), self.devicePixelRatioF(), per_mm)

    def exact_target(self) -> QRectF:
        """Where the plane lies on the widget, not rounded to pixels of the device."""
        return self._scene.exact_target(self._room())

    def _target(self) -> QRectF:
        """Where the plane is painted on the widget, its aspect true."""
        return self._scene.target(self._room())

    @property
    def magnification(self) -> float:
        """How many pixels of the screen one pixel of the plane is wide."""
        return self._target().width() * self.devicePixelRatioF() / self._scene.first.shape[1]

    @property
    def plane_shape(self) -> tuple[int, int] | None:
        """(rows, columns) of the plane in view; None where there is nothing to see."""
        return None if self.is_empty else self._scene.first.shape

    def place_in_pixels(self, place: QPointF) -> tuple[float, float] | None:
        """Return a place of the widget as (row, column) of the plane, in parts of pixels.

        It may lie beyond the plane. None where there is nothing to see.
        """
        if self.is_empty:
            return None
        target, (rows, columns) = self._target(), self._scene.first.shape
        return (
            (place.y() - target.y()) / target.height() * rows,
            (place.x() - target.x()) / target.width() * columns,
        )

    def layers_at(self, place: QPointF) -> tuple[int, ...]:
        """Return which planes are seen at a place: 0 the first, 1 the second; a fade shows both."""
        return self._scene.layers_at(self._room(), place)

    def visible_pixels(self) -> tuple[int, int, int, int] | None:
        """Return (first row, first column, last row, last column) in view, from 0.

        None where nothing of the plane is in view.
        """
        near = self.place_in_pixels(QPointF(0, 0))
        far = self.place_in_pixels(QPointF(self.width(), self.height()))
        if near is None or far is None:
            return None
        rows, columns = self._scene.first.shape
        first = max(0, math.floor(near[0])), max(0, math.floor(near[1]))
        last = min(rows, math.ceil(far[0])) - 1, min(columns, math.ceil(far[1])) - 1
        return (*first, *last) if first[0] <= last[0] and first[1] <= last[1] else None

    # ---- painting --------------------------------------------------------------------

    def _repaint(self, *_: object) -> None:
        self.update()

    def _follow_cursor(self) -> None:
        if self._linked_cursor:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, plane and labels; with care when nothing moves."""
        del event
        painter = QPainter(self)
        cursor = self._linked_cursor and not self.underMouse()
        careful, title = not self._state.moving, not self._scene.headed
        try:
            self._scene.paint(painter, self._room(), careful=careful, cursor=cursor, title=title)
        finally:
            painter.end()  # a painter left open by an error would take the process down

    def render(  # type: ignore[override]
        self, size: QSize, ratio: float = 1.0, *, words: bool = True
    ) -> QImage:
        """Return the canvas as a picture of its own, with overlays and words.

        Parameters
        ----------
        size
            Width and height; the plane fits into it as it does into the widget.
        ratio
            How many pixels of the picture make one of the size: 2 is twice as fine.
        words
            Without them for where ``paint_words`` writes them as words.
        """
        picture = QImage(size * ratio, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            painter.setFont(self.font())
            room = Room(size, ratio, self._room().per_mm)
            self._scene.paint(painter, room, careful=True, words=words)
        return picture

    def paint_words(self, painter: QPainter, size: QSize) -> None:
        """Write what stands at the edges of the canvas, as it is when it has this size."""
        painter.setFont(self.font())
        self._scene.paint_words(painter, Room(size, 1.0, self._room().per_mm))
