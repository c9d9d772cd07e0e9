"""What stands between a reader and the next screen: consent, display, rest, and breaks."""

from random import SystemRandom

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.ui.display_check import DisplayCheckPage, Found
from app.ui.entry_field import EntryField
from app.ui.reading_model import ReadingModel, Screen
from app.ui.reading_words import WordsPage


class GatePage(QWidget):
    """Shows the gate that the model has come to; ``begin_asked`` asks to pass it."""

    begin_asked = Signal()

    def __init__(self, model: ReadingModel) -> None:
        super().__init__()
        self._model = model
        self.words = WordsPage("Go on (Enter)", keys=False)
        self.reason = EntryField()
        self.reason.setPlaceholderText(
            "To begin before the time, write why and press Enter: the act is recorded"
        )
        self.reason.setAccessibleName("Reason to begin before the time")
        self.display = DisplayCheckPage(SystemRandom(), required=model.display_check == "required")
        self._stack = QStackedWidget()
        plain = QWidget()
        column = QVBoxLayout(plain)
        column.setContentsMargins(20, 0, 20, 20)
        column.addWidget(self.words, 1)
        column.addWidget(self.reason)
        self._stack.addWidget(plain)
        self._stack.addWidget(self.display)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.words.button.clicked.connect(self.begin_asked)
        self.reason.returnPressed.connect(self._override)
        self.display.done.connect(self._take_display)

    def refresh(self) -> None:
        """Say what the gate is."""
        model = self._model
        self._stack.setCurrentIndex(int(model.screen is Screen.DISPLAY))
        self.reason.setVisible(model.screen is Screen.RESTING)
        if model.screen is Screen.CONSENT:
            self._say("Your consent", model.consent, "I agree (Enter)")
        elif model.screen is Screen.RESTING and model.rest is not None:
            when = model.rest.astimezone().strftime("%A, %d %B %Y, %H:%M")
            self._say(
                "Not yet",
                f"Session {model.session_number} of {model.sessions} shows anatomy that you have "
                f"seen before. So that you do not recognise it, it begins on {when}.\n\n"
                "You can close this window; nothing is lost.",
                "Look again (Enter)",
            )
        elif model.screen is Screen.BREAK:
            self._say(
                f"Session {model.session_number - 1} of {model.sessions} is done",
                "This is a good time to stop for today. You can close this window and go on "
                "later, or begin the next session now.",
                "Next session (Enter)",
            )

    def take_focus(self, page: QWidget) -> None:
        """Give the keyboard to what is typed into, or to the page."""
        if self._model.screen is Screen.DISPLAY:
            self.display.begin()
        else:
            page.setFocus()

    def _override(self) -> None:
        reason = self.reason.text()
        self.reason.clear()
        self._model.override_rest(reason)

    def _say(self, headline: str, words: str, button: str) -> None:
        self.words.headline.setText(headline)
        self.words.words.setText(words)
        self.words.button.setText(button)

    def _take_display(self, found: Found) -> None:
        self._model.pass_display_check(found.words, passed=found.passed)
        if self._model.screen is Screen.DISPLAY:
            self.display.say(
                "Not all digits were read. Dim the room, set the display to its calibrated state, "
                "and try again; tell the coordinator if it does not help."
            )
