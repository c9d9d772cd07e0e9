"""A question with its row of answer buttons."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.protocol import Choice

LARGEST, SMALLEST = 18, 12


class ChoiceButton(QPushButton):
    """One answer: the number key that gives it, and its words on as many lines as they need."""

    def __init__(self, number: int, choice: Choice, question: str) -> None:
        super().__init__()
        self.setObjectName("choice")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{question}: {choice.label}")
        self.setMinimumHeight(50)
        self.key = QLabel(str(number % 10))
        self.key.setObjectName("key")
        self.words = QLabel(choice.label)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(7, 2, 5, 2)
        layout.setSpacing(4)
        layout.addWidget(self.key)
        layout.addWidget(self.words, 1)
        for label in (self.key, self.words):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def nextCheckState(self) -> None:
        """Leave the tick to the model: only a recorded answer is shown as chosen."""


class ChoiceRow(QWidget):
    """A question and its answers; `chosen` tells which value was clicked."""

    chosen = Signal(int)

    def __init__(self, prompt: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self._prompt = prompt
        self.prompt = QLabel(prompt)
        self.prompt.setObjectName("prompt")
        self.buttons = {
            choice.value: ChoiceButton(number, choice, prompt)
            for number, choice in enumerate(choices, 1)
        }
        row = QHBoxLayout()
        row.setSpacing(6)
        for value, button in self.buttons.items():
            row.addWidget(button, 1)
            button.clicked.connect(lambda _=False, value=value: self.chosen.emit(value))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.prompt)
        layout.addLayout(row)

    def show_state(self, *, value: int | None, focused: bool, enabled: bool) -> None:
        """Paint the recorded value, and whether keys go to this question."""
        self.prompt.setText(f"▶ {self._prompt}" if focused else self._prompt)
        mark(self.prompt, "focused", focused)
        for choice, button in self.buttons.items():
            button.setChecked(choice == value)
            button.setEnabled(enabled)
            mark(button, "focused", focused)
            for label in (button.key, button.words):
                mark(label, "chosen", choice == value)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the largest letters with which no word is cut off."""
        super().resizeEvent(event)
        gaps = 6 * (len(self.buttons) - 1)
        room = (self.width() - gaps) / len(self.buttons) - 36
        words = [word for button in self.buttons.values() for word in button.words.text().split()]
        font = QFont(self.font())
        font.setBold(True)
        size = LARGEST
        while size > SMALLEST:
            font.setPixelSize(size)
            if max(QFontMetrics(font).horizontalAdvance(word) for word in words) <= room:
                break
            size -= 1
        for button in self.buttons.values():
            button.words.setStyleSheet(f"font-size: {size}px;")


def mark(widget: QWidget, name: str, on: bool) -> None:
    """Set a property that the style sheet looks at, and restyle."""
    if widget.property(name) == on:
        return
    widget.setProperty(name, on)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
