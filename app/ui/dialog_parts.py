"""What dialogs with a banner are built of: rows of widgets, named fields, and the frame."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.banner import Banner


def under_banner(dialog: QDialog, banner: Banner) -> QVBoxLayout:
    """Lay a dialog out with a banner along its upper edge, and return the place below."""
    inside = QVBoxLayout()
    inside.setContentsMargins(16, 12, 16, 16)
    inside.setSpacing(12)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(banner)
    column.addLayout(inside)
    return inside


def button_row(*buttons: QPushButton) -> QHBoxLayout:
    """Return buttons at the right; Enter in a field presses none of them."""
    row = QHBoxLayout()
    row.addStretch(1)
    for button in buttons:
        button.setAutoDefault(False)
        row.addWidget(button)
    return row


def row_of(*widgets: QWidget) -> QWidget:
    """Return widgets side by side; fields take the room that is left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
    if not any(isinstance(widget, QLineEdit) for widget in widgets):
        row.addStretch(1)
    return holder


def named_field(name: str, hint: str = "") -> QLineEdit:
    """Return a field with a name for those who cannot see it, and a hint while it is empty."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint or name)
    return field
