"""The pages of the reading room that hold words: before, after, and over the images."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.windows import CT_PRESETS

WINDOW, OTHER = "window", "other"
KEYS = (
    ("1 … 9, 0", "answer the marked question; the mark moves on by itself"),
    ("digits, Enter", "the same for a slider or a long scale"),
    ("Tab, Left, Right", "another question"),
    ("Backspace", "back to the former question, to change its answer"),
    ("Enter", "go on, when every question is answered"),
    ("X", "the marked question cannot be judged; H: what it means"),
    ("M", "mark on the image; T: type, S: shape, Del: take the last mark back"),
    ("C", "write a comment; Esc or Enter leaves the field"),
    ("Space", "the images in turn at the same place; Esc: side by side again"),
    ("Wheel, Up, Down", "slices; Page Up, Page Down: five; Home, End: first, last"),
    ("V", "play the slices, until any key"),
    ("F2 … F8", f"for CT: {', '.join(name.lower() for name, _, _ in CT_PRESETS)}"),
    (WINDOW, "brightness and contrast; I: invert; B: with the other button"),
    (OTHER, ""),
    ("Ctrl+wheel, + and -", "zoom; .: one pixel on one of the screen; F, double click: fit"),
    ("Middle drag, Ctrl+arrows", "move the image"),
    ("R", "reset brightness, contrast and zoom"),
    ("P", "pause; F11: full screen; ? or F1: these keys"),
    ("Ctrl+Q", "leave; nothing is lost, you go on where you were"),
)


class KeyTable(QWidget):
    """The list of keys, and of what the mouse does, whichever button changes the window."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        self._lines: dict[str, tuple[QLabel, QLabel]] = {}
        for row, (keys, meaning) in enumerate(KEYS):
            name, words = self._lines[keys] = QLabel(keys), QLabel(meaning)
            name.setObjectName("quiet")
            grid.addWidget(name, row, 0)
            grid.addWidget(words, row, 1)
        grid.setColumnStretch(1, 1)
        self.tell("left")

    def tell(self, window_button: str) -> None:
        """Say what a drag with each button does."""
        left = window_button == "left"
        self._lines[WINDOW][0].setText(f"{window_button.capitalize()} drag, Shift+arrows")
        self._lines[OTHER][0].setText("Right drag" if left else "Left drag")
        self._lines[OTHER][1].setText("zoom" if left else "slices")


class WordsPage(QWidget):
    """A headline, some words, perhaps the keys, and one button."""

    def __init__(self, button: str, *, keys: bool) -> None:
        super().__init__()
        self.headline = QLabel()
        self.headline.setObjectName("headline")
        self.words = QLabel()
        self.words.setObjectName("words")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(button)
        self.button.setObjectName("step")
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setMinimumSize(280, 50)
        text = QWidget()
        text.setMaximumWidth(860)
        column = QVBoxLayout(text)
        column.setSpacing(18)
        column.addStretch()
        column.addWidget(self.headline)
        column.addWidget(self.words)
        self.keys = KeyTable() if keys else None
        if self.keys is not None:
            column.addWidget(self.keys)
        column.addStretch()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.addStretch()
        row.addWidget(text, 10)
        row.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 24)
        layout.addWidget(area, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)


class Overlay(QFrame):
    """Words on top of the page, until a key is pressed."""

    def __init__(self, parent: QWidget, headline: str, words: str, *, keys: bool = False) -> None:
        super().__init__(parent)
        self._page = parent
        self.setObjectName("overlay")
        title = QLabel(headline)
        title.setObjectName("headline")
        text = self._text = QLabel(words)
        text.setObjectName("words")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(36, 28, 36, 28)
        layout.setSpacing(16)
        layout.addWidget(title)
        self.keys = KeyTable() if keys else None
        if self.keys is not None:
            layout.addWidget(self.keys)
        layout.addWidget(text)
        self.setMinimumWidth(720)
        self.hide()

    def set_words(self, words: str) -> None:
        """Say something else."""
        self._text.setText(words)

    def show_centred(self) -> None:
        """Show in the middle of the page."""
        self.adjustSize()
        space = self._page.size() - self.size()
        self.move(space.width() // 2, max(0, space.height() // 2))
        self.show()
        self.raise_()
