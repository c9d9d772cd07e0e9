"""The reading room with a keyboard and a mouse, through its real window."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app.ui.reading_model import Screen
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import DISK_FULL, Clock, FakeSession, noon
from tests.ui.window_texts import texts_of

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
SENTINELS = ("DOE^SENTINEL", "ARM-SENTINEL", "/sentinel/path", "Name of the study")


@pytest.fixture
def open_window(qtbot):
    """Open the reading window and leave the instructions."""
    windows = []

    def opened(session, *, begin=True, window_button="left"):
        window = ReadingWindow(session, clock=Clock(), now=noon, window_button=window_button)
        qtbot.addWidget(window)
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        if begin:
            qtbot.keyClick(window.page, Key.Key_Return)
            qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
        qtbot.waitUntil(window.page.hasFocus)
        return window

    yield opened
    for window in windows:
        window.close()


def grey_levels_of(canvas) -> int:
    """How many different grey levels the middle of a canvas shows."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    row = image.height() // 4
    return len({image.pixel(column, row) for column in range(0, image.width(), 7)})


def test_three_pairs_are_read_by_keyboard_alone(qtbot, open_window):
    session = FakeSession(pairs=3)
    window = open_window(session)

    for position in (1, 2, 3):
        qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
        assert window.model.position == position
        qtbot.keyClicks(window.page, "234")
        qtbot.keyClick(window.page, Key.Key_Return)

    assert window.model.screen is Screen.DONE
    assert "All 3 pairs are read. Thank you." in texts_of(window)
    assert len(session.responses) == 9
    assert session.submitted == ["p1", "p2", "p3"]


def test_the_digit_row_of_a_french_keyboard_answers_too(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)

    for key, text in ((Key.Key_Eacute, "é"), (Key.Key_ParenLeft, "("), (Key.Key_Z, "z")):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(window.page, event)

    assert [response.value for response in session.responses] == [1, 5]


def test_the_images_come_together_and_a_pause_hides_them(qtbot, open_window):
    window = open_window(FakeSession())
    assert all(grey_levels_of(canvas) > 10 for canvas in window.page.canvases)

    qtbot.keyClick(window.page, Key.Key_P)
    assert all(grey_levels_of(canvas) == 1 for canvas in window.page.canvases)

    qtbot.keyClick(window.page, Key.Key_P)
    assert all(grey_levels_of(canvas) > 10 for canvas in window.page.canvases)


