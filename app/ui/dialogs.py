"""Help: the keys, and what this program is."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import app
from app.ui.icons import application_icon

Keys = Sequence[tuple[str, str]]

LICENCE = (
    "Apache License, Version 2.0. The program comes without any warranty. "
    "It is for research; it is not a medical device and not for diagnosis."
)


class ShortcutsDialog(QDialog):
    """Every key of the room in view, and those of the whole program."""

    def __init__(self, groups: Sequence[tuple[str, Keys]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        row = 0
        for title, keys in groups:
            heading = QLabel(title)
            heading.setObjectName("title")
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for key, meaning in keys:
                named = QLabel(key)
                named.setObjectName("heading")
                grid.addWidget(named, row, 0)
                grid.addWidget(QLabel(meaning), row, 1)
                row += 1
            grid.setRowMinimumHeight(row, 10)
            row += 1
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(row, 1)
        area = QScrollArea()
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMinimumWidth(inside.sizeHint().width() + 24)
        column = QVBoxLayout(self)
        column.addWidget(area)
        column.addWidget(_close_button(self))
        self.resize(max(560, area.minimumWidth() + 24), min(inside.sizeHint().height() + 80, 680))


class AboutDialog(QDialog):
    """Version, licence and release notes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About BlindRead")
        sign = QLabel()
        sign.setPixmap(application_icon().pixmap(64, 64))
        title = QLabel(f"BlindRead {app.__version__}")
        title.setObjectName("title")
        words = QLabel(
            "Measure generated medical images against their ground truth, "
            "have radiologists read them blinded, and compare."
        )
        licence = QLabel(LICENCE)
        licence.setObjectName("muted")
        notes = QTextBrowser()
        notes.setOpenExternalLinks(True)
        notes.setMarkdown(release_notes())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addWidget(sign)
        column.addWidget(title)
        for label in (words, licence):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(notes, 1)
        column.addWidget(_close_button(self))
        self.resize(560, 560)


class ListDialog(QDialog):
    """A list of sentences that can be selected and copied."""

    def __init__(self, title: str, lines: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        heading = QLabel(title)
        heading.setObjectName("title")
        words = QPlainTextEdit("\n\n".join(lines))
        words.setReadOnly(True)
        column = QVBoxLayout(self)
        column.addWidget(heading)
        column.addWidget(words, 1)
        column.addWidget(_close_button(self))
        self.resize(720, 480)


def release_notes() -> str:
    """Return the release notes that lie in the package, as Markdown."""
    try:
        return (Path(app.__file__).parent / "release_notes.md").read_text("utf-8")
    except OSError:
        return f"Running on Python {sys.version.split()[0]}."


def _close_button(dialog: QDialog) -> QDialogButtonBox:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.reject)
    return box
