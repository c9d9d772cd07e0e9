"""Playing a series, windows on keys, and words that betray nothing, in the real window."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation
from app.ui import reading_cine
from app.ui.reading_model import Screen
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import QUALITY, Clock, FakeSession, noon
from tests.ui.window_texts import texts_of

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key


class Modal(FakeSession):
    """A session whose images say what made them."""

    modalities = ("CT", "CT")

    def load(self, planned):
        shown = super().load(planned)
        images = zip(shown.images, self.modalities, strict=True)
        return replace(
            shown, images=tuple(replace(image, modality=modality) for image, modality in images)
        )


@pytest.fixture
def open_window(qtbot):
    windows = []

    def opened(session, clock=None):
        window = ReadingWindow(session, clock=clock or Clock(), now=noon)
        qtbot.addWidget(window)
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        qtbot.keyClick(window.page, Key.Key_Return)
        qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
        return window

    yield opened
    for window in windows:
        window.close()


@pytest.fixture
def fast(monkeypatch):
    """A cine that turns a slice every few milliseconds."""
    monkeypatch.setattr(reading_cine, "SLICES_A_SECOND", 200)


def test_v_plays_every_slice_round_and_round_and_all_count_as_seen(qtbot, open_window, fast):
    session = FakeSession(slices=6)
    session.plan = replace(session.plan, see_every_slice=True)
    session.restart()
    window = open_window(session)
    seen = []
    window.page._state.slice_changed.connect(seen.append)
    qtbot.keyClick(window.page, Key.Key_V)
    qtbot.waitUntil(lambda: len(seen) >= 8)
    qtbot.keyClicks(window.page, "123")  # the first of them stops it, and answers

    assert not window.page.keys.cine.playing
    assert seen[:8] == [4, 5, 0, 1, 2, 3, 4, 5]
    assert len(session.responses) == 3
    assert session.responses[0].viewing.slices_viewed == 6
    qtbot.keyClick(window.page, Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.position == 2)


def test_a_series_plays_at_ten_slices_a_second(open_window):
    window = open_window(FakeSession(slices=6))
    assert window.page.keys.cine._timer.interval() == 100


@pytest.mark.parametrize("key", [Key.Key_V, Key.Key_Escape, Key.Key_P, Key.Key_Down, Key.Key_Z])
def test_any_key_stops_the_series(qtbot, open_window, fast, key):
    window = open_window(FakeSession(slices=6))
    cine = window.page.keys.cine
    qtbot.keyClick(window.page, Key.Key_V)
    assert cine.playing
    qtbot.keyClick(window.page, key)

    assert not cine.playing
    assert window.model.paused is (key == Key.Key_P)


def test_the_mouse_on_an_image_and_the_next_screen_stop_it_too(qtbot, open_window, fast):
    window = open_window(FakeSession(slices=6))
    page, cine = window.page, window.page.keys.cine
    qtbot.keyClick(page, Key.Key_V)
    qtbot.mouseClick(page.canvases[0], Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert not cine.playing
    qtbot.keyClicks(page, "123v")
    qtbot.mouseClick(page._screen.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.model.position == 2)
    assert not cine.playing


def test_one_slice_alone_does_not_play(qtbot, open_window):
    window = open_window(FakeSession(slices=1))
    qtbot.keyClick(window.page, Key.Key_V)
    assert not window.page.keys.cine.playing


def test_function_keys_are_windows_where_all_images_are_ct(qtbot, open_window):
    session = Modal()
    window = open_window(session)
    state = window.page._state
    home = state.window
    qtbot.keyClick(window.page, Key.Key_F4)
    qtbot.keyClicks(window.page, "1")
    assert (state.window.center, state.window.width) == (-600.0, 1500.0)
    assert session.responses[-1].viewing.window_center == -600.0
    qtbot.keyClick(window.page, Key.Key_R)
    assert state.window == home


@pytest.mark.parametrize("modalities", [("MR", "MR"), ("CT", ""), ("", "")])
def test_function_keys_do_nothing_where_an_image_is_no_ct(qtbot, open_window, modalities):
    session = Modal()
    session.modalities = modalities
    window = open_window(session)
    before = window.page._state.window
    for key in (Key.Key_F2, Key.Key_F5, Key.Key_F8):
        qtbot.keyClick(window.page, key)

    assert window.page._state.window == before


def words_on_the_way(qtbot, open_window, screens):
    """Everything that can be read on the way through a plan, screen by screen."""
    session, clock = FakeSession(slices=2), Clock()
    presentations = tuple(
        PlannedPresentation(
            f"p{place}", place, pictures, Window(500.0, 1000.0), session=1 + place // 7
        )
        for place, pictures in enumerate(screens, start=1)
    )
    session.plan = replace(
        session.plan, criteria=(QUALITY,), presentations=presentations, break_minutes=1.0
    )
    session.restart()
    window = open_window(session, clock)
    words = []
    while window.model.screen is not Screen.DONE:
        qtbot.waitUntil(lambda: window.model.screen is not Screen.LOADING)
        words.append(sorted(texts_of(window)))
        if window.model.screen is Screen.SHOWING:
            clock.seconds += 25.0
            qtbot.keyClicks(window.page, "34")
            words.append(sorted(texts_of(window)))
        qtbot.keyClick(window.page, Key.Key_Return)
    return [*words, sorted(texts_of(window))]


def test_progress_and_breaks_are_the_same_with_and_without_repeats_and_catches(qtbot, open_window):
    plain = [(f"a{n}", f"b{n}") for n in range(1, 11)]
    mixed = list(plain)
    mixed[4] = plain[0]  # a repeat
    mixed[5] = ("a3", "a3")  # an identical pair
    mixed[8] = ("a9", "a9blurred")  # a gross blur
    words = words_on_the_way(qtbot, open_window, mixed)

    assert words == words_on_the_way(qtbot, open_window, plain)
    told = {text for screen in words for text in screen}
    assert "3 of 10" in told
    assert any("A break does good" in text for text in told)
    assert any(text.startswith("Session 1 of 2 is done") for text in told)


def test_a_break_is_proposed_on_time_where_the_images_must_be_waited_for(qtbot, open_window):
    session, clock = FakeSession(pairs=4), Clock()
    session.plan = replace(session.plan, criteria=(QUALITY,), break_minutes=1.0)
    session.restart()
    ready, load = threading.Event(), session.load

    def slowly(planned):
        assert planned.position < 3 or ready.wait(10)
        return load(planned)

    session.load = slowly
    window = open_window(session, clock)
    for _ in range(2):
        qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
        for _ in range(2):
            clock.seconds += 20.0
            qtbot.keyClicks(window.page, "3")
        qtbot.keyClick(window.page, Key.Key_Return)
    assert window.model.screen is Screen.LOADING
    ready.set()
    qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)

    assert "A break does good" in window.page._screen.hint.text()
