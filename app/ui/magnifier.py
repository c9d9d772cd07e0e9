"""What marks the place under the mouse in every pane: a lens, and lines that cross there."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.display import grey_levels
from app.errors import BlindReadError
from app.ui.pane_source import PanePlane
from app.ui.plane import picture_of
from app.ui.view_state import ViewState

TIMES = 4
"""How much larger than in the pane everything is under the lens."""
_WIDEST = 176.0
_FAR = 20000.0
_GAP = 7.0
_LINE = QColor("#f0e442")
_SHADE = QColor(0, 0, 0, 170)


def paint_crosshair(painter: QPainter, target: QRectF, state: ViewState) -> None:
    """Cross two lines at the place under the mouse, with a gap so that it can be seen."""
    place = _place(target, state)
    if place is None:
        return
    x, y = place.x(), place.y()
    for pen in (QPen(_SHADE, 3), QPen(_LINE, 1)):
        painter.setPen(pen)
        for near, far in ((-_FAR, -_GAP), (_GAP, _FAR)):
            painter.drawLine(QPointF(x + near, y), QPointF(x + far, y))
            painter.drawLine(QPointF(x, y + near), QPointF(x, y + far))


def paint_lens(
    painter: QPainter,
    target: QRectF,
    state: ViewState,
    planes: Sequence[PanePlane],
    room: float,
    opacity: float = 1.0,
) -> None:
    """Enlarge what lies under the mouse.

    Parameters
    ----------
    target
        Where the planes lie on the widget.
    planes
        What is seen there: one, or two where the second shines through the first.
    room
        The shorter side of the widget; the lens is at most half as wide.
    opacity
        Of the second plane.
    """
    place = _place(target, state)
    if place is None:
        return
    side = min(_WIDEST, room / 2)
    pictures = [_enlarged(plane, target, place, state, side) for plane in planes]
    shown = [one for one in pictures if one is not None]
    if not shown:
        return
    lens = QPainterPath()
    lens.addEllipse(place, side / 2, side / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(lens, Qt.GlobalColor.black)
    painter.save()
    painter.setClipPath(lens)
    smooth = state.interpolation != "nearest"
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    for number, (lies, levels) in enumerate(shown):
        painter.setOpacity(opacity if number else 1.0)
        painter.drawImage(lies, picture_of(levels))
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(_SHADE, 3.5), QPen(_LINE, 1.5)):
        painter.setPen(pen)
        painter.drawPath(lens)


def _enlarged(
    plane: PanePlane, target: QRectF, place: QPointF, state: ViewState, side: float
) -> tuple[QRectF, NDArray[np.uint8]] | None:
    """Return what of a plane is seen through the lens, and where that lies on the widget."""
    whole = _whole(plane, state)
    if whole is None or state.cursor is None:
        return None
    rows, columns = whole.shape[:2]
    wide, high = TIMES * target.width() / columns, TIMES * target.height() / rows
    column, row = state.cursor[0] * columns, state.cursor[1] * rows
    left = max(0, math.floor(column - side / 2 / wide) - 1)
    top = max(0, math.floor(row - side / 2 / high) - 1)
    right = min(columns, math.ceil(column + side / 2 / wide) + 1)
    bottom = min(rows, math.ceil(row + side / 2 / high) + 1)
    levels = _levels(plane, state, whole[top:bottom, left:right])
    lies = QRectF(
        place.x() + (left - column) * wide,
        place.y() + (top - row) * high,
        (right - left) * wide,
        (bottom - top) * high,
    )
    return (lies, levels) if levels is not None else None


def _place(target: QRectF, state: ViewState) -> QPointF | None:
    if state.cursor is None:
        return None
    across, down = state.cursor
    return QPointF(target.x() + across * target.width(), target.y() + down * target.height())


def _whole(plane: PanePlane, state: ViewState) -> NDArray[np.generic] | None:
    """Return the stored numbers, or the colours, of the slice in view."""
    if plane.map is not None:
        return plane.map.colors
    index = _index(plane, state)
    return plane.image.pixels[index] if plane.image is not None and index is not None else None


def _index(plane: PanePlane, state: ViewState) -> int | None:
    image, index = plane.image, state.slice
    if image is None:
        return None
    slices = plane.slices if plane.slices is not None else range(image.grid.slices)
    return slices[index] if index < len(slices) and slices[index] >= 0 else None


def _levels(
    plane: PanePlane, state: ViewState, part: NDArray[np.generic]
) -> NDArray[np.uint8] | None:
    image, index = plane.image, _index(plane, state)
    if image is None or index is None:
        return np.ascontiguousarray(part, dtype=np.uint8) if part.size else None
    try:
        levels = grey_levels(
            part,
            image.slopes[index],
            image.intercepts[index],
            state.window,
            inverted=image.inverted != state.inverted,
        )
    except BlindReadError:  # the pane itself says why
        return None
    return np.ascontiguousarray(levels, dtype=np.uint8) if levels.size else None
