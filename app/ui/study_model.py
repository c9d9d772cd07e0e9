"""What the Study room shows and allows; QtCore only, no widgets."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.pair import Pairing
from app.domain.protocol import Criterion, TrainingCase
from app.errors import ProtocolError
from app.study.scale_words import choices_from_text
from app.ui.errand import Errand
from app.ui.jobs import LatestJob, one_step
from app.ui.study_choices import Assumed, Choices
from app.ui.study_work import StudyWork

NEW_QUESTION = "1 Bad; 2 Poor; 3 Fair; 4 Good; 5 Excellent"


class StudyModel(QObject):
    """Design a study from a source, lock it, watch it and unblind it.

    Signals
    -------
    changed()
        Something that the page shows is another one now.
    progressed(Progress)
        The long work under way has come further.
    failed(BlindReadError)
        A step did not work; nothing else has changed.
    study_made(Path)
        The study in this folder is new or has changed its state.
    notice(str)
        Good news in one sentence.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    study_made = Signal(object)
    notice = Signal(str)

    def __init__(self, work: StudyWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work or StudyWork()
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.progressed.connect(self.progressed)
        self._errand.failed.connect(self.failed)
        self._size_job = LatestJob(self)
        self._size_job.ready.connect(self._take_size)
        self._size_job.failed.connect(self._take_objection)
        self._status_job = LatestJob(self)
        self._status_job.ready.connect(self._take_status)
        self._status_job.failed.connect(self._lose_status)
        self._outlook_job = LatestJob(self)
        self._outlook_job.ready.connect(self._take_outlook)
        self._outlook_job.failed.connect(self._lose_outlook)
        self._expect_job = LatestJob(self)
        self._expect_job.ready.connect(self._take_expectation)
        self._expect_job.failed.connect(self._lose_expectation)
        self._pair_job = LatestJob(self)
        self._pair_job.ready.connect(self._take_pairs)
        self._pair_job.failed.connect(self._lose_pairs)
        self.templates = {one.name: one for one in self._work.templates()}
        self.choices = Choices()
        self.assumed = Assumed()
        self._fields: dict[str, Any] = {}
        self.pairing: Pairing | None = None
        self.looking = False
        self.size: Any = None
        self.objection = ""
        self.study: Path | None = None
        self.status: Any = None
        self.outlook: Any = None
        self.outlook_objection = ""
        self.expectation: Any = None
        self.expectation_objection = ""
        self.designing = True
        """Whether the design is looked at, not the open study."""

    # What is allowed now

    @property
    def busy(self) -> bool:
        """Whether long work is under way."""
        return self._errand.busy

    @property
    def computing(self) -> bool:
        """Whether an answer to the newest choices is still to come."""
        jobs = (self._pair_job, self._size_job, self._status_job)
        return any(job.busy for job in (*jobs, self._outlook_job, self._expect_job))

    @property
    def doing(self) -> str:
        """The long work under way, in a few words."""
        return self._errand.doing

    @property
    def state(self) -> str:
        """The state of the open study: ``draft``, ``locked``, ``unblinded`` or empty."""
        return str(self.status.state) if self.status is not None else ""

    @property
    def shown(self) -> Any:
        """How much reading is asked for: by the new design, or by the open study."""
        return self.size if self.designing else self.outlook

    @property
    def shown_objection(self) -> str:
        """Why what is looked at will not do; empty where it will."""
        return self.objection if self.designing else self.outlook_objection

    @property
    def protocol_file(self) -> Path | None:
        """The protocol of the open study, where there is one to read."""
        path = self.study / "protocol.yaml" if self.study is not None else None
        return path if path is not None and path.is_file() else None

    @property
    def study_title(self) -> str:
        """The title of the open study, or what stands for it."""
        if self.status is not None:
            return str(self.status.title)
        if self._status_job.busy:
            return "Opening …"
        return "No study is open."

    @property
    def can_create(self) -> bool:
        """Whether the choices make a study."""
        return self.pairing is not None and self.size is not None and not self.busy

    @property
    def can_lock(self) -> bool:
        """Whether the open study waits to be locked."""
        return self.state == "draft" and not self.busy

    @property
    def can_unblind(self) -> bool:
        """Whether the open study may be unblinded (perhaps with a reason)."""
        return self.state == "locked" and not self.busy

    @property
    def dry_run(self) -> bool:
        """Whether only simulated readers have read the open study."""
        readers = self.status.readers if self.status is not None else ()
        begun = [reader for reader in readers if reader.done]
        return bool(begun) and all(reader.simulated for reader in begun)

    @property
    def missing_reads(self) -> int:
        """How many reads are still to come, of the simulated readers in a dry run."""
        readers = self.status.readers if self.status is not None else ()
        asked = [reader for reader in readers if reader.simulated == self.dry_run]
        return sum(reader.total - reader.done for reader in asked)

    # The design

    def open_source(self, source: Path | None) -> None:
        """Pair a source; its cases and arms become the choices."""
        self.pairing = self.size = None
        self.objection = ""
        self._fields = {}
        self.choices = replace(self.choices, title="", arms=(), cases=(), training=None)
        self.looking = source is not None
        if source is None:
            self._pair_job.drop()
        else:
            self._pair_job.request(source, lambda: self._work.pair(source, None))
        self.changed.emit()

    def rule(self, name: str) -> Any:
        """Return a rule of the design: as chosen, else as the template has it."""
        chosen = getattr(self.choices, name)
        if chosen is not None:
            return chosen
        return self._fields.get(name, () if name == "training" else None)

    def choose(self, **changes: Any) -> None:
        """Change some choices; the size of the study follows."""
        self.designing = True
        self._choose(replace(self.choices, **changes))

    def use_template(self, name: str) -> None:
        """Take another template with all of its rules."""
        self.designing = True
        self._choose(self.choices.with_template(name))

    def train_on(self, cases: tuple[str, ...]) -> None:
        """Show these cases before the test, and leave them out of it; others come back."""
        known = self.pairing.cases if self.pairing is not None else ()
        former = {one.case for one in self.rule("training")}
        tested = {*self.choices.cases, *former} - set(cases)
        training = tuple(TrainingCase(case) for case in cases)
        self.choose(training=training, cases=tuple(one for one in known if one in tested))

    def edit_question(
        self, index: int, *, prompt: str | None = None, choices: str | None = None
    ) -> None:
        """Word a question or its choices anew; a text that is no choice is objected to."""
        criteria = list(self.rule("criteria"))
        try:
            if prompt is not None:
                criteria[index] = replace(criteria[index], prompt=prompt)
            if choices is not None:
                criteria[index] = replace(criteria[index], choices=choices_from_text(choices))
        except ProtocolError as error:
            self._size_job.drop()
            self.designing, self.size, self.objection = True, None, error.sentence
            self._expect()
            self.changed.emit()
            return
        self.choose(criteria=tuple(criteria))

    def remove_question(self, index: int) -> None:
        """Ask one question less."""
        criteria = self.rule("criteria")
        self.choose(criteria=criteria[:index] + criteria[index + 1 :])

    def add_question(self) -> None:
        """Ask for one more rating, to be worded."""
        criteria = self.rule("criteria")
        taken = {one.id for one in criteria}
        name = next(f"question-{n}" for n in range(1, 99) if f"question-{n}" not in taken)
        added = Criterion(name, "rating", "A new question", choices_from_text(NEW_QUESTION))
        self.choose(criteria=(*criteria, added))

    def assume(self, assumed: Assumed) -> None:
        """Expect the precision under other assumptions."""
        self.assumed = assumed
        self._expect()
        self.changed.emit()

    def _choose(self, choices: Choices) -> None:
        if choices.template != self.choices.template or not self._fields:
            reference = self.pairing.reference_name if self.pairing is not None else "reference"
            self._fields = self._work.template_choices(choices.template, reference)
        self.choices = choices
        self.size = None
        self.objection = ""
        self._expect()
        pairing = self.pairing
        if pairing is not None:
            self._size_job.request(
                choices,
                one_step(lambda: self._work.preview(pairing, **choices.as_arguments())),
            )
        self.changed.emit()

    def create(self, folder: Path) -> None:
        """Write the study's protocol into a folder."""
        pairing, arguments = self.pairing, self.choices.as_arguments()

        def done(_protocol: object) -> None:
            self.notice.emit("The study is written. Check it, then lock it.")
            self.open_study(folder)
            self.designing = False
            self.study_made.emit(folder)

        self._errand.start(
            "Writing the protocol",
            one_step(lambda: self._work.new_study(pairing, folder=folder, **arguments)),
            done,
        )

    # The study

    def open_study(self, folder: Path | None) -> None:
        """Watch another study, or look again at the same one."""
        if folder != self.study:
            self.status = self.outlook = None
            self.designing = folder is None
            self._expect()
        self.study = folder
        self.refresh()
        self.changed.emit()

    def refresh(self) -> None:
        """Look again at the progress of the readers."""
        folder = self.study
        if folder is None:
            self.status = self.outlook = None
        else:
            self._status_job.request(object(), one_step(lambda: self._work.status(folder)))
            self._outlook_job.request(folder, one_step(lambda: self._work.outlook(folder)))

    def lock(self, passphrase: str) -> None:
        """Freeze the protocol, blind the pixels and seal the key."""
        folder = self.study
        if folder is None or not self.can_lock:
            return

        def done(sha256: object) -> None:
            self.notice.emit(f"Locked. The protocol is {str(sha256)[:12]}….")
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start("Locking the study", lambda: self._work.lock(folder, passphrase), done)

    @property
    def metrics_at_hand(self) -> Path | None:
        """The metric values that lie in the open study's folder or beside it."""
        return self._work.metrics_of(self.study) if self.study is not None else None

    def simulate(self, asked: Any) -> None:
        """Let simulated readers read the open study; all of it says so."""
        folder = self.study
        if folder is None or not self.can_unblind:
            return

        def done(names: Any) -> None:
            self.notice.emit(f"SIMULATED readers {', '.join(names)} have read the study.")
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start(
            "Simulated readers are reading", lambda: self._work.simulate(folder, asked), done
        )

    def unblind(self, passphrase: str, reason: str) -> None:
        """Open the key, on the record."""
        folder = self.study
        if folder is None or not self.can_unblind:
            return

        def done(_observations: object) -> None:
            self.notice.emit("Unblinded. The results are in the Results room.")
            self.refresh()
            self.study_made.emit(folder)

        self._errand.start(
            "Opening the key", lambda: self._work.unblind(folder, passphrase, reason), done
        )

    def cancel(self) -> None:
        """Ask the long work to stop."""
        self._errand.cancel()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self._pair_job.stop()
        self._size_job.stop()
        self._status_job.stop()
        self._outlook_job.stop()
        self._expect_job.stop()
        self._errand.stop()

    # Inside

    def _take_pairs(self, _key: object, pairing: Pairing) -> None:
        self.pairing = pairing
        self.looking = False
        self._choose(
            replace(
                self.choices,
                title=f"{pairing.source.resolve().stem}: reader study",
                arms=pairing.arms,
                cases=pairing.cases,
            )
        )

    def _lose_pairs(self, error: Any) -> None:
        self.looking = False
        self.objection = error.sentence
        self.changed.emit()

    def _take_size(self, _key: object, size: object) -> None:
        self.size = size
        self._expect()
        self.changed.emit()

    def _take_objection(self, error: Any) -> None:
        self.size = None
        self.objection = error.sentence
        self.changed.emit()

    def _take_status(self, _key: object, status: object) -> None:
        self.status = status
        self.changed.emit()

    def _lose_status(self, error: object) -> None:
        self.status = None
        if not isinstance(error, ProtocolError):  # a protocol can be mended, then looked at again
            self.study = None
        self.failed.emit(error)
        self.changed.emit()

    def _take_outlook(self, folder: object, outlook: object) -> None:
        if folder == self.study:
            self.outlook, self.outlook_objection = outlook, ""
            self._expect()
            self.changed.emit()

    def _lose_outlook(self, error: Any) -> None:
        self.outlook, self.outlook_objection = None, error.sentence
        self.changed.emit()

    def _expect(self) -> None:
        """Ask for the precision of what is looked at."""
        shown, assumed = self.shown, self.assumed
        self.expectation, self.expectation_objection = None, ""
        if shown is None:
            self._expect_job.drop()
        else:
            self._expect_job.request(
                shown, one_step(lambda: self._work.expectation(shown, assumed))
            )

    def _take_expectation(self, shown: object, expectation: object) -> None:
        if shown is self.shown:
            self.expectation = expectation
            self.changed.emit()

    def _lose_expectation(self, error: Any) -> None:
        self.expectation_objection = error.sentence
        self.changed.emit()
