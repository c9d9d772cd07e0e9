"""What a person marked on a reconstruction, and the history of the marks of one source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

MarkKind = Literal["added", "lost", "distorted"]
MarkShape = Literal["point", "ellipse", "box"]
Deed = Literal["put", "remove", "undo", "redo"]

KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
SHAPES: tuple[MarkShape, ...] = get_args(MarkShape)
SEVERITIES = (1, 2, 3)
"""1 mild, 2 moderate, 3 severe."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One place where a reconstruction shows something else than its reference.

    ``kind`` says what happened to the anatomy: ``added`` (not in the reference),
    ``lost`` (only in the reference) or ``distorted``. ``slice`` is the number of
    the reference's slice, from 1. ``row`` and ``column`` are the centre, in
    pixels of the reference from the upper left corner of the plane, so that the
    middle of the first pixel is (0.5, 0.5), as in DICOM. ``height`` and
    ``width`` are the whole extent in pixels, 0 for a point. ``made_at`` is
    ISO 8601 in UTC.
    """

    id: str
    case: str
    arm: str
    slice: int
    kind: MarkKind
    shape: MarkShape
    row: float
    column: float
    height: float = 0.0
    width: float = 0.0
    severity: int | None = None
    note: str = ""
    author: str = ""
    made_at: str = ""


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """One line of the history: a mark as it is from now on, its removal, or a step back.

    ``undo`` takes the last deed that counts back, ``redo`` lets the last one
    that was taken back count again; neither has a mark of its own.
    """

    deed: Deed
    at: str
    author: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class MarkHistory:
    """All that counts and all that was taken back, oldest first.

    What was taken back is forgotten by the next deed, as in every editor; the
    records themselves are all kept.
    """

    done: tuple[MarkRecord, ...] = ()
    undone: tuple[MarkRecord, ...] = ()

    @classmethod
    def of(cls, records: Iterable[MarkRecord]) -> "MarkHistory":
        """Return the history that records make, in their order."""
        history = cls()
        for record in records:
            history = history.then(record)
        return history

    def then(self, record: MarkRecord) -> "MarkHistory":
        """Return the history with one record more."""
        if record.deed == "undo":
            if not self.done:
                return self
            return MarkHistory(self.done[:-1], (*self.undone, self.done[-1]))
        if record.deed == "redo":
            if not self.undone:
                return self
            return MarkHistory((*self.done, self.undone[-1]), self.undone[:-1])
        return MarkHistory((*self.done, record), ())

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that are there now, in the order in which they were made."""
        there: dict[str, Mark] = {}
        for record in self.done:
            if record.mark is None:
                continue
            if record.deed == "put":
                there[record.mark.id] = record.mark
            else:
                there.pop(record.mark.id, None)
        return tuple(there.values())
