from dataclasses import replace
from itertools import product

import pytest

from app.domain.image import Window
from app.domain.presentation import Viewing
from app.errors import StoreError, StudyStateError
from app.study.reading import NEXT_STATE, Event, Reading, State
from app.study.schedule import blind, build_schedule, draw_codes
from tests.study.conftest import make_protocol

VIEWING = Viewing(shown_at="2024-05-01T10:00:00Z", answered_at="2024-05-01T10:00:09Z")


def make_plan(**changes):
    protocol = make_protocol(**({"cases": 2, "arms": 2, "readers": 1} | changes))
    windows = dict.fromkeys(protocol.cases, Window(40, 400))
    codes = draw_codes(protocol.cases, protocol.arms, 1)
    trials = build_schedule(protocol, seed=1)
    return blind(trials, codes, windows, protocol, study="s", protocol_sha256="h")["R1"]


class Disk:
    """What was recorded, in order; and a disk that can refuse."""

    def __init__(self):
        self.responses = []
        self.submitted = []
        self.full = False

    def record(self, response):
        if self.full:
            raise StoreError("The disk is full.", remedy="Make room.")
        self.responses.append(response)

    def submit(self, presentation, _viewing):
        if self.full:
            raise StoreError("The disk is full.", remedy="Make room.")
        self.submitted.append(presentation)


def start(disk, plan=None):
    return Reading(
        plan or make_plan(),
        record=disk.record,
        submit=disk.submit,
        responses=tuple(disk.responses),
        submitted=tuple(disk.submitted),
    )


def answer_all(reading):
    for criterion, slot in reading.missing():
        reading.answer(criterion, slot, 1, VIEWING)


def test_a_reading_goes_through_all_screens_and_ends():
    disk = Disk()
    reading = start(disk)
    first, second = reading.plan.presentations

    assert (reading.current, reading.upcoming) == (first, second)
    while reading.state is not State.DONE:
        reading.present()
        answer_all(reading)
        reading.go_next(VIEWING)

    assert disk.submitted == [first.id, second.id]
    assert len(disk.responses) == 6
    assert (reading.current, reading.upcoming, reading.missing()) == (None, None, ())
    assert (reading.position, reading.total, reading.finished) == (2, 2, 2)


def test_answers_are_allowed_only_while_the_screen_is_visible():
    reading = start(Disk())

    with pytest.raises(StudyStateError):
        reading.answer("preference", "", 1, VIEWING)
    reading.present()
    reading.answer("preference", "", 1, VIEWING)
    reading.pause()
    with pytest.raises(StudyStateError):
        reading.answer("quality", "A", 1, VIEWING)
    assert reading.allows(Event.RESUME)


def test_next_waits_for_every_answer():
    reading = start(Disk())
    reading.present()
    reading.answer("preference", "", 2, VIEWING)
    reading.answer("quality", "A", 5, VIEWING)

    assert reading.missing() == (("quality", "B"),)
    assert not reading.can_go_next
    with pytest.raises(StudyStateError):
        reading.go_next(VIEWING)
    reading.answer("quality", "B", 1, VIEWING)
    assert reading.can_go_next


def test_a_change_of_mind_is_a_new_answer_and_the_same_answer_is_none():
    disk = Disk()
    reading = start(disk)
    reading.present()
    first = reading.answer("quality", "B", 4, VIEWING)
    assert reading.answer("quality", "B", 4, VIEWING) is first
    second = reading.answer("quality", "B", 5, VIEWING)
    third = reading.answer("quality", "B", 4, VIEWING)

    assert disk.responses == [first, second, third]
    assert [r.amends for r in disk.responses] == ["", first.id, second.id]
    assert reading.answer_of("quality", "B") == 4
    assert len({r.id for r in disk.responses}) == 3


def test_a_preference_names_its_opponent_and_a_rating_does_not():
    reading = start(Disk())
    reading.present()
    preference = reading.answer("preference", "", -1, VIEWING)
    rating = reading.answer("quality", "B", 3, VIEWING)

    assert (preference.slot, preference.opponent, preference.label) == ("A", "B", "preference -1")
    assert (rating.slot, rating.opponent, rating.label) == ("B", "", "quality 3")


@pytest.mark.parametrize(
    ("criterion", "slot", "value"),
    [("preference", "B", 1), ("preference", "", 3), ("quality", "C", 1), ("beauty", "A", 1)],
)
def test_what_is_not_asked_cannot_be_answered(criterion, slot, value):
    disk = Disk()
    reading = start(disk)
    reading.present()

    with pytest.raises(StudyStateError):
        reading.answer(criterion, slot, value, VIEWING)
    assert disk.responses == []


def test_a_refusing_disk_keeps_the_screen_where_it_is():
    disk = Disk()
    reading = start(disk)
    reading.present()
    disk.full = True
    with pytest.raises(StoreError):
        reading.answer("preference", "", 1, VIEWING)
    assert reading.answer_of("preference") is None

    disk.full = False
    answer_all(reading)
    disk.full = True
    here = reading.current
    with pytest.raises(StoreError):
        reading.go_next(VIEWING)
    assert reading.current is here
    assert reading.can_go_next


def test_an_interrupted_reading_goes_on_where_it_stopped():
    disk = Disk()
    reading = start(disk)
    reading.present()
    answer_all(reading)
    reading.go_next(VIEWING)
    reading.present()
    reading.answer("quality", "A", 2, VIEWING)
    reading.answer("quality", "A", 3, VIEWING)
    reading.comment("noisy", VIEWING)

    again = start(disk)
    assert again.current == reading.current
    assert again.answer_of("quality", "A") == 3
    assert again.comment_text == "noisy"
    assert set(again.missing()) == {("preference", "A"), ("quality", "B")}
    again.present()
    amended = again.answer("quality", "A", 5, VIEWING)
    assert amended.amends == disk.responses[-3].id
    assert len({r.id for r in disk.responses}) == len(disk.responses)


def test_a_screen_answered_but_not_submitted_can_go_next_after_a_restart():
    disk = Disk()
    reading = start(disk)
    reading.present()
    answer_all(reading)

    again = start(disk)
    assert not again.can_go_next
    again.present()
    assert again.can_go_next


def test_a_finished_reading_opens_as_done():
    plan = make_plan()
    disk = Disk()
    disk.submitted = [p.id for p in plan.presentations]

    assert start(disk, plan).state is State.DONE


def test_comments_are_amended_and_can_be_switched_off():
    disk = Disk()
    reading = start(disk)
    reading.present()
    for text in ("", "one", "one", "two"):
        reading.comment(text, VIEWING)
    assert [(r.comment, r.value) for r in disk.responses] == [("one", None), ("two", None)]
    assert disk.responses[1].amends == disk.responses[0].id

    silent = start(Disk(), replace(make_plan(), ask_comment=False))
    silent.present()
    assert not silent.allows(Event.COMMENT)


def test_only_what_the_table_names_is_allowed():
    reading = start(Disk())
    for state, event in product(State, Event):
        reading.state = state
        if (state, event) not in NEXT_STATE:
            assert not reading.allows(event)
    reading.state = State.WAITING
    assert not reading.allows(Event.FINISH)


def test_a_pause_keeps_the_answers():
    reading = start(Disk())
    reading.present()
    answer_all(reading)
    reading.pause()
    reading.resume()
    reading.present()

    assert reading.can_go_next
