"""Changing a body mask by hand: strokes, their size, and taking them back; no widgets."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

Mask = NDArray[np.bool_]

KEPT_STROKES = 50
_STEP = 1.25
_LEAST = 0.5


class BodyEditor(QObject):
    """One mask under a brush.

    Signals
    -------
    changed()
        The mask is another one.
    stroke_ended()
        So it is, and the mouse is up again.
    brush_changed()
        The brush has another size.
    """

    changed = Signal()
    stroke_ended = Signal()
    brush_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mask: Mask | None = None
        self._found: Mask | None = None
        self._former: list[NDArray[np.uint8]] = []
        self._radius = 0.0
        self._adding = True
        self._last: tuple[float, float] | None = None

    @property
    def mask(self) -> Mask | None:
        """The mask as it is now."""
        return self._mask

    @property
    def edited(self) -> bool:
        """Whether the mask differs from the one found; where none was, it is a person's."""
        if self._mask is None:
            return False
        return self._found is None or not np.array_equal(self._mask, self._found)

    @property
    def radius(self) -> float:
        """The brush's radius in pixels."""
        return self._radius

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._former)

    @property
    def can_reset(self) -> bool:
        """Whether there is a mask found to go back to."""
        return self._found is not None and self.edited

    def take(self, mask: Mask | None, found: Mask | None) -> None:
        """Begin with a mask, and with the one to which ``reset`` goes back."""
        self._mask = None if mask is None else mask.copy()
        self._found = found
        self._former.clear()
        self._last = None
        if mask is not None and not self._radius:
            self._radius = max(1.0, round(max(mask.shape) / 64))
            self.brush_changed.emit()
        self.changed.emit()

    def know(self, found: Mask | None) -> None:
        """Tell the mask to which ``reset`` goes back; what was drawn stays."""
        self._found = found

    def resize_brush(self, steps: int) -> None:
        """Make the brush larger by some steps, or smaller."""
        most = max(self._mask.shape) / 4 if self._mask is not None else 256.0
        self._radius = min(max(self._radius * _STEP**steps, _LEAST), most)
        self.brush_changed.emit()

    def begin(self, row: float, column: float, *, adding: bool) -> None:
        """Set the brush down at a place in parts of pixels; it adds, or takes away."""
        if self._mask is not None:
            self._remember(self._mask)
            self._adding, self._last = adding, (row, column)
            self.move(row, column)

    def move(self, row: float, column: float) -> None:
        """Draw the brush on to another place."""
        if self._mask is not None and self._last is not None:
            last, self._last = self._last, (row, column)
            _stroke(self._mask, last, self._last, max(self._radius, _LEAST), self._adding)
            self.changed.emit()

    def end(self) -> None:
        """Lift the brush."""
        if self._last is not None:
            self._last = None
            self.stroke_ended.emit()

    def undo(self) -> None:
        """Take the last stroke back, or the last reset."""
        if self._mask is None or not self._former or self._last is not None:
            return
        bits, shape = self._former.pop(), self._mask.shape
        count = self._mask.size
        self._mask = np.unpackbits(bits, count=count).reshape(shape).astype(np.bool_)
        self.changed.emit()
        self.stroke_ended.emit()

    def reset(self) -> None:
        """Go back to the mask found."""
        if self._mask is None or self._found is None or not self.edited:
            return
        self._remember(self._mask)
        self._mask = self._found.copy()
        self.changed.emit()
        self.stroke_ended.emit()

    def _remember(self, mask: Mask) -> None:
        self._former.append(np.packbits(mask))
        del self._former[:-KEPT_STROKES]


def _stroke(
    mask: Mask, last: tuple[float, float], here: tuple[float, float], radius: float, value: bool
) -> None:
    """Set every pixel whose middle is nearer to the way of the brush than its radius."""
    low = [max(0, int(min(a, b) - radius - 1)) for a, b in zip(last, here, strict=True)]
    high = [
        min(side, int(max(a, b) + radius + 2))
        for a, b, side in zip(last, here, mask.shape, strict=True)
    ]
    if low[0] >= high[0] or low[1] >= high[1]:
        return
    rows = np.arange(low[0], high[0])[:, np.newaxis] + 0.5 - last[0]
    columns = np.arange(low[1], high[1])[np.newaxis, :] + 0.5 - last[1]
    down, across = here[0] - last[0], here[1] - last[1]
    length = down**2 + across**2
    along = np.clip((rows * down + columns * across) / length, 0, 1) if length else 0.0
    near = (rows - along * down) ** 2 + (columns - along * across) ** 2 <= radius**2
    # The smallest brush, too, meets the pixel that it points at.
    row, column = int(np.floor(here[0])) - low[0], int(np.floor(here[1])) - low[1]
    if 0 <= row < near.shape[0] and 0 <= column < near.shape[1]:
        near[row, column] = True
    mask[low[0] : high[0], low[1] : high[1]][near] = value
