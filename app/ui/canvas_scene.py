"""What lies on a canvas, from the ground up; painted on the screen or off it.

Everything is placed in whole pixels of the device: a plane is sampled once for
each of them, and Qt has nothing to scale.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QRegion

from app.errors import BlindReadError
from app.ui.canvas_labels import TEXT, ColorBar, in_short, paint_bar, paint_label
from app.ui.plane import PlanePicture
from app.ui.sampling import Sight
from app.ui.view_state import ViewState

_CURSOR = QColor("#f0e442")
_INCH = 25.4
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight

Overlay = Callable[[QPainter, QRectF], None]
"""Paints over a plane that lies in the rectangle."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How a second plane lies over the first.

    ``amount`` is, for ``swipe``, the part of the plane's width left of the split,
    where the first one stays; for ``fade``, the opacity of the second, 0 to 1;
    for ``checker``, the side of a square in pixels of the device.
    """

    kind: Literal["none", "swipe", "fade", "checker"] = "none"
    amount: float = 0.5


@dataclass(frozen=True, slots=True)
class Room:
    """The size of a canvas, how many device pixels one of its pixels is, and how large it is.

    ``per_mm`` is how many of its pixels make a millimetre on the screen.
    """

    size: QSize
    ratio: float = 1.0
    per_mm: float = 96 / _INCH


class Scene:
    """The planes of a canvas and what is written over them."""

    def __init__(self, state: ViewState) -> None:
        self.state = state
        self.first = PlanePicture()
        self.second = PlanePicture()
        self.blend = Blend()
        self.overlays: list[Overlay] = []
        self.bar: ColorBar | None = None
        self.title = ""
        self.message = ""
        self.details = True

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no image, or its slice has not come yet."""
        return not self.first.shows(self.state)

    # ---- geometry --------------------------------------------------------------------

    def exact_target(self, room: Room) -> QRectF:
        """Where the plane lies in a room, its aspect true, as zoom and place say."""
        wide, high = self.first.extent
        state, size = self.state, room.size
        if state.scale == "fit":
            scale = min(size.width() / wide, size.height() / high)
        elif state.scale == "true" and self.first.spacing is not None:
            scale = room.per_mm
        else:
            rows, columns = self.first.shape
            scale = max(columns / wide, rows / high) / room.ratio
        scale *= state.zoom
        across, down = state.centre
        return QRectF(
            size.width() / 2 - across * wide * scale,
            size.height() / 2 - down * high * scale,
            wide * scale,
            high * scale,
        )

    def target(self, room: Room) -> QRectF:
        """Where the plane is painted: on whole device pixels unless it is enlarged."""
        exact, ratio = self.exact_target(room), room.ratio
        rows, columns = self.first.shape
        wide, high = exact.width() * ratio, exact.height() * ratio
        if wide > columns + 0.5 and high > rows + 0.5:
            return exact
        wide, high = max(1, round(wide)), max(1, round(high))
        left, top = round(exact.x() * ratio), round(exact.y() * ratio)
        return QRectF(left / ratio, top / ratio, wide / ratio, high / ratio)

    def in_view(self, room: Room) -> QRect:
        """Return the device pixels whose middles lie on the plane, inside the room."""
        target, ratio = self.target(room), room.ratio
        left = max(0, math.ceil(target.left() * ratio - 0.5))
        top = max(0, math.ceil(target.top() * ratio - 0.5))
        right = min(round(room.size.width() * ratio), math.ceil(target.right() * ratio - 0.5))
        bottom = min(round(room.size.height() * ratio), math.ceil(target.bottom() * ratio - 0.5))
        return QRect(left, top, right - left, bottom - top)

    def _sight(self, plane: PlanePicture, room: Room, view: QRect) -> Sight:
        target, ratio = self.target(room), room.ratio
        rows, columns = plane.shape
        step_x = columns / (target.width() * ratio)
        step_y = rows / (target.height() * ratio)
        return Sight(
            (view.left() - target.left() * ratio) * step_x,
            (view.top() - target.top() * ratio) * step_y,
            step_x,
            step_y,
            view.width(),
            view.height(),
        )

    # ---- painting --------------------------------------------------------------------

    def paint(
        self,
        painter: QPainter,
        room: Room,
        *,
        careful: bool,
        cursor: bool = False,
        words: bool = True,
    ) -> None:
        """Paint ground, planes, overlays and words; ``cursor`` marks the linked mouse."""
        whole = QRect(QPoint(0, 0), room.size)
        painter.fillRect(whole, Qt.GlobalColor.black)
        filled = not self.is_empty
        if filled:
            painter.save()
            try:
                self._paint_planes(painter, room, careful)
            except BlindReadError as error:
                self.message, filled = error.sentence, False
            finally:
                painter.restore()
        if filled:
            target = self.target(room)
            for overlay in self.overlays:
                painter.save()
                overlay(painter, target)
                painter.restore()
            if cursor and self.state.cursor is not None:
                _paint_cursor(painter, target, self.state.cursor)
        elif self.message:
            painter.setPen(TEXT.darker(140))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(whole.adjusted(16, 16, -16, -16), int(flags), self.message)
        if words:
            self.paint_words(painter, room.size)

    def _paint_planes(self, painter: QPainter, room: Room, careful: bool) -> None:
        view = self.in_view(room)
        if view.isEmpty():
            return
        painter.scale(1 / room.ratio, 1 / room.ratio)
        first = self.first.picture(self.state, self._sight(self.first, room, view), careful=careful)
        if first is not None:
            painter.drawImage(view.topLeft(), first)
        if self.blend.kind != "none" and self.second.shows(self.state):
            sight = self._sight(self.second, room, view)
            second = self.second.picture(self.state, sight, careful=careful)
            self._clip(painter, room, view)
            if second is not None:
                painter.drawImage(view.topLeft(), second)

    def _clip(self, painter: QPainter, room: Room, view: QRect) -> None:
        """Let the painter reach only what the blend leaves to the second plane."""
        amount = self.blend.amount
        if self.blend.kind == "fade":
            painter.setOpacity(min(max(amount, 0.0), 1.0))
        elif self.blend.kind == "swipe":
            target = self.target(room)
            split = round((target.left() + amount * target.width()) * room.ratio)
            painter.setClipRect(view & QRect(split, view.top(), view.right() + 1, view.height()))
        else:
            side = max(2, round(amount))
            squares = QRegion()
            for row in range(view.top() // side, view.bottom() // side + 1):
                for column in range(view.left() // side, view.right() // side + 1):
                    if (row + column) % 2:
                        squares += QRect(column * side, row * side, side, side)
            painter.setClipRegion(squares & QRegion(view))

    def paint_words(self, painter: QPainter, size: QSize) -> None:
        """Write what stands at the edges of a canvas of some size."""
        whole, filled = QRect(QPoint(0, 0), size), not self.is_empty
        plain = painter.font()
        if self.title:
            bold = QFont(plain)
            bold.setBold(True)
            painter.setFont(bold)
            paint_label(painter, whole, self.title, _LEFT, top=True)
            painter.setFont(plain)
        if not (self.details and filled):
            return
        state, image = self.state, self.first.image
        bar = self.bar if image is None else None
        if bar is not None:
            paint_bar(painter, whole, bar)
        if state.slice_count > 1 and not (bar is not None and bar.note):
            number = f"{state.slice + 1} / {state.slice_count}"
            paint_label(painter, whole, number, _LEFT, top=False)
        if image is not None:
            window = state.window
            words = f"W {in_short(window.width)}  L {in_short(window.center)}"
            paint_label(painter, whole, words, _RIGHT, top=False)


def _paint_cursor(painter: QPainter, target: QRectF, cursor: tuple[float, float]) -> None:
    x = target.x() + cursor[0] * target.width()
    y = target.y() + cursor[1] * target.height()
    painter.setPen(QPen(_CURSOR, 1))
    for near, far in ((-9, -3), (3, 9)):
        painter.drawLine(QPointF(x + near, y), QPointF(x + far, y))
        painter.drawLine(QPointF(x, y + near), QPointF(x, y + far))
