"""The rules of the screens and the sessions of a new study."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from app.ui.check_list import CheckList
from app.ui.study_model import StudyModel

CATCHES = (
    ("identical", "the same image twice"),
    ("swapped", "another case in one place"),
    ("blur", "one image grossly blurred"),
)
PAIRINGS = (("all", "All pairs of arms"), ("adaptive", "Some pairs, then rounds where unsure"))


class RulesForm(QWidget):
    """What a template says of its screens, each to be changed."""

    def __init__(self, model: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.takes_part = QCheckBox("takes part, blinded, as one more arm")
        self.slots = _number(1, 16)
        self.pairing = QComboBox()
        for value, words in PAIRINGS:
            self.pairing.addItem(words, value)
        self.repeats = _number(0, 100, " %")
        self.catches = {kind: _number(0, 50) for kind, _ in CATCHES}
        self.seconds = _number(1, 3600, " s")
        self.minutes = _number(0, 480, " min", none="no limit")
        self.washout = _number(0, 2000, " h", none="none")
        self.training = CheckList("training cases", height=84, all_at_once=False)
        form = QFormLayout(self)
        form.setContentsMargins(8, 10, 8, 8)
        form.setVerticalSpacing(7)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        for name, widget in (
            ("Reference", self.takes_part),
            ("Images on a screen", self.slots),
            ("Pairs", self.pairing),
            ("Hidden repeats", self.repeats),
            ("Catch trials", self._catch_row()),
            ("Time per read", self.seconds),
            ("Session at most", self.minutes),
            ("Washout", self.washout),
            ("Training", self.training),
        ):
            form.addRow(name, widget)
            widget.setAccessibleName(name)
        self.repeats.setToolTip("Share of the screens that come once more, unannounced.")
        self.washout.setToolTip("Least time between two sessions that show the same case.")
        self.training.setToolTip("Cases shown first, with feedback; they are left out of the test.")
        self._connect()

    def _catch_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for kind, words in CATCHES:
            line.addWidget(QLabel(kind))
            line.addWidget(self.catches[kind])
            self.catches[kind].setToolTip(f"Screens that show {words}.")
            self.catches[kind].setAccessibleName(f"Catch trials, {kind}")
        line.addStretch(1)
        return row

    def _connect(self) -> None:
        model = self._model
        self.takes_part.toggled.connect(lambda on: model.choose(reference_as_arm=on))
        self.slots.valueChanged.connect(lambda value: model.choose(slots=int(value)))
        self.pairing.activated.connect(lambda _: model.choose(pairing=self.pairing.currentData()))
        self.repeats.valueChanged.connect(lambda value: model.choose(repeat_share=value / 100))
        for spin in self.catches.values():
            spin.valueChanged.connect(lambda _: self._choose_catches())
        self.seconds.valueChanged.connect(lambda value: model.choose(seconds_per_read=float(value)))
        self.minutes.valueChanged.connect(lambda value: model.choose(session_minutes=float(value)))
        self.washout.valueChanged.connect(lambda value: model.choose(washout_hours=float(value)))
        self.training.list.itemChanged.connect(lambda _: model.train_on(self.training.chosen()))

    def _choose_catches(self) -> None:
        counts = ((kind, int(spin.value())) for kind, spin in sorted(self.catches.items()))
        self._model.choose(catches=tuple(one for one in counts if one[1]))

    def refresh(self) -> None:
        """Show the rules as they are chosen, or as the template has them."""
        rule, pairing = self._model.rule, self._model.pairing
        slots = rule("slots") or 1
        _show(self.takes_part, self.takes_part.setChecked, bool(rule("reference_as_arm")))
        _show(self.slots, self.slots.setValue, slots)
        place = self.pairing.findData(rule("pairing") or "all")
        _show(self.pairing, self.pairing.setCurrentIndex, place)
        self.pairing.setEnabled(slots == 2)
        _show(self.repeats, self.repeats.setValue, round(100 * (rule("repeat_share") or 0), 1))
        counts = dict(rule("catches") or ())
        for kind, spin in self.catches.items():
            _show(spin, spin.setValue, counts.get(kind, 0))
        _show(self.seconds, self.seconds.setValue, rule("seconds_per_read") or 1)
        _show(self.minutes, self.minutes.setValue, rule("session_minutes") or 0)
        _show(self.washout, self.washout.setValue, rule("washout_hours") or 0)
        if pairing is not None:
            chosen = tuple(one.case for one in rule("training"))
            self.training.show_names(pairing.cases, chosen)


def _number(least: int, most: int, unit: str = "", *, none: str = "") -> QDoubleSpinBox | QSpinBox:
    spin = QDoubleSpinBox() if unit else QSpinBox()
    if isinstance(spin, QDoubleSpinBox):
        spin.setDecimals(0)
    spin.setRange(least, most)
    spin.setSuffix(unit)
    spin.setSpecialValueText(none)
    return spin


def _show(widget: QWidget, show: Callable[[Any], object], value: Any) -> None:
    """Show a value without telling the model of it as a change."""
    with QSignalBlocker(widget):
        show(value)
