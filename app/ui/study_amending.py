"""Amending the study that is being read: what may be added now, and what it would bring."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.jobs import LatestJob, Workflow, one_step
from app.ui.study_open import OpenStudy

KEPT = (
    "What a reader has been given stays as it is, in the same order: all that is new comes "
    "after it. The amendment goes on the record."
)

CASES, ROUND = "cases", "round"


class Amending(QObject):
    """Readers, cases and rounds of pairs for a locked study; the long work is the open study's.

    Signals
    -------
    changed()
        What is looked for has been found, or why it cannot be.
    """

    changed = Signal()

    def __init__(self, study: OpenStudy, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._study, self._work = study, study.work
        self._job = LatestJob(self)
        self._job.ready.connect(self._take)
        self._job.failed.connect(self._lose)
        self.new_cases: Any = None
        """The cases that were found, while it is asked which to add."""
        self.plan: Any = None
        """What the next round would bring, while it is asked whether to draw it."""
        self.objection = ""

    @property
    def can_amend(self) -> bool:
        """Whether readers and cases can be added to the open study."""
        study = self._study
        return study.state == "locked" and study.outlook is not None and not study.busy

    @property
    def can_draw_round(self) -> bool:
        """Whether the open study has further rounds."""
        return self.can_amend and self._study.outlook.protocol.pairing == "adaptive"

    @property
    def looking(self) -> bool:
        """Whether an answer is still to come."""
        answered = self.new_cases is not None or self.plan is not None or bool(self.objection)
        return self._job.busy and not answered

    def look_for_cases(self, source: Path | None = None) -> None:
        """Look for new cases in a folder or manifest; None is the study's own."""
        folder = self._study.study
        if folder is not None:
            self._look(CASES, lambda: self._work.find_new_cases(folder, source))

    def look_at_round(self) -> None:
        """Find out what the next round would bring."""
        folder = self._study.study
        if folder is not None:
            self._look(ROUND, one_step(lambda: self._work.plan_round(folder)))

    def look_no_more(self) -> None:
        """Forget what was looked for."""
        self._job.drop()
        self.new_cases = self.plan = None
        self.objection = ""

    def add_reader(self, passphrase: str, reader: str) -> None:
        """Give the open study one more reader."""
        self._amend(
            f"Adding {reader}",
            lambda folder: self._work.add_reader(folder, passphrase, reader),
            lambda screens: f"{_in_words({reader: screens})} {KEPT}",
        )

    def add_cases(self, passphrase: str, cases: tuple[str, ...], source: Path) -> None:
        """Give the open study more cases."""
        what = f"{len(cases)} cases" if len(cases) > 1 else "1 case"
        self._amend(
            f"Adding {what}",
            lambda folder: self._work.add_cases(folder, passphrase, cases, source),
            lambda screens: f"Added {what}: {_in_words(screens)} {KEPT}",
        )

    def next_round(self, passphrase: str) -> None:
        """Draw a further round of pairs."""
        self._amend(
            "Drawing the next round",
            lambda folder: self._work.next_round(folder, passphrase),
            lambda drawn: f"Round {drawn.number}: {_in_words(drawn.screens)} {KEPT}",
        )

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._job.stop()

    def _amend(
        self, doing: str, start: Callable[[Path], Workflow], tell: Callable[[Any], str]
    ) -> None:
        if self.can_amend:
            self._study.carry_out(doing, start, tell)

    def _look(self, what: str, start: Callable[[], Workflow]) -> None:
        self.new_cases = self.plan = None
        self.objection = ""
        self._job.request(what, start)
        self.changed.emit()

    def _take(self, what: object, found: object) -> None:
        if what == CASES:
            self.new_cases = found
        else:
            self.plan = found
        self.changed.emit()

    def _lose(self, error: Any) -> None:
        self.objection = error.sentence
        self.changed.emit()


def _in_words(screens: dict[str, int]) -> str:
    """Return how many screens each reader has.

    >>> _in_words({"R1": 9, "R2": 9})
    'R1 has 9 screens now, R2 has 9 screens now.'
    """
    told = (
        f"{reader} has {count} {'screen' if count == 1 else 'screens'} now"
        for reader, count in screens.items()
    )
    return ", ".join(told) + "."
