"""What the Study room shows and allows; QtCore only, no widgets."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.domain.protocol import TrainingCase
from app.errors import ProtocolError
from app.ui.context import Look
from app.ui.jobs import Workflow, one_step
from app.ui.study_choices import Assumed, Choices, with_one_more, with_words
from app.ui.study_open import OpenStudy
from app.ui.study_work import StudyWork


class StudyModel(OpenStudy):
    """Design a study from a source; lock, watch and unblind it as ``OpenStudy`` does."""

    def __init__(self, work: StudyWork | None = None, parent: QObject | None = None) -> None:
        super().__init__(work or StudyWork(), parent)
        self._size_job = self._latest(self._take_size, self._take_objection)
        self._expect_job = self._latest(self._take_expectation, self._lose_expectation)
        self._pair_job = self._latest(self._take_pairs, self._lose_pairs)
        self.templates: dict[str, Any] = {}
        """The shipped designs by their names, once a source has been paired."""
        self._look = Look()
        self.choices = Choices()
        self.assumed = Assumed()
        self._fields: dict[str, Any] = {}
        self.pairing: Pairing | None = None
        self.source: Path | None = None
        self.reference_name = ""
        """The reference's name as it was given; empty for the usual names."""
        self.looking = False
        self.size: Any = None
        self.objection = ""
        self.expectation: Any = None
        self.expectation_objection = ""

    # What is allowed now

    @property
    def shown(self) -> Any:
        """How much reading is asked for: by the new design, or by the open study."""
        return self.size if self.designing else self.outlook

    @property
    def shown_objection(self) -> str:
        """Why what is looked at will not do; empty where it will."""
        return self.objection if self.designing else self.outlook_objection

    @property
    def can_create(self) -> bool:
        """Whether the choices make a study."""
        return self.pairing is not None and self.size is not None and not self.busy

    # The design

    def open_source(self, source: Path | None, reference: str = "") -> None:
        """Pair a source; its cases and arms become the choices."""
        self.source, self.reference_name = source, reference
        self.choices = replace(self.choices, title="")
        self._pair()

    def take_look(self, look: Look) -> None:
        """Design with what the Inspect room finds, where it looks through the same source."""
        self._look = look
        if self.looking and self._inspected:
            self._find_pairs()

    @property
    def can_name_reference(self) -> bool:
        """Whether names tell the reference; a manifest says itself which image it is."""
        return self.source is not None and self.source.suffix.lower() != ".csv"

    def name_reference(self, name: str) -> None:
        """Pair again with another folder or file as the reference; empty is the usual names."""
        if self.can_name_reference and name.strip() != self.reference_name:
            self.designing, self.reference_name = True, name.strip()
            self._pair()

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
        asked = self.rule("criteria")
        if asked is None:  # another source is being paired: there is nothing to word
            return
        try:
            criteria = with_words(asked, index, prompt=prompt, choices=choices)
        except ProtocolError as error:
            self._size_job.drop()
            self.designing, self.size, self.objection = True, None, error.sentence
            self._expect()
            self.changed.emit()
            return
        self.choose(criteria=criteria)

    def remove_question(self, index: int) -> None:
        """Ask one question less."""
        criteria = self.rule("criteria")
        self.choose(criteria=criteria[:index] + criteria[index + 1 :])

    def add_question(self) -> None:
        """Ask for one more rating, to be worded."""
        self.choose(criteria=with_one_more(self.rule("criteria")))

    def assume(self, assumed: Assumed) -> None:
        """Expect the precision under other assumptions."""
        self.assumed = assumed
        self._expect()
        self.changed.emit()

    def _choose(self, choices: Choices) -> None:
        if choices.template != self.choices.template or not self._fields:
            reference = self.pairing.reference_name if self.pairing is not None else "reference"
            self._fields = self.work.template_choices(choices.template, reference)
        self.choices = choices
        self.size = None
        self.objection = ""
        self._expect()
        pairing = self.pairing
        if pairing is not None:
            self._size_job.request(
                choices,
                one_step(lambda: self.work.preview(pairing, **choices.as_arguments())),
            )
        self.changed.emit()

    def create(self, folder: Path) -> None:
        """Write the study's protocol into a folder."""
        pairing, arguments, former = self.pairing, self.choices.as_arguments(), self.study

        def done(_protocol: object) -> None:
            if self.study != former:  # meanwhile the person has opened another study
                self.notice.emit(f"The study is written to {folder}. Open it there to lock it.")
                return
            self.notice.emit("The study is written. Check it, then lock it.")
            self.open_study(folder)
            self.designing = False
            self.study_made.emit(folder)

        self._errand.start(
            "Writing the protocol",
            one_step(lambda: self.work.new_study(pairing, folder=folder, **arguments)),
            done,
        )

    # Inside

    @property
    def _inspected(self) -> bool:
        """Whether the Inspect room looks, or has looked, for the very pairs wanted here."""
        look = self._look
        named = not self.can_name_reference or look.reference == self.reference_name
        return look.source == self.source and named

    def _find_pairs(self) -> None:
        """Take the pairs that Inspect has found, wait for them, or look for them here."""
        source, name, look = self.source, self.reference_name or None, self._look
        if source is None or (self._inspected and look.under_way):
            self._pair_job.drop()
        elif self._inspected and look.pairing is not None:
            pairing = look.pairing
            self._pair_job.request(source, lambda: self._with_templates(_found(pairing)))
        else:
            self._pair_job.request(
                source, lambda: self._with_templates(self.work.pair(source, name))
            )

    def _with_templates(self, pairs: Workflow) -> Workflow:
        """Find pairs, then read the templates: the screen could not wait for so many files."""
        pairing = yield from pairs
        templates = self.templates or {one.name: one for one in self.work.templates()}
        return pairing, templates

    def _pair(self) -> None:
        """Pair the source anew; until then there is nothing to choose from."""
        self.pairing = self.size = None
        self.objection = ""
        self._fields = {}
        self.choices = replace(self.choices, arms=(), cases=(), training=None)
        self.looking = self.source is not None
        self._size_job.drop()
        self._find_pairs()
        self._expect()
        self.changed.emit()

    def _take_pairs(self, _key: object, found: tuple[Pairing, dict[str, Any]]) -> None:
        pairing, self.templates = found
        self.pairing = pairing
        self.looking = False
        self._choose(
            replace(
                self.choices,
                title=self.choices.title or f"{pairing.source.resolve().stem}: reader study",
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

    def _expect(self) -> None:
        """Ask for the precision of what is looked at."""
        shown, assumed = self.shown, self.assumed
        self.expectation, self.expectation_objection = None, ""
        if shown is None:
            self._expect_job.drop()
        else:
            self._expect_job.request(shown, one_step(lambda: self.work.expectation(shown, assumed)))

    def _take_expectation(self, shown: object, expectation: object) -> None:
        if shown is self.shown:
            self.expectation = expectation
            self.changed.emit()

    def _lose_expectation(self, error: Any) -> None:
        self.expectation_objection = error.sentence
        self.changed.emit()


def _found(pairing: Pairing) -> Workflow:
    """Return as a workflow what is found already."""
    yield Progress(1, 1, "")
    return pairing
