"""Every kind of question, and what stands between the screens, by keyboard in the real window."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation
from app.domain.protocol import Anchor, Choice, Criterion
from app.domain.reader_mark import marks_from_json
from app.ui.reading_marks import UNMARKED
from app.ui.reading_model import Screen
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import DISK_FULL, QUALITY, Clock, FakeSession, noon
from tests.ui.window_texts import cut_off

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
SLIDER = Criterion("worth", "slider", "How good?", (Choice(0, "bad"), Choice(100, "good")))
LONG = Criterion(
    "noise",
    "rating",
    "Noise",
    tuple(Choice(value, f"step {value}") for value in range(1, 15)),
    anchors=(Anchor("Normal dose", 7),),
    neutral=7,
)
RANK = Criterion("rank", "ranking", "Order", ())
LESIONS = Criterion(
    "lesions", "marks", "Where", (Choice(1, "unsure"), Choice(2, "sure")),
    mark_types=("lesion", "cyst"), mark_shapes=("point", "box"),
)  # fmt: skip
DOUBTFUL = replace(QUALITY, cannot_judge=("motion", "wrong region"))


def session_of(*criteria, slots=1, screens=2, slices=3, planned=None, **rules):
    """A session that asks these criteria on screens of so many slots."""
    session = FakeSession(slices=slices)
    presentations = tuple(
        replace(
            PlannedPresentation(
                f"p{n}", n, tuple(f"{slot}{n}" for slot in "uvwxyz"[:slots]), Window(500.0, 1000.0)
            ),
            **(planned or {}).get(n, {}),
        )
        for n in range(1, screens + 1)
    )
    session.plan = replace(session.plan, criteria=criteria, presentations=presentations, **rules)
    session.restart()
    return session


@pytest.fixture
def open_window(qtbot):
    windows = []

    def opened(session, *, until=Screen.SHOWING):
        window = ReadingWindow(session, clock=Clock(), now=noon)
        qtbot.addWidget(window)
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        if window.model.screen is Screen.INSTRUCTIONS:
            qtbot.keyClick(window.page, Key.Key_Return)
        qtbot.waitUntil(lambda: window.model.screen is until)
        return window

    yield opened
    for window in windows:
        window.close()


def answers_of(session):
    return [(one.criterion, one.slot, one.value) for one in session.responses]


def test_one_image_is_rated_by_one_key_and_enter(qtbot, open_window):
    session = session_of(QUALITY)
    window = open_window(session)
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.position == 2)

    assert answers_of(session) == [("quality", "A", 4)]
    assert window.page._screen.next.text() == "Next image (Enter)"


def test_a_scale_of_numbers_without_words_is_shown(qtbot, open_window):
    bare = replace(QUALITY, choices=tuple(Choice(value, "") for value in range(1, 6)))
    session = session_of(bare, slots=2)
    window = open_window(session)
    qtbot.keyClicks(window.page, "35")

    assert [value for _, _, value in answers_of(session)] == [3, 5]


def test_a_slider_takes_typed_digits_and_says_what_is_typed(qtbot, open_window):
    session = session_of(SLIDER, slots=2)
    window = open_window(session)
    qtbot.keyClicks(window.page, "7")
    assert window.page.rows[0].note.text() == "7_  (Enter)"
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.keyClicks(window.page, "63")

    assert answers_of(session) == [("worth", "A", 7), ("worth", "B", 63)]
    assert window.model.position == 1
    assert window.page.rows[1].number.text() == "63"


def turn_wheel(widget, by):
    """Turn the wheel as the system tells of it, so that it goes on to what lies around."""
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, by))
    QApplication.processEvents()


def shown_by(row):
    return row.slider.value(), row.number.text()


def test_the_wheel_over_a_slider_scrolls_the_questions_and_changes_no_number(qtbot, open_window):
    session = session_of(*(replace(SLIDER, id=f"worth{number}") for number in range(12)))
    window = open_window(session)
    row, bar = window.page.rows[0], window.page._screen.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    turn_wheel(row.slider, -120)
    assert shown_by(row) == (50, "–")
    assert bar.value() > 0

    qtbot.keyClicks(window.page, "50")
    qtbot.keyClick(window.page, Key.Key_Return)
    bar.setValue(0)
    for by in (-60, 120, 60):
        turn_wheel(row.slider, by)

    assert shown_by(row) == (50, "50")
    assert answers_of(session) == [("worth0", "A", 50)]


VIEW_KEYS = (Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End, Key.Key_Up, Key.Key_Down)


def test_keys_turn_slices_and_leave_a_slider_where_its_answer_is(qtbot, open_window):
    session = session_of(SLIDER, slices=30)
    window = open_window(session)
    row = window.page.rows[0]
    qtbot.keyClicks(window.page, "62")
    for key in VIEW_KEYS:
        before = window.page._state.slice
        qtbot.keyClick(window.page, key)
        assert window.page._state.slice != before
    assert not row.slider.hasFocus()

    assert shown_by(row) == (62, "62")
    assert answers_of(session) == [("worth", "A", 62)]


@pytest.mark.parametrize("key", [*VIEW_KEYS, Key.Key_Left, Key.Key_Right])
def test_a_slider_moved_by_a_key_shows_what_is_recorded(qtbot, open_window, key):
    """Nobody's keys reach it but those of a program that helps to read the screen."""
    session = session_of(SLIDER)
    window = open_window(session)
    row = window.page.rows[0]
    QTest.keyClick(row.slider, key)
    recorded = session.responses[-1].value
    assert shown_by(row) == (recorded, str(recorded))
    session.refuse_writing = DISK_FULL
    for other in VIEW_KEYS:
        QTest.keyClick(row.slider, other)

    assert shown_by(row) == (recorded, str(recorded))
    row.slider.setValue(recorded + 1 if recorded < 50 else recorded - 1)
    assert shown_by(row) == (recorded, str(recorded))


