"""The worst slices as rows of a sheet: reference, reconstruction, difference or local map.

Rows are painted as they come, away from the screen, so that a long sheet needs no more
memory than its picture.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMarginsF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)

from app import SOFTWARE
from app.display import diverging, grey_levels, loss
from app.domain.image import Image, Window
from app.domain.metric import MapDefinition
from app.domain.pair import Pair
from app.domain.study_range import UNKNOWN, StudyRanges
from app.errors import BlindReadError, StoreError
from app.report.captions import number, value_lines, window_words
from app.store.beside import beside
from app.ui.canvas_scene import Overlay
from app.ui.drawings import NO_BODY, Drawings
from app.ui.jobs import Workflow
from app.ui.map_choice import worst_value
from app.ui.plane import picture_of
from app.ui.value_rows import ValueRow
from app.ui.value_sheet import ValueSheet

if TYPE_CHECKING:
    from app.workflows.contact_sheet import SheetSlice

MOST_SLICES = 40
_WIDTH = 1260
_MARGIN = 24.0
_GAP = 8.0
_PAPER, _INK, _MUTED = QColor("#ffffff"), QColor("#15191c"), QColor("#5a636b")
_DPI = 200


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """What a contact sheet shows.

    Parameters
    ----------
    title
        Its heading, e.g. ``The 20 worst slices by SSIM``.
    wanted, rows
        The pairs with their slice numbers, and the values of each.
    window
        The window of all images; None gives each reference its own.
    inverted
        Black and white are exchanged.
    limit
        The difference that gets the full colour, in the images' unit.
    local_map
        What stands in the third column; None is the difference.
    drawings
        What lies over the planes.
    study
        Its intensity ranges.
    """

    title: str
    wanted: tuple[tuple[Pair, int], ...]
    rows: tuple[ValueRow, ...]
    window: Window | None
    inverted: bool
    limit: float
    local_map: MapDefinition | None = None
    drawings: Drawings = field(default_factory=Drawings)
    study: StudyRanges = UNKNOWN


def _slices(
    order: SheetOrder, wanted: Sequence[tuple[Pair, int]], local_map: MapDefinition | None
) -> Workflow:
    from app.workflows.contact_sheet import sheet_slices

    return sheet_slices(wanted, local_map, order.study)


def worst_rows(
    rows: Sequence[ValueRow],
    metric: str,
    count: int,
    pairs: Collection[tuple[str, str]] | None = None,
) -> tuple[ValueRow, ...]:
    """Return the slices with the worst values of one metric, the worst first.

    Slices without a value are passed over. Where 0 is best, the farthest from 0 is worst.

    Parameters
    ----------
    pairs
        The cases and arms among which to look; None is all.
    """
    sheet = rows if isinstance(rows, ValueSheet) else ValueSheet.of(rows, (metric,))
    return sheet.worst(metric, count, pairs)


def make_sheet(
    order: SheetOrder,
    target: Path,
    slices: Callable[[Sequence[tuple[Pair, int]], MapDefinition | None], Workflow] | None = None,
) -> Workflow:
    """Return the workflow that writes a contact sheet, PNG or PDF by its suffix.

    It may be ended between any two slices; then nothing is written.
    """
    if target.suffix.lower() not in (".png", ".pdf"):
        raise StoreError(
            f"A contact sheet cannot be written as {target.name}.",
            remedy="Name a .png or a .pdf file.",
        )
    with beside(target) as place:
        paper = _Pdf(order, place) if target.suffix.lower() == ".pdf" else _Png(order, place)
        try:
            read = slices or partial(_slices, order)
            for rank, step in _ranked(read(order.wanted, order.local_map)):
                if rank is not None:
                    paper.add(_Row(order, rank, step))
                yield step
        finally:
            paper.end()
        paper.check()
    return target


def _ranked(work: Workflow):  # type: ignore[no-untyped-def]  # pairs of rank and step
    """Yield each step of the work, with its rank from 0 where it is a slice that has come."""
    rank = 0
    for step in work:
        if hasattr(step, "values"):
            yield rank, step
            rank += 1
        else:
            yield None, step


class _Row:
    """One slice as it is painted: words, and three planes in a row."""

    def __init__(self, order: SheetOrder, rank: int, found: "SheetSlice") -> None:
        row = order.rows[rank]
        self.heading = f"{rank + 1}.  Case {row.case}, arm {row.arm}, slice {row.slice}"
        self.words = " · ".join(value_lines(tuple(row.values.values())))
        self.problem = found.problem
        self.planes: list[tuple[str, QImage, float]] = []
        self.overlays: tuple[Overlay, ...] = ()
        if found.view is None:
            return
        if order.drawings.lacks_body(found.view, found.index):
            self.heading += f". {NO_BODY}"
        self.overlays = order.drawings.over(found.view, found.index, row.arm)
        reference = found.view.reference
        window = order.window or found.view.window
        down, across = reference.grid.spacing or (1.0, 1.0)
        aspect = reference.grid.columns * across / (reference.grid.rows * down)
        shown = window_words(window, reference.unit)
        for title, image in (
            ("Reference", reference),
            ("Reconstruction", found.view.reconstruction),
        ):
            try:
                levels = _grey(image, found.index, window, order.inverted)
            except BlindReadError as error:
                self.problem = error.sentence
                return
            self.planes.append((f"{title}, {shown}", picture_of(levels).copy(), aspect))
        if found.values is None:
            return
        if order.local_map is None:
            title = f"Difference, ±{number(order.limit)} {reference.unit}".rstrip()
            colors = diverging(found.values, order.limit)
        else:
            neutral, extreme = order.local_map.neutral, worst_value(found.values, order.local_map)
            title = f"{order.local_map.title}, {number(neutral)} to {number(extreme)}"
            colors = loss(found.values, neutral, extreme)
        self.planes.append((title, picture_of(np.ascontiguousarray(colors)).copy(), aspect))


def _grey(image: Image, index: int, window: Window, inverted: bool) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = grey_levels(  # type: ignore[assignment]
        image.pixels[index],
        image.slopes[index],
        image.intercepts[index],
        window,
        inverted=image.inverted != inverted,
    )
    return np.ascontiguousarray(levels)


class _Paper:
    """A place to paint rows on, from the top down."""

    def __init__(self, order: SheetOrder, width: float, height: float, scale: float) -> None:
        self.order, self.width, self.height, self.scale = order, width, height, scale
        self.margin, self.gap = _MARGIN * scale, _GAP * scale
        self.plain, self.bold, self.large = QFont(), QFont(), QFont()
        for font, size in ((self.plain, 13.0), (self.bold, 14.0), (self.large, 20.0)):
            font.setPixelSize(round(size * scale))
        self.bold.setBold(True)
        self.large.setBold(True)
        self.cell = (width - 2 * self.margin - 2 * self.gap) / 3
        lines = QFontMetricsF(self.plain).lineSpacing(), QFontMetricsF(self.bold).lineSpacing()
        self.words = lines[1] + 2.2 * lines[0]
        self.head = QFontMetricsF(self.large).lineSpacing() + lines[0] + 2 * self.gap

    def row_height(self, row: _Row) -> float:
        """Return how high a row is: its words, its planes, and the space to the next."""
        high = max((self.cell / aspect for _, _, aspect in row.planes), default=0.0)
        return self.words + min(high, self.cell * 1.3) + 2 * self.gap

    def paint_head(self, painter: QPainter, page: int = 1) -> None:
        """Write the heading of a page."""
        where = QRectF(self.margin, self.margin, self.width - 2 * self.margin, self.head)
        painter.setFont(self.large)
        painter.setPen(_INK)
        painter.drawText(where, int(_TOP_LEFT), self.order.title)
        painter.setFont(self.plain)
        painter.setPen(_MUTED)
        where.setTop(where.top() + QFontMetricsF(self.large).lineSpacing())
        words = [SOFTWARE, *self.order.drawings.notes(), *([f"page {page}"] if page > 1 else [])]
        painter.drawText(where, int(_TOP_LEFT), ", ".join(words))

    def paint_row(self, painter: QPainter, top: float, row: _Row) -> None:
        """Paint one row, its upper edge at ``top``."""
        wide = self.width - 2 * self.margin
        painter.setPen(_INK)
        painter.setFont(self.bold)
        line = QFontMetricsF(self.bold).lineSpacing()
        painter.drawText(QRectF(self.margin, top, wide, line), int(_TOP_LEFT), row.heading)
        painter.setFont(self.plain)
        painter.setPen(_MUTED)
        metrics = QFontMetricsF(self.plain)
        words = metrics.elidedText(row.problem or row.words, Qt.TextElideMode.ElideRight, wide)
        painter.drawText(
            QRectF(self.margin, top + line, wide, metrics.lineSpacing()), int(_TOP_LEFT), words
        )
        top += line + metrics.lineSpacing()
        for place, (title, picture, aspect) in enumerate(row.planes):
            left = self.margin + place * (self.cell + self.gap)
            shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, self.cell)
            painter.drawText(
                QRectF(left, top, self.cell, metrics.lineSpacing()), int(_TOP_LEFT), shown
            )
            room = QRectF(
                left,
                top + metrics.lineSpacing() * 1.2,
                self.cell,
                min(self.cell / aspect, self.cell * 1.3),
            )
            self._paint_plane(painter, room, picture, aspect, row.overlays)

    def _paint_plane(
        self,
        painter: QPainter,
        room: QRectF,
        picture: QImage,
        aspect: float,
        overlays: tuple[Overlay, ...],
    ) -> None:
        wide = min(room.width(), room.height() * aspect)
        target = QRectF(room.left(), room.top(), wide, wide / aspect)
        size = target.size().toSize()
        if picture.width() > 2 * size.width():  # the mean of what falls together, not a sample
            picture = picture.scaled(
                size * 2,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        painter.drawImage(target, picture)
        painter.save()
        painter.setClipRect(target)
        painter.scale(self.scale, self.scale)  # what is drawn is as large as on the screen
        font = QFont()
        font.setPixelSize(13)
        painter.setFont(font)
        for overlay in overlays:
            painter.save()
            overlay(painter, QRectF(target.topLeft() / self.scale, target.size() / self.scale))
            painter.restore()
        painter.restore()


_TOP_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class _Png(_Paper):
    """One picture, as long as its rows."""

    def __init__(self, order: SheetOrder, place: Path) -> None:
        super().__init__(order, _WIDTH, 0, 1.0)
        self._place = place
        most = self.words + self.cell * 1.3 + 2 * self.gap
        high = round(2 * self.margin + self.head + len(order.wanted) * most)
        self._picture = QImage(_WIDTH, high, QImage.Format.Format_RGB32)
        self._picture.fill(_PAPER)
        self._painter = QPainter(self._picture)
        self.paint_head(self._painter)
        self._top = self.margin + self.head

    def add(self, row: _Row) -> None:
        self.paint_row(self._painter, self._top, row)
        self._top += self.row_height(row)

    def end(self) -> None:
        if self._painter.isActive():
            self._painter.end()

    def check(self) -> None:
        used = self._picture.copy(QRect(0, 0, _WIDTH, round(self._top + self.margin)))
        if not used.save(str(self._place), "PNG"):  # type: ignore[call-overload]
            raise OSError("the picture was not accepted")


class _Pdf(_Paper):
    """Pages of A4; a row is never torn apart."""

    def __init__(self, order: SheetOrder, place: Path) -> None:
        self._writer = QPdfWriter(str(place))
        self._writer.setResolution(_DPI)
        self._writer.setCreator(SOFTWARE)
        self._writer.setTitle(order.title)
        self._writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                QMarginsF(0, 0, 0, 0),
            )
        )
        size = QSizeF(self._writer.width(), self._writer.height())
        super().__init__(order, size.width(), size.height(), size.width() / _WIDTH * 1.25)
        self._painter = QPainter()
        if not self._painter.begin(self._writer):
            raise OSError("the PDF cannot be begun")
        self._page = 1
        self.paint_head(self._painter)
        self._top = self.margin + self.head

    def add(self, row: _Row) -> None:
        high = self.row_height(row)
        if self._top + high > self.height - self.margin and self._top > self.margin + self.head:
            self._writer.newPage()
            self._page += 1
            self.paint_head(self._painter, self._page)
            self._top = self.margin + self.head
        self.paint_row(self._painter, self._top, row)
        self._top += high

    def end(self) -> None:
        if self._painter.isActive():
            self._painter.end()

    def check(self) -> None:
        """Trust that a PDF which was ended is complete."""
