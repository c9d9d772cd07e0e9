"""Everything that the widgets of a window could tell a person, and what of it is cut off."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget


def texts_of(window) -> list[str]:
    """Everything that a widget of a window can tell a person."""
    told = []
    for widget in (window, *window.findChildren(QWidget)):
        told += [
            widget.windowTitle(),
            widget.toolTip(),
            widget.statusTip(),
            widget.whatsThis(),
            widget.accessibleName(),
            widget.accessibleDescription(),
            widget.objectName(),
            widget.windowFilePath(),
        ]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            told.append(widget.text())
        if isinstance(widget, QLineEdit):
            told.append(widget.placeholderText())
        if hasattr(widget, "title"):
            told.append(str(widget.title))
        if hasattr(widget, "message"):
            told.append(str(widget.message))
    for action in window.findChildren(QAction):
        told += [action.text(), action.toolTip(), action.statusTip(), action.whatsThis()]
    return told


def cut_off(window) -> list[str]:
    """What a person sees a part of only: beyond its parent, or with a word wider than it is."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        words = widget.text() or widget.accessibleName()
        if not words:
            continue
        seen = widget.visibleRegion().boundingRect()
        if seen != QRect(0, 0, widget.width(), widget.height()):
            found.append(f"{words}: {seen} of {widget.size()}")
        if isinstance(widget, QLabel) and widget.text():
            lines = widget.text().split() if widget.wordWrap() else widget.text().split("\n")
            wide = max(map(widget.fontMetrics().horizontalAdvance, lines), default=0)
            if wide > widget.width():
                found.append(f"{words}: {wide} in {widget.width()}")
            room = widget.heightForWidth(widget.width()) if widget.wordWrap() else 0
            if room > widget.height():
                found.append(f"{words}: {room} high in {widget.height()}")
    return found
