"""A look at the display before a session: digits of faint contrast to read off and type in."""

from dataclasses import dataclass
from random import Random

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.entry_field import EntryField

GROUNDS = (("dark", 12), ("middle", 128), ("bright", 243))
STEPS = (8, 5, 3)
"""Grey levels, of 256, by which the digits differ from their ground."""

_PATCH = 150
_SIDE = 18


@dataclass(frozen=True, slots=True)
class Found:
    """What was typed beside what was shown."""

    passed: bool
    words: str


class Pattern(QWidget):
    """Patches of three grounds with faint digits, grey steps, and lines one pixel wide.

    After the pattern of AAPM TG18-QC and its successor TG270-ULN: what must be told apart
    is the same, the drawing is ours. Every colour is an exact grey level, without smoothing.
    """

    def __init__(self, chance: Random, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.digits = {
            name: "".join(str(chance.randrange(2, 10)) for _ in STEPS) for name, _ in GROUNDS
        }
        self.setFixedSize(_PATCH * len(GROUNDS) + 2 * _SIDE, _PATCH + 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pattern at whole device pixels."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(60, 60, 60))
        font = painter.font()
        font.setPixelSize(44)
        font.setBold(True)
        font.setStyleStrategy(font.StyleStrategy.NoAntialias)
        painter.setFont(font)
        for place, (name, level) in enumerate(GROUNDS):
            patch = QRectF(_SIDE + place * _PATCH, _SIDE, _PATCH, _PATCH)
            painter.fillRect(patch, QColor(level, level, level))
            sign = -1 if level > 128 else 1
            for index, (digit, step) in enumerate(zip(self.digits[name], STEPS, strict=True)):
                grey = level + sign * step
                painter.setPen(QColor(grey, grey, grey))
                box = QRectF(patch.x() + 8 + index * 46, patch.y(), 42, _PATCH)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), digit)
        wide = _PATCH * len(GROUNDS)
        for step in range(16):
            grey = round(step * 255 / 15)
            left = _SIDE + step * wide // 16
            painter.fillRect(left, _SIDE + _PATCH + 8, wide // 16, 30, QColor(grey, grey, grey))
        for column in range(0, wide, 2):
            painter.fillRect(_SIDE + column, _SIDE + _PATCH + 46, 1, 26, QColor(255, 255, 255))
        painter.end()


class DisplayCheckPage(QWidget):
    """The pattern, a field for each patch, the light in the room, and one button.

    ``done`` tells what was found.
    """

    done = Signal(object)

    def __init__(self, chance: Random, *, required: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pattern = Pattern(chance)
        self.fields = {name: EntryField() for name, _ in GROUNDS}
        self.light = EntryField()
        self.light.setPlaceholderText("e.g. dimmed, 30 lux")
        headline = QLabel("Check of the display")
        headline.setObjectName("headline")
        words = QLabel(
            "Type the digits that you see on each patch, a ? for one that you cannot see. The "
            "lines below must look evenly grey, not striped in broad bands."
            + (
                " The reading begins when the first two digits of each are right."
                if required
                else ""
            )
        )
        words.setObjectName("words")
        words.setWordWrap(True)
        self.hint = QLabel()
        self.hint.setObjectName("hint")
        self.button = QPushButton("Go on (Enter)")
        self.button.setObjectName("step")
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        form = QFormLayout()
        for name, field in self.fields.items():
            field.setMaxLength(len(STEPS))
            field.setFixedWidth(120)
            form.addRow(f"Digits on the {name} patch", field)
            field.returnPressed.connect(self._finish)
        form.addRow("Light in the room", self.light)
        self.light.returnPressed.connect(self._finish)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 24, 48, 24)
        column.setSpacing(16)
        column.addWidget(headline)
        column.addWidget(words)
        column.addWidget(self.pattern, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(form)
        column.addWidget(self.hint)
        column.addStretch(1)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.button.clicked.connect(self._finish)

    def begin(self) -> None:
        """Take the keyboard."""
        next(iter(self.fields.values())).setFocus()

    def found(self) -> Found:
        """Return what was typed beside what was shown, and whether the display will do.

        It will where the two stronger digits of every patch were read.
        """
        parts, passed = [], True
        for name, shown in self.pattern.digits.items():
            typed = self.fields[name].text().strip()
            passed = passed and typed[:2] == shown[:2]
            parts.append(f"{name} {typed or '-'} of {shown}")
        screen = self.window().screen()
        size, ratio = screen.size(), screen.devicePixelRatio()
        parts.append(f"{screen.name()} {size.width()}x{size.height()} at {ratio:g}x")
        parts.append(f"light: {self.light.text().strip() or 'not told'}")
        return Found(passed, "; ".join(parts))

    def say(self, words: str) -> None:
        """Tell the reader something below the fields."""
        self.hint.setText(words)

    def _finish(self) -> None:
        self.done.emit(self.found())
