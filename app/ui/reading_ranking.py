"""The places of a ranking in one row, and images that are dragged to them."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.domain.protocol import Choice
from app.ui.reading_choices import AnswerRow, ChoiceButton, mark
from app.ui.reading_heads import SlotHead
from app.ui.reading_images import ImageGrid
from app.ui.reading_model import ReadingModel
from app.ui.reading_questions import Question


class RankRow(AnswerRow):
    """One row for all slots: each place says which images have it.

    A click gives the place to the slot in focus.
    """

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
        self._last = max(self.buttons, default=1)

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
        self.note.setText(told or "Type a place, or drag an image by its letter")
        for place, button in self.buttons.items():
            letters = [name for name, one in places.items() if one == place]
            button.words.setText(" ".join(letters))
            chosen = focused and places.get(slot or "") == place
            button.setChecked(chosen)
            button.setEnabled(enabled)
            mark(button, "focused", focused)
            mark(button, "filled", bool(letters))
            for label in (button.key, button.words):
                mark(label, "chosen", chosen)

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
