"""A question with its row of answers: buttons, or a slider."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.domain.protocol import Choice
from app.ui.reading_questions import NUMBER_KEYS, Question

LARGEST, SMALLEST = 18, 14
_WIDE = 7  # buttons on one line of a narrow column


class ChoiceButton(QPushButton):
    """One answer: the number key that gives it, and its words on as many lines as they need."""

    def __init__(self, number: int, choice: Choice, question: str, *, words: bool = True) -> None:
        super().__init__()
        self.setObjectName("choice")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{question}: {choice.label}")
        self.setMinimumHeight(50 if words else 42)
        self.setProperty("short", not words)
        self.setMinimumWidth(24)
        self.key = QLabel(str(number % 10 if number == NUMBER_KEYS and words else number))
        self.key.setObjectName("key")
        self.words = QLabel(choice.label if words else "")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*((7, 2, 5, 2) if words else (2, 0, 2, 0)))
        layout.setSpacing(4)
        layout.addWidget(self.key, 0 if words else 1)
        if words:
            layout.addWidget(self.words, 1)
        else:
            self.key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self.key, self.words):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def nextCheckState(self) -> None:
        """Leave the tick to the model: only a recorded answer is shown as chosen."""


class AnswerRow(QWidget):
    """A question and the ways to answer it.

    ``chosen`` tells which value was given with the mouse; ``decline_asked`` that the
    reader cannot judge.
    """

    chosen = Signal(int)
    decline_asked = Signal()

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self._prompt = question.prompt
        self.prompt = QLabel(self._prompt)
        self.prompt.setObjectName("prompt")
        self.prompt.setWordWrap(True)
        self.note = QLabel()
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.decline = QPushButton("Cannot judge (X)")
        self.decline.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.decline.setVisible(bool(question.criterion.cannot_judge))
        self.decline.clicked.connect(self.decline_asked)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.prompt, 1)
        head.addWidget(self.note)
        self.head = head
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(3)
        self.body.addLayout(head)
        self.place_decline()

    @property
    def held(self) -> bool:
        """Whether an answer is being given with the mouse right now."""
        return False

    def place_decline(self) -> None:
        """Put the button for what cannot be judged where it takes no room from the question."""
        self.head.addWidget(self.decline)

    def show_state(
        self,
        *,
        value: int | None,
        focused: bool,
        enabled: bool,
        declined: str = "",
        typed: str = "",
    ) -> None:
        """Paint the recorded answer, what is being typed, and whether keys go to this question."""
        self.prompt.setText(f"▶ {self._prompt}" if focused else self._prompt)
        mark(self.prompt, "focused", focused)
        self.decline.setEnabled(enabled)
        self.note.setText(self.told(value, declined, typed if focused else ""))
        self.show_value(value, focused=focused, enabled=enabled)

    def show_value(self, value: int | None, *, focused: bool, enabled: bool) -> None:
        """Paint the recorded value."""

    def told(self, value: int | None, declined: str, typed: str) -> str:  # noqa: ARG002 - the row of the marks tells it
        """Return the words beside the question."""
        if typed:
            return f"{typed}_  (Enter)"
        if declined:
            return f"Cannot be judged: {declined}"
        anchors = self.question.criterion.anchors
        return "   ".join(f"{one.label} = {one.value}" for one in anchors)


class ChoiceRow(AnswerRow):
    """Answers as buttons; in a narrow column they show their numbers, and the words below."""

    def __init__(self, question: Question, *, narrow: bool = False) -> None:
        self._narrow = narrow
        super().__init__(question)
        choices = question.choices
        words = not narrow and len(choices) <= NUMBER_KEYS
        self.buttons = {
            choice.value: ChoiceButton(number, choice, self._prompt, words=words)
            for number, choice in enumerate(choices, 1)
        }
        wide = _WIDE if narrow and len(choices) > NUMBER_KEYS else len(choices)
        rows = QGridLayout()
        rows.setSpacing(6 if words else 3)
        for place, (value, button) in enumerate(self.buttons.items()):
            rows.addWidget(button, place // wide, place % wide)
            rows.setColumnStretch(place % wide, 1)
            button.clicked.connect(lambda _=False, value=value: self.chosen.emit(value))
        self.body.addLayout(rows)
        self._with_words = words
        self.ends = QLabel()
        self.ends.setObjectName("quiet")
        self.ends.setWordWrap(True)
        if not words:
            last = QHBoxLayout()
            last.addWidget(self.ends, 1)
            if narrow:
                last.addWidget(self.decline)
            self.body.addLayout(last)

    def place_decline(self) -> None:
        """Put the button below, where a column is narrow."""
        if not self._narrow:
            super().place_decline()

    def show_value(self, value: int | None, *, focused: bool, enabled: bool) -> None:
        """Paint the recorded value."""
        for choice, button in self.buttons.items():
            button.setChecked(choice == value)
            button.setEnabled(enabled)
            mark(button, "focused", focused)
            for label in (button.key, button.words):
                mark(label, "chosen", choice == value)
        choices = self.question.choices
        if value is None:
            self.ends.setText(f"1 {choices[0].label}  …  {len(choices)} {choices[-1].label}")
        else:
            self.ends.setText(self.question.criterion.label_of(value))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the largest letters with which no word is cut off."""
        super().resizeEvent(event)
        if not self._with_words:
            return
        gaps = 6 * (len(self.buttons) - 1)
        room = (self.width() - gaps) / len(self.buttons) - 36
        words = [word for button in self.buttons.values() for word in button.words.text().split()]
        size = largest_size(self.font(), words, room)
        for button in self.buttons.values():
            button.words.setStyleSheet(f"font-size: {size}px;")


