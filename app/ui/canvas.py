"""One plane on a black ground; canvases that share a ViewState move together.

Grey levels are made once for a slice and window, by ``app.display``, and kept;
painting only scales them. The widget paints them itself: no context menu, no
tooltip and no export hide in it that could tell a reader anything.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.display import grey_levels
from app.domain.image import Image
from app.errors import BlindReadError
from app.ui.canvas_labels import TEXT, ColorBar, in_short, paint_bar, paint_label
from app.ui.view_keys import handle_view_key
from app.ui.view_state import ViewState

_NOTCH = 120  # angleDelta of one step of a mouse wheel
_CURSOR = QColor("#f0e442")
_Button = Qt.MouseButton

Overlay = Callable[[QPainter, QRectF], None]
"""Paints over a plane that lies in the rectangle."""


class Canvas(QWidget):
    """One plane of an Image in grey, or one coloured map.

    Parameters
    ----------
    state
        Shared by all canvases that shall move together.
    title
        Shown top left, e.g. ``Reference``, or ``A`` in the reading room.

    Signals
    -------
    pointed(row, column, value)
        The pixel under the mouse, from 0, and its real value (None where
        undefined); row -1 when the mouse has left the image.
    touched()
        The person did something here: a press, a drag step, a turn of the wheel.
    """

    pointed = Signal(int, int, object)
    touched = Signal()

    def __init__(self, state: ViewState, *, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._title = title
        self._details = True
        self._linked_cursor = False
        self._bar: ColorBar | None = None
        self._overlay: Overlay | None = None
        self._message = ""
        self._image: Image | None = None
        self._slices: tuple[int, ...] = ()
        self._is_map = False
        self._map_values: NDArray[np.float64] | None = None
        self._map_spacing: tuple[float, float] | None = None
        self._levels: NDArray[np.uint8] | None = None  # what _picture looks at
        self._picture: QImage | None = None
        self._pressed_at = QPointF()
        self._dragged_at = QPointF()
        self._turned = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        state.window_changed.connect(self._renew)
        state.slice_changed.connect(self._renew)
        state.view_changed.connect(self.update)
        state.cursor_changed.connect(self._follow_cursor)

    @property
    def state(self) -> ViewState:
        """The way of looking that this canvas shares."""
        return self._state

    @property
    def title(self) -> str:
        """The label top left."""
        return self._title

    def set_title(self, title: str) -> None:
        """Change the label top left."""
        self._title = title
        self.update()

    def set_details(self, shown: bool) -> None:
        """Show slice number and window at the lower edge, or only the title."""
        self._details = shown
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
        self._image = image
        self._is_map, self._map_values = False, None
        if image is None:
            self._slices = ()
        else:
            self._slices = tuple(range(image.grid.slices) if slices is None else slices)
        self._renew()

    def set_map(
        self,
        colors: NDArray[np.uint8] | None,
        values: NDArray[np.float64] | None = None,
        spacing: tuple[float, float] | None = None,
    ) -> None:
        """Show a coloured map, (rows, columns, 3) in uint8; None empties the canvas.

        Parameters
        ----------
        values
            What the map means at each pixel, told by ``pointed``; NaN where undefined.
        spacing
            PixelSpacing in millimetres (between rows, between columns).
        """
        self._image, self._is_map = None, True
        self._map_values, self._map_spacing = values, spacing
        self._set_picture(colors)
        self.update()

    def set_color_bar(self, bar: ColorBar | None) -> None:
        """Show at the lower edge what the colours of a map mean."""
        self._bar = bar
        self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Paint something over the plane and below the labels; None paints nothing more."""
        self._overlay = overlay
        self.update()

    def set_message(self, message: str) -> None:
        """Say something in the middle while there is nothing to see."""
        self._message = message
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(360, 360)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no image, or its slice has not come yet."""
        return self._prepare() is None

    # ---- picture ---------------------------------------------------------------------

    def _renew(self, *_: object) -> None:
        """Forget the grey levels; the next paint makes them anew."""
        if not self._is_map:
            self._picture = self._levels = None
        self.update()

    def _shown_slice(self) -> int | None:
        index = self._state.slice
        if self._image is None or index >= len(self._slices) or self._slices[index] < 0:
            return None
        return self._slices[index]

    def _prepare(self) -> QImage | None:
        """Return the picture to paint, made when it is first needed."""
        image, index = self._image, self._shown_slice()
        if self._picture is None and image is not None and index is not None:
            try:
                levels = grey_levels(
                    image.pixels[index],
                    image.slopes[index],
                    image.intercepts[index],
                    self._state.window,
                    inverted=image.inverted != self._state.inverted,
                )
            except BlindReadError as error:
                self._message = error.sentence
            else:
                self._set_picture(levels)
        return self._picture

    def _set_picture(self, levels: NDArray[np.uint8] | None) -> None:
        if levels is None:
            self._picture = self._levels = None
            return
        self._levels = np.ascontiguousarray(levels)
        rows, columns = levels.shape[:2]
        kind = QImage.Format.Format_Grayscale8 if levels.ndim == 2 else QImage.Format.Format_RGB888
        row_bytes = columns * (1 if levels.ndim == 2 else 3)
        self._picture = QImage(self._levels.data, columns, rows, row_bytes, kind)

    # ---- geometry --------------------------------------------------------------------

    def _extent(self) -> tuple[float, float]:
        """Width and height of the plane, in millimetres or in pixels where unknown."""
        if self._image is not None:
            rows, columns = self._image.grid.rows, self._image.grid.columns
            spacing = self._image.grid.spacing
        elif self._levels is not None:
            rows, columns = self._levels.shape[:2]
            spacing = self._map_spacing
        else:
            return 1.0, 1.0
        down, across = spacing or (1.0, 1.0)
        return columns * across, rows * down

    def _target(self) -> QRectF:
        """Where the plane lies on the widget, its aspect true."""
        wide, high = self._extent()
        scale = min(self.width() / wide, self.height() / high) * self._state.zoom
        across, down = self._state.centre
        return QRectF(
            self.width() / 2 - across * wide * scale,
            self.height() / 2 - down * high * scale,
            wide * scale,
            high * scale,
        )

    def _fraction(self, place: QPointF) -> tuple[float, float]:
        """Return a place of the widget as a fraction (across, down) of the plane."""
        target = self._target()
        return (
            (place.x() - target.x()) / target.width(),
            (place.y() - target.y()) / target.height(),
        )

    def place_in_pixels(self, place: QPointF) -> tuple[float, float] | None:
        """Return a place of the widget as (row, column) of the plane, in parts of pixels.

        It may lie beyond the plane. None where there is nothing to see.
        """
        picture = self._prepare()
        if picture is None:
            return None
        across, down = self._fraction(place)
        return down * picture.height(), across * picture.width()

    def _zoom_at(self, place: QPointF, factor: float) -> None:
        """Enlarge so that what lies under a place stays there."""
        across, down = self._fraction(place)
        before = self._state.zoom
        self._state.set_view(before * factor, self._state.centre)
        gain = before / self._state.zoom
        old_across, old_down = self._state.centre
        self._state.set_view(
            self._state.zoom,
            (across + (old_across - across) * gain, down + (old_down - down) * gain),
        )

    # ---- painting --------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, plane and labels."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), Qt.GlobalColor.black)
        picture = self._prepare()
        if picture is not None:
            target = self._target()
            smooth = self._state.smooth or target.width() < picture.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(target, picture)
            if self._overlay is not None:
                self._overlay(painter, target)
            if self._linked_cursor and self._state.cursor is not None and not self.underMouse():
                self._paint_cursor(painter, target, self._state.cursor)
        elif self._message:
            painter.setPen(TEXT.darker(140))
            inside = self.rect().adjusted(16, 16, -16, -16)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), self._message)
        self._paint_labels(painter, picture is not None)
        painter.end()

    def _paint_cursor(self, painter: QPainter, target: QRectF, cursor: tuple[float, float]) -> None:
        x = target.x() + cursor[0] * target.width()
        y = target.y() + cursor[1] * target.height()
        painter.setPen(QPen(_CURSOR, 1))
        for near, far in ((-9, -3), (3, 9)):
            painter.drawLine(QPointF(x + near, y), QPointF(x + far, y))
            painter.drawLine(QPointF(x, y + near), QPointF(x, y + far))

    def _paint_labels(self, painter: QPainter, filled: bool) -> None:
        if self._title:
            bold = QFont(self.font())
            bold.setBold(True)
            painter.setFont(bold)
            paint_label(painter, self.rect(), self._title, Qt.AlignmentFlag.AlignLeft, top=True)
        if not (self._details and filled):
            return
        painter.setFont(self.font())
        bar = self._bar if self._is_map else None
        if bar is not None:
            paint_bar(painter, self.rect(), bar)
        if self._state.slice_count > 1 and not (bar is not None and bar.note):
            number = f"{self._state.slice + 1} / {self._state.slice_count}"
            paint_label(painter, self.rect(), number, Qt.AlignmentFlag.AlignLeft, top=False)
        if self._image is not None:
            window = self._state.window
            words = f"W {in_short(window.width)}  L {in_short(window.center)}"
            paint_label(painter, self.rect(), words, Qt.AlignmentFlag.AlignRight, top=False)

    # ---- mouse and keys --------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to the next slice, or zoom while Ctrl is held."""
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_at(event.position(), 1.2 ** (turn / _NOTCH))
        else:
            self._turned += turn
            steps = int(self._turned / _NOTCH)
            self._turned -= steps * _NOTCH
            self._state.step_slice(-steps)
        self.touched.emit()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self._pressed_at = self._dragged_at = event.position()
        self.touched.emit()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag: left is the window, right the zoom, middle the place; else point."""
        here = event.position()
        moved = here - self._dragged_at
        self._dragged_at = here
        buttons = event.buttons()
        if buttons & _Button.LeftButton:
            self._state.move_window(moved.x(), moved.y())
        elif buttons & _Button.RightButton:
            self._zoom_at(self._pressed_at, 1.01 ** -moved.y())
        elif buttons & _Button.MiddleButton:
            target = self._target()
            across, down = self._state.centre
            self._state.set_view(
                self._state.zoom,
                (across - moved.x() / target.width(), down - moved.y() / target.height()),
            )
        if buttons != _Button.NoButton:
            self.touched.emit()
        self._point(here)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the image into the canvas."""
        self._state.fit()
        self.touched.emit()
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Begin to point."""
        self._point(event.position())
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """Stop pointing."""
        del event
        self._state.set_cursor(None)
        self.pointed.emit(-1, -1, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look around by the keyboard; every other key goes to the page."""
        if handle_view_key(self._state, event):
            self.touched.emit()
        else:
            super().keyPressEvent(event)

    def _point(self, place: QPointF) -> None:
        across, down = self._fraction(place)
        picture = self._prepare()
        if picture is None or not (0 <= across < 1 and 0 <= down < 1):
            self._state.set_cursor(None)
            self.pointed.emit(-1, -1, None)
            return
        row = int(down * picture.height())
        column = int(across * picture.width())
        self._state.set_cursor((across, down))
        self.pointed.emit(row, column, self._value_at(row, column))

    def _value_at(self, row: int, column: int) -> float | None:
        index = self._shown_slice()
        if self._image is not None and index is not None:
            stored = float(self._image.pixels[index, row, column])
            return stored * self._image.slopes[index] + self._image.intercepts[index]
        if self._map_values is None:
            return None
        value = float(self._map_values[row, column])
        return None if np.isnan(value) else value

    def _follow_cursor(self) -> None:
        if self._linked_cursor:
            self.update()
