"""What the import view shows and allows: the pairing of a source, corrected by hand.

QtCore, and QtGui for its undo stack; no widgets. Every correction is paired
again in the background exactly as its manifest will be.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.domain.arrangement import Arrangement, Placement
from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.errors import BlindReadError, InputError
from app.ui.import_state import Review, State, refused, review, waiting
from app.ui.import_work import ImportWork
from app.ui.jobs import LatestJob, Workflow, one_step


class ImportModel(QObject):
    """A source, the place of each of its series, and what came of them.

    Signals
    -------
    changed()
        Something that a button or a sentence depends on.
    reviewed()
        Other series, other places or other outcomes.
    saved(Path)
        The places lie here as a manifest.
    used(Path)
        This manifest is to be opened in place of the source.
    failed(BlindReadError)
        What happened and what to do.
    """

    changed = Signal()
    reviewed = Signal()
    saved = Signal(object)
    used = Signal(object)
    failed = Signal(object)

    def __init__(self, work: ImportWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or ImportWork()
        self.undo_stack = QUndoStack(self)
        self._source: Path | None = None
        self._reference = ""
        self._found: Arrangement | None = None
        self._state = State(())
        self._review = Review((), ())
        self._known: dict[Any, Any] = {}
        self._progress: Progress | None = None
        self._saved: tuple[State, Path] | None = None
        self._scanning = LatestJob(self)
        self._pairing = LatestJob(self)
        self._saving = LatestJob(self)
        for job in (self._scanning, self._pairing):
            job.progressed.connect(self._take_progress)
        self._scanning.ready.connect(self._take_found)
        self._scanning.failed.connect(self._fail)
        self._pairing.ready.connect(self._take_review)
        self._pairing.failed.connect(self._fail_pairing)
        self._saving.ready.connect(self._take_saved)
        self._saving.failed.connect(self.failed)
        self.undo_stack.indexChanged.connect(self.changed)

    # ---- what is there -------------------------------------------------------------------

    @property
    def source(self) -> Path | None:
        """The folder or manifest in view."""
        return self._source

    @property
    def reference(self) -> str:
        """The reference's name as it was given; empty for the usual names."""
        return self._reference

    @property
    def state(self) -> State:
        """The place of every series, as corrected so far."""
        return self._state

    @property
    def review(self) -> Review:
        """What came of every series, and every problem."""
        return self._review

    @property
    def loaded(self) -> bool:
        """Whether the source has been looked through."""
        return self._found is not None

    @property
    def progress(self) -> Progress | None:
        """How far the work under way has come; None where none is."""
        return self._progress

    @property
    def corrections(self) -> int:
        """How many corrections are in force."""
        return self.undo_stack.index()

    @property
    def unsaved(self) -> bool:
        """Whether there are corrections that no manifest holds."""
        saved = self._saved[0] if self._saved is not None else None
        return bool(self.corrections) and self._state != saved

    @property
    def can_save(self) -> bool:
        """Whether any series has a place that a manifest could tell."""
        return any(one.role for one in self._state.placements)

    @property
    def suggestion(self) -> Path:
        """Where a manifest could be saved."""
        source = self._source or Path("manifest")
        if source.suffix.lower() == ".csv":
            return source
        return source.absolute().parent / f"{source.name or 'cases'}-manifest.csv"

    # ---- the source ------------------------------------------------------------------------

    def open(self, source: Path | None, reference: str = "") -> None:
        """Look through a source, unless it is the one in view already."""
        if (source, reference) == (self._source, self._reference) and (
            self._found is not None or self._scanning.busy
        ):
            return
        self._source, self._reference = source, reference
        self._found, self._state, self._review = None, State(()), Review((), ())
        self._known, self._saved, self._progress = {}, None, None
        self._pairing.drop()
        self.undo_stack.clear()
        if source is None:
            self._scanning.drop()
        else:
            self._progress = Progress(0, 0, "looking for files")
            self._scanning.request(
                (source, reference), lambda: self._look(source, reference or None)
            )
        self.reviewed.emit()
        self.changed.emit()

    def _look(self, source: Path, reference: str | None) -> Workflow:
        found = yield from self._work.arrange(source, reference)
        state = State(found.placements, found.others)
        return found, state, review(found, state, found.pairing)

    def _take_found(self, _key: object, result: tuple[Arrangement, State, Review]) -> None:
        self._found, self._state, self._review = result
        self._progress = None
        self.reviewed.emit()
        self.changed.emit()

    def _take_progress(self, progress: Progress) -> None:
        self._progress = progress
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._progress = None
        self.changed.emit()
        self.failed.emit(error)

    def _fail_pairing(self, error: BlindReadError) -> None:
        self._review = refused(self._review, str(error), error.remedy)
        self.reviewed.emit()
        self._fail(error)

    # ---- corrections -------------------------------------------------------------------------

    def move(self, which: Iterable[int], case: str = "", arm: str = "") -> None:
        """Put series into a case and arm; empty keeps what each has."""
        chosen = tuple(which)
        new = self._state.moved(chosen, case.strip(), arm.strip())
        target = ", ".join(word for word in (case.strip(), arm.strip()) if word) or "its case"
        self._correct(f"put {self._words(chosen)} into {target}", new)

    def make_reference(self, which: Iterable[int], case: str = "") -> None:
        """Make series the reference of their case, or of the case that is given."""
        chosen = tuple(which)
        new = self._state.with_reference(chosen, case.strip())
        self._correct(f"make {self._words(chosen)} the reference", new)

    def leave_out(self, which: Iterable[int]) -> None:
        """Take series out of the pairing."""
        chosen = tuple(which)
        self._correct(f"leave out {self._words(chosen)}", self._state.without(chosen))

    def rename_case(self, old: str, new: str) -> None:
        """Give a case another name."""
        name = self._checked(new, "case")
        if name:
            self._correct(f"rename case {old} to {name}", self._state.case_renamed(old, name))

    def rename_arm(self, old: str, new: str, case: str | None = None) -> None:
        """Give an arm another name, in one case or, for None, in all."""
        name = self._checked(new, "arm")
        if name:
            state = self._state.arm_renamed(old, name, case)
            self._correct(f"rename arm {old} to {name}", state)

    def _checked(self, name: str, what: str) -> str:
        if not name.strip():
            self.failed.emit(
                InputError(f"The {what} needs a name.", remedy="Write at least one letter.")
            )
        return name.strip()

    def _words(self, which: tuple[int, ...]) -> str:
        placed = self._state.placements
        names = dict.fromkeys(placed[index].arm or placed[index].name for index in which)
        return next(iter(names)) if len(names) == 1 else f"{len(which)} series"

    def _correct(self, words: str, new: State) -> None:
        if self._found is not None and new != self._state:
            self.undo_stack.push(_Correction(self, words, self._state, new))

    def _show(self, state: State) -> None:
        """Show other places at once, and pair them in the background."""
        found, source = self._found, self._source
        if found is None or source is None:
            return
        self._review = waiting(self._review, self._state, state)
        self._state = state
        untouched = state == State(found.placements, found.others)
        self._progress = Progress(0, 0, "pairing again")
        self._pairing.request(
            state,
            one_step(lambda: review(found, state, found.pairing))
            if untouched
            else lambda: self._pair_again(found, source, state),
        )
        self.reviewed.emit()
        self.changed.emit()

    def _pair_again(self, found: Arrangement, source: Path, state: State) -> Workflow:
        pairing: Pairing = yield from self._work.replay(source, state, self._known)
        return review(found, state, pairing)

    def _take_review(self, state: State, result: Review) -> None:
        if state != self._state:
            return
        self._review, self._progress = result, None
        self.reviewed.emit()
        self.changed.emit()

    # ---- the manifest ------------------------------------------------------------------------

    def save(self, target: Path, *, use: bool = False) -> None:
        """Write the places as a manifest, and open it in place of the source if asked."""
        state = self._state
        self._saving.request((state, use), one_step(lambda: self._work.save(state, target)))

    def use(self) -> bool:
        """Open the manifest that holds the present places; False where none does."""
        if self._saved is None or self._saved[0] != self._state:
            return False
        self.used.emit(self._saved[1])
        return True

    def _take_saved(self, key: tuple[State, bool], target: Path) -> None:
        state, use = key
        self._saved = (state, target)
        self.changed.emit()
        self.saved.emit(target)
        if use:
            self.used.emit(target)

    def placement(self, index: int) -> Placement:
        """Return one series with its place."""
        return self._state.placements[index]

    def stop(self) -> None:
        """End all work; for when the window closes."""
        for job in (self._scanning, self._pairing, self._saving):
            job.stop()


class _Correction(QUndoCommand):
    """One step by hand: the places before and after."""

    def __init__(self, model: ImportModel, words: str, before: State, after: State) -> None:
        super().__init__(words)
        self._model, self._before, self._after = model, before, after

    def redo(self) -> None:
        """Make the correction, the first time and again."""
        self._model._show(self._after)

    def undo(self) -> None:
        """Take the correction back."""
        self._model._show(self._before)
