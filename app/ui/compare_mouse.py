"""Moves the split of a swipe by the mouse, and every amount by Alt and the wheel."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QMouseEvent, QPainter, QPen, QWheelEvent

from app.ui.canvas import Canvas
from app.ui.canvas_labels import room_of
from app.ui.compare import Compare

_Type = QEvent.Type
_NEAR = 9.0
_INSET = 2.0  # of a split that would lie beyond what is seen
_MARGIN = 0.1  # of what is seen, in which a split does not begin
_NOTCH = 120
_LINE = QColor("#f0e442")
_SHADE = QColor(0, 0, 0, 170)


class CompareMouse(QObject):
    """Takes the left button near a split, and the wheel while Alt is held; nothing else."""

    def __init__(self, compare: Compare, panes: tuple[Canvas, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._compare, self._panes = compare, panes
        self._dragged: Canvas | None = None
        self._near: Canvas | None = None
        self._former = QCursor()
        for pane in panes:
            pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return whether the event was ours."""
        if not isinstance(watched, Canvas):
            return False
        number = self._panes.index(watched)
        mode = self._compare.mode(number)
        if isinstance(event, QWheelEvent):
            if mode == "none" or not event.modifiers() & Qt.KeyboardModifier.AltModifier:
                return False
            turn = event.angleDelta()  # with Alt, some systems turn the wheel sideways
            self._compare.step_amount(number, (turn.y() or turn.x()) / _NOTCH)
            event.accept()
            return True
        if not isinstance(event, QMouseEvent) or (mode != "swipe" and self._dragged is None):
            return False
        return self._drag(watched, number, event)

    def _drag(self, pane: Canvas, number: int, event: QMouseEvent) -> bool:
        left, kind = Qt.MouseButton.LeftButton, event.type()
        if kind == _Type.MouseButtonPress and event.button() == left and self._is_near(pane, event):
            self._dragged = pane
            pane.setFocus(Qt.FocusReason.MouseFocusReason)
            return True
        if kind == _Type.MouseMove and self._dragged is pane:
            target = pane.exact_target()
            self._compare.set_amount(
                number, (event.position().x() - target.left()) / target.width()
            )
            return True
        if kind == _Type.MouseMove and not event.buttons():
            self._show_cursor(pane, event)
        if kind == _Type.MouseButtonRelease and self._dragged is pane:
            self._dragged = None
            return True
        return False

    def _is_near(self, pane: Canvas, event: QMouseEvent) -> bool:
        amount = self._compare.amount(self._panes.index(pane))
        split = split_at(pane.exact_target(), QRectF(pane.rect()), amount)
        return not pane.is_empty and abs(event.position().x() - split) <= _NEAR

    def _show_cursor(self, pane: Canvas, event: QMouseEvent) -> None:
        near = self._is_near(pane, event)
        if near != (self._near is pane):
            if near and self._near is not None:  # the mouse went from one line to another
                self._near.setCursor(self._former)
            self._near = pane if near else None
            if near:
                self._former = pane.cursor()  # of a tool
            pane.setCursor(Qt.CursorShape.SplitHCursor if near else self._former)


def split_at(target: QRectF, room: QRectF, amount: float) -> float:
    """Return where on the widget the split of a swipe lies; at the edge where it is out of view."""
    split = target.left() + amount * target.width()
    seen = target & room
    if seen.width() <= 2 * _INSET:
        return split
    return min(max(split, seen.left() + _INSET), seen.right() - _INSET)


def in_reach(target: QRectF, room: QRectF, amount: float) -> float:
    """Return an amount whose split can be seen and dragged: this one, else in the middle."""
    seen = target & room
    if seen.isEmpty():
        return amount
    left, right = ((x - target.left()) / target.width() for x in (seen.left(), seen.right()))
    margin = _MARGIN * (right - left)
    return amount if left + margin <= amount <= right - margin else (left + right) / 2


def paint_split(painter: QPainter, target: QRectF, amount: float) -> None:
    """Paint the line between two planes, with a handle in the middle of what is seen of it."""
    room = room_of(painter)
    x, middle = split_at(target, room, amount), (target & room).center().y()
    for pen in (QPen(_SHADE, 3), QPen(_LINE, 1)):
        painter.setPen(pen)
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(_SHADE)
    painter.drawRoundedRect(QRectF(x - 5, middle - 14, 10, 28), 4, 4)