class _Slider(QSlider):
    """A slider that the wheel passes by: it scrolls the questions and gives no answer.

    ``pressing`` tells that a press of the mouse moves the handle before the drag begins.
    """

    pressing = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, or answer beside the handle."""
        self.pressing = True
        super().mousePressEvent(event)
        self.pressing = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what lies around."""
        event.ignore()


class SliderRow(AnswerRow):
    """A scale without steps: drag, click, or type the number and Enter.

    Handle and number show what is recorded, and only during a drag where the hand is.
    """

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        numbers = question.numbers
        self._recorded: int | None = None
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(numbers[0], numbers[-1])
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setMinimumHeight(34)
        self.slider.setPageStep(max(1, len(numbers) // 20))
        self.number = QLabel("–")
        self.number.setObjectName("position")
        self.number.setMinimumWidth(52)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        ends = QHBoxLayout()
        low, *_, high = question.criterion.choices
        for place, choice in enumerate((low, high)):
            label = QLabel(f"{choice.value} {choice.label}")
            label.setObjectName("quiet")
            ends.addWidget(label)
            ends.addStretch(1 - place)
        ends.addSpacing(56)
        self.body.addLayout(row)
        self.body.addLayout(ends)
        self.slider.valueChanged.connect(self._follow)
        self.slider.sliderReleased.connect(lambda: self.chosen.emit(self.slider.value()))
        self.slider.actionTriggered.connect(self._act)

    @property
    def held(self) -> bool:
        """Whether a hand drags the handle, so that no answer is given yet."""
        return self.slider.isSliderDown()

    def show_value(self, value: int | None, *, focused: bool, enabled: bool) -> None:
        """Paint the recorded value; without one the handle stands in the middle, unlabelled."""
        self._recorded = value
        self.slider.setEnabled(enabled)
        mark(self.slider, "focused", focused)
        if not self.held:
            self._show_recorded()

    def _show_recorded(self) -> None:
        value, numbers = self._recorded, self.question.numbers
        with QSignalBlocker(self.slider):
            self.slider.setValue(numbers[len(numbers) // 2] if value is None else value)
        self.number.setText("–" if value is None else str(value))

    def _follow(self, value: int) -> None:
        """Show where a drag has come to; put the handle back where anything else has moved it."""
        if self.held or self.slider.pressing:
            self.number.setText(str(value))
        else:
            self._show_recorded()

    def _act(self, action: int) -> None:
        """Take a click beside the handle as an answer; a drag is one when it ends."""
        if action != QSlider.SliderAction.SliderMove.value:
            self.chosen.emit(self.slider.sliderPosition())


def row_of(question: Question, *, narrow: bool = False) -> AnswerRow:
    """Return the row for a question; marks have one of their own."""
    if question.criterion.kind == "slider":
        return SliderRow(question)
    return ChoiceRow(question, narrow=narrow)


def largest_size(font: QFont, words: Sequence[str], room: float) -> int:
    """Return the largest letters, in pixels, with which every word fits into a width."""
    font = QFont(font)
    font.setBold(True)
    for size in range(LARGEST, SMALLEST, -1):
        font.setPixelSize(size)
        metrics = QFontMetrics(font)
        if max((metrics.horizontalAdvance(word) for word in words), default=0) <= room:
            return size
    return SMALLEST


def mark(widget: QWidget, name: str, on: bool) -> None:
    """Set a property that the style sheet looks at, and restyle."""
    if widget.property(name) == on:
        return
    widget.setProperty(name, on)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
