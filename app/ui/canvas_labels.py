"""The words and the colour bar that lie on a canvas."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPaintEngine, QPainter

TEXT = QColor("#d8dde2")
BEHIND = QColor(0, 0, 0, 185)
_EDGE = 6
_PAGE = QImage.Format.Format_ARGB32_Premultiplied
_BETWEEN = 2  # lines
_LONGEST_STRIP, _SHORTEST_STRIP = 110, 16


@dataclass(frozen=True, slots=True, eq=False)
class ColorBar:
    """What the colours of a map mean: one row of them, and the words at both ends.

    ``note`` is a line of its own below them.
    """

    colors: NDArray[np.uint8]
    low: str
    high: str
    note: str = ""


class Foot:
    """The lines at the lower edge of a canvas, on which no words may touch others."""

    def __init__(self, room: QRect) -> None:
        self.room = room
        self._taken: list[QRect] = []

    def is_free(self, box: QRect) -> bool:
        """Return whether a box touches nothing that is there."""
        return not any(box.intersects(one) for one in self._taken)

    def place(self, wide: int, high: int, side: Qt.AlignmentFlag, line: int = 0) -> QRect:
        """Take the lowest free place at a side, from a line on; line 0 is the one at the edge."""
        left = _EDGE if side == Qt.AlignmentFlag.AlignLeft else self.room.width() - _EDGE - wide
        while True:
            box = QRect(left, _line_top(self.room, high, line, top=False), wide, high)
            if box.top() < 0 or self.is_free(box):
                self._taken.append(box)
                return box
            line += 1


def paint_label(
    painter: QPainter, room: QRect, words: str, side: Qt.AlignmentFlag, *, line: int = 0
) -> None:
    """Write into an upper corner of a canvas; line 0 is the one at the edge."""
    words, wide, high = _laid_out(_font_of(painter), words, room.width() - 2 * _EDGE)
    left = _EDGE if side == Qt.AlignmentFlag.AlignLeft else room.width() - _EDGE - wide
    _paint_box(painter, QRect(left, _line_top(room, high, line, top=True), wide, high), words)


def paint_foot(
    painter: QPainter,
    foot: Foot,
    words: str,
    side: Qt.AlignmentFlag,
    *,
    line: int = 0,
    beside: int = 0,
) -> QRect:
    """Write at the lower edge and return where.

    As many pixels as ``beside`` says are kept free to the left.
    """
    words, wide, high = _laid_out(_font_of(painter), words, foot.room.width() - 2 * _EDGE)
    box = foot.place(wide + beside, high, side, line).adjusted(beside, 0, 0, 0)
    _paint_box(painter, box, words)
    return box


def foot_width(painter: QPainter, words: str) -> int:
    """Return how wide the box of some words is."""
    return _laid_out(_font_of(painter), words, 10_000)[1]


def paint_word(painter: QPainter, middle: QPoint, word: str, foot: Foot | None = None) -> None:
    """Write a word with its middle at a place of the canvas, or above what is at its foot."""
    word, wide, high = _laid_out(_font_of(painter), word, 1000)
    box = QRect(middle.x() - wide // 2, middle.y() - high // 2, wide, high)
    while foot is not None and not foot.is_free(box) and box.top() > high:
        box.translate(0, -high - _BETWEEN)
    _paint_box(painter, box, word)


def room_of(painter: QPainter) -> QRectF:
    """Return where a canvas may be painted: what the painter is clipped to, else its device."""
    if painter.hasClipping():
        return painter.clipBoundingRect()
    device = painter.device()
    # A picture counts pixels of the device, a widget its own.
    ratio = device.devicePixelRatioF() if isinstance(device, QImage) else 1.0
    return QRectF(0, 0, device.width() / ratio, device.height() / ratio)


def _font_of(painter: QPainter) -> tuple[str, int]:
    """Return a font and how many dots its device has to an inch: what decides its size."""
    return painter.font().toString(), painter.device().logicalDpiX()


@lru_cache(maxsize=256)
def _laid_out(font: tuple[str, int], words: str, longest: int) -> tuple[str, int, int]:
    """Return words that fit, and width and height of their box."""
    metrics = QFontMetrics(_named(font[0]), _dots(QImage(1, 1, _PAGE), font[1]))
    words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, longest - 10)
    return words, metrics.horizontalAdvance(words) + 10, metrics.height() + 4


def _paint_box(painter: QPainter, box: QRect, words: str) -> None:
    """Write words in a box; on a screen their picture is kept, most are painted again at once."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        _write(painter, box, words)
        return
    ratio = painter.device().devicePixelRatioF()
    kept = _made_box(_font_of(painter), words, box.width(), box.height(), ratio)
    painter.drawImage(box.topLeft(), kept)


def _write(painter: QPainter, box: QRect, words: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BEHIND)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(TEXT)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
    painter.drawText(box, int(flags), words)


@lru_cache(maxsize=128)
def _made_box(font: tuple[str, int], words: str, wide: int, high: int, ratio: float) -> QImage:
    made = _dots(QImage(QSize(wide, high) * ratio, _PAGE), font[1])
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setFont(_named(font[0]))
    _write(painter, QRect(0, 0, wide, high), words)
    painter.end()
    return made


def _dots(page: QImage, dots: int) -> QImage:
    """Return a page on which a font's points are as many pixels as on another device."""
    page.setDotsPerMeterX(round(dots / 0.0254))
    page.setDotsPerMeterY(round(dots / 0.0254))
    return page


def _named(font: str) -> QFont:
    made = QFont()
    made.fromString(font)
    return made


def paint_bar(painter: QPainter, foot: Foot, bar: ColorBar) -> QRect:
    """Show at the lower right what the colours of a map mean, its note below; return where."""
    room, right = foot.room.width() - 2 * _EDGE, Qt.AlignmentFlag.AlignRight
    notes = [bar.note] if bar.note else []
    if notes and foot_width(painter, bar.note) > room:
        notes = bar.note.split(", ")  # in lines of their own, the first one on top
    for line, note in enumerate(reversed(notes)):
        paint_foot(painter, foot, note, right, line=line)
    metrics = painter.fontMetrics()
    low, high = metrics.horizontalAdvance(bar.low), metrics.horizontalAdvance(bar.high)
    wide, tall = min(_LONGEST_STRIP, foot.room.width() // 3), metrics.height() + 4
    wide = max(_SHORTEST_STRIP, min(wide, room - low - high - 22))
    box = foot.place(wide + low + high + 22, tall, right, len(notes))
    left, top = box.left(), box.top()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BEHIND)
    painter.drawRoundedRect(QRectF(box), 3, 3)
    levels = np.ascontiguousarray(bar.colors)
    strip = QImage(
        levels.data, levels.shape[1], 1, levels.shape[1] * 3, QImage.Format.Format_RGB888
    )
    painter.drawImage(QRectF(left + low + 11, top + tall / 2 - 4, wide, 8), strip)
    painter.setPen(TEXT)
    middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    painter.drawText(QRectF(left + 5, top, low + 2, tall), middle, bar.low)
    painter.drawText(QRectF(left + low + wide + 17, top, high + 2, tall), middle, bar.high)
    return box


def in_short(value: float) -> str:
    """Return a window's number as a person writes it: whole from 100 on."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line_top(room: QRect, high: int, line: int, *, top: bool) -> int:
    place = _EDGE + line * (high + _BETWEEN)
    return place if top else room.height() - place - high
