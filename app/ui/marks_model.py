"""The marks of the open source: made, changed, taken back, kept, carried away; no widgets."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.mark import Mark, MarkHistory, MarkKind, MarkRecord, MarkShape
from app.domain.pair import Pairing
from app.errors import BlindReadError
from app.ui.inspect_model import InspectModel
from app.ui.jobs import LatestJob, Workflow, one_step
from app.ui.marks_work import MarksWork
from app.ui.pane_places import Where

if TYPE_CHECKING:
    from app.workflows.annotate import LeftOut

_NAMED = 5  # cases and arms in a sentence


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What is to be written as DICOM SR, and which files that would replace."""

    folder: Path
    marks: tuple[Mark, ...]
    pairing: Pairing
    replaced: tuple[Path, ...]


class MarksModel(QObject):
    """What is marked, what is chosen, and what the mouse draws.

    Every deed is on the disk before it is seen.

    Signals
    -------
    changed()
        Other marks, another one chosen, or another tool.
    acted()
        A person has changed marks, or taken a change back.
    report_planned(Report)
        What ``plan_report`` was asked for is known; hand it to ``export_report``.
    told(str)
        Good news in a sentence.
    failed(BlindReadError)
        A mark could not be kept, read or written.
    """

    changed = Signal()
    acted = Signal()
    report_planned = Signal(object)
    told = Signal(str)
    failed = Signal(object)

    def __init__(
        self, model: InspectModel, work: MarksWork | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._work = work or MarksWork()
        self._path: Path | None = None
        self._history: MarkHistory | None = None
        self._marks: tuple[Mark, ...] = ()
        self._chosen = ""
        self._tool: MarkKind | None = None
        self._shape: MarkShape = "ellipse"
        self._shown = True
        self._reading = LatestJob(self)
        self._exporting = LatestJob(self)
        self._planning = LatestJob(self)
        self._reading.ready.connect(self._take)
        self._reading.failed.connect(self.failed)
        self._exporting.ready.connect(lambda _, words: self.told.emit(words))
        self._exporting.failed.connect(self.failed)
        self._planning.ready.connect(lambda _, report: self.report_planned.emit(report))
        self._planning.failed.connect(self.failed)
        model.pairing_changed.connect(self._follow_source)
        model.view_changed.connect(self.changed)
        self._follow_source()

    # ---- what is there ---------------------------------------------------------------

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks of the source, in the order in which they were made."""
        return self._marks

    def number_of(self, mark: Mark) -> int:
        """Return the number of a mark in the list, from 1."""
        return next((place for place, one in enumerate(self._marks, 1) if one.id == mark.id), 0)

    @property
    def here(self) -> tuple[Mark, ...]:
        """The marks of the slice and arm in view."""
        where = self._in_view()
        return self.at(where) if where is not None else ()

    def at(self, where: Where) -> tuple[Mark, ...]:
        """Return the marks of one slice of an arm."""
        return tuple(one for one in self._marks if (one.case, one.arm, one.slice) == where)

    def _in_view(self) -> Where | None:
        pair, number = self._model.pair, self._model.number_of(self._model.state.slice)
        return (pair.case, pair.arm, number) if pair is not None and number is not None else None

    @property
    def chosen(self) -> Mark | None:
        """The mark whose facts are shown."""
        return next((one for one in self._marks if one.id == self._chosen), None)

    @property
    def shown(self) -> bool:
        """Whether marks are painted on the panes."""
        return self._shown

    def show(self, shown: bool) -> None:
        """Paint marks on the panes, or not."""
        self._shown = shown
        self.changed.emit()

    def choose(self, mark: Mark | None) -> None:
        """Show the facts of a mark."""
        self._chosen = mark.id if mark is not None else ""
        self.changed.emit()

    def go_to(self, mark: Mark) -> None:
        """Show the slice of a mark, and its facts."""
        self.choose(mark)
        self._model.select(mark.case, mark.arm, mark.slice)

    # ---- the tool ----------------------------------------------------------------------

    @property
    def tool(self) -> MarkKind | None:
        """Which marks the left button makes; None where it makes none."""
        return self._tool

    @property
    def shape(self) -> MarkShape:
        """What a drag draws: an ellipse or a box."""
        return self._shape

    @property
    def can_mark(self) -> bool:
        """Whether there is something to mark and the marks so far are known."""
        return self._history is not None and self._model.view is not None

    def use(self, tool: MarkKind | None) -> None:
        """Make marks of a kind by mouse; the same again, or None, leaves the tool."""
        self._tool = None if tool == self._tool else tool
        if self._tool is not None:
            self._shown = True
        self.changed.emit()

    def draw(self, shape: MarkShape) -> None:
        """Choose what a drag draws."""
        self._shape = shape
        self.changed.emit()

    # ---- deeds -------------------------------------------------------------------------

    def add(
        self,
        kind: MarkKind,
        shape: MarkShape,
        place: tuple[float, float],
        size: tuple[float, float] = (0.0, 0.0),
        where: Where | None = None,
    ) -> Mark | None:
        """Mark a place, of the slice and arm in view or of others.

        ``place`` is (row, column) and ``size`` (height, width), in pixels.
        """
        where = where or self._in_view()
        if where is None or not self.can_mark:
            return None
        case, arm, number = where
        made = Mark(
            id=self._work.new_id(),
            case=case,
            arm=arm,
            slice=number,
            kind=kind,
            shape=shape,
            row=round(place[0], 2),
            column=round(place[1], 2),
            height=round(size[0], 2),
            width=round(size[1], 2),
        )
        record = self._work.record("put")
        made = replace(made, author=record.author, made_at=record.at)
        if not self._do(replace(record, mark=made)):
            return None
        self._chosen = made.id
        self.changed.emit()
        return made

    def change(self, mark: Mark, **facts: object) -> None:
        """Give a mark another kind, severity or note."""
        changed = replace(mark, **facts)  # type: ignore[arg-type]  # fields of a mark
        if changed != mark:
            record = self._work.record("put")
            self._do(replace(record, mark=replace(changed, author=record.author)))

    def remove(self, mark: Mark | None = None) -> None:
        """Remove a mark, the chosen one by default."""
        mark = mark or self.chosen
        if mark is not None:
            self._do(self._work.record("remove", mark))

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self._history is not None and bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is something to do again."""
        return self._history is not None and bool(self._history.undone)

    @property
    def undo_words(self) -> str:
        """What would be taken back, e.g. ``Undo lost, case-1, slice 3``."""
        return _words("Undo", self._history.done if self._history is not None else ())

    @property
    def redo_words(self) -> str:
        """What would be done again."""
        return _words("Redo", self._history.undone if self._history is not None else ())

    def undo(self) -> None:
        """Take the last deed back, whenever it was done."""
        if self.can_undo:
            self._step("undo")

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self.can_redo:
            self._step("redo")

    def _step(self, deed: str) -> None:
        before = self._marks
        if self._do(self._work.record(deed)):
            fresh = [one for one in self._marks if one not in before]
            if fresh:
                self._chosen = fresh[-1].id
                self.changed.emit()

    def _do(self, record: MarkRecord) -> bool:
        """Keep a record, then let it be seen; False where the disk refused."""
        if self._history is None or self._path is None:
            return False
        try:
            self._work.keep(self._path, record)
        except BlindReadError as error:
            self.failed.emit(error)
            return False
        self._set(self._history.then(record))
        self.acted.emit()
        return True

    # ---- kept and carried away -----------------------------------------------------------

    def export_csv(self, target: Path) -> None:
        """Write all marks as a table."""
        pairing, marks = self._model.pairing, self._marks
        if pairing is not None:

            def write() -> str:
                path = self._work.export_csv(marks, pairing, target)
                return f"Saved {_count(len(marks), 'mark')} in {path}."

            self._exporting.request(target, one_step(write))

    def plan_report(self, folder: Path) -> None:
        """Find out which files a report of all marks would replace; ``report_planned`` follows."""
        pairing, marks = self._model.pairing, self._marks
        if pairing is not None:

            def plan() -> Report:
                replaced = self._work.plan_report(marks, pairing, folder).replaced()
                return Report(folder, marks, pairing, replaced)

            self._planning.request(folder, one_step(plan))

    def export_report(self, report: Report) -> None:
        """Write marks as DICOM SR, a file for each case and arm; tell which have no place."""
        folder, marks, pairing = report.folder, report.marks, report.pairing

        def write() -> Workflow:
            paths = yield from self._work.export_report(marks, pairing, folder)
            left_out = self._work.plan_report(marks, pairing, folder).left_out
            words = f"Saved {_count(len(paths), 'DICOM SR file')} in {folder}."
            return f"{words} {_missing(left_out)}".rstrip()

        self._exporting.request(folder, write)

    def stop(self) -> None:
        """Wait for the threads to end."""
        for job in (self._reading, self._planning, self._exporting):
            job.stop()

    def _follow_source(self) -> None:
        output = self._model.output
        path = self._work.marks_file(output) if output is not None else None
        if path == self._path:
            return
        self._path, self._history, self._chosen, self._tool = path, None, "", None
        self._marks = ()
        self._planning.drop()  # what was asked for was of another source
        if path is None:
            self._reading.drop()
        else:
            self._reading.request(path, one_step(lambda: self._work.read(path)))
        self.changed.emit()

    def _take(self, path: object, history: MarkHistory) -> None:
        if path == self._path:
            self._set(history)

    def _set(self, history: MarkHistory) -> None:
        self._history, self._marks = history, history.marks
        self.changed.emit()


def _words(verb: str, records: tuple[MarkRecord, ...]) -> str:
    mark = records[-1].mark if records else None
    return f"{verb} {mark.kind}, {mark.case}, slice {mark.slice}" if mark is not None else verb


def _missing(left_out: "tuple[LeftOut, ...]") -> str:
    """Say which marks a report does not hold; nothing where it holds all."""
    if not left_out:
        return ""
    count = sum(one.count for one in left_out)
    told = [f"{one.count} of {one.case}, {one.arm} ({one.why})" for one in left_out[:_NAMED]]
    if len(left_out) > _NAMED:
        told.append(f"{sum(one.count for one in left_out[_NAMED:])} of others")
    verb = "is" if count == 1 else "are"
    return f"{_count(count, 'mark')} {verb} in no report: {'; '.join(told)}. The CSV holds all."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