def test_a_drag_shows_where_it_is_and_counts_when_it_ends(qtbot, open_window):
    session = session_of(SLIDER)
    window = open_window(session)
    row, slider = window.page.rows[0], window.page.rows[0].slider
    begin = slider.rect().center()
    end = begin + QPoint(slider.width() // 4, 0)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(slider, end)
    reached = slider.value()
    assert reached > 60
    assert row.number.text() == str(reached)
    qtbot.keyClick(window.page, Key.Key_Return)
    assert session.responses == []
    assert window.page._screen.hint.text() == ""  # the hand has not finished
    qtbot.mouseRelease(
        slider, Qt.MouseButton.LeftButton, pos=begin + QPoint(slider.width() // 4, 0)
    )

    assert answers_of(session) == [("worth", "A", reached)]
    assert shown_by(row) == (reached, str(reached))


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_a_click_beside_the_handle_is_the_answer_that_is_shown(qtbot, open_window, button):
    session = session_of(SLIDER)
    window = open_window(session)
    row, slider = window.page.rows[0], window.page.rows[0].slider
    qtbot.mouseClick(slider, button, pos=QPoint(slider.width() * 9 // 10, slider.height() // 2))
    (recorded,) = [one.value for one in session.responses]
    assert recorded > 50
    assert shown_by(row) == (recorded, str(recorded))

    session.refuse_writing = DISK_FULL
    qtbot.mouseClick(slider, button, pos=QPoint(slider.width() // 10, slider.height() // 2))

    assert window.model.error
    assert shown_by(row) == (recorded, str(recorded))


def test_a_long_scale_waits_for_its_second_digit_only_where_there_may_be_one(qtbot, open_window):
    session = session_of(LONG)
    window = open_window(session)
    qtbot.keyClicks(window.page, "7")
    window.model.focus_on(0)
    qtbot.keyClicks(window.page, "1")
    assert window.model.typed == "1"
    qtbot.keyClicks(window.page, "2")

    assert [value for _, _, value in answers_of(session)] == [7, 12]
    assert "Normal dose = 7" in window.page.rows[0].note.text()


def test_images_are_ranked_by_their_places(qtbot, open_window):
    session = session_of(RANK, slots=4)
    window = open_window(session)
    qtbot.keyClicks(window.page, "2214")

    assert [value for _, _, value in answers_of(session)] == [2, 2, 1, 4]
    assert window.model.can_go_next
    assert len(window.page.canvases) == 4


def test_a_question_that_cannot_be_judged_asks_for_the_reason(qtbot, open_window):
    session = session_of(DOUBTFUL)
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_X)
    assert "1 motion" in window.page._screen.hint.text()
    qtbot.keyClick(window.page, Key.Key_Escape)
    qtbot.keyClicks(window.page, "3")
    window.model.focus_on(0)
    qtbot.keyClick(window.page, Key.Key_X)
    qtbot.keyClicks(window.page, "2")

    assert answers_of(session) == [("quality", "A", 3), ("quality", "A", None)]
    assert session.responses[-1].comment == "wrong region"
    assert window.page.rows[0].note.text() == "Cannot be judged: wrong region"
    assert window.model.can_go_next


def test_the_keys_do_not_come_back_to_a_question_that_cannot_be_judged(qtbot, open_window):
    session = session_of(DOUBTFUL, QUALITY_TOO)
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_X)
    qtbot.keyClicks(window.page, "13")

    assert answers_of(session) == [("quality", "A", None), ("sharpness", "A", 3)]
    assert window.model.focus == 2


def test_an_answer_by_mouse_ends_the_choice_of_a_reason(qtbot, open_window):
    session = session_of(DOUBTFUL, replace(DOUBTFUL, id="sharpness"))
    window = open_window(session)
    page = window.page
    qtbot.keyClick(page, Key.Key_X)
    qtbot.mouseClick(page.rows[0].buttons[4], Qt.MouseButton.LeftButton)
    assert page._screen.hint.text() == ""
    qtbot.keyClicks(page, "2")

    assert answers_of(session) == [("quality", "A", 4), ("sharpness", "A", 2)]


def test_a_step_that_is_too_early_ends_the_choice_of_a_reason(qtbot, open_window):
    session = session_of(QUALITY, replace(DOUBTFUL, id="sharpness"))
    window = open_window(session)
    window.model.focus_on(1)
    qtbot.keyClick(window.page, Key.Key_X)
    qtbot.keyClick(window.page, Key.Key_Return)
    assert "Still to answer" in window.page._screen.hint.text()
    qtbot.keyClicks(window.page, "2")

    assert answers_of(session) == [("quality", "A", 2)]


@pytest.mark.parametrize("keys", [(Key.Key_P, Key.Key_P), (Key.Key_B,)])
def test_a_reason_is_chosen_only_while_the_reasons_are_in_view(qtbot, open_window, keys):
    session = session_of(DOUBTFUL)
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_X)
    for key in keys:
        qtbot.keyClick(window.page, key)
    assert "Why?" not in window.page._screen.hint.text()
    qtbot.keyClicks(window.page, "2")

    assert answers_of(session) == [("quality", "A", 2)]


def test_digits_half_typed_do_not_go_on_to_another_question(qtbot, open_window):
    session = session_of(LONG, replace(LONG, id="blur"))
    window = open_window(session)
    qtbot.keyClicks(window.page, "1")
    qtbot.mouseClick(window.page.rows[0].buttons[7], Qt.MouseButton.LeftButton)
    qtbot.keyClicks(window.page, "2")

    assert answers_of(session) == [("noise", "A", 7), ("blur", "A", 2)]


def test_a_place_given_by_mouse_ends_the_choice_of_a_reason(qtbot, open_window):
    session = session_of(replace(RANK, cannot_judge=("motion", "wrong region")), slots=3)
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_X)
    window.model.move_to("rank", "B", 1)
    qtbot.keyClicks(window.page, "2")

    assert all(value is not None for _, _, value in answers_of(session))


def test_the_screen_says_that_going_on_without_a_mark_records_none(qtbot, open_window):
    session = session_of(QUALITY, LESIONS)
    window = open_window(session)
    row = window.page.rows[1]
    assert row.unmarked.text() == UNMARKED
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.position == 2)
    assert answers_of(session) == [("quality", "A", 4), ("lesions", "A", 0)]

    assert row.unmarked.text() == UNMARKED
    window.model.focus_on(1)
    canvas = window.page.canvases[0]
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert row.unmarked.text() == ""
    qtbot.keyClick(window.page, Key.Key_Delete)
    assert (row.unmarked.text(), row.note.text()) == ("", "no marks")


def test_a_question_for_marks_that_cannot_be_judged_is_shown_and_may_be_marked(qtbot, open_window):
    session = session_of(replace(LESIONS, cannot_judge=("motion", "wrong region")))
    window = open_window(session)
    page, canvas = window.page, window.page.canvases[0]
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.keyClick(page, Key.Key_X)
    qtbot.keyClicks(page, "2")
    canvas.grab()
    assert [(one.value, one.comment) for one in session.responses[1:]] == [(None, "wrong region")]
    assert page.rows[0].note.text() == "Cannot be judged: wrong region"
    assert page.rows[0].unmarked.text() == ""

    window.model.focus_on(0)
    qtbot.keyClick(page, Key.Key_Delete)  # there is none
    qtbot.keyClick(page, Key.Key_X)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.keyClicks(page, "1")  # how sure, and no reason
    canvas.grab()

    assert [one.value for one in session.responses] == [1, None, 1]
    assert page.rows[0].note.text() == "1 mark"


def test_reasons_of_several_words_cut_nothing_off_in_a_narrow_column(qtbot, open_window):
    reasons = ("image quality", "not in the image")
    doubtful = (replace(one, cannot_judge=reasons) for one in (SLIDER, LESIONS))
    window = open_window(session_of(*doubtful))
    for index in range(2):
        window.model.focus_on(index)
        qtbot.keyClick(window.page, Key.Key_X)
        qtbot.keyClicks(window.page, "2")
    QApplication.processEvents()  # lets the layouts follow

    assert cut_off(window) == []


def test_marks_are_set_with_the_mouse_and_taken_back_with_a_key(qtbot, open_window):
    session = session_of(LESIONS)
    window = open_window(session)
    page, canvas = window.page, window.page.canvases[0]
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    qtbot.keyClick(page, Key.Key_M)  # leaves the question, which was in focus
    window.model.focus_on(1)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert session.responses == []  # a click looks around while nothing is marked
    qtbot.keyClick(page, Key.Key_M)
    qtbot.keyClicks(page, "1")
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClick(page, Key.Key_T)
    qtbot.keyClick(page, Key.Key_S)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(40, 40))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(80, 60))
    point, box = marks_from_json(session.responses[-1].comment)
    assert (point.type, point.shape, point.confidence, point.slice) == ("lesion", "point", 1, 2)
    assert (box.type, box.shape, len(box.places)) == ("cyst", "box", 2)
    rows, columns = 96, 128
    assert point.places[0] == pytest.approx((rows / 2, columns / 2), abs=0.2)
    qtbot.keyClick(page, Key.Key_Delete)

    assert [one.value for one in session.responses] == [1, 2, 1]


