"""What lies on a canvas, from the ground up; painted on the screen or off it.

Everything is placed in whole pixels of the device: a plane is sampled once for
each of them, and Qt has nothing to scale.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QRegion

from app.errors import BlindReadError
from app.ui.canvas_labels import (
    TEXT,
    ColorBar,
    Foot,
    foot_width,
    in_short,
    paint_bar,
    paint_foot,
    paint_label,
)
from app.ui.canvas_marks import paint_bar_of, paint_letters, place_of
from app.ui.plane import PlanePicture
from app.ui.sampling import Sight
from app.ui.view_state import ViewState

_CURSOR = QColor("#f0e442")
_INCH = 25.4
_APART = 20  # margins, and a gap between what stands left and right on one line
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
        self.headed = False
        self.message = ""
        self.details = True
        self.marks = False

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

    def layers_at(self, room: Room, place: QPointF) -> tuple[int, ...]:
        """Return which planes are seen at a place: 0 the first, 1 the second; a fade shows both."""
        kind, amount, ratio = self.blend.kind, self.blend.amount, room.ratio
        if kind == "none" or not self.second.shows(self.state):
            return (0,)
        if kind == "fade":
            return (0, 1) if 0.0 < amount < 1.0 else (int(amount >= 1.0),)
        x, y = math.floor(place.x() * ratio), math.floor(place.y() * ratio)
        if kind == "swipe":
            target = self.target(room)
            return (int(x >= round((target.left() + amount * target.width()) * ratio)),)
        side = max(2, round(amount))
        return ((x // side + y // side) % 2,)

    # ---- painting --------------------------------------------------------------------

    def paint(
        self,
        painter: QPainter,
        room: Room,
        *,
        careful: bool,
        cursor: bool = False,
        words: bool = True,
        title: bool = True,
    ) -> None:
        """Paint ground, planes, overlays and words; ``cursor`` marks the linked mouse."""
        whole = QRect(QPoint(0, 0), room.size)
        target, filled = self.target(room), not self.is_empty
        if filled:
            painter.save()
            try:
                self._paint_planes(painter, room, target, careful)
            except BlindReadError as error:
                self.message, filled = error.sentence, False
            finally:
                painter.restore()
        if filled:
            for overlay in self.overlays:
                painter.save()
                overlay(painter, target)
                painter.restore()
            if cursor and self.state.cursor is not None:
                _paint_cursor(painter, target, self.state.cursor)
        else:
            painter.fillRect(whole, Qt.GlobalColor.black)
            painter.setPen(TEXT.darker(140))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(whole.adjusted(16, 16, -16, -16), int(flags), self.message)
        if words:
            self.paint_words(painter, room, title=title)

    def _paint_planes(self, painter: QPainter, room: Room, target: QRectF, careful: bool) -> None:
        state, ratio = self.state, room.ratio
        painter.scale(1 / ratio, 1 / ratio)  # from here on in pixels of the device
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        lies = QRectF(target.topLeft() * ratio, target.size() * ratio)
        whole = QRect(0, 0, round(room.size.width() * ratio), round(room.size.height() * ratio))
        view = in_view(lies, whole)
        for beside in QRegion(whole) - QRegion(view):  # type: ignore[attr-defined] # it has __iter__
            painter.fillRect(beside, Qt.GlobalColor.black)
        if view.isEmpty():
            return
        first = self.first.picture(state, sight_of(self.first, lies, view), careful=careful)
        if first is not None:
            painter.drawImage(view.topLeft(), first)
        if self.blend.kind == "none" or not self.second.shows(state):
            return
        second = self.second.picture(state, sight_of(self.second, lies, view), careful=careful)
        if second is not None:
            self._clip(painter, lies, view)
            painter.drawImage(view.topLeft(), second)

    def _clip(self, painter: QPainter, lies: QRectF, view: QRect) -> None:
        """Let the painter reach only what the blend leaves to the second plane."""
        amount = self.blend.amount
        if self.blend.kind == "fade":
            painter.setOpacity(min(max(amount, 0.0), 1.0))
        elif self.blend.kind == "swipe":
            split = max(view.left(), round(lies.left() + amount * lies.width()))
            painter.setClipRect(view & QRect(split, view.top(), view.width(), view.height()))
        else:
            painter.setClipRegion(_squares(view.getRect(), max(2, round(amount))))

    def paint_words(self, painter: QPainter, room: Room, *, title: bool = True) -> None:
        """Write what stands at the edges of a canvas of some size."""
        whole, filled = QRect(QPoint(0, 0), room.size), not self.is_empty
        plain = painter.font()
        if self.title and title:
            bold = QFont(plain)
            bold.setBold(True)
            painter.setFont(bold)
            paint_label(painter, whole, self.title, _LEFT)
            painter.setFont(plain)
        if not (self.details and filled):
            return
        state, image, foot = self.state, self.first.image, Foot(whole)
        bar, grid = self.bar, self.first.grid
        taken = 0
        if image is not None:
            window = state.window
            words = f"W {in_short(window.width)}  L {in_short(window.center)}"
            taken = paint_foot(painter, foot, words, _RIGHT).width()
        if bar is not None:
            wide = paint_bar(painter, foot, bar).width()
            taken = taken or wide
        place = ""
        if state.slice_count > 1 and not (bar is not None and bar.note):
            words, place = f"{state.slice + 1} / {state.slice_count}", self._place_words()
            joined = f"{words}   {place}"
            if place and foot_width(painter, joined) + taken + _APART < whole.width():
                words, place = joined, ""
            paint_foot(painter, foot, words, _LEFT)
        if self.marks and grid is not None:
            reach = painter.fontMetrics().horizontalAdvance(self.title) * 1.2 + 40 * bool(
                self.title
            )
            paint_bar_of(painter, foot, grid, self.target(room), 1)
            for words in filter(None, (place, self.sampling_words(room))):
                paint_foot(painter, foot, words, _LEFT, line=1)
            paint_letters(painter, foot, grid, round(reach))

    def _place_words(self) -> str:
        """Return where the slice lies in the patient, in mm; empty where that is not shown."""
        grid, index = self.first.grid, self.first.index(self.state)
        if not self.marks or grid is None or index is None:
            return ""
        place = place_of(grid, index)
        return f"{place:.1f} mm".replace("-", "−") if place is not None else ""

    def sampling_words(self, room: Room) -> str:
        """Say what stands between the pixels at rest, and whether the scale is a special one."""
        state, target = self.state, self.target(room)
        rows, columns = self.first.shape
        wide, high = target.width() * room.ratio, target.height() * room.ratio
        if (round(wide), round(high)) == (columns, rows):
            method = ""
        elif wide < columns or high < rows:
            method = "mean"
        else:
            method = "" if state.interpolation == "nearest" else state.interpolation
        if (round(wide), round(high)) == (columns, rows):
            scale = "1:1"
        else:
            scale = "true size" if state.scale == "true" and state.zoom == 1.0 else ""
        return "  ".join(word for word in (scale, method) if word)


def in_view(lies: QRectF, whole: QRect) -> QRect:
    """Return the device pixels whose middles lie on the plane, inside the room."""
    left, top = (max(0, math.ceil(edge - 0.5)) for edge in (lies.left(), lies.top()))
    right = min(whole.width(), math.ceil(lies.right() - 0.5))
    bottom = min(whole.height(), math.ceil(lies.bottom() - 0.5))
    return QRect(left, top, right - left, bottom - top)


def sight_of(plane: PlanePicture, lies: QRectF, view: QRect) -> Sight:
    """Return where the device pixels in view lie on a plane that fills a rectangle of them."""
    rows, columns = plane.shape
    step_x, step_y = columns / lies.width(), rows / lies.height()
    left, top = (view.left() - lies.left()) * step_x, (view.top() - lies.top()) * step_y
    return Sight(left, top, step_x, step_y, view.width(), view.height())


@lru_cache(maxsize=8)
def _squares(view: tuple[int, int, int, int], side: int) -> QRegion:
    """Return every other square of a checkerboard, as far as it is in view."""
    left, top, wide, high = view
    squares = QRegion()
    for row in range(top // side, (top + high) // side + 1):
        for column in range(left // side, (left + wide) // side + 1):
            if (row + column) % 2:
                squares += QRect(column * side, row * side, side, side)
    return squares & QRegion(QRect(*view))


def _paint_cursor(painter: QPainter, target: QRectF, cursor: tuple[float, float]) -> None:
    x = target.x() + cursor[0] * target.width()
    y = target.y() + cursor[1] * target.height()
    painter.setPen(QPen(_CURSOR, 1))
    for near, far in ((-9, -3), (3, 9)):
        painter.drawLine(QPointF(x + near, y), QPointF(x + far, y))
        painter.drawLine(QPointF(x, y + near), QPointF(x, y + far))