def test_arrows_turn_slices_choose_questions_and_look_around(qtbot, open_window):
    window = open_window(FakeSession(slices=5))
    page, state = window.page, window.page._state
    assert state.slice == 2

    for key, there in (
        (Key.Key_Down, 3), (Key.Key_Up, 2), (Key.Key_End, 4), (Key.Key_Home, 0),
    ):  # fmt: skip
        qtbot.keyClick(page, key)
        assert state.slice == there
    assert window.model.focus == 0
    qtbot.keyClick(page, Key.Key_Right)
    assert window.model.focus == 1
    qtbot.keyClick(page, Key.Key_Left)
    assert window.model.focus == 0

    width, centre = state.window.width, state.centre
    qtbot.keyClick(page, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(page, Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert state.window.width > width
    assert state.centre != centre
    assert window.model.focus == 0

    qtbot.keyClick(page, Key.Key_P)
    width = state.window.width
    qtbot.keyClick(page, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert state.window.width == width  # nothing moves behind a pause


@pytest.mark.parametrize("key", [Key.Key_Question, Key.Key_F1])
def test_the_sheet_of_keys_opens_and_any_key_closes_it(qtbot, open_window, key):
    window = open_window(FakeSession())

    qtbot.keyClick(window.page, key)
    assert window.page._keys.isVisible()
    qtbot.keyClick(window.page, Key.Key_1)

    assert not window.page._keys.isVisible()
    assert window.model.value_of(0) is None


def test_typing_a_comment_triggers_nothing(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    words = "12345 pause? rest, quit, cup"

    qtbot.keyClick(window.page, Key.Key_C)
    qtbot.waitUntil(window.page.comment.hasFocus)
    for letter in words:
        qtbot.keyClicks(window.page.comment, letter)
    for key in (Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_F1):
        qtbot.keyClick(window.page.comment, key)

    assert session.responses == []
    assert not window.model.paused
    assert window.model.focus == 0

    qtbot.keyClick(window.page.comment, Key.Key_Escape)

    assert not window.page.comment.hasFocus()
    assert [(r.criterion, r.comment) for r in session.responses] == [("comment", words)]


def test_enter_in_the_comment_leaves_it_and_does_not_go_on(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    qtbot.keyClicks(window.page, "123")
    qtbot.keyClick(window.page, Key.Key_C)
    qtbot.keyClicks(window.page.comment, "noise")

    qtbot.keyClick(window.page.comment, Key.Key_Return)

    assert session.submitted == []
    assert session.responses[-1].comment == "noise"
    qtbot.keyClick(window.page, Key.Key_Return)
    assert session.submitted == ["p1"]
    assert window.page.comment.text() == ""


def test_a_comment_half_typed_is_kept_when_the_window_closes(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_C)
    qtbot.keyClicks(window.page.comment, "streak")

    window.close()

    assert session.responses[-1].comment == "streak"
    assert session.closed


def test_a_comment_that_cannot_be_recorded_keeps_the_window_open_once(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_C)
    qtbot.keyClicks(window.page.comment, "streak")
    session.refuse_writing = DISK_FULL

    window.close()
    assert window.isVisible()
    assert not session.closed
    told = window.page._screen.hint.text()
    assert told.startswith("The disk is full. Make room")
    assert told.endswith("leave again to go without it.")

    session.refuse_writing = None
    window.close()
    assert not window.isVisible()
    assert session.responses[-1].comment == "streak"
    assert session.closed


@pytest.mark.parametrize("leave", ["button", "keys"])
def test_who_leaves_again_goes_without_the_comment(qtbot, open_window, leave):
    session = FakeSession()
    window = open_window(session)
    qtbot.keyClick(window.page, Key.Key_C)
    qtbot.keyClicks(window.page.comment, "streak")
    session.refuse_writing = DISK_FULL
    for seen in (True, False):
        if leave == "button":
            window.close()
        else:
            focused = window.page.comment if window.page.comment.hasFocus() else window.page
            qtbot.keyClick(focused, Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
            qtbot.keyClick(window.page, Key.Key_Return)
        assert window.isVisible() is seen

    assert session.responses == []


def test_enter_too_early_says_what_is_missing(qtbot, open_window):
    window = open_window(FakeSession())
    qtbot.keyClicks(window.page, "2")

    qtbot.keyClick(window.page, Key.Key_Return)

    assert "Still to answer: quality of A, quality of B." in texts_of(window)
    assert window.model.position == 1


def test_a_failing_store_keeps_the_screen_and_marks_no_answer(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    session.refuse_writing = DISK_FULL

    qtbot.mouseClick(window.page.rows[0].buttons[2], Qt.MouseButton.LeftButton)

    assert "The disk is full. Make room, then answer again." in texts_of(window)
    assert not window.page.rows[0].buttons[2].isChecked()
    session.refuse_writing = None
    qtbot.mouseClick(window.page.rows[0].buttons[2], Qt.MouseButton.LeftButton)
    assert window.page.rows[0].buttons[2].isChecked()


def test_a_reading_resumes_with_its_answers_in_view(qtbot, open_window):
    session = FakeSession()
    first = open_window(session)
    qtbot.keyClicks(first.page, "4")
    first.close()
    session.restart()

    window = open_window(session, begin=False)
    qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)

    assert window.page.rows[0].buttons[-1].isChecked()
    assert window.model.focus == 1


def test_both_panes_follow_one_mouse(qtbot, open_window):
    session = FakeSession(slices=5)
    window = open_window(session)
    first, second = window.page.canvases
    before = window.page._state.window

    qtbot.mousePress(first, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(first, QPoint(150, 120))
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton, pos=QPoint(150, 120))
    qtbot.keyClick(window.page, Key.Key_PageDown)
    qtbot.keyClicks(window.page, "1")

    assert first.state is second.state
    viewing = session.responses[0].viewing
    assert viewing.slices_viewed == 2
    assert viewing.interactions > 0
    qtbot.keyClick(window.page, Key.Key_R)
    assert window.page._state.window == before


def test_leaving_asks_first_and_loses_nothing(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    qtbot.keyClicks(window.page, "2")

    qtbot.keyClick(window.page, Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.page, "5")  # answers nothing while the question stands
    assert len(session.responses) == 1
    qtbot.keyClick(window.page, Key.Key_Escape)
    assert window.isVisible()

    qtbot.keyClick(window.page, Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.closed):
        qtbot.keyClick(window.page, Key.Key_Return)
    assert session.closed


def test_no_widget_of_the_reading_room_names_patient_arm_or_path(qtbot, open_window, tmp_path):
    """Every text, tooltip, title and name of every widget, on every screen."""
    folder = tmp_path / "ARM-SENTINEL" / "DOE^SENTINEL"
    folder.mkdir(parents=True)
    session = FakeSession(pairs=1)
    session.folder = folder
    session.refuse_writing = DISK_FULL.__class__(
        f"{folder}/sentinel/path cannot be written.", remedy=f"Look at {folder}."
    )
    window = open_window(session, begin=False)
    seen = set(texts_of(window))
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
    qtbot.keyClicks(window.page, "1")
    seen |= set(texts_of(window))
    session.refuse_writing = None
    qtbot.keyClicks(window.page, "?x123")
    seen |= set(texts_of(window))
    qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.DONE
    seen |= set(texts_of(window))

    assert window.windowTitle() == "Reading"
    assert window.windowFilePath() == ""
    for text in seen:
        for sentinel in (*SENTINELS, str(tmp_path), "SENTINEL"):
            assert sentinel.lower() not in text.lower()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_nothing_is_cut_off(open_window, size):
    window = open_window(FakeSession())
    window.resize(*size)
    window.page.grab()

    for widget in window.page.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        place = widget.mapTo(window, QPoint(0, 0))
        assert place.x() >= 0
        assert place.x() + widget.width() <= size[0]
        assert place.y() + widget.height() <= size[1]
        if isinstance(widget, QLabel) and widget.text():
            longest = max(widget.text().split(), key=len) if widget.wordWrap() else widget.text()
            assert widget.fontMetrics().horizontalAdvance(longest) <= widget.width()


@pytest.mark.parametrize("button", ["left", "right"])
def test_the_mouse_does_what_the_room_says_with_either_button(qtbot, open_window, button):
    window = open_window(FakeSession(slices=20), window_button=button)
    canvas, state = window.page.canvases[0], window.page._state
    by_window, other = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    if button == "right":
        by_window, other = other, by_window
    before, slice_before = state.window, state.slice

    pull(canvas, by_window, 40)
    assert state.window != before
    assert (state.slice, state.zoom) == (slice_before, 1.0)
    changed = state.window
    pull(canvas, other, 60)
    assert state.window == changed
    assert (state.slice != slice_before) == (button == "right")
    assert (state.zoom != 1.0) == (button == "left")
    state.fit()
    pull(canvas, Qt.MouseButton.MiddleButton, 30)
    assert state.centre != (0.5, 0.5)
    at = state.slice
    turn(canvas, -120)
    assert state.slice == at + 1
    turn(canvas, 120, Qt.KeyboardModifier.ControlModifier)
    assert state.zoom > 1.0
    qtbot.mouseDClick(canvas, by_window)
    assert (state.zoom, state.centre) == (1.0, (0.5, 0.5))
    assert state.window == changed


def test_the_other_button_is_chosen_while_reading_and_the_keys_say_so(qtbot, open_window):
    window = open_window(FakeSession())
    said = []
    window.window_button_changed.connect(said.append)
    assert "Left drag, Shift+arrows" in texts_of(window)

    qtbot.keyClicks(window.page, "b")

    assert said == ["right"]
    assert "Right drag, Shift+arrows" in texts_of(window)
    before = window.page._state.window
    pull(window.page.canvases[1], Qt.MouseButton.RightButton, 40)
    assert window.page._state.window != before
    qtbot.keyClicks(window.page, "b")
    assert said == ["right", "left"]


def test_a_study_is_recorded_with_the_screen_pixels_that_an_image_pixel_has(qtbot, open_window):
    session = FakeSession()
    window = open_window(session)
    canvas = window.page.canvases[0]

    qtbot.keyClicks(window.page, "2")
    fitted = min(canvas.width() / 128, canvas.height() / 96)
    assert session.responses[-1].viewing.zoom == pytest.approx(fitted)
    qtbot.keyClicks(window.page, ".3")

    assert session.responses[-1].viewing.zoom == 1.0


def pull(canvas, button, by):
    """Drag down and to the right."""
    QTest.mousePress(canvas, button, pos=QPoint(60, 60))
    for there in range(0, by + 1, 5):
        place = QPointF(60 + there, 60 + there)
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            canvas.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(canvas, move)
    QTest.mouseRelease(canvas, button, pos=QPoint(60 + by, 60 + by))


def turn(canvas, by, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPointF(canvas.rect().center())
    event = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
