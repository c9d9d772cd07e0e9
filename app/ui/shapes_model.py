"""The shapes that were drawn on each case, one of them chosen, with undo and redo; no widgets."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from app.domain.shape import Place, Shape, ShapeKind

KEPT_STEPS = 100


@dataclass(slots=True)
class _Drawn:
    """What was drawn on one case, and the steps that led there."""

    shapes: tuple[Shape, ...] = ()
    last_number: int = 0
    done: list[tuple[Shape, ...]] = field(default_factory=list)
    undone: list[tuple[Shape, ...]] = field(default_factory=list)
    step: Hashable = None


class ShapesModel(QObject):
    """Shapes belong to a case and lie in the same place whichever arm is in view.

    Slices are counted among those of the reference, from 0: an arm may lack some.

    Signals
    -------
    changed()
        Other shapes are there, or one has moved.
    chosen_changed()
        Another shape is chosen, or none.
    acted()
        A person has changed shapes, or taken a change back.
    """

    changed = Signal()
    chosen_changed = Signal()
    acted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cases: dict[Hashable, _Drawn] = {}
        self._drawn = _Drawn()
        self._case: Hashable = None
        self._chosen: int | None = None
        self._size = (1, 1)
        self._slice = 0
        self._everywhere = True

    # ---- where we are ----------------------------------------------------------------

    def set_case(self, case: Hashable, rows: int, columns: int) -> None:
        """Go to the shapes of a case; None has none. The others are kept."""
        drawn = _Drawn() if case is None else self._cases.setdefault(case, _Drawn())
        self._size, self._case = (rows, columns), case
        if drawn is not self._drawn:
            self._drawn = drawn
            self.choose(None)
            self.changed.emit()

    def set_slice(self, index: int) -> None:
        """Tell which slice is in view; what lies on another is no longer chosen."""
        self._slice = index
        chosen = self.chosen
        if chosen is not None and not chosen.on(index):
            self.choose(None)

    @property
    def case(self) -> Hashable:
        """The case whose shapes these are."""
        return self._case

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All shapes of the case, the last one on top."""
        return self._drawn.shapes

    def of(self, case: Hashable) -> tuple[Shape, ...]:
        """Return all shapes of a case, also of one that is not in view."""
        drawn = self._cases.get(case)
        return drawn.shapes if drawn is not None else ()

    def on_slice(self, index: int) -> tuple[Shape, ...]:
        """Return the shapes that lie on a slice."""
        return tuple(shape for shape in self._drawn.shapes if shape.on(index))

    @property
    def here(self) -> tuple[Shape, ...]:
        """The shapes that lie on the slice in view."""
        return self.on_slice(self._slice)

    @property
    def chosen(self) -> Shape | None:
        """The shape that is measured, moved and deleted."""
        return next((one for one in self._drawn.shapes if one.number == self._chosen), None)

    @property
    def background(self) -> Shape | None:
        """The region that contrasts are taken against, where it lies on the slice in view."""
        return next((one for one in self.here if one.background), None)

    def choose(self, number: int | None) -> None:
        """Choose a shape by its number, or none."""
        if number != self._chosen:
            self._chosen = number
            self._drawn.step = None
            self.chosen_changed.emit()

    def step_choice(self, steps: int) -> None:
        """Choose the next shape on the slice in view, or the one before; round at the ends."""
        there = [one.number for one in self.here]
        if there:
            place = there.index(self._chosen) if self._chosen in there else -max(steps, 0)
            self.choose(there[(place + steps) % len(there)])

    # ---- drawing ---------------------------------------------------------------------

    @property
    def everywhere(self) -> bool:
        """Whether the chosen shape lies on all slices; without one, whether the next will."""
        chosen = self.chosen
        return self._everywhere if chosen is None else chosen.slice is None

    @property
    def next_everywhere(self) -> bool:
        """Whether the next shape will lie on all slices."""
        return self._everywhere

    @property
    def chosen_here(self) -> Shape | None:
        """The chosen shape where it lies on the slice in view, which is the one measured."""
        chosen = self.chosen
        return chosen if chosen is not None and chosen.on(self._slice) else None

    def set_everywhere(self, everywhere: bool) -> None:
        """Let the chosen shape, and those to come, lie on all slices or on the one in view."""
        self._everywhere = everywhere
        chosen = self.chosen
        if chosen is not None:
            self._replace(replace(chosen, slice=None if everywhere else self._slice), None)

    def set_background(self, background: bool) -> None:
        """Let the chosen region be what contrasts are taken against, in place of any other."""
        chosen = self.chosen
        if chosen is None or not chosen.is_region or chosen.background == background:
            return
        self._do(
            tuple(
                replace(one, background=background and one.number == chosen.number)
                for one in self._drawn.shapes
            )
        )

    def add(self, kind: ShapeKind, points: tuple[Place, ...], index: int | None = None) -> Shape:
        """Draw a shape, inside the image, on a slice or the one in view, and choose it."""
        self._drawn.last_number += 1
        where = None if self._everywhere else self._slice if index is None else index
        shape = Shape(self._drawn.last_number, kind, points, where).settled(*self._size)
        self._do((*self._drawn.shapes, shape))
        self.choose(shape.number)
        return shape

    def pull(self, handle: int, place: Place, step: Hashable = None) -> None:
        """Pull a handle of the chosen shape; pulls of one step are taken back at once."""
        chosen = self.chosen
        if chosen is not None:
            self._replace(chosen.pulled(handle, place).settled(*self._size), step)

    def move_to(self, shape: Shape, rows: float, columns: float, step: Hashable = None) -> None:
        """Move a shape from where it was, by whole pixels if it is a box, inside the image."""
        moved = shape.moved(rows, columns).kept_inside(*self._size).settled(*self._size)
        self._replace(moved, step)

    def nudge(self, rows: int, columns: int) -> None:
        """Move the chosen shape by pixels; nudges that follow each other are one step."""
        chosen = self.chosen
        if chosen is not None:
            self.move_to(chosen, rows, columns, ("nudge", chosen.number))

    def remove(self) -> None:
        """Delete the chosen shape."""
        chosen = self.chosen
        if chosen is not None:
            self._do(tuple(one for one in self._drawn.shapes if one.number != chosen.number))
            self.choose(None)

    def remove_all(self) -> None:
        """Delete all shapes of the case."""
        if self._drawn.shapes:
            self._do(())
            self.choose(None)

    def restore(self, shapes: tuple[Shape, ...], chosen: int | None) -> None:
        """Draw the shapes of a view in place of those that are there, inside the image.

        A number given twice is given anew; those that were there can be taken back.
        """
        drawn, settled = self._drawn, list[Shape]()
        drawn.last_number = max(drawn.last_number, *(one.number for one in shapes), 0)
        for shape in shapes:
            number = shape.number
            if any(one.number == number for one in settled):
                drawn.last_number += 1
                number = drawn.last_number
            settled.append(replace(shape, number=number).settled(*self._size))
        self._do(tuple(settled))
        self.choose(chosen if any(one.number == chosen for one in settled) else None)

    # ---- taking back -----------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._drawn.done)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._drawn.undone)

    def undo(self) -> None:
        """Take back what was done last."""
        self._go(self._drawn.done, self._drawn.undone)

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._go(self._drawn.undone, self._drawn.done)

    def _go(self, there: list[tuple[Shape, ...]], back: list[tuple[Shape, ...]]) -> None:
        if there:
            former = self._drawn.shapes
            back.append(former)
            self._drawn.shapes, self._drawn.step = there.pop(), None
            known = {one.number for one in self._drawn.shapes}
            fresh = known - {one.number for one in former}
            if fresh:
                self.choose(max(fresh))  # what has come back is what one looks for
            elif self._chosen not in known:
                self.choose(None)
            self.changed.emit()
            self.acted.emit()

    def _replace(self, shape: Shape, step: Hashable) -> None:
        self._do(
            tuple(shape if one.number == shape.number else one for one in self._drawn.shapes), step
        )

    def _do(self, shapes: tuple[Shape, ...], step: Hashable = None) -> None:
        drawn = self._drawn
        if shapes == drawn.shapes:
            return
        if step is None or step != drawn.step:
            drawn.done.append(drawn.shapes)
            del drawn.done[:-KEPT_STEPS]
        drawn.undone.clear()
        drawn.shapes, drawn.step = shapes, step
        self.changed.emit()
        self.acted.emit()
