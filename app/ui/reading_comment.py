"""The field for a comment: what is typed there never does anything else."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

LONGEST = 1000
_LEAVE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class CommentField(QLineEdit):
    """One line of text; ``left`` tells that the reader is done with it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Comment (C)")
        self.setAccessibleName("Comment")
        self.setMaxLength(LONGEST)
        self.setMinimumHeight(44)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep every key but those of the window: F11, and Ctrl+Q to leave."""
        leaving = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_F11 or (event.key() == Qt.Key.Key_Q and leaving):
            event.ignore()
        elif event.key() in _LEAVE:
            self.left.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
            event.accept()
