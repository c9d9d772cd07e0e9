"""The panes in view as one picture with its caption: as pixels, or as SVG with real words."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPicture
from PySide6.QtWidgets import QWidget

from app.report.captions import wrapped
from app.ui.canvas import Canvas
from app.ui.canvas_labels import TEXT

_GROUND = QColor("#000000")
_BETWEEN = QColor("#2a2f34")
_MARGIN = 8


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where all that belongs to a picture lies, in pixels of the screen.

    ``canvases`` lie as they do in the window; ``lines`` are those of the caption,
    broken to the picture's width, the first one at ``words`` from the top.
    """

    size: QSize
    canvases: tuple[tuple[Canvas, QRect], ...]
    lines: tuple[str, ...]
    words: int
    font: QFont

    @property
    def panes(self) -> QRect:
        """What all canvases cover together."""
        return _together([place for _, place in self.canvases])


def arrange(room: QWidget, caption: Sequence[str] = ()) -> Arrangement:
    """Return how the canvases that are seen in a widget lie in a picture, its caption below."""
    found = [one for one in room.findChildren(Canvas) if one.isVisibleTo(room)]
    places = [QRect(one.mapTo(room, QPoint(0, 0)), one.size()) for one in found]
    whole = _together(places)
    canvases = tuple(
        (canvas, place.translated(-whole.topLeft()))
        for canvas, place in zip(found, places, strict=True)
    )
    font = room.font()
    metrics = QFontMetricsF(font)
    width = whole.width() - 2 * _MARGIN
    lines = tuple(
        part for line in caption for part in wrapped(line, width, metrics.horizontalAdvance)
    )
    high = round(len(lines) * metrics.lineSpacing()) + 2 * _MARGIN if lines else 0
    size = QSize(whole.width(), whole.height() + high)
    return Arrangement(size, canvases, lines, whole.height() + _MARGIN, font)


def as_pixels(arranged: Arrangement, ratio: int = 1) -> QImage:
    """Return a picture of pixels, each of the screen's being ``ratio`` of its own wide."""
    picture = QImage(arranged.size * ratio, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    picture.fill(_GROUND)
    with QPainter(picture) as painter:
        painter.fillRect(arranged.panes, _BETWEEN)
        for canvas, place in arranged.canvases:
            painter.drawImage(place, _seen(canvas, place.size(), ratio))
        _write_caption(painter, arranged)
    picture.setDevicePixelRatio(1.0)  # for whoever pastes it
    return picture


@dataclass(frozen=True, slots=True)
class Recorded:
    """A picture taken off the screen, to be written as SVG on any thread.

    ``planes`` are pixels without words, each with its place; ``words`` is everything
    written, ``resolution`` in dots per inch.
    """

    size: QSize
    panes: QRect
    planes: tuple[tuple[QRect, QImage], ...]
    words: QPicture
    resolution: int


def record(arranged: Arrangement, ratio: int = 1) -> Recorded:
    """Take a picture off the screen, its words apart from its planes."""
    planes = []
    words = QPicture()
    with QPainter(words) as painter:
        for canvas, place in arranged.canvases:
            plane = _seen(canvas, place.size(), ratio, words=False)
            plane.setDevicePixelRatio(1.0)
            planes.append((place, plane))
            painter.save()
            painter.translate(place.topLeft())
            canvas.paint_words(painter, place.size())
            painter.restore()
        _write_caption(painter, arranged)
    return Recorded(arranged.size, arranged.panes, tuple(planes), words, words.logicalDpiY())


def as_svg(recorded: Recorded, title: str = "") -> bytes:
    """Return a picture as SVG: the planes as pixels inside, every label and line as words."""
    from PySide6.QtSvg import QSvgGenerator

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(recorded.size)
    generator.setViewBox(QRect(QPoint(0, 0), recorded.size))
    generator.setTitle(title)
    generator.setResolution(recorded.resolution)
    painter = QPainter(generator)
    painter.drawPicture(0, 0, recorded.words)
    painter.end()
    buffer.close()
    written = bytes(data.data())
    # Below the words by hand: Qt's writer would stop the screen while it packs the planes.
    place = written.index(b">", written.index(b"<g", written.index(b"</defs>"))) + 1
    below = [_rectangle(QRect(QPoint(0, 0), recorded.size), _GROUND)]
    below.append(_rectangle(recorded.panes, _BETWEEN))
    below += [_image(where, as_png(plane)) for where, plane in recorded.planes]
    return written[:place] + b"\n" + b"\n".join(below) + written[place:]


def _rectangle(place: QRect, color: QColor) -> bytes:
    return f'<rect {_attributes(place)} fill="{color.name()}" stroke="none"/>'.encode("ascii")


def _image(place: QRect, png: bytes) -> bytes:
    packed = base64.b64encode(png)
    start = f'<image {_attributes(place)} preserveAspectRatio="none" '
    return start.encode("ascii") + b'xlink:href="data:image/png;base64,' + packed + b'"/>'


def _attributes(place: QRect) -> str:
    return f'x="{place.x()}" y="{place.y()}" width="{place.width()}" height="{place.height()}"'


def as_png(picture: QImage) -> bytes:
    """Return a picture as a PNG file; may be called on any thread."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return bytes(data.data())


def _seen(canvas: Canvas, size: QSize, ratio: int, *, words: bool = True) -> QImage:
    """Return a canvas as it is seen; a pixel that stands on one of the screen keeps doing so."""
    if canvas.state.scale != "pixels" or ratio == 1:
        return canvas.render(size, ratio, words=words)
    seen = canvas.render(size, 1.0, words=words).scaled(size * ratio)
    seen.setDevicePixelRatio(ratio)
    return seen


def _write_caption(painter: QPainter, arranged: Arrangement) -> None:
    painter.setFont(arranged.font)
    painter.setPen(TEXT)
    metrics = QFontMetricsF(arranged.font)
    for number, line in enumerate(arranged.lines):
        top = arranged.words + number * metrics.lineSpacing()
        painter.drawText(QPoint(_MARGIN, round(top + metrics.ascent())), line)


def _together(places: Sequence[QRect]) -> QRect:
    whole = QRect()
    for place in places:
        whole = whole.united(place)
    return whole
