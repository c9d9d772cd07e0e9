"""Marking on the images of the reading room: which question, which slot, which slice."""

from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.domain.reader_mark import Place, ReaderMark
from app.ui.canvas import Canvas
from app.ui.reading_marks import MarksRow, MarkTool, Pencil, paint_marks
from app.ui.reading_model import ReadingModel
from app.ui.reading_screen import ReadingScreen
from app.ui.view_state import ViewState


class Marking:
    """Brings rows of marks, the tool on the canvases and the model together.

    While a question that asks for marks is in focus, the left button marks on the image of
    its slot; M goes to such a question, and back.
    """

    def __init__(self, model: ReadingModel, screen: ReadingScreen, state: ViewState) -> None:
        self._model = model
        self._screen = screen
        self._state = state
        self._rows = {
            index: row for index, row in enumerate(screen.rows) if isinstance(row, MarksRow)
        }
        self._before = 0
        if not self._rows:
            return
        self._tool = MarkTool(self._pencil, self._keep)
        for slot, canvas in zip(model.slots, screen.canvases, strict=True):
            canvas.set_tool(self._tool)
            canvas.add_overlay(partial(self._paint, canvas, slot))
        for index, row in self._rows.items():
            row.remove_asked.connect(partial(model.remove_last_mark, index))
            row.changed.connect(partial(self._focus, index))

    def toggle(self) -> None:
        """Go to the first question that asks for marks, or back to where the reader was."""
        if not self._rows or not self._model.can_answer:
            return
        if self._model.focus in self._rows:
            self._model.focus_on(self._before)
        else:
            self._before = self._model.focus
            self._model.focus_on(next(iter(self._rows)))

    def stop(self) -> None:
        """Leave marking."""
        if self._model.focus in self._rows:
            self._model.focus_on(self._before)

    def step_type(self) -> None:
        """Choose the next type of mark."""
        row = self._row()
        if row is not None:
            row.step_type()

    def step_shape(self) -> None:
        """Choose the next shape."""
        row = self._row()
        if row is not None:
            row.step_shape()

    def remove_last(self) -> None:
        """Take the last mark back."""
        if self._row() is not None:
            self._model.remove_last_mark(self._model.focus)

    def take_number(self, number: int) -> bool:
        """Choose confidence or type by a number key; False where the key is another's."""
        row = self._row()
        if row is None or self._model.choosing_reason:
            return False
        row.set_number(number)
        return True

    def _row(self) -> MarksRow | None:
        return self._rows.get(self._model.focus) if self._model.can_answer else None

    def _focus(self, index: int) -> None:
        if self._model.can_answer and self._model.focus != index:
            self._model.focus_on(index)

    def _slot_of(self, canvas: Canvas) -> str:
        return self._model.slots[self._screen.canvases.index(canvas)]

    def _pencil(self, canvas: Canvas) -> Pencil | None:
        row = self._row()
        if row is None or row.question.slot != self._slot_of(canvas):
            return None
        return row.pencil

    def _keep(self, canvas: Canvas, places: tuple[Place, ...]) -> None:
        row, shown = self._row(), self._model.presentation
        if row is None or shown is None:
            return
        self._model.touch()
        spacing = shown.images[self._screen.canvases.index(canvas)].grid.spacing
        self._model.add_mark(
            self._model.focus,
            ReaderMark(
                type=row.pencil.type,
                shape=row.pencil.shape,
                slice=self._state.slice + 1,
                places=places,
                confidence=row.pencil.confidence,
                places_mm=()
                if spacing is None
                else tuple(
                    (round(down * spacing[0], 3), round(across * spacing[1], 3))
                    for down, across in places
                ),
            ),
        )

    def _paint(self, canvas: Canvas, slot: str, painter: QPainter, target: QRectF) -> None:
        shape = canvas.plane_shape
        if shape is not None and self._model.images_visible:
            marks = self._model.marks_on(slot, self._state.slice)
            paint_marks(painter, target, shape, marks, self._tool.drawn_on(canvas))
