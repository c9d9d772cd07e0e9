"""What a reader answers on a screen: numbers, reasons, marks, and which question is asked."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.domain.presentation import ReadingPlan, Viewing
from app.domain.reader_mark import ReaderMark
from app.study.reading import Reading
from app.ui.reading_order import moved
from app.ui.reading_questions import (
    NUMBER_KEYS,
    TypedNumber,
    for_a_reader,
    noun_of,
    questions_of,
    slots_of,
)


class ReadingAnswers(QObject):
    """The questions of the screen in view and the answers to them; no widgets.

    Every answer is on disk before `changed` is emitted.
    """

    changed = Signal()

    def __init__(self, plan: ReadingPlan, reading: Reading, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._reading = reading
        self._typed = TypedNumber()
        self.slots = slots_of(plan)
        self.labels = plan.labels
        self.noun = noun_of(self.slots)
        self.questions = questions_of(plan, self.slots)
        self.focus = 0
        self.choosing_reason = False
        self.hint = ""
        self.error = ""

    @property
    def can_answer(self) -> bool:
        """Whether an answer can be given now."""
        raise NotImplementedError

    def _viewing(self) -> Viewing:
        """Return how the screen is looked at."""
        raise NotImplementedError

    @property
    def typed(self) -> str:
        """The digits typed so far for the question in focus."""
        return self._typed.text

    @property
    def may_amend(self) -> bool:
        """Whether an answer may be changed before the next screen."""
        return self._plan.may_amend

    def value_of(self, index: int) -> int | None:
        """Return the recorded answer to a question, or None."""
        question = self.questions[index]
        return self._reading.answer_of(question.criterion.id, question.slot)

    def reason_of(self, index: int) -> str:
        """Return why a question cannot be answered, where the reader said so; else nothing."""
        question = self.questions[index]
        response = self._reading.response_to(question.criterion.id, question.slot)
        declined = response is not None and response.value is None
        return response.comment if declined and response is not None else ""

    def places_of(self, criterion: str) -> dict[str, int]:
        """Return the place of each slot that has one in a ranking."""
        return {
            question.slot: value
            for index, question in enumerate(self.questions)
            if question.criterion.id == criterion and (value := self.value_of(index)) is not None
        }

    def is_judged(self, slot: str) -> bool:
        """Return whether every question about a slot is answered."""
        missing = self._reading.missing()
        return all(one != slot for criterion, one in missing if self._per_slot(criterion))

    def marks_on(self, slot: str, index: int) -> tuple[ReaderMark, ...]:
        """Return the marks on a slice (from 0) of a slot, of every question that asks for marks."""
        return tuple(
            one
            for question in self.questions
            if question.criterion.kind == "marks" and question.slot == slot
            for one in self._reading.marks_of(question.criterion.id, slot)
            if one.slice == index + 1
        )

    def answer_with_number(self, number: int) -> None:
        """Give the question in focus its first, second, ... answer.

        Where it has more than there are number keys, or is a slider, digits are put
        together; 10 stands for the key 0.
        """
        if not self.can_answer or self.focus >= len(self.questions):
            return
        question = self.questions[self.focus]
        if self.choosing_reason:
            self.decline(number)
        elif question.criterion.kind == "marks":
            return  # the row of the marks takes the number
        elif len(question.numbers) <= NUMBER_KEYS and question.criterion.kind != "slider":
            if number in question.numbers:
                self.answer(self.focus, question.value_of(number))
        else:
            complete = self._typed.add(number % NUMBER_KEYS, question.numbers)
            if complete is not None:
                self.answer(self.focus, question.value_of(complete))
            self.changed.emit()

    def take_typed(self) -> bool:
        """Take the digits typed so far as the answer; return whether there were any."""
        if not self._typed.text or self.focus >= len(self.questions):
            return False
        question = self.questions[self.focus]
        number = self._typed.take(question.numbers)
        if number is not None:
            self.answer(self.focus, question.value_of(number))
        self.changed.emit()
        return True

    def ask_reason(self) -> None:
        """Offer the reasons why the question in focus cannot be answered; one alone is taken."""
        if not self.can_answer or self.focus >= len(self.questions):
            return
        self._begin_anew()
        reasons = self.questions[self.focus].criterion.cannot_judge
        self.choosing_reason = bool(reasons)
        if len(reasons) == 1:
            self.decline(1)
        elif reasons:
            listed = "   ".join(f"{number} {words}" for number, words in enumerate(reasons, 1))
            self.hint = f"Why?   {listed}   Esc: back"
            self.changed.emit()

    def decline(self, number: int) -> None:
        """Say that the question in focus cannot be answered, for its first, second, ... reason."""
        question = self.questions[self.focus]
        reasons = question.criterion.cannot_judge
        if not (self.can_answer and 1 <= number <= len(reasons)):
            return
        index = self.focus
        if self._safely(
            lambda: self._reading.decline(
                question.criterion.id, question.slot, reasons[number - 1], self._viewing()
            )
        ):
            self.focus = self._next_open(index)
        self.changed.emit()

    def cancel(self) -> None:
        """Leave the choice of a reason, or what is being typed."""
        self._begin_anew()
        self.changed.emit()

    def add_mark(self, index: int, made: ReaderMark) -> None:
        """Add a mark to a question that asks for marks."""
        self._set_marks(index, (*self._marks_of(index), made))

    def remove_last_mark(self, index: int) -> None:
        """Take the last mark back; that it was there stays on record."""
        marks = self._marks_of(index)
        if marks:
            self._set_marks(index, marks[:-1])

    def _marks_of(self, index: int) -> tuple[ReaderMark, ...]:
        question = self.questions[index]
        return self._reading.marks_of(question.criterion.id, question.slot)

    def _set_marks(self, index: int, marks: tuple[ReaderMark, ...]) -> None:
        question = self.questions[index]
        if self.can_answer:
            self._begin_anew()
            self._safely(
                lambda: self._reading.mark(
                    question.criterion.id, question.slot, marks, self._viewing()
                )
            )
            self.changed.emit()

    def answer(self, index: int, value: int) -> None:
        """Record an answer, then move to the next question without one."""
        if not self.can_answer:
            return
        self._begin_anew()
        if self._record(index, value):
            self.focus = self._next_open(index)
        self.changed.emit()

    def move_to(self, criterion: str, slot: str, place: int) -> None:
        """Put a slot at a place of a ranking; those who stand there make room."""
        if not self.can_answer:
            return
        self._begin_anew()
        indices = {
            question.slot: index
            for index, question in enumerate(self.questions)
            if question.criterion.id == criterion
        }
        changes = moved(self.places_of(criterion), slot, place, len(self.slots))
        if all(self._record(indices[name], value) for name, value in changes.items()):
            self.focus = self._next_open(indices[slot])
        self.changed.emit()

    def focus_on_slot(self, slot: str) -> None:
        """Make the first open question about a slot the one that keys go to, else its first."""
        about = [i for i, one in enumerate(self.questions) if one.about_slot and one.slot == slot]
        still = [index for index in about if self._is_open(index)]
        if about:
            self.focus_on((still or about)[0])

    def focus_on(self, index: int) -> None:
        """Make a question, or the step to the next pair, the one that keys go to."""
        self.focus = max(0, min(index, len(self.questions)))
        self._begin_anew()
        self.changed.emit()

    def focus_next(self) -> None:
        """Move to the question after this one, round to the first."""
        self.focus_on((self.focus + 1) % (len(self.questions) + 1))

    def focus_previous(self) -> None:
        """Move to the question before this one, round to the end."""
        self.focus_on((self.focus - 1) % (len(self.questions) + 1))

    def back(self) -> None:
        """Return to the former question to amend it, where the protocol allows that."""
        if self.may_amend:
            self.focus_on(self.focus - 1)
        else:
            self.hint = "In this study an answer stands once it is given."
            self.changed.emit()

    def _begin_anew(self) -> None:
        """Forget digits and the choice of a reason: the next key is about what is asked then."""
        self._typed.text = ""
        self.choosing_reason = False
        self.hint = ""

    def _record(self, index: int, value: int) -> bool:
        asked = self.questions[index]
        return self._safely(
            lambda: self._reading.answer(asked.criterion.id, asked.slot, value, self._viewing())
        )

    def _per_slot(self, criterion: str) -> bool:
        return any(one.about_slot for one in self.questions if one.criterion.id == criterion)

    def _is_open(self, index: int) -> bool:
        return self.value_of(index) is None and not self.reason_of(index)

    def _next_open(self, after: int) -> int:
        count = len(self.questions)
        around = [*range(after + 1, count), *range(after)]
        return next((index for index in around if self._is_open(index)), count)

    def _ask_for_the_missing(self) -> None:
        self._begin_anew()
        missing = set(self._reading.missing())
        still = [
            index
            for index, question in enumerate(self.questions)
            if (question.criterion.id, question.slot) in missing
        ]
        if still:
            self.focus = still[0]
        names = ", ".join(self.questions[index].name for index in still)
        self.hint = f"Still to answer: {names}."

    def _safely(self, act: Callable[[], object]) -> bool:
        """Do what may fail, and tell the reader; the reasons on offer end with their hint."""
        self.choosing_reason = False
        try:
            act()
        except Exception as error:  # the boundary: every failure reaches the reader
            self.error = for_a_reader(error)
            return False
        self.hint = self.error = ""
        return True
