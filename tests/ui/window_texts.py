"""Everything that the widgets of a window could tell a person."""

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
