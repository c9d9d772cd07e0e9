"""A line to type into that keeps its keys to itself."""

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class EntryField(QLineEdit):
    """A QLineEdit whose Enter does not reach the page behind it as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take every key."""
        super().keyPressEvent(event)
        event.accept()
