"""What a design asks of its readers and what it will tell: always in view."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.row_table import Column, RowTable, row_view
from app.ui.study_model import StudyModel

_FIRST = (Column("Reader", lambda row: row.reader), Column("Arm", lambda row: row.arm))
_HALVES = (
    Column("Early", lambda row: str(row.first_half), number=True),
    Column("Late", lambda row: str(row.second_half), number=True),
    Column("", lambda _row: ""),
)

ONE_IMAGE_COLUMNS = (*_FIRST, *_HALVES)
BALANCE_COLUMNS = (
    *_FIRST,
    Column("Left", lambda row: str(row.left), number=True),
    Column("Right", lambda row: str(row.right), number=True),
    *_HALVES,
)


class OutlookPanel(QFrame):
    """Reads, hours, precision and balance, of the new design or of the open study.

    Signals
    -------
    assumptions_asked()
        The coordinator wants to see or change what the precision assumes.
    """

    assumptions_asked = Signal()

    def __init__(self, model: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName("panel")
        self.heading = QLabel()
        self.heading.setObjectName("heading")
        self.reads = _words("title")
        self.time = _words("muted")
        self.objection = _words("")
        self.precision = _words("")
        self.notes = _words("muted")
        self.assumptions_button = QPushButton("&Assumptions …")
        self.assumptions_button.setToolTip("What the simulation behind these numbers assumes")
        self.assumptions_button.clicked.connect(self.assumptions_asked)
        self.balance = RowTable(BALANCE_COLUMNS, self)
        self.by_halves = RowTable(ONE_IMAGE_COLUMNS, self)
        self._sides_view = row_view(self.balance, "Balance of the schedule")
        self._halves_view = row_view(self.by_halves, "Balance of the schedule by halves")
        row = QHBoxLayout()
        row.addWidget(self.precision, 1)
        row.addWidget(self.assumptions_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        for widget in (self.heading, self.reads, self.time, self.objection):
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.notes)
        column.addWidget(self._sides_view, 1)
        column.addWidget(self._halves_view, 1)
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        model, seen = self._model, self._model.shown
        which = "new" if model.designing else "open"
        self.heading.setText(f"What the {which} study asks, and what it will tell")
        self.reads.setText(size_words(seen))
        self.time.setText(time_words(seen))
        self.time.setVisible(seen is not None)
        self.objection.setText(model.shown_objection)
        self.objection.setVisible(bool(model.shown_objection))
        self.precision.setText(
            precision_words(model.expectation)
            or model.expectation_objection
            or ("Simulating the precision …" if seen is not None else "")
        )
        self.precision.setToolTip(
            "Half width of the 95 % interval, and power, from simulated studies; after unblinding "
            "it is the difference of two arms that the results give. A step is one choice of a "
            "scale of up to seven, of a longer one a quarter of its range."
        )
        notes = (*model.expectation.notes,) if model.expectation is not None else ()
        if seen is not None and seen.extent.rounds:
            notes += ("The table is of the first round; further rounds only the key knows.",)
        self.notes.setText(" ".join(notes))
        self.notes.setVisible(bool(notes))
        self.assumptions_button.setEnabled(seen is not None)
        rows = seen.balance if seen is not None else ()
        pairs = seen is None or seen.protocol.slots == 2
        self._sides_view.setVisible(pairs)
        self._halves_view.setVisible(not pairs)
        (self.balance if pairs else self.by_halves).show_rows(rows)


def size_words(seen: Any) -> str:
    """Return reads and time in words.

    >>> size_words(None)
    '–'
    """
    if seen is None:
        return "–"
    minutes = round(seen.hours_per_reader * 60)
    hours = f"{seen.hours_per_reader:.1f} h" if minutes >= 90 else f"{minutes} min"
    return f"{seen.reads_per_reader} reads, about {hours}, for each reader"


def time_words(seen: Any) -> str:
    """Return where the time comes from."""
    if seen is None:
        return ""
    if seen.measured_reads:
        screens = "screen" if seen.measured_reads == 1 else "screens"
        return (
            f"Measured: {seen.seconds_per_read:.0f} s a read, "
            f"the mean of the {seen.measured_reads} {screens} read so far."
        )
    return f"By the {seen.seconds_per_read:g} s a read that the protocol expects."


def precision_words(found: Any) -> str:
    """Return the precision to expect in words; empty where there is none."""
    if found is None:
        return ""
    seen = found.precision
    points = f" ({found.step * seen.half_width:.1f} points)" if found.step != 1 else ""
    steps = "step" if seen.difference == 1 else "steps"
    return (
        f"To expect: a difference of two arms known to ±{seen.half_width:.2f} steps{points}, "
        f"and one of {seen.difference:g} {steps} seen with {100 * seen.power:.0f} % power."
    )


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
