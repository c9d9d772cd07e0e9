"""One plane on a black ground; canvases that share a ViewState move together.

Grey levels are made once for a slice and window, by ``app.display``, and kept;
painting only scales them. The widget paints them itself: no context menu, no
tooltip and no export hide in it that could tell a reader anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from app.ui.view_state import ViewState

_NOTCH = 120  # angleDelta of one step of a mouse wheel
_TEXT = QColor("#d8dde2")
_BEHIND = QColor(0, 0, 0, 150)
_CURSOR = QColor("#f0e442")
_Button = Qt.MouseButton
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_KEY_DRAG = 10  # one press of an arrow is a drag of so many screen pixels
_KEY_PAN = 0.05  # or moves the image by this part of what is in view
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class ColorBar:
    """What the colours of a map mean: one row of them, and the words at both ends."""

    colors: NDArray[np.uint8]
    low: str
    high: str


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
            if self._linked_cursor and self._state.cursor is not None and not self.underMouse():
                self._paint_cursor(painter, target, self._state.cursor)
        elif self._message:
            painter.setPen(_TEXT.darker(140))
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
            self._paint_label(painter, self._title, Qt.AlignmentFlag.AlignLeft, top=True)
        if not (self._details and filled):
            return
        painter.setFont(self.font())
        if self._state.slice_count > 1:
            number = f"{self._state.slice + 1} / {self._state.slice_count}"
            self._paint_label(painter, number, Qt.AlignmentFlag.AlignLeft, top=False)
        if self._is_map and self._bar is not None:
            self._paint_bar(painter, self._bar)
        if self._image is not None:
            window = self._state.window
            words = f"W {in_short(window.width)}  L {in_short(window.center)}"
            self._paint_label(painter, words, Qt.AlignmentFlag.AlignRight, top=False)

    def _paint_bar(self, painter: QPainter, bar: ColorBar) -> None:
        metrics = painter.fontMetrics()
        low, high = metrics.horizontalAdvance(bar.low), metrics.horizontalAdvance(bar.high)
        wide, tall = min(110, self.width() // 3), metrics.height() + 4
        left = self.width() - 6 - (wide + low + high + 22)
        top = self.height() - 6 - tall
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BEHIND)
        painter.drawRoundedRect(QRectF(left, top, wide + low + high + 22, tall), 3, 3)
        levels = np.ascontiguousarray(bar.colors)
        strip = QImage(
            levels.data, levels.shape[1], 1, levels.shape[1] * 3, QImage.Format.Format_RGB888
        )
        painter.drawImage(QRectF(left + low + 11, top + tall / 2 - 4, wide, 8), strip)
        painter.setPen(_TEXT)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(left + 5, top, low + 2, tall), middle, bar.low)
        painter.drawText(QRectF(left + low + wide + 17, top, high + 2, tall), middle, bar.high)

    def _paint_label(
        self, painter: QPainter, words: str, side: Qt.AlignmentFlag, *, top: bool
    ) -> None:
        metrics = painter.fontMetrics()
        room = self.width() - 12
        words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room - 10)
        wide, high = metrics.horizontalAdvance(words) + 10, metrics.height() + 4
        left = 6 if side == Qt.AlignmentFlag.AlignLeft else self.width() - 6 - wide
        box = QRectF(left, 6 if top else self.height() - 6 - high, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BEHIND)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(_TEXT)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

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


def in_short(value: float) -> str:
    """Return a window's number as a person writes it: whole from 100 on."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def handle_view_key(state: ViewState, event: QKeyEvent) -> bool:
    """Do what a key of the viewer means; False where the key is another's.

    R resets, I inverts, F fits, + and - zoom; Up and Down, PageUp and PageDown,
    Home and End change the slice. Arrows with Shift are the window as a drag with
    the left button is, with Ctrl they move the image.
    """
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key in ARROWS and modifiers in (_SHIFT, _CONTROL):
        across, down = ARROWS[Qt.Key(key)]
        if modifiers == _SHIFT:
            state.move_window(_KEY_DRAG * across, _KEY_DRAG * down)
        else:
            step = _KEY_PAN / state.zoom
            x, y = state.centre
            state.set_view(state.zoom, (x + step * across, y + step * down))
        return True
    if modifiers not in (Qt.KeyboardModifier.NoModifier, _SHIFT):
        return False
    actions: dict[Qt.Key, Callable[[], None]] = {
        Qt.Key.Key_R: state.reset,
        Qt.Key.Key_I: state.invert,
        Qt.Key.Key_F: state.fit,
        Qt.Key.Key_Plus: lambda: state.zoom_by(1.2),
        Qt.Key.Key_Equal: lambda: state.zoom_by(1.2),
        Qt.Key.Key_Minus: lambda: state.zoom_by(1 / 1.2),
        Qt.Key.Key_Down: lambda: state.step_slice(1),
        Qt.Key.Key_Up: lambda: state.step_slice(-1),
        Qt.Key.Key_PageDown: lambda: state.step_slice(5),
        Qt.Key.Key_PageUp: lambda: state.step_slice(-5),
        Qt.Key.Key_Home: lambda: state.set_slice(0),
        Qt.Key.Key_End: lambda: state.set_slice(state.slice_count - 1),
    }
    action = actions.get(Qt.Key(key))
    if action is None:
        return False
    action()
    return True
