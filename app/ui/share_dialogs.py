"""What carrying away asks: where to, and how a contact sheet or a film shall be."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.errors import BlindReadError
from app.report.captions import number
from app.ui.cine import make_film
from app.ui.cine_order import film_order
from app.ui.contact_sheet import MOST_SLICES, SheetOrder, make_sheet, worst_rows
from app.ui.drawings import Drawings
from app.ui.errand import Errand
from app.ui.inspect_model import InspectModel
from app.ui.inspect_work import InspectWork
from app.ui.jobs import Workflow
from app.ui.pane_grid import PaneGrid
from app.ui.value_rows import ValueRow
from app.ui.work_bar import WorkBar

SCOPES = ("All cases and arms", "The arm in view", "The case in view", "The pair in view")
WINDOWS = ("The window in view", "Each reference's own")
FILMS = ("The panes in view", "Reference and reconstruction in turn")
SIZES = (("As on the screen", 1.0), ("Half as large", 0.5))
FASTEST_FLICKER = 5
_SUFFIXES = {"PNG": ".png", "SVG": ".svg", "PDF": ".pdf", "MP4": ".mp4", "GIF": ".gif"}


def ask_picture(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a picture; None where the person thinks better of it."""
    return _ask(parent, "Save the picture", suggestion, ("PNG picture", "SVG picture"))


def ask_view_to_save(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a view; None where the person thinks better of it."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save the view", str(suggestion), "BlindRead view (*.json)"
    )
    return _with_suffix(Path(name), ".json") if name else None


def ask_view_to_open(parent: QWidget, start: Path) -> Path | None:
    """Ask which view to open; None where the person thinks better of it."""
    name, _ = QFileDialog.getOpenFileName(
        parent, "Open a view", str(start), "View, or picture with a view inside (*.json *.png)"
    )
    return Path(name) if name else None


def ask_sheet(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a contact sheet; None where the person thinks better of it."""
    return _ask(parent, "Save the contact sheet", suggestion, ("PDF pages", "PNG picture"))


def ask_film(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a film; None where the person thinks better of it."""
    return _ask(parent, "Save the film", suggestion, ("MP4 film", "GIF film"))


def _ask(parent: QWidget, title: str, suggestion: Path, kinds: tuple[str, ...]) -> Path | None:
    suffixes = [_SUFFIXES[kind.split()[0]] for kind in kinds]
    filters = [f"{kind} (*{suffix})" for kind, suffix in zip(kinds, suffixes, strict=True)]
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(suggestion), ";;".join(filters))
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() in suffixes:
        return path
    return _with_suffix(path, suffixes[filters.index(chosen)] if chosen in filters else suffixes[0])


def _with_suffix(path: Path, suffix: str) -> Path:
    return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)


class _MakingDialog(QDialog):
    """A few choices, one button that makes a file of them, and a line that shows the work.

    Signals
    -------
    told(str)
        The file is there.
    """

    told = Signal(str)

    def __init__(self, title: str, making: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._making = making
        self.errand = Errand(self)
        self.form = QFormLayout()
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.work = WorkBar()
        self.save = QPushButton("Save…")
        self.save.setProperty("primary", True)
        self.shut = QPushButton("Close")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.shut)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(self.form)
        column.addWidget(self.problem)
        column.addWidget(self.work)
        column.addLayout(buttons)
        self.work.bar.setFixedWidth(120)
        self.setMinimumWidth(600)
        self.save.clicked.connect(self.make)
        self.shut.clicked.connect(self.close)
        self.work.cancelled.connect(self.errand.cancel)
        self.errand.changed.connect(self._show_work)
        self.errand.progressed.connect(self.work.show_progress)
        self.errand.failed.connect(self._fail)

    def make(self) -> None:
        """Ask where to, and begin."""
        target = self.ask()
        if target is None:
            return
        self.problem.hide()
        try:
            work = self.workflow(target)
        except BlindReadError as error:
            self._fail(error)
            return
        self.errand.start(self._making, lambda: work, self._end)

    def ask(self) -> Path | None:
        """Ask where to."""
        raise NotImplementedError

    def workflow(self, target: Path) -> Workflow:
        """Return what makes the file."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Return whether all is known that the file needs."""
        return True

    def stop(self) -> None:
        """End the work and wait; for when the window closes."""
        self.errand.stop()

    def done(self, result: int) -> None:
        """End the work as the dialog goes; nothing half-written is left."""
        self.errand.drop()
        super().done(result)

    def _show_work(self) -> None:
        busy = self.errand.busy
        self.work.show_work(self.errand.doing)
        self.save.setEnabled(not busy and self.ready())
        for row in range(self.form.rowCount()):
            field = self.form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            if field is not None and field.widget() is not None:
                field.widget().setEnabled(not busy)

    def _fail(self, error: BlindReadError) -> None:
        self.problem.setText(error.sentence)
        self.problem.show()

    def _end(self, target: Path) -> None:
        self.told.emit(f"Saved {target}.")
        self.close()


