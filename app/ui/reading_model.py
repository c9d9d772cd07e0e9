"""What the reading page shows and allows; QtCore only, no widgets."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from app.domain.presentation import Presentation, ReadingPlan, Viewing
from app.ui.reading_activity import Clock
from app.ui.reading_answers import ReadingAnswers
from app.ui.reading_barriers import Barriers
from app.ui.reading_loader import PresentationLoader
from app.ui.reading_looking import Looking
from app.ui.reading_questions import for_a_reader
from app.ui.reading_session import Screen, SessionLike

__all__ = ["ReadingModel", "Screen", "SessionLike"]

UNRECORDED = " Your comment is not recorded yet; leave again to go without it."
"""What a reader is told who leaves while the disk refuses a comment."""


class ReadingModel(ReadingAnswers):
    """One reader's way through the pairs, from the first screen to the last.

    Every answer is on disk before `changed` is emitted. `shown` is emitted once
    for each screen, when all its images are at hand.
    """

    shown = Signal()

    def __init__(
        self,
        session: SessionLike,
        *,
        clock: Clock,
        now: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session.plan, session.reading, parent)
        self._session = session
        self._looking = Looking(clock, now)
        self._barriers = Barriers(session)
        self._loader = PresentationLoader(session.load, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._draft: str | None = None
        self._closed = False
        self._told_feedback = ""
        self.feedback = ""
        self.presentation: Presentation | None = None
        self.paused = False
        started = self._reading.finished > 0 or bool(self._answers())
        self.screen = Screen.LOADING if started else Screen.INSTRUCTIONS
        if not started and session.plan.consent:
            self.screen = Screen.CONSENT
        if self._reading.current is None:
            self.screen = Screen.DONE

    # What the page shows

    @property
    def plan(self) -> ReadingPlan:
        """The screens to come and the questions."""
        return self._session.plan

    @property
    def instructions(self) -> str:
        """The protocol's words to the readers."""
        return self._session.plan.instructions

    @property
    def consent(self) -> str:
        """What the reader agrees to before the first session; empty where nothing is asked."""
        return self._session.plan.consent

    @property
    def display_check(self) -> str:
        """Whether the display is checked: none, offered or required."""
        return self._session.plan.display_check

    @property
    def rest(self) -> datetime | None:
        """Until when the next session must wait, where it must."""
        return self._barriers.rest

    @property
    def training(self) -> bool:
        """Whether the screen in view is for practice."""
        current = self._reading.current
        return current is not None and current.training

    @property
    def session_number(self) -> int:
        """The session of the plan that the screen in view belongs to, from 1."""
        current = self._reading.current
        return current.session if current is not None else 1

    @property
    def sessions(self) -> int:
        """How many sessions the plan has."""
        return max((one.session for one in self._session.plan.presentations), default=1)

    @property
    def reader(self) -> str:
        """The code of the person who reads."""
        return self._session.plan.reader

    @property
    def total(self) -> int:
        """The number of pairs in this reading."""
        return len(self._session.plan.presentations)

    @property
    def position(self) -> int:
        """The number of the pair in view, from 1."""
        current = self._reading.current
        return self.total if current is None else current.position

    def arm_in(self, slot: str) -> str:
        """Return the name of the arm in a slot of the screen; empty in a blinded study."""
        current, plan = self._reading.current, self._session.plan
        if current is None or plan.blinded:
            return ""
        shown = dict(zip(self.slots, current.images, strict=False))
        return dict(plan.arms).get(shown.get(slot, ""), "")

    @property
    def asks_comment(self) -> bool:
        """Whether there is a field for a comment."""
        return self._session.plan.ask_comment

    @property
    def comment(self) -> str:
        """The comment as recorded, or as typed so far."""
        return self._reading.comment_text if self._draft is None else self._draft

    @property
    def images_visible(self) -> bool:
        """Whether the images may be on the screen."""
        return self.screen is Screen.SHOWING and not self.paused

    @property
    def can_answer(self) -> bool:
        """Whether an answer can be given now."""
        return self.images_visible

    @property
    def can_go_next(self) -> bool:
        """Whether this pair is answered in full."""
        return self.images_visible and self._reading.can_go_next

    # What the reader does

    def begin(self) -> None:
        """Agree to what is asked, leave the instructions, end a break, or try again to load."""
        if self.screen is Screen.CONSENT:
            if self._safely(lambda: self._session.note("consented", "")):
                self.screen = Screen.INSTRUCTIONS
            self.changed.emit()
        elif self.screen is Screen.BREAK:
            self._barriers.begin(self.session_number)
            self._open_current()
        elif self.screen in (
            Screen.INSTRUCTIONS, Screen.LOADING, Screen.UNREADABLE, Screen.RESTING,
        ):  # fmt: skip
            self._open_current()

    def pass_display_check(self, found: str, *, passed: bool) -> None:
        """Record what the check of the display found; go on unless it must be passed."""
        what = "display check passed" if passed else "display check failed"
        noted = self._safely(lambda: self._session.note(what, found))
        if noted and self._barriers.take_display(passed=passed):
            self._open_current()
            return
        self.changed.emit()

    def override_rest(self, reason: str) -> None:
        """Begin a session before its time; who does so says why."""
        if self.screen is Screen.RESTING and reason.strip():
            number = self.session_number
            if self._safely(lambda: self._session.override_rest(number, reason.strip())):
                self._open_current()
                return
            self.changed.emit()

    def show_first(self) -> None:
        """Load the first pair at once; stay on the instructions where there are any."""
        if self.screen is Screen.LOADING:
            self._open_current()
            return
        current = self._reading.current
        if self.screen in (Screen.CONSENT, Screen.INSTRUCTIONS) and current is not None:
            self._loader.want(current)

    def type_comment(self, text: str) -> None:
        """Hold the comment as typed so far; nothing is recorded yet."""
        self._draft = text

    def record_comment(self) -> bool:
        """Record the comment if it has changed; return whether all is well."""
        draft = self._draft
        if draft is None or self.screen is not Screen.SHOWING:
            return True
        text = " ".join(draft.split())
        if text == self._reading.comment_text:
            self._draft = None
            return True
        well = self._safely(lambda: self._reading.comment(text, self._viewing()))
        if well:
            self._draft = None
        self.changed.emit()
        return well

    def next(self) -> None:
        """Go to the next pair, or say what is still missing."""
        if not self.images_visible:
            return
        current = self._reading.current
        if not self._reading.can_go_next:
            self._ask_for_the_missing()
        elif current is not None and current.feedback and self._told_feedback != current.id:
            self._told_feedback, self.feedback = current.id, current.feedback
        elif self.record_comment() and self._safely(lambda: self._reading.go_next(self._viewing())):
            self._barriers.add_reading(self._looking.meter.times()[0])
            self.feedback = ""
            self._open_current()
            return
        self.changed.emit()

    def toggle_pause(self) -> None:
        """Hide the images and stop the clock, or go on."""
        if self.screen is not Screen.SHOWING:
            return
        if not self.paused and not self.record_comment():
            return
        self.paused = not self.paused
        if self.paused:
            self._reading.pause()
            self._looking.meter.pause()
        else:
            self._reading.resume()
            self._reading.present(self._slices)
            self._looking.meter.resume()
            self._barriers.rested()
            self.shown.emit()
        event = "paused" if self.paused else "resumed"
        self._safely(lambda: self._session.note(event, f"{self.noun} {self.position}"))
        self.changed.emit()

    def touch(self, *, interaction: bool = True) -> None:
        """Note that the reader is at work."""
        self._looking.meter.touch(interaction=interaction)

    def tell_display(self, words: str) -> None:
        """Note on which display the images are."""
        self._looking.display = words

    def look(self, center: float, width: float, zoom: float, index: int) -> None:
        """Note how the images are shown: window, zoom, slice."""
        self._looking.look(center, width, zoom, index)

    def close(self) -> bool:
        """Record what is typed, and end the session; return whether it is ended.

        A comment that cannot be recorded keeps it open once: the reader is told and may try
        again. Closing again leaves that comment.
        """
        if self._closed:
            return True
        told = self.error.endswith(UNRECORDED)
        if not self.record_comment() and not told:
            self.error += UNRECORDED
            self.changed.emit()
            return False
        self._closed = True
        self._loader.close()
        self.presentation = None
        self._safely(self._session.close)
        return True

    # Inside

    def _answers(self) -> list[int]:
        values = (self.value_of(index) for index in range(len(self.questions)))
        return [value for value in values if value is not None]

    @property
    def _slices(self) -> int:
        shown = self.presentation
        return min(image.grid.slices for image in shown.images) if shown is not None else 1

    def _barrier(self, session: int) -> Screen | None:
        """Return what stands before a screen of a session, or None."""
        try:
            return self._barriers.before(session)
        except Exception as error:  # the boundary: every failure reaches the reader
            self.error = for_a_reader(error)
            return Screen.UNREADABLE

    def _open_current(self) -> None:
        current = self._reading.current
        self._begin_anew()
        self.error = ""
        self._draft = None
        self.presentation = None
        if current is None:
            self.screen = Screen.DONE
            self._loader.keep(set())
            self.changed.emit()
            return
        barrier = self._barrier(current.session)
        if barrier is not None:
            self.screen = barrier
            self._loader.want(current)
            self.changed.emit()
            return
        self.screen = Screen.LOADING
        upcoming = self._reading.upcoming
        self._loader.keep({current.id} | ({upcoming.id} if upcoming else set()))
        self._loader.want(current)
        if upcoming is not None:
            self._loader.want(upcoming)
        if self._loader.at_hand(current.id) is not None:
            self._show()
        else:
            self.changed.emit()

    def _on_loaded(self, identifier: str) -> None:
        current = self._reading.current
        waiting = self.screen is Screen.LOADING and current is not None
        if waiting and current is not None and current.id == identifier:
            self._show()

    def _on_failed(self, identifier: str, _error: object) -> None:
        current = self._reading.current
        if self.screen is Screen.LOADING and current is not None and current.id == identifier:
            self.screen = Screen.UNREADABLE
            self.error = (
                f"The images of {self.noun} {self.position} cannot be read. Press Enter to try "
                "again; if it fails again, give this number to the study coordinator."
            )
            self.changed.emit()

    def _show(self) -> None:
        current = self._reading.current
        if current is None:  # pragma: no cover - the caller has looked
            return
        self.presentation = self._loader.at_hand(current.id)
        self.screen = Screen.SHOWING
        self.focus = self._next_open(-1)
        self.hint = self._barriers.break_due()  # whether or not the images had to be waited for
        self._looking.begin(current.window)
        self._reading.present(self._slices)
        self.shown.emit()
        self.changed.emit()

    def _viewing(self) -> Viewing:
        return self._looking.viewing()
