"""The body of the slice in view: found, or drawn by a person and kept; no widgets."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.domain.pair import Pair
from app.errors import BlindReadError
from app.ui.body_editor import BodyEditor
from app.ui.inspect_work import InspectWork, Mask
from app.ui.jobs import LatestJob, one_step

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

KEPT = 64


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The body in one slice of a reference; ``mask`` is not ``found`` where it was drawn.

    Without the intensity range of the study nothing is ``found``; ``mask`` is None where
    nobody has drawn it either.
    """

    found: Mask | None
    mask: Mask | None
    problem: BlindReadError | None = None

    @property
    def drawn(self) -> bool:
        """Whether a person has drawn it."""
        return self.mask is not self.found


def body_of(work: InspectWork, folder: Path, view: "PairView", index: int) -> Body:
    """Return the body in one slice of a pair: drawn, as the folder keeps it, else as found."""
    found = work.find_body(view, index) if view.range is not None else None
    try:
        drawn = work.drawn_body(folder, view, index)
    except BlindReadError as error:
        return Body(found, found, error)
    return Body(found, found if drawn is None else drawn)


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    view: "PairView"
    index: int
    folder: Path
    key: tuple[str, int]


class BodyModel(QObject):
    """What is known of the body in view, whether it is shown, and whether it is edited.

    Every arm of a slice has the same body: that of the reference.

    Signals
    -------
    changed()
        What is to be drawn on the panes is another thing.
    settled()
        The mask is another one and no stroke is under way.
    kept(uid, number)
        Another body is kept for a slice of a reference, or the one found again.
    failed(BlindReadError)
        A mask could not be read or kept.
    """

    changed = Signal()
    settled = Signal()
    kept = Signal(str, int)
    failed = Signal(object)

    def __init__(self, work: InspectWork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self.editor = BodyEditor(self)
        self._known: OrderedDict[tuple[str, int], Body] = OrderedDict()
        self._place: _Place | None = None
        self._shown = self._editing = False
        self._finding = LatestJob(self)
        self._finding.ready.connect(self._take)
        self._finding.failed.connect(self.failed)
        self.editor.changed.connect(self.changed)
        self.editor.stroke_ended.connect(self.settled)

    @property
    def mask(self) -> Mask | None:
        """The body in view; None while it is looked for, or where it cannot be."""
        body = self._body
        return self.editor.mask if self._editing else body.mask if body is not None else None

    @property
    def edited(self) -> bool:
        """Whether a person has drawn what is in view."""
        body = self._body
        return self.editor.edited if self._editing else body is not None and body.drawn

    @property
    def shown(self) -> bool:
        """Whether its outline is wanted."""
        return self._shown

    @property
    def editing(self) -> bool:
        """Whether the body is edited."""
        return self._editing

    @property
    def drawing(self) -> bool:
        """Whether the mouse draws: it is edited, and there is a mask."""
        return self._editing and self.editor.mask is not None

    @property
    def _body(self) -> Body | None:
        return self._known.get(self._place.key) if self._place is not None else None

    def show(self, shown: bool) -> None:
        """Show the outline, or hide it, which ends the editing."""
        if shown != self._shown:
            if not shown:
                self.edit(False)
            self._shown = shown
            self.changed.emit()

    def edit(self, editing: bool) -> None:
        """Begin to edit, or keep what was drawn and leave."""
        if editing == self._editing:
            return
        if editing:
            self._shown = self._editing = True
            self._hand_over()
        else:
            self.keep()
            self._editing = False
            self.editor.take(None, None)
        self.changed.emit()
        self.settled.emit()

    def look_at(self, view: "PairView", pair: Pair, index: int, folder: Path) -> None:
        """Show the body of this slice; what was drawn on another one is kept.

        Without the intensity range of the study it is only there where it was drawn by hand.
        """
        key = (pair.reference.uid, pair.slices[index][0] + 1)
        same = self._place is not None and self._place.key == key
        if not same:
            self.keep()
        self._place = _Place(view, index, folder, key)
        if not same and self._editing:
            self._hand_over()
        known = self._known.get(key)
        if known is None or (known.found is None and view.range is not None):
            self._finding.request(key, one_step(lambda: body_of(self._work, folder, view, index)))
        else:
            self._known.move_to_end(key)
            self._finding.drop()
        if not same:
            self.changed.emit()
        self.settled.emit()

    def clear(self) -> None:
        """Show nothing; what was drawn is kept."""
        self.keep()
        self._place = None
        self._finding.drop()
        if self._editing:
            self.editor.take(None, None)
        self.changed.emit()

    def forget(self) -> None:
        """Show nothing and forget every slice: another source has others."""
        self.clear()
        self._known.clear()

    def stop(self) -> None:
        """Keep what was drawn, and wait for the thread to end."""
        self.keep()
        self._finding.stop()

    def keep(self) -> None:
        """Keep what was drawn on the slice in view, durably; nothing happens where nothing was."""
        place, body, mask = self._place, self._body, self.editor.mask
        if not self._editing or place is None or body is None or mask is None:
            return
        if np.array_equal(mask, body.mask):
            return
        drawn = mask.copy() if self.editor.edited else None
        self._known[place.key] = Body(body.found, body.found if drawn is None else drawn)
        try:
            self._work.keep_body(place.folder, place.view, place.index, drawn)
        except BlindReadError as error:
            self.failed.emit(error)
        else:
            self.kept.emit(*place.key)

    def _hand_over(self) -> None:
        body = self._body
        if body is None:
            self.editor.take(None, None)
        else:
            self.editor.take(body.mask, body.found)

    def _take(self, key: tuple[str, int], body: Body) -> None:
        before = self._known.get(key)
        if before is not None and before.found is None and before.mask is not None:
            body = Body(body.found, before.mask)  # it may have been drawn on meanwhile
        self._known[key] = body
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        if self._place is None or key != self._place.key:
            return
        if self.drawing:
            self.editor.know(body.found)
        elif self._editing:
            self._hand_over()
        self.changed.emit()
        self.settled.emit()
        if body.problem is not None and (before is None or before.problem is None):
            self.failed.emit(body.problem)
