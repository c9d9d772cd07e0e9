"""The settings that a person chooses; each holds at once and is kept."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.ui.context import Context
from app.ui.settings import FLICKER_RATES, INTERPOLATIONS, LEFT_DRAGS, THEMES, WINDOW_BUTTONS

Choices = Sequence[tuple[object, str]]

_THEME_WORDS = {"dark": "Dark", "light": "Light"}
_DRAG_WORDS = {"window": "Changes the window", "slice": "Turns the slices"}
_BUTTON_WORDS = {"left": "With the left button", "right": "With the right button"}
_BUTTON_HELP = (
    "Left: a left drag changes the window, a right drag zooms.\n"
    "Right: a right drag changes the window, a left drag turns the slices.\n"
    "With both the wheel turns the slices, Ctrl and the wheel zoom, a middle drag moves the "
    "image and a double click fits it. B changes it while reading."
)
_INTERPOLATION_WORDS = {
    "nearest": "No: each pixel is a square",
    "linear": "Linear",
    "cubic": "Cubic",
}


class SettingsDialog(QDialog):
    """Comfort: nothing here changes a metric value or what a reader sees."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._context = context
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(10)
        self.theme = self._add("Theme", "theme", [(one, _THEME_WORDS[one]) for one in THEMES])
        self.left_drag = self._add(
            "Left drag on an image", "left_drag", [(one, _DRAG_WORDS[one]) for one in LEFT_DRAGS]
        )
        self.window_button = self._add(
            "Window in the reading room",
            "window_button",
            [(one, _BUTTON_WORDS[one]) for one in WINDOW_BUTTONS],
        )
        self.window_button.setToolTip(_BUTTON_HELP)
        self.interpolation = self._add(
            "Interpolation between pixels",
            "interpolation",
            [(one, _INTERPOLATION_WORDS[one]) for one in INTERPOLATIONS],
        )
        self.flicker_rate = self._add(
            "Automatic flicker",
            "flicker_rate",
            [(rate, f"{rate} a second") for rate in FLICKER_RATES],
        )
        note = QLabel("Metric values never depend on these settings, nor does a reader study.")
        note.setObjectName("muted")
        note.setWordWrap(True)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        column.addLayout(self._form)
        column.addWidget(note)
        column.addStretch(1)
        column.addWidget(close)
        self.resize(460, self.sizeHint().height())

    def _add(self, words: str, name: str, choices: Choices) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(words)
        for value, title in choices:
            box.addItem(title, value)
        box.setCurrentIndex(box.findData(getattr(self._context.settings, name)))
        box.activated.connect(partial(self._keep, box, name))
        self._form.addRow(words, box)
        return box

    def _keep(self, box: QComboBox, name: str, place: int) -> None:
        self._context.update_settings(**{name: box.itemData(place)})
