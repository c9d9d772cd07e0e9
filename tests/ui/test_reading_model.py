"""The reading model without a window: what is recorded, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BlindReadError, StoreError
from app.ui.reading_activity import ActivityMeter
from app.ui.reading_model import ReadingModel, Screen
from tests.ui.fake_session import DISK_FULL, Clock, FakeSession, noon


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_model(qtbot, clock):
    """Open a model on a session and wait for its first pair."""
    models = []

    def opened(session):
        model = ReadingModel(session, clock=clock, now=noon)
        models.append(model)
        model.begin()
        qtbot.waitUntil(lambda: model.screen is not Screen.LOADING)
        return model

    yield opened
    for model in models:
        model.close()


def answer_all(model, numbers=(1, 2, 3)):
    for number in numbers:
        model.answer_with_number(number)


def test_number_keys_answer_the_questions_in_order(open_model):
    session = FakeSession()
    model = open_model(session)

    answer_all(model, (2, 4, 5))

    assert [(r.criterion, r.slot, r.value) for r in session.responses] == [
        ("preference", "A", 1),
        ("quality", "A", 4),
        ("quality", "B", 5),
    ]
    assert model.focus == len(model.questions)
    model.answer_with_number(1)  # no question is in focus: nothing to amend by accident
    assert len(session.responses) == 3


def test_an_answer_is_recorded_before_anyone_is_told(open_model):
    session = FakeSession()
    model = open_model(session)
    seen = []
    model.changed.connect(lambda: seen.append(len(session.responses)))

    model.answer_with_number(1)

    assert seen[0] == 1


def test_backspace_amends_and_both_answers_are_kept(open_model):
    session = FakeSession()
    model = open_model(session)
    answer_all(model)

    model.back()
    model.answer_with_number(5)

    assert [r.value for r in session.responses if r.slot == "B"] == [3, 5]
    assert session.responses[-1].amends == session.responses[-2].id


def test_next_says_what_is_missing_and_moves_there(open_model):
    model = open_model(FakeSession())
    model.answer_with_number(1)
    model.focus_on(3)

    model.next()

    assert model.hint == "Still to answer: quality of A, quality of B."
    assert model.focus == 1
    assert model.position == 1


def test_the_next_pair_is_loaded_ahead(qtbot, open_model):
    session = FakeSession()
    model = open_model(session)
    qtbot.waitUntil(lambda: session.loaded == ["p1", "p2"])
    qtbot.waitUntil(lambda: model._loader.at_hand("p2") is not None)

    answer_all(model)
    model.next()

    assert model.screen is Screen.SHOWING
    assert model.presentation.id == "p2"
    assert session.submitted == ["p1"]


def test_a_reading_goes_on_where_it_was_left(open_model):
    session = FakeSession()
    first = open_model(session)
    answer_all(first)
    first.next()
    first.close()
    session.restart()
    resumed = open_model(session)
    resumed.answer_with_number(5)
    resumed.type_comment("ringing")
    resumed.close()
    session.restart()

    again = open_model(session)

    assert again.presentation.id == "p2"
    assert (again.value_of(0), again.value_of(1)) == (-2, None)
    assert again.comment == "ringing"
    assert again.focus == 1


def test_a_finished_reading_opens_on_its_end(open_model):
    session = FakeSession(pairs=1)
    model = open_model(session)
    answer_all(model)
    model.next()
    assert model.screen is Screen.DONE
    session.restart()

    assert open_model(session).screen is Screen.DONE


def test_a_full_disk_keeps_the_screen_and_the_answer_open(open_model):
    session = FakeSession()
    model = open_model(session)
    session.refuse_writing = DISK_FULL

    model.answer_with_number(1)

    assert model.error == "The disk is full. Make room, then answer again."
    assert model.value_of(0) is None
    assert model.focus == 0

    session.refuse_writing = None
    answer_all(model)
    session.refuse_writing = DISK_FULL
    model.next()

    assert model.error
    assert model.presentation.id == "p1"
    assert session.submitted == []


def test_an_error_never_shows_a_path(open_model):
    session = FakeSession()
    model = open_model(session)
    session.refuse_writing = StoreError("No room in /data/Doe^Jane/arm-x.", remedy="See C:\\x.")

    model.answer_with_number(1)

    assert model.error
    assert "Doe" not in model.error
    assert "/" not in model.error


def test_even_an_unexpected_failure_reaches_the_reader(open_model):
    session = FakeSession()
    model = open_model(session)
    session.refuse_writing = RuntimeError("arm-x")

    model.answer_with_number(1)

    assert "not recorded" in model.error
    assert "arm-x" not in model.error
    assert model.value_of(0) is None


def test_images_that_cannot_be_read_can_be_tried_again(qtbot, open_model):
    session = FakeSession()
    session.refuse_reading = BlindReadError("/secret/arm-x is gone.", remedy="Look.")
    model = open_model(session)

    assert model.screen is Screen.UNREADABLE
    assert "pair 1" in model.error
    assert "arm-x" not in model.error

    session.refuse_reading = None
    model.begin()
    qtbot.waitUntil(lambda: model.screen is Screen.SHOWING)


def test_pause_hides_the_images_and_is_on_the_record(open_model):
    session = FakeSession()
    model = open_model(session)

    model.toggle_pause()
    model.answer_with_number(1)
    model.next()

    assert not model.images_visible
    assert session.responses == []

    model.toggle_pause()
    assert model.images_visible
    assert [event for event, _ in session.notes] == ["paused", "resumed"]


def test_an_answer_tells_how_the_images_were_looked_at(open_model, clock):
    session = FakeSession()
    model = open_model(session)
    model.tell_display("1280x800@1x")
    for index in (0, 1, 1):
        model.look(40.0, 400.0, 2.0, index)
    model.touch()
    clock.seconds += 40  # of silence: 30 s of looking, 10 s idle

    model.answer_with_number(1)

    viewing = session.responses[0].viewing
    assert (viewing.active_ms, viewing.idle_ms) == (30_000, 10_000)
    assert (viewing.window_center, viewing.window_width, viewing.zoom) == (40.0, 400.0, 2.0)
    assert (viewing.slices_viewed, viewing.interactions) == (2, 1)
    assert viewing.display == "1280x800@1x"
    assert viewing.shown_at == viewing.answered_at == "2025-06-01T12:00:00.000Z"


def test_closing_twice_ends_the_session_once(open_model):
    session = FakeSession()
    model = open_model(session)

    model.close()
    model.close()

    assert session.closed
    assert [event for event, _ in session.notes] == ["closed"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200_000).map(lambda ms: ms / 1000),
            st.sampled_from(["touch", "pause", "resume"]),
        )
    )
)
def test_active_and_idle_time_add_up_to_all_of_it(steps):
    clock = Clock()
    meter = ActivityMeter(clock)
    for seconds, event in steps:
        clock.seconds += seconds
        getattr(meter, event)()

    active, idle = meter.times()

    assert active + idle == pytest.approx((clock.seconds - 100.0) * 1000, abs=1.1)
    assert active >= 0
    assert idle >= 0
