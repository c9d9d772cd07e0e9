"""The places of a ranking in one row, and images that are dragged to them."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.domain.protocol import Choice
from app.ui.reading_choices import AnswerRow, ChoiceButton, mark
from app.ui.reading_heads import Letter, SlotHead
from app.ui.reading_images import ImageGrid
from app.ui.reading_model import ReadingModel
from app.ui.reading_questions import Question

_LETTER = 18
"""The least width on which a letter can be taken with the mouse."""


class RankRow(AnswerRow):
    """One row for all slots: each place says which images have it.

    A click gives the place to the slot in focus. ``dragged`` and ``dropped`` tell of the
    letter of an image that is taken from its place: the slot, and where on the display.
    """

    dragged = Signal(str, QPoint)
    dropped = Signal(str, QPoint)

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._plain = f"{question.criterion.prompt}, 1 is the best"
        self.buttons = {
            choice.value: ChoiceButton(choice.value, Choice(choice.value, ""), self._plain)
            for choice in question.choices
        }
        row = QHBoxLayout()
        row.setSpacing(4)
        for place, button in self.buttons.items():
            button.key.setText(str(place))
            button.setAccessibleName(f"{self._plain}: place {place}")
            row.addWidget(button, 1)
            button.clicked.connect(lambda _=False, place=place: self.chosen.emit(place))
        self.body.addLayout(row)
        self._places: dict[str, int] = {}
        self._letters: dict[str, Letter] = {}

    def show_places(
        self,
        places: Mapping[str, int],
        slot: str | None,
        *,
        enabled: bool,
        declined: str = "",
        typed: str = "",
    ) -> None:
        """Paint who has which place; ``slot`` is the one that keys go to, None for another row."""
        focused = slot is not None
        self.prompt.setText(f"▶ {slot}: {self._plain}" if focused else self._plain)
        mark(self.prompt, "focused", focused)
        self.decline.setEnabled(enabled)
        told = f"{typed}_  (Enter)" if typed and focused else ""
        if declined and not told:
            told = f"Cannot be judged: {declined}"
        self.note.setText(told or "Type a place, or drag a letter to its place")
        self._places = dict(places)
        for place, button in self.buttons.items():
            letters = self.letters_at(place)
            chosen = focused and places.get(slot or "") == place
            button.setChecked(chosen)
            button.setEnabled(enabled)
            mark(button, "focused", focused)
            mark(button, "filled", bool(letters))
            mark(button.key, "chosen", chosen)
            button.setAccessibleDescription(" ".join(letters))
            for name in letters:
                mark(self._letter(name), "chosen", chosen)
        self._put_letters()

    def letters_at(self, place: int) -> list[str]:
        """Return which images have a place, in the order of their letters."""
        return sorted(slot for slot, one in self._places.items() if one == place)

    def letter(self, slot: str) -> Letter | None:
        """Return the letter of an image that has a place."""
        return self._letters[slot] if slot in self._places else None

    def place_of(self, slot: str) -> int | None:
        """Return the place that an image has."""
        return self._places.get(slot)

    def place_at(self, point: QPoint) -> int | None:
        """Return the place whose button lies at a point of the whole display."""
        for place, button in self.buttons.items():
            if button.rect().contains(button.mapFromGlobal(point)):
                return place
        return None

    def aim(self, place: int | None) -> None:
        """Show which place would be taken."""
        for one, button in self.buttons.items():
            mark(button, "aimed", one == place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the letters follow their places."""
        super().resizeEvent(event)
        self.body.activate()
        self._put_letters()

    def _letter(self, slot: str) -> Letter:
        if slot not in self._letters:
            made = self._letters[slot] = Letter(slot, self)
            made.setObjectName("letter")
            made.setAlignment(Qt.AlignmentFlag.AlignCenter)
            made.clicked.connect(lambda: self.chosen.emit(self._places[slot]))
            made.dragged.connect(lambda here: self.dragged.emit(slot, here))
            made.dropped.connect(lambda here: self.dropped.emit(slot, here))
        return self._letters[slot]

    def _put_letters(self) -> None:
        """Lay the letters on the buttons of their places, on as many lines as they need."""
        for slot, letter in self._letters.items():
            letter.setVisible(slot in self._places)
        for place, button in self.buttons.items():
            room = button.geometry().adjusted(button.key.sizeHint().width() + 10, 3, -3, -3)
            letters = [self._letter(slot) for slot in self.letters_at(place)]
            for letter, spot in zip(letters, _spots(room, len(letters)), strict=True):
                letter.setGeometry(spot)
                letter.raise_()


def _spots(room: QRect, count: int) -> list[QRect]:
    """Return where so many letters lie in a room: as large as they can be, in its middle."""
    lines = next((n for n in range(1, count + 1) if -(-count // n) * _LETTER <= room.width()), 1)
    wide = -(-count // lines) if count else 1
    size = QSize(min(2 * _LETTER, room.width() // wide), room.height() // lines)
    spots = []
    for index in range(count):
        line, column = divmod(index, wide)
        on_line = min(wide, count - line * wide)
        left = room.center().x() - on_line * size.width() // 2 + column * size.width()
        spots.append(QRect(QPoint(left, room.top() + line * size.height()), size))
    return spots


class Ranking:
    """Brings the heads of the images, the row of places and the model together."""

    def __init__(
        self,
        model: ReadingModel,
        screen: QWidget,
        grid: ImageGrid,
        heads: Mapping[str, SlotHead],
        row: RankRow,
    ) -> None:
        self._model, self._screen, self._grid, self._row = model, screen, grid, row
        self._ghost = QLabel(screen)
        self._ghost.setObjectName("ghost")
        self._ghost.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._ghost.hide()
        self._heads = dict(heads)
        for slot, head in self._heads.items():
            head.dragged.connect(lambda here, slot=slot: self._drag(slot, here))
            head.dropped.connect(lambda here, slot=slot: self._drop(slot, here))

        row.dragged.connect(self._drag)
        row.dropped.connect(self._drop)

    def _drag(self, slot: str, here: QPoint) -> None:
        self._model.touch(interaction=False)
        if not self._model.can_answer:
            return
        self._ghost.setText(slot)
        self._ghost.adjustSize()
        self._ghost.move(self._screen.mapFromGlobal(here) + QPoint(10, 6))
        self._ghost.show()
        self._ghost.raise_()
        place = self._place_at(slot, here)
        self._row.aim(place)
        canvas = self._grid.canvas_at(here)
        self._grid.aim(canvas if place is not None else None)

    def _drop(self, slot: str, here: QPoint) -> None:
        place = self._place_at(slot, here)
        if self._row.place_of(slot) == place == self._row.place_at(here):
            place = None  # dropped where it was: whoever shares the place stays there
        self._ghost.hide()
        self._row.aim(None)
        self._grid.aim(None)
        if place is not None and self._model.can_answer:
            self._model.touch()
            self._model.move_to(self._row.question.criterion.id, slot, place)

    def _place_at(self, slot: str, here: QPoint) -> int | None:
        """Return the place that lies here: a button's, or that of another image.

        An image without a place stands for the best place that is free.
        """
        place = self._row.place_at(here)
        canvas = self._grid.canvas_at(here)
        if place is not None or canvas is None:
            return place
        other = next((one for one, head in self._heads.items() if head.parent() is canvas), slot)
        if other == slot:
            return None
        places = self._model.places_of(self._row.question.criterion.id)
        return places.get(other) or next(
            (one for one in self._row.buttons if one not in places.values()), 1
        )
