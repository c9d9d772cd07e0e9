"""The cases and arms of the open source, what is wrong with them, and Measure."""

import re
from pathlib import PurePath

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.pair import Pair, Problem
from app.ui.dialogs import ListDialog
from app.ui.icons import icon
from app.ui.inspect_model import InspectModel
from app.ui.theme import color

_KEPT = Qt.ItemDataRole.UserRole


class _Cases(QTreeWidget):
    """A tree that keeps the pair in view in sight, where it was, when the tree becomes smaller."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll to the pair where it was in sight before."""
        item = self.currentItem()
        seen = QRect(QPoint(), event.oldSize()).intersects(self.visualItemRect(item))
        super().resizeEvent(event)
        if seen:
            self.scrollToItem(item)


class PairingPanel(QFrame):
    """A tree of cases and arms, worst news at the end; below it, the measuring."""

    pair_chosen = Signal(str, str)

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        self._name = _label("title")
        self._name.setWordWrap(True)
        self._summary = _label("muted")
        self._summary.setWordWrap(True)
        self.reference = QLineEdit()
        self.reference.setPlaceholderText("reference: automatic")
        self.reference.setToolTip(
            "Name of the reference's folder or file, where it is not one of the usual:\n"
            "reference, ground_truth, gt, truth, target. Enter pairs again."
        )
        self.reference.setClearButtonEnabled(True)
        self.tree = _Cases()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("Cases and arms")
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setIndentation(14)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.measure_button = QPushButton("Measure")
        self.measure_button.setProperty("primary", True)
        self.measure_button.setToolTip(
            "Measure every reconstruction against its reference (Ctrl+M).\n"
            "After Cancel, Measure goes on where it ended."
        )
        self.cancel_button = QPushButton("Cancel")
        self.pairing_button = QPushButton("Pairing…")
        self.pairing_button.setToolTip(
            "What is paired, by which rule, and what is not and why;\ncorrect it by hand (Ctrl+P)."
        )
        self.bar = QProgressBar()
        self.told = _label("muted")
        self.told.setWordWrap(True)
        self._lay_out()
        self.reference.editingFinished.connect(self._name_reference)
        self.tree.currentItemChanged.connect(self._choose)
        self.measure_button.clicked.connect(model.measure)
        self.told.linkActivated.connect(self._show_problems)
        self.cancel_button.clicked.connect(model.measuring.cancel)
        model.pairing_changed.connect(self._fill)
        model.view_changed.connect(self._mark)
        model.changed.connect(self._refresh)
        self._fill()
        self._refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.measure_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 8, 12)
        column.setSpacing(8)
        for part in (self._name, self._summary, self.reference):
            column.addWidget(part)
        column.addWidget(self.tree, 1)
        column.addWidget(self.note)
        column.addWidget(self.pairing_button)
        column.addLayout(buttons)
        column.addWidget(self.bar)
        column.addWidget(self.told)

    def _fill(self) -> None:
        """Show the pairing as it is now."""
        model, pairing = self._model, self._model.pairing
        self._name.setText(_breakable(model.source.name) if model.source is not None else "")
        self._name.setToolTip(str(model.source or ""))
        with QSignalBlocker(self.reference):
            self.reference.setText(model.reference_name)
        with QSignalBlocker(self.tree):
            self.tree.clear()
            if pairing is not None:
                self._add_cases(pairing.pairs)
                self._add_problems(pairing.problems)
        if pairing is None:
            self._summary.setText("")
        else:
            count, cases, arms = len(pairing.pairs), len(pairing.cases), len(pairing.arms)
            named = pairing.reference_name or "by geometry"
            self._summary.setText(
                "Nothing could be paired"
                if not count
                else f"{_count(count, 'pair')}: {_count(cases, 'case')}, {_count(arms, 'arm')}"
                f"\nreference: {named}"
            )
            known = {*pairing.arms, *(_last_part(problem) for problem in pairing.problems)}
            completer = QCompleter(sorted(known - {""}), self.reference)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            self.reference.setCompleter(completer)
        alone = pairing is not None and not pairing.pairs and bool(pairing.problems)
        self._tell(pairing.problems[0] if pairing is not None and alone else None)

    def _add_cases(self, pairs: tuple[Pair, ...]) -> None:
        cases: dict[str, QTreeWidgetItem] = {}
        for pair in pairs:
            parent = cases.get(pair.case)
            if parent is None:
                parent = cases[pair.case] = QTreeWidgetItem(self.tree, [pair.case, ""])
                parent.setToolTip(0, pair.case)
                parent.setExpanded(True)
            item = QTreeWidgetItem(parent, [pair.arm, str(len(pair.slices))])
            item.setToolTip(1, "matching slices")
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, _KEPT, pair)
            item.setToolTip(0, _about(pair))
            if pair.note:
                item.setIcon(0, icon("problem", "warning"))

    def _add_problems(self, problems: tuple[Problem, ...]) -> None:
        if not problems:
            return
        title = f"Not used: {_count(len(problems), 'problem')}"
        parent = QTreeWidgetItem(self.tree, [title, ""])
        parent.setIcon(0, icon("problem", "warning"))
        parent.setFirstColumnSpanned(True)
        parent.setExpanded(len(problems) <= 12)
        for problem in problems:
            item = QTreeWidgetItem(parent, [problem.path or problem.case, ""])
            item.setFirstColumnSpanned(True)
            item.setData(0, _KEPT, problem)
            item.setToolTip(0, f"{problem.what}\n{problem.remedy}")

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        kept = item.data(0, _KEPT)
        if isinstance(kept, Problem):
            self._tell(kept)
        elif isinstance(kept, Pair):
            self._tell(None)
            self.pair_chosen.emit(kept.case, kept.arm)

    def _tell(self, problem: Problem | None) -> None:
        pair = self._model.pair
        if problem is not None:
            words = f"<b>{_safe(problem.what)}</b><br>{_safe(problem.remedy)}"
        elif pair is not None and pair.note:
            words = _safe(pair.note)
        else:
            words = ""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _mark(self) -> None:
        """Select the pair in view."""
        pair = self._model.pair
        if pair is None:
            return
        for row in range(self.tree.topLevelItemCount()):
            parent = self.tree.topLevelItem(row)
            for place in range(parent.childCount() if parent is not None else 0):
                item = parent.child(place) if parent is not None else None
                if item is not None and item.data(0, _KEPT) is pair:
                    with QSignalBlocker(self.tree):
                        self.tree.setCurrentItem(item)
                    self.tree.scrollToItem(item)
                    self._tell(None)
                    return

    def _name_reference(self) -> None:
        self._model.name_reference(self.reference.text())

    def _show_problems(self) -> None:
        problems = self._model.measuring.problems
        dialog = ListDialog("What could not be measured", problems, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _refresh(self) -> None:
        model, measuring = self._model, self._model.measuring
        self.measure_button.setEnabled(model.can_measure)
        self.cancel_button.setEnabled(measuring.running and not measuring.cancelling)
        self.bar.setVisible(measuring.running)
        progress = measuring.progress
        self.bar.setRange(0, progress.total)
        self.bar.setValue(min(progress.done, progress.total))
        link = (
            ' <a href="problems">Show</a>' if measuring.problems and not measuring.running else ""
        )
        self.told.setText(_safe(measuring.sentence) + link)
        self.told.setVisible(bool(measuring.sentence))
        self.told.setStyleSheet(f"color: {color('muted').name()}")


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    return label


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _about(pair: Pair) -> str:
    rule = {"folder": "by folder names", "geometry": "by geometry", "source": "by their headers"}
    lines = [
        f"{pair.case}, {pair.arm}",
        f"Paired {rule.get(pair.matched_by, 'by ' + pair.matched_by)}, slices by {pair.slices_by}",
        f"{len(pair.slices)} matching slices",
    ]
    return "\n".join([*lines, pair.note] if pair.note else lines)


def _last_part(problem: Problem) -> str:
    """Return the folder or file name of a problem, which may be the reference's."""
    return PurePath(problem.path).name


def _breakable(name: str) -> str:
    """Return a name that a label can break anywhere sensible, so that nothing is cut off."""
    shown = name if len(name) <= 60 else f"{name[:28]}…{name[-28:]}"
    return re.sub(r"[^A-Za-z0-9]|[A-Za-z0-9]{12}", "\\g<0>\u200b", shown)


def _safe(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