def test_consent_and_the_check_of_the_display_come_before_the_first_screen(qtbot, open_window):
    session = session_of(QUALITY, consent="I take part.", display_check="required")
    window = open_window(session, until=Screen.CONSENT)
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.INSTRUCTIONS
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.DISPLAY
    check = window.page.gate.display
    qtbot.keyClick(check.light, Key.Key_Return)
    assert window.model.screen is Screen.DISPLAY
    assert check.hint.text()
    for name, field in check.fields.items():
        qtbot.keyClicks(field, check.pattern.digits[name])
    qtbot.keyClick(check.light, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)

    assert [event for event, _ in session.notes] == [
        "consented", "display check failed", "display check passed",
    ]  # fmt: skip


def test_a_session_waits_for_its_time_unless_somebody_says_why_not(qtbot, open_window):
    session = session_of(QUALITY, planned={2: {"session": 2}}, washout_hours=24.0, rests=((), (1,)))
    window = open_window(session)
    session.rests[2] = datetime(2025, 6, 2, 12, tzinfo=UTC)
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.RESTING
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.RESTING
    qtbot.keyClicks(window.page.gate.reason, "the scanner is gone tomorrow")
    qtbot.keyClick(window.page.gate.reason, Key.Key_Return)
    assert window.model.screen is Screen.BREAK
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)

    assert ("rest overridden", "session 2: the scanner is gone tomorrow") in session.notes


