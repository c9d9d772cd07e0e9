"""The metric values of the open source: measured, read, shown by region, exported; no widgets."""

import hashlib
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.image import Window
from app.domain.metric import MetricValue
from app.domain.pair import Pair
from app.domain.progress import Progress
from app.ui.inspect_work import InspectWork
from app.ui.jobs import LatestJob, Workflow, explained, one_step
from app.ui.measuring import Measuring
from app.ui.value_rows import ValueRow, ValueTable, of_pairs, pivot
from app.ui.value_sheet import ValueSheet
from app.ui.value_table import look_at_texts

_AT_ONCE = 200
"""Rows whose memory is given back in one go."""

READ_AT_ONCE = 2000
"""Values of a table between two steps."""


class InspectValues(QObject):
    """The table of one source, and the run that fills it.

    Signals
    -------
    changed()
        Something that a button depends on.
    values_changed()
        Other values, or another region of them.
    measured(Path), exported(Path)
        A complete table of metric values lies here.
    space_changed()
        Another space is wanted beside native values.
    failed(BlindReadError)
        What happened and what to do.
    """

    changed = Signal()
    space_changed = Signal()
    values_changed = Signal()
    measured = Signal(object)
    exported = Signal(object)
    failed = Signal(object)

    def __init__(self, work: InspectWork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._source: Path | None = None
        self._home: Path | None = None
        self._reference_name = ""
        self._pairs: Sequence[Pair] = ()
        self._table = ValueTable()
        self._region = "whole"
        self._space = ""
        self.measuring = Measuring(parent=self)
        self._reading = LatestJob(self)
        self._exporting = LatestJob(self)
        self._letting_go = LatestJob(self)
        self._old: list[ValueTable] = []
        self._reading.ready.connect(self._take_values)
        self._exporting.ready.connect(lambda _, path: self.exported.emit(path))
        for job in (self._reading, self._exporting, self.measuring):
            job.failed.connect(self.failed)
        self.measuring.changed.connect(self.changed)
        self.measuring.succeeded.connect(self._take_output)

    @property
    def table(self) -> ValueTable:
        """All metric values that are there."""
        return self._table

    @property
    def region(self) -> str:
        """The region whose values are shown."""
        return self._region

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """The rows of the region chosen."""
        return self._table.of(self._region)

    @property
    def sheet(self) -> ValueSheet:
        """The rows of the region chosen, in columns."""
        return self._table.sheet(self._region)

    @property
    def output(self) -> Path | None:
        """Where the values of the open source are kept, for each name of the reference apart.

        None until ``set_home`` tells where those of the source belong.
        """
        path = self._home
        if path is None:
            return None
        if not self._reference_name:
            return path
        mark = hashlib.sha256(self._reference_name.encode()).hexdigest()[:12]
        return path.with_name(f"{path.stem}-{mark}{path.suffix}")

    @property
    def space(self) -> str:
        """The intensity space wanted beside native values; empty for none."""
        return self._space

    def set_window(self, window: Window | None) -> None:
        """Measure what a window shows too, beside native values; None measures those alone.

        It stays this window whatever comes into view, until it is chosen again.
        """
        plain = window.plain() if window is not None else None
        self._space = f"window:{plain.center:g}/{plain.width:g}" if plain is not None else ""
        self.space_changed.emit()
        self.changed.emit()

    def set_source(self, source: Path | None, reference_name: str) -> None:
        """Forget the values of the last source; those of this one are read when asked."""
        self.measuring.forget()
        self._reading.drop()
        if source != self._source:
            self._home = None
        self._source, self._reference_name = source, reference_name
        self._pairs = ()
        self._show(ValueTable())

    def set_home(self, home: Path) -> None:
        """Take where the values of the source are kept; finding out may take a slow disk long."""
        self._home = home

    def set_region(self, region: str) -> None:
        """Show the values of another region."""
        if region != self._region:
            self._region = region
            self.values_changed.emit()

    def row_of(self, pair: Pair, number: int | None) -> ValueRow | None:
        """Return the values of one slice of a pair, in the region chosen."""
        return self._table.row(self._region, pair.case, pair.arm, number)

    def measure(self) -> None:
        """Measure every pair of the source, or go on where a run ended."""
        output = self.output
        if self._source is None or output is None or self.measuring.running:
            return
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(explained(error))
            return
        name = self._reference_name or None
        command = self._work.measure_command(self._source, output, name, self._space)
        self.measuring.start(command, output)

    def export(self, target: Path) -> None:
        """Copy the finished table to a file of the person's choice."""
        output = self.output
        if output is not None:
            self._exporting.request(target, one_step(lambda: _copy(output, target)))

    def read(self, pairs: Sequence[Pair]) -> None:
        """Read the values that were measured before of these pairs, where there are any."""
        self._pairs = pairs
        csv = self.output
        if csv is not None and csv.is_file():
            self._reading.request(csv, lambda: self._table_of(csv, pairs))

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._old.clear()
        for job in (self.measuring, self._reading, self._exporting, self._letting_go):
            job.stop()

    def _show(self, table: ValueTable) -> None:
        """Put a table in the place of the last one, which is given up when nobody shows it."""
        if self._table.rows:
            self._old.append(self._table)
            QTimer.singleShot(0, self._forget_old)
        self._table = table

    def _forget_old(self) -> None:
        if self._old:
            self._letting_go.request(None, one_step(partial(_let_go, self._old)))

    def _take_output(self, csv: Path) -> None:
        if csv == self.output:
            self.read(self._pairs)

    def _table_of(self, csv: Path, pairs: Sequence[Pair]) -> Workflow:
        values: list[MetricValue] = []
        for value in self._work.read_values(csv):
            if len(values) % READ_AT_ONCE == 0:
                yield Progress(len(values), 0, "reading values")
            values.append(value)
        yield Progress(len(values), 0, "reading values")
        kept = of_pairs(values, pairs)
        yield Progress(len(values), len(values), "reading values")
        table = pivot(kept, outdated=len(kept) < len(values))
        for region in table.regions:
            look_at_texts(table.sheet(region))
        return table

    def _take_values(self, csv: Any, table: ValueTable) -> None:
        if csv != self.output:
            return
        self._show(table)
        if table.regions and self._region not in table.regions:
            self._region = table.regions[0]
        self.values_changed.emit()
        self.changed.emit()
        if table.rows and not table.outdated:
            self.measured.emit(csv)


def _let_go(tables: list[ValueTable]) -> None:
    """Give the memory of tables back a little at a time: all at once would halt every thread."""
    while tables:
        rows = list(tables.pop().rows)
        while rows:
            del rows[-_AT_ONCE:]


def _copy(source: Path, target: Path) -> Path:
    """Copy a file beside its target, then replace, so that no half of it is ever there."""
    beside = target.with_name(target.name + ".new")
    shutil.copyfile(source, beside)
    beside.replace(target)
    return target