class SheetDialog(_MakingDialog):
    """The worst slices: by which metric, how many, of what, beside what."""

    def __init__(
        self, model: InspectModel, suggestion: Path, drawn: Callable[[], Drawings], parent: QWidget
    ) -> None:
        super().__init__("Contact sheet of the worst slices", "Painting", parent)
        self._model, self._suggestion, self._drawn = model, suggestion, drawn
        self.worst_by, self.scope, self.third, self.windowing = (QComboBox() for _ in range(4))
        self.count = QSpinBox()
        self._metrics = model.table.metrics  # the list that is offered; the table may change
        self.worst_by.addItems([name.upper() for name in self._metrics])
        self.scope.addItems(SCOPES)
        self.windowing.addItems(WINDOWS)
        self.count.setRange(1, MOST_SLICES)
        self.count.setValue(12)
        difference = model.difference.limit
        self.third.addItem(f"Difference, full colour at ±{number(difference)}", None)
        for one, why in model.maps.choices:
            if not why:
                self.third.addItem(one.title, one)
        for words, field in (
            ("Worst by", self.worst_by),
            ("How many slices", self.count),
            ("Of", self.scope),
            ("Third column", self.third),
            ("Window", self.windowing),
        ):
            self.form.addRow(words, field)
        self.region = QLabel()
        self.region.setObjectName("muted")
        self.form.addRow("", self.region)
        model.values_changed.connect(self._name_region)
        self._name_region()
        self.waiting = QLabel("Save waits until all references are read: their range is needed.")
        self.waiting.setObjectName("muted")
        self.form.addRow("", self.waiting)
        for told in (
            model.ranges.changed,
            model.body.changed,
            self.third.currentIndexChanged,
        ):
            told.connect(self._wait)
        self._wait()

    def _name_region(self) -> None:
        self.region.setText(f"Values of the region in view: {self._model.region}.")

    def ready(self) -> bool:
        """Return whether the range of the study is known, where the sheet needs it."""
        needed = self.third.currentData() is not None or self._model.body.shown
        return self._model.ranges.complete or not needed

    def _wait(self) -> None:
        self.form.setRowVisible(self.waiting, not self.ready())
        self._show_work()

    def rows(self) -> tuple[ValueRow, ...]:
        """Return the rows that were chosen, the worst first."""
        model, pair = self._model, self._model.pair
        scope = self.scope.currentText()
        arm = pair.arm if pair is not None and scope in (SCOPES[1], SCOPES[3]) else None
        case = pair.case if pair is not None and scope in (SCOPES[2], SCOPES[3]) else None
        among = {
            (one.case, one.arm)
            for one in (model.pairing.pairs if model.pairing is not None else ())
            if arm in (None, one.arm) and case in (None, one.case)
        }
        return worst_rows(model.values.sheet, self._metric(), self.count.value(), among)

    def _metric(self) -> str:
        return self._metrics[self.worst_by.currentIndex()]

    def ask(self) -> Path | None:
        """Ask where to."""
        return ask_sheet(self, self._suggestion)

    def workflow(self, target: Path) -> Workflow:
        """Return what paints the sheet."""
        model, rows = self._model, self.rows()
        if not rows or model.pairing is None:
            raise BlindReadError(
                "There is no slice with a value of this metric here.",
                remedy="Choose another metric, or more cases.",
            )
        pairs = {(one.case, one.arm): one for one in model.pairing.pairs}
        many = f"The {len(rows)} worst slices" if len(rows) > 1 else "The worst slice"
        order = SheetOrder(
            title=f"{many}{self._named_scope()} by {self._metric().upper()}",
            wanted=tuple((pairs[row.case, row.arm], row.slice or 1) for row in rows),
            rows=rows,
            window=model.state.window if self.windowing.currentIndex() == 0 else None,
            inverted=model.state.inverted,
            limit=model.difference.limit,
            local_map=self.third.currentData(),
            drawings=self._drawn(),
            study=model.ranges.study,
        )
        return make_sheet(order, target)

    def _named_scope(self) -> str:
        pair, scope = self._model.pair, self.scope.currentIndex()
        if pair is None or scope == 0:
            return ""
        return (f" of {pair.arm}", f" of {pair.case}", f" of {pair.case}, {pair.arm}")[scope - 1]


