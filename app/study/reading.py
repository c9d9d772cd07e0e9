"""One reader's pass through the plan: what is shown, what is answered, what comes next.

An answer is recorded through a callable before anything here changes, so the
screen never runs ahead of the disk. Nothing here knows a case or an arm.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum

from app.domain.presentation import (
    SLOTS,
    PlannedPresentation,
    ReadingPlan,
    Response,
    Viewing,
)
from app.domain.protocol import Criterion
from app.domain.reader_mark import ReaderMark, marks_from_json, marks_to_json
from app.errors import StudyStateError

COMMENT = "comment"
CANNOT_JUDGE = "cannot be judged"


class State(Enum):
    """Where a reading stands."""

    WAITING = "waiting"  # a screen is due and not yet visible
    SHOWING = "showing"  # it is visible, answers are missing
    ANSWERED = "answered"  # it is visible, nothing is missing
    PAUSED = "paused"  # the screen is blank
    DONE = "done"  # no screen is left


class Event(Enum):
    """What can happen to a reading."""

    PRESENT = "present"
    SCORE = "score"
    COMPLETE = "complete"
    COMMENT = "comment"
    NEXT = "next"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"


NEXT_STATE = {
    (State.WAITING, Event.PRESENT): State.SHOWING,
    (State.SHOWING, Event.SCORE): State.SHOWING,
    (State.SHOWING, Event.COMMENT): State.SHOWING,
    (State.SHOWING, Event.COMPLETE): State.ANSWERED,
    (State.ANSWERED, Event.SCORE): State.ANSWERED,  # change of mind, both kept
    (State.ANSWERED, Event.COMMENT): State.ANSWERED,
    (State.ANSWERED, Event.NEXT): State.WAITING,
    (State.WAITING, Event.PAUSE): State.PAUSED,
    (State.SHOWING, Event.PAUSE): State.PAUSED,
    (State.ANSWERED, Event.PAUSE): State.PAUSED,
    (State.PAUSED, Event.RESUME): State.WAITING,
    (State.WAITING, Event.FINISH): State.DONE,
}


class Reading:
    """One reader's pass through the plan.

    Parameters
    ----------
    plan
        The reader's screens and questions.
    record
        Makes one Response durable; raises where it cannot.
    submit
        Makes durable that a presentation (its id) is finished.
    responses, submitted
        What was recorded before, in order: the reading goes on at the first
        presentation not submitted, with its answers restored.
    session, software
        Written into every Response.
    new_id
        Gives each Response its id; by default ``PRESENTATION.N``.
    """

    def __init__(
        self,
        plan: ReadingPlan,
        *,
        record: Callable[[Response], None],
        submit: Callable[[str, Viewing], None],
        responses: Iterable[Response] = (),
        submitted: Iterable[str] = (),
        session: str = "1",
        software: str = "",
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self.plan = plan
        self._record = record
        self._submit = submit
        self._session = session
        self._software = software
        self._new_id = new_id
        self._submitted = set(submitted)
        self._counts: dict[str, int] = {}
        self._answers: dict[tuple[str, str, str], Response] = {}
        for response in responses:
            if response.reader == plan.reader:
                self._keep(response)
        self._due = tuple(p for p in plan.presentations if p.id not in self._submitted)
        self.state = State.WAITING
        self._slices = 1
        if not self._due:
            self._move(Event.FINISH)

    def allows(self, event: Event) -> bool:
        """Return whether an event can happen now."""
        if event is Event.COMMENT and not self.plan.ask_comment:
            return False
        if event is Event.FINISH and self._due:
            return False
        return (self.state, event) in NEXT_STATE

    @property
    def current(self) -> PlannedPresentation | None:
        """The presentation due or visible; None when the reading is done."""
        return self._due[0] if self._due else None

    @property
    def upcoming(self) -> PlannedPresentation | None:
        """The presentation after the current one, to be fetched ahead of time."""
        return self._due[1] if len(self._due) > 1 else None

    @property
    def position(self) -> int:
        """The current presentation's place in the plan, from 1; the total when done."""
        return self.current.position if self.current else self.total

    @property
    def total(self) -> int:
        """How many presentations the plan holds."""
        return len(self.plan.presentations)

    @property
    def finished(self) -> int:
        """How many presentations of the plan are submitted."""
        return self.total - len(self._due)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of the current screen: A, B, ..."""
        return SLOTS[: len(self.current.images)] if self.current else ()

    @property
    def can_go_next(self) -> bool:
        """Whether nothing is missing on the visible screen."""
        return self.allows(Event.NEXT)

    def missing(self) -> tuple[tuple[str, str], ...]:
        """Return the criteria and slots of the current screen without an answer.

        Marks are never missing: going on without any says that there are none.
        """
        return tuple(
            (criterion.id, slot)
            for criterion in self.plan.criteria
            if criterion.kind != "marks"
            for slot in self._judged(criterion)
            if self._former(criterion.id, self._recorded(criterion, slot)) is None
        )

    def response_to(self, criterion: str, slot: str = "") -> Response | None:
        """Return the Response that stands for a criterion and slot of the current screen."""
        slot = self._recorded(self._question(criterion), slot or SLOTS[0])
        return self._former(criterion, slot)

    def answer_of(self, criterion: str, slot: str = "") -> int | None:
        """Return the answer that stands for a criterion and slot of the current screen."""
        former = self.response_to(criterion, slot)
        return former.value if former else None

    @property
    def comment_text(self) -> str:
        """The comment that stands on the current screen."""
        former = self._former(COMMENT, "")
        return former.comment if former else ""

    def present(self, slices: int = 1) -> None:
        """Say that the current screen is visible now; answers are allowed from here.

        Parameters
        ----------
        slices
            How many slices its images have.
        """
        self._slices = slices
        self._move(Event.PRESENT)
        self._complete_if_so()

    def answer(self, criterion: str, slot: str, value: int, viewing: Viewing) -> Response:
        """Record one answer durably, then let it count.

        Answering again amends the former answer; the same value again changes
        nothing and records nothing.

        Parameters
        ----------
        slot
            The slot judged; for a preference empty or ``A``.

        Raises
        ------
        StudyStateError
            No screen is visible, or there is no such question or answer.
        """
        self._must_allow(Event.SCORE)
        question = self._question(criterion)
        slot = self._asked(question, slot)
        if not self._allowed(question, value):
            raise StudyStateError(
                f"{value} is not an answer to {criterion}.",
                remedy="Choose one of the answers on the screen.",
            )
        former = self._former(criterion, slot)
        if former is not None and former.value == value:
            return former
        self._must_amend(former)
        preference = question.kind == "preference"
        response = self._response(criterion, slot, former, viewing)
        response = replace(
            response,
            value=value,
            label=question.label_of(value),
            opponent=self.slots[1] if preference and len(self.slots) > 1 else "",
        )
        return self._take(response)

    def decline(self, criterion: str, slot: str, reason: str, viewing: Viewing) -> Response:
        """Record durably that a question cannot be answered, and why.

        Raises
        ------
        StudyStateError
            No screen is visible, or the protocol does not offer this reason.
        """
        self._must_allow(Event.SCORE)
        question = self._question(criterion)
        slot = self._asked(question, slot)
        if reason not in question.cannot_judge:
            raise StudyStateError(
                f"'{reason}' is no reason that the study offers.",
                remedy="Choose one of those on the screen, or answer the question.",
            )
        former = self._former(criterion, slot)
        if former is not None and former.label == CANNOT_JUDGE and former.comment == reason:
            return former
        self._must_amend(former)
        made = self._response(criterion, slot, former, viewing)
        return self._take(replace(made, label=CANNOT_JUDGE, comment=reason))

    def mark(
        self, criterion: str, slot: str, marks: Sequence[ReaderMark], viewing: Viewing
    ) -> Response:
        """Record durably all marks of one slot; they replace those that were there.

        Raises
        ------
        StudyStateError
            No screen is visible, or a mark says what the protocol does not ask.
        """
        self._must_allow(Event.SCORE)
        question = self._question(criterion)
        slot = self._asked(question, slot)
        confidences: set[int | None] = {one.value for one in question.choices}
        confidences = confidences or {None}
        known = all(
            one.type in question.mark_types
            and one.shape in question.mark_shapes
            and one.confidence in confidences
            for one in marks
        )
        if question.kind != "marks" or not known:
            raise StudyStateError(
                f"Such a mark is not asked for by {criterion}.",
                remedy="Use the types and shapes on the screen.",
            )
        former = self._former(criterion, slot)
        if former is not None and (former.value is None or len(marks) <= former.value):
            self._must_amend(former)
        made = self._response(criterion, slot, former, viewing)
        count = len(marks)
        words = f"{count} mark{'' if count == 1 else 's'}"
        return self._take(replace(made, value=count, label=words, comment=marks_to_json(marks)))

    def marks_of(self, criterion: str, slot: str) -> tuple[ReaderMark, ...]:
        """Return the marks that stand on a slot of the current screen."""
        former = self._former(criterion, slot)
        if former is None or former.value is None:  # none yet, or they cannot be judged
            return ()
        return marks_from_json(former.comment)

    def comment(self, text: str, viewing: Viewing) -> None:
        """Record a comment on the current screen; an unchanged text records nothing.

        Raises
        ------
        StudyStateError
            No screen is visible, or the study asks for no comments.
        """
        self._must_allow(Event.COMMENT)
        if text == self.comment_text:
            return
        response = self._response(COMMENT, "", self._former(COMMENT, ""), viewing)
        self._keep_durably(replace(response, comment=text))
        self._move(Event.COMMENT)

    def go_next(self, viewing: Viewing) -> None:
        """Submit the current screen durably, then wait for the next one or finish.

        Where marks are asked for and none was set, that there are none is recorded first: a
        mean over images without such an answer would be one over the marked images alone.

        Raises
        ------
        StudyStateError
            An answer is still missing, or slices were not looked at that the protocol asks for.
        """
        self._must_allow(Event.NEXT)
        if self.plan.see_every_slice and viewing.slices_viewed < self._slices:
            left = self._slices - viewing.slices_viewed
            raise StudyStateError(
                f"{left} of {self._slices} slices have not been looked at.",
                remedy="Scroll through all of them, then go on.",
            )
        self._mark_none(viewing)
        current = self._due[0]
        self._submit(current.id, viewing)
        self._submitted.add(current.id)
        self._due = self._due[1:]
        self._move(Event.NEXT)
        if not self._due:
            self._move(Event.FINISH)

    def _mark_none(self, viewing: Viewing) -> None:
        """Record of each image that was left without a mark that there are none on it."""
        for criterion in self.plan.criteria:
            if criterion.kind == "marks":
                for slot in self._judged(criterion):
                    if self._former(criterion.id, slot) is None:
                        self.mark(criterion.id, slot, (), viewing)

    def pause(self) -> None:
        """Blank the screen; its answers stand."""
        self._move(Event.PAUSE)

    def resume(self) -> None:
        """End a pause; the current screen waits to be presented again."""
        self._move(Event.RESUME)

    def _must_allow(self, event: Event) -> None:
        if not self.allows(event):
            raise StudyStateError(
                f"'{event.value}' cannot happen while the reading is {self.state.value}.",
                remedy="Answer what is missing on the visible screen first.",
            )

    def _move(self, event: Event) -> None:
        self._must_allow(event)
        self.state = NEXT_STATE[self.state, event]

    def _complete_if_so(self) -> None:
        if self.state is State.SHOWING and not self.missing():
            self._move(Event.COMPLETE)

    def _question(self, criterion: str) -> Criterion:
        for question in self.plan.criteria:
            if question.id == criterion:
                return question
        raise StudyStateError(
            f"The study asks no criterion '{criterion}'.",
            remedy="Answer one of the questions on the screen.",
        )

    def _judged(self, criterion: Criterion) -> tuple[str, ...]:
        return self.slots if criterion.per_slot else self.slots[:1]

    def _asked(self, question: Criterion, slot: str) -> str:
        slot = slot or SLOTS[0]
        if slot not in self._judged(question):
            raise StudyStateError(
                f"The criterion {question.id} is not asked of slot {slot}.",
                remedy="Answer one of the questions on the screen.",
            )
        return self._recorded(question, slot)

    def _recorded(self, question: Criterion, slot: str) -> str:
        """Return the slot that an answer is recorded for: none where it is about several images.

        A question about the screen says nothing of the image that happens to be in slot A.
        """
        return "" if question.kind == "question" and len(self.slots) > 1 else slot

    def _allowed(self, question: Criterion, value: int) -> bool:
        if question.kind == "ranking":
            return 1 <= value <= len(self.slots)
        values = [choice.value for choice in question.choices]
        if question.kind == "slider":
            return min(values) <= value <= max(values)
        return question.kind != "marks" and value in values

    def _must_amend(self, former: Response | None) -> None:
        if former is not None and not self.plan.may_amend:
            raise StudyStateError(
                "In this study an answer stands once it is given.",
                remedy="Go on; use the comment if something went wrong.",
            )

    def _take(self, response: Response) -> Response:
        self._keep_durably(response)
        self._move(Event.SCORE)
        self._complete_if_so()
        return response

    def _former(self, criterion: str, slot: str) -> Response | None:
        if self.current is None:
            return None
        return self._answers.get((self.current.id, criterion, slot))

    def _response(
        self, criterion: str, slot: str, former: Response | None, viewing: Viewing
    ) -> Response:
        current = self._due[0]
        count = self._counts.get(current.id, 0) + 1
        return Response(
            id=self._new_id() if self._new_id else f"{current.id}.{count}",
            reader=self.plan.reader,
            session=self._session,
            position=current.position,
            presentation=current.id,
            slot=slot,
            opponent="",
            criterion=criterion,
            value=None,
            label="",
            viewing=viewing,
            amends=former.id if former else "",
            simulated=self.plan.simulated,
            software=self._software,
        )

    def _keep_durably(self, response: Response) -> None:
        self._record(response)
        self._keep(response)

    def _keep(self, response: Response) -> None:
        self._answers[response.presentation, response.criterion, response.slot] = response
        self._counts[response.presentation] = self._counts.get(response.presentation, 0) + 1
