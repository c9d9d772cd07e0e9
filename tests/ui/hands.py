"""What a hand does to a canvas, and what an eye sees of it."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent


def pixels(canvas):
    picture = canvas.grab().toImage()
    picture = picture.convertToFormat(picture.Format.Format_RGB32)
    shape = (picture.height(), picture.width(), 4)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(shape)[..., 2::-1].copy()


def turn(canvas, angle, modifiers=Qt.KeyboardModifier.NoModifier):
    event = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    canvas.wheelEvent(event)


def slide(canvas, down):
    """Move two fingers over a touchpad, in pixels."""
    event = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(0, down),
        QPoint(0, 3 * down),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.ScrollUpdate,
        False,
    )
    canvas.wheelEvent(event)


def drag(canvas, place, button=Qt.MouseButton.LeftButton):
    none = Qt.MouseButton.NoButton
    kind, plain = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    canvas.mouseMoveEvent(QMouseEvent(kind, place, place, none, button, plain))


def press(canvas, place):
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    kind = QEvent.Type.MouseButtonPress
    canvas.mousePressEvent(QMouseEvent(kind, place, place, left, left, plain))