class CineDialog(_MakingDialog):
    """A film: of which panes, from which slice to which, how fast and how large."""

    def __init__(
        self,
        model: InspectModel,
        panes: PaneGrid,
        suggestion: Path,
        work: InspectWork,
        drawn: Callable[[], Drawings],
    ) -> None:
        super().__init__("Film of the slices", "Painting", panes)
        self._model, self._panes = model, panes
        self._suggestion, self._work, self._drawn = suggestion, work, drawn
        self.what, self.share = QComboBox(), QComboBox()
        self.first, self.last, self.step = QSpinBox(), QSpinBox(), QSpinBox()
        self.rate = QDoubleSpinBox()
        self.what.addItems(FILMS)
        for words, share in SIZES:
            self.share.addItem(words, share)
        self._numbers: tuple[int, ...] = ()
        self.step.setMinimum(1)
        self.rate.setDecimals(1)
        self.rate.setSuffix(" frames a second")
        self._set_rate()
        for words, field in (
            ("Show", self.what),
            ("From slice", self.first),
            ("To slice", self.last),
            ("Every", self.step),
            ("Rate", self.rate),
            ("Size", self.share),
        ):
            self.form.addRow(words, field)
        self.sum = QLabel()
        self.sum.setObjectName("muted")
        self.sum.setWordWrap(True)
        self.form.addRow("", self.sum)
        self.what.currentIndexChanged.connect(self._choose_kind)
        for field in (self.first, self.last, self.step, self.rate):
            field.valueChanged.connect(self._tell)
        model.view_changed.connect(self._follow)
        self._follow()
        if len(self._numbers) == 1:
            self.what.setCurrentIndex(1)

    @property
    def flicker(self) -> bool:
        """Whether reference and reconstruction take turns."""
        return self.what.currentIndex() == 1

    def indices(self) -> tuple[int, ...]:
        """Return the slices from 0; backwards where the last comes before the first."""
        first, last = self.first.value(), self.last.value()
        low, high = min(first, last), max(first, last)
        chosen = [at for at, one in enumerate(self._numbers) if low <= one <= high]
        return tuple((chosen if last >= first else chosen[::-1])[:: self.step.value()])

    def _follow(self) -> None:
        """Offer the slices of the pair in view, by their numbers in the tables."""
        model = self._model
        if model.view is None:
            return
        count = model.view.slices
        numbers = tuple(model.number_of(at) or at + 1 for at in range(count))
        if numbers != self._numbers:
            self._numbers = numbers
            self.step.setRange(1, max(1, count - 1))
            for field in (self.first, self.last):
                field.setRange(min(numbers), max(numbers))
            self._choose_slices()
        self._tell()

    def _choose_kind(self) -> None:
        self._choose_slices()
        self._set_rate()
        self._tell()

    def _choose_slices(self) -> None:
        """Begin a flicker with the slice in view, a film with all."""
        here = self._model.state.slice
        if self.flicker and here < len(self._numbers):
            self.first.setValue(self._numbers[here])
            self.last.setValue(self._numbers[here])
        else:
            self.first.setValue(self.first.minimum())
            self.last.setValue(self.last.maximum())

    def _set_rate(self) -> None:
        most = FASTEST_FLICKER if self.flicker else 30
        self.rate.setRange(0.5, most)
        self.rate.setValue(2.0 if self.flicker else 10.0)

    def _tell(self) -> None:
        frames = len(self.indices()) * (2 if self.flicker else 1)
        many, lasts = "s" * (frames != 1), number(frames / self.rate.value())
        self.sum.setText(
            f"{frames} frame{many}, {lasts} s. Window, zoom and place are those in view, and so "
            "are body, shapes and marks; comparisons in a pane are left out."
        )

    def ask(self) -> Path | None:
        """Ask where to."""
        return ask_film(self, self._suggestion)

    def workflow(self, target: Path) -> Workflow:
        """Return what paints the film."""
        order = film_order(
            self._model,
            self._panes,
            self.indices(),
            self.rate.value(),
            flicker=self.flicker,
            share=self.share.currentData(),
            drawings=self._drawn(),
        )
        if order is None:
            raise BlindReadError(
                "There is no image in view.", remedy="Wait until the pair is loaded."
            )
        for pane in (one for panes in order.scenes for one in panes):
            problem = self._model.ranges.refused(pane.view)
            if pane.content.kind == "map" and problem is not None:
                raise problem
        return make_film(order, target, self._work)