def test_a_rest_is_asked_for_once_and_not_before_every_screen_of_its_session(qtbot, open_window):
    asked = []
    session = session_of(QUALITY, screens=3, washout_hours=24.0, rests=((), (1,)),
                         planned={2: {"session": 2}, 3: {"session": 2}})  # fmt: skip
    session.rest_until = lambda number: asked.append(number)
    window = open_window(session)
    for screen in (Screen.BREAK, Screen.SHOWING, Screen.SHOWING):
        if window.model.screen is Screen.SHOWING:
            qtbot.keyClicks(window.page, "4")
        qtbot.keyClick(window.page, Key.Key_Return)
        qtbot.waitUntil(lambda screen=screen: window.model.screen is screen)

    assert window.model.position == 3
    assert asked == [1, 2]


def test_practice_is_named_and_its_feedback_is_shown_once(qtbot, open_window):
    session = session_of(
        QUALITY, planned={1: {"training": True, "feedback": "The noise is low here."}}
    )
    window = open_window(session)
    assert window.page._screen.position.text().startswith("Practice")
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.page._screen.hint.text() == "The noise is low here."
    assert window.model.position == 1
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.position == 2)

    assert not window.page._screen.position.text().startswith("Practice")


def test_every_slice_must_be_seen_where_the_protocol_says_so(qtbot, open_window):
    session = session_of(QUALITY, see_every_slice=True, slices=4)
    window = open_window(session)
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Return)
    assert "slices have not been looked at" in window.page._screen.hint.text()
    for key in (Key.Key_Home, Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Return):
        qtbot.keyClick(window.page, key)
    qtbot.waitUntil(lambda: window.model.position == 2)


def test_where_answers_stand_backspace_changes_nothing(qtbot, open_window):
    session = session_of(QUALITY, QUALITY_TOO, may_amend=False)
    window = open_window(session)
    qtbot.keyClicks(window.page, "4")
    qtbot.keyClick(window.page, Key.Key_Backspace)
    qtbot.keyClicks(window.page, "5")

    assert answers_of(session) == [("quality", "A", 4), ("sharpness", "A", 5)]


QUALITY_TOO = replace(QUALITY, id="sharpness", prompt="Sharpness")


def test_the_named_reference_stands_beside_and_is_not_judged(qtbot, open_window):
    session = session_of(
        QUALITY,
        labels=("Reference",),
        planned={1: {"declared": ("r1",)}, 2: {"declared": ("r2",)}},
    )
    window = open_window(session)

    assert [canvas.title for canvas in window.page._screen.declared] == ["Reference"]
    assert [question.slot for question in window.model.questions] == ["A"]
    qtbot.keyClick(window.page, Key.Key_Space)
    assert window.page._screen.declared[0].isVisible()
    assert not window.page.canvases[0].isVisible()
