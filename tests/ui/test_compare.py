"""Comparing in place: through the whole window, with workflows in memory."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.ui.compare import RATES, Compare
from app.ui.pane_content import PaneContent
from app.ui.space_note import SpaceNote, space_words
from tests.ui.fakes import FakeWork, value
from tests.ui.test_panes import open_room, press  # noqa: F401 - a fixture

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def room(qtbot, tmp_path, open_room):  # noqa: F811 - the fixture
    room = open_room(FakeWork(tmp_path).work())
    room.panes.set_layout("One pane")
    settle(qtbot, room)
    return room


def settle(qtbot, room):
    qtbot.waitUntil(lambda: not room.model.state.moving)
    QApplication.processEvents()


def picture(room, pane=0):
    """Return what a pane paints, without words: (rows, columns, 3)."""
    canvas = room.panes.panes[pane]
    made = canvas.render(canvas.size(), words=False)
    seen = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.width(), 4)
    return seen[:, :, :3].astype(int).copy()


def wheel(room, turn, pane=0):
    canvas = room.panes.panes[pane]
    middle = QPointF(canvas.rect().center())
    event = QWheelEvent(
        middle,
        canvas.mapToGlobal(middle),
        QPoint(),
        QPoint(turn, 0),  # Alt turns the wheel sideways
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.AltModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def sides(room):
    """Return the pane's picture of the reference alone and of the reconstruction alone."""
    first = picture(room)
    room.model.set_content(0, PaneContent("reconstruction"))
    second = picture(room)
    room.model.set_content(0, PaneContent("reference"))
    return first, second


def test_a_swipe_parts_the_pane_and_its_line_is_dragged(qtbot, room):
    first, second = sides(room)
    press(qtbot, room, Key.Key_W)
    canvas = room.panes.panes[0]
    target = canvas.exact_target()
    split = round(target.left() + target.width() / 2)
    middle = round(target.center().y())
    rows = slice(middle + 60, middle + 100)  # below the handle

    seen = picture(room)
    np.testing.assert_array_equal(seen[rows, : split - 4], first[rows, : split - 4])
    np.testing.assert_array_equal(seen[rows, split + 4 :], second[rows, split + 4 :])
    assert " | " in canvas.title

    window = room.model.state.window
    quarter = round(target.left() + target.width() / 4)
    qtbot.mousePress(canvas, LEFT, pos=QPoint(split, middle))
    qtbot.mouseMove(canvas, QPoint(quarter, middle))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(quarter, middle))

    assert room.panes.compare.amount(0) == pytest.approx(0.25, abs=0.01)
    assert room.model.state.window == window  # the drag was no window
    seen = picture(room)
    np.testing.assert_array_equal(seen[rows, quarter + 4 :], second[rows, quarter + 4 :])
    press(qtbot, room, Key.Key_W)
    np.testing.assert_array_equal(picture(room)[rows], first[rows])


def test_a_fade_follows_the_slider_and_the_wheel_with_alt(qtbot, room):
    first, second = sides(room)
    press(qtbot, room, Key.Key_D)
    fader = room.panes.heads[0].fader
    assert fader.isVisible()

    fader.setValue(100)
    np.testing.assert_array_equal(picture(room), second)
    fader.setValue(0)
    np.testing.assert_array_equal(picture(room), first)
    wheel(room, 120 * 5)

    assert room.panes.compare.amount(0) == pytest.approx(0.5)
    assert fader.value() == 50
    assert room.model.state.slice == 2  # the wheel was no slice
    halves = (first + second) / 2
    np.testing.assert_allclose(picture(room), halves, atol=2)


def test_a_checkerboard_shows_both_in_turn(qtbot, room):
    first, second = sides(room)
    press(qtbot, room, Key.Key_C)
    seen = picture(room)
    from_first = np.all(seen == first, axis=2)
    from_second = np.all(seen == second, axis=2)
    differing = np.any(first != second, axis=2)

    assert np.all(from_first | from_second)
    assert 0.3 < from_second[differing].mean() < 0.7

    before = room.panes.compare.amount(0)
    press(qtbot, room, Key.Key_ParenRight)
    assert room.panes.compare.amount(0) > before


def test_a_pane_is_compared_with_what_is_chosen_even_a_map(qtbot, room):
    room.model.panes.set_second(0, PaneContent("difference"))
    press(qtbot, room, Key.Key_D)
    qtbot.waitUntil(lambda: room.model.difference.map is not None)
    room.panes.heads[0].fader.setValue(100)

    seen = picture(room)
    assert np.ptp(seen, axis=2).max() > 50  # colours
    assert room.panes.panes[0].title.endswith("+ Difference")


@pytest.fixture
def against_strong(qtbot, room):
    """The room, its pane compared with an arm that is shown nowhere; and pictures of both."""
    first, _ = sides(room)
    strong = PaneContent("reconstruction", "strong")
    room.model.panes.set_second(0, strong)
    qtbot.waitUntil(lambda: room.model.image_of("strong") is not None)
    room.model.set_content(0, strong)
    second = picture(room)
    room.model.set_content(0, PaneContent("reference"))
    assert np.any(first != second)
    return room, first, second


def halves(room):
    """Return what is left and right of a split in the middle, above its handle."""
    target = room.panes.panes[0].exact_target()
    middle, high = round(target.center().x()), round(target.center().y())
    rows = slice(high - 100, high - 60)
    return (rows, slice(0, middle - 4)), (rows, slice(middle + 4, None))


def test_an_arm_that_is_not_in_view_is_swiped_faded_and_laid_in_squares(qtbot, against_strong):
    room, first, second = against_strong
    left, right = halves(room)
    press(qtbot, room, Key.Key_W)
    seen = picture(room)
    np.testing.assert_array_equal(seen[left], first[left])
    np.testing.assert_array_equal(seen[right], second[right])
    assert room.panes.panes[0].title.endswith("| Reconstruction: strong")

    press(qtbot, room, Key.Key_D)
    room.panes.heads[0].fader.setValue(100)
    np.testing.assert_array_equal(picture(room), second)

    press(qtbot, room, Key.Key_C)
    seen, differing = picture(room), np.any(first != second, axis=2)
    from_second = np.all(seen == second, axis=2)[differing]
    assert 0.3 < from_second.mean() < 0.7


def test_a_pane_says_why_what_it_is_compared_with_is_not_there(qtbot, room):
    room.model.panes.set_second(0, PaneContent("reconstruction", "nobody"))
    press(qtbot, room, Key.Key_W)

    assert room.panes.panes[0].title.endswith("nobody – This case has no arm nobody.")


def test_an_arm_that_is_not_in_view_is_flicked_behind_the_reference(qtbot, against_strong):
    room, first, second = against_strong
    room.model.set_content(0, PaneContent("reconstruction", "strong"))
    room.model.panes.set_second(0, None)
    left, right = halves(room)
    press(qtbot, room, Key.Key_W)
    press(qtbot, room, Key.Key_Space)

    seen = picture(room)
    np.testing.assert_array_equal(seen[left], first[left])
    np.testing.assert_array_equal(seen[right], second[right])


@pytest.mark.parametrize(
    "content",
    [
        PaneContent("reconstruction", "strong"),
        PaneContent("difference", "strong"),
        PaneContent("absolute"),
        PaneContent("edges", of_reference=True),
        PaneContent("fourier"),
    ],
    ids=lambda one: one.words,
)
def test_a_flicker_shows_what_was_chosen_although_it_is_shown_nowhere_else(qtbot, room, content):
    room.model.panes.set_second(0, content)
    press(qtbot, room, Key.Key_Space)

    qtbot.waitUntil(lambda: not room.panes.panes[0].is_empty)
    assert room.model.panes.seen(0) == (content,)
    assert room.panes.plane(0).is_there
    press(qtbot, room, Key.Key_L)  # a layout in which the pane is seen still
    assert not room.panes.panes[0].is_empty


def test_what_was_chosen_for_a_comparison_is_given_up_again(qtbot, room):
    panes, head = room.model.panes, room.panes.heads[0]

    def menu():
        head._fill()
        entries = {one.text(): one.menu() for one in head.chooser.menu().actions()}
        return entries["Compare with"].actions()

    assert menu()[0].text() == "The usual: Reconstruction"
    assert [one.isChecked() for one in menu()].count(True) == 1
    edges = next(one for one in menu() if one.text() == "Edges").menu().actions()[0]
    edges.trigger()
    assert panes.second(0) == PaneContent("edges", of_reference=True)
    assert not menu()[0].isChecked()

    menu()[0].trigger()

    assert not panes.is_second_chosen(0)
    assert panes.second(0) == PaneContent("reconstruction")


def test_what_a_pane_is_compared_with_is_chosen_by_keys(qtbot, room):
    panes = room.model.panes
    for key in (Key.Key_V, Key.Key_C, Key.Key_2):
        press(qtbot, room, key)
    assert panes.second(0) == PaneContent("reconstruction", "strong")

    for key in (Key.Key_V, Key.Key_M, Key.Key_0):
        press(qtbot, room, key)
    assert panes.second(0) == PaneContent("map")
    press(qtbot, room, Key.Key_V, SHIFT)
    press(qtbot, room, Key.Key_2)
    assert panes.second(0) == PaneContent("map", "strong")

    for key in (Key.Key_V, Key.Key_V):
        press(qtbot, room, key)
    assert not panes.is_second_chosen(0)


def test_the_split_begins_in_view_and_stays_within_reach(qtbot, room):
    canvas, state, compare = room.panes.panes[0], room.model.state, room.panes.compare
    middle = canvas.rect().center().y()
    state.set_view(4.0, (0.1, 0.5))
    press(qtbot, room, Key.Key_W)
    target = canvas.exact_target()
    split = target.left() + compare.amount(0) * target.width()
    assert canvas.width() * 0.1 < split < canvas.width() * 0.9

    state.set_view(4.0, (0.9, 0.5))  # all of it is right of the split
    settle(qtbot, room)
    yellow = np.abs(picture(room)[:, :6] - np.array([66, 228, 240])).sum(axis=2).min(axis=1)
    assert (yellow < 40).mean() > 0.7
    qtbot.mousePress(canvas, LEFT, pos=QPoint(4, middle))
    qtbot.mouseMove(canvas, QPoint(100, middle))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(100, middle))

    target = canvas.exact_target()
    assert target.left() + compare.amount(0) * target.width() == pytest.approx(100, abs=1)


def test_the_split_in_view_begins_in_the_middle_of_the_image(qtbot, room):
    press(qtbot, room, Key.Key_W)

    assert room.panes.compare.amount(0) == 0.5


@pytest.mark.parametrize("mode", [Key.Key_W, Key.Key_D, Key.Key_C])
def test_a_map_that_lies_over_an_image_has_its_bar(qtbot, room, mode):
    canvas = room.panes.panes[0]
    assert canvas._scene.bar is None
    room.model.panes.set_second(0, PaneContent("difference"))
    qtbot.waitUntil(lambda: room.model.difference.map is not None)
    press(qtbot, room, mode)

    assert canvas._scene.bar.high.endswith("HU")
    made = canvas.render(canvas.size())
    lower = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.width(), 4)
    lower = lower[-60:, -200:, :3].astype(int)
    assert np.ptp(lower, axis=2).max() > 50  # its colours
    press(qtbot, room, mode)
    assert canvas._scene.bar is None


def test_space_flickers_by_hand_and_a_held_key_never_too_fast(qtbot, room):
    assert room.panes.panes[0].title.startswith("Reference")
    press(qtbot, room, Key.Key_Space)
    assert room.panes.panes[0].title == "Reconstruction: mild"

    press(qtbot, room, Key.Key_Space)  # at once: passed over

    assert room.panes.panes[0].title == "Reconstruction: mild"


def test_flicker_by_itself_keeps_its_rate_and_ends_where_it_began(qtbot, room):
    compare = room.panes.compare
    compare.set_rate(99)
    assert compare.rate == RATES[-1] == 5
    press(qtbot, room, Key.Key_Space, CONTROL)
    qtbot.waitUntil(lambda: compare.flicked)
    press(qtbot, room, Key.Key_Space, CONTROL)

    assert not compare.flicked
    assert room.panes.panes[0].title.startswith("Reference")


def test_no_two_exchanges_are_closer_than_a_fifth_of_a_second():
    now = [0.0]
    compare = Compare(clock=lambda: now[0])
    times = []
    compare.changed.connect(lambda: times.append(now[0]))
    for _ in range(200):
        compare.flick()
        now[0] += 0.033  # a held key

    assert len(times) > 25
    assert min(np.diff(times)) >= 0.198


def test_the_magnifier_enlarges_the_same_place_in_every_pane(qtbot, room):
    room.panes.set_layout("Four panes")
    qtbot.waitUntil(lambda: None not in (room.model.difference.map, room.model.maps.map))
    settle(qtbot, room)
    before = [picture(room, pane) for pane in range(4)]
    press(qtbot, room, Key.Key_G)
    canvas = room.panes.panes[0]
    target = canvas.exact_target()
    place = QPointF(target.left() + 0.5 * target.width(), target.top() + 0.72 * target.height())
    qtbot.mouseMove(canvas, place.toPoint())
    qtbot.waitUntil(lambda: room.model.state.cursor is not None)

    across, down = room.model.state.cursor
    for pane in range(4):
        seen, lies = picture(room, pane), room.panes.panes[pane].exact_target()
        changed = np.argwhere(np.any(seen != before[pane], axis=2))
        middle = (changed.min(axis=0) + changed.max(axis=0)) / 2
        expected = (lies.top() + down * lies.height(), lies.left() + across * lies.width())
        np.testing.assert_allclose(middle, expected, atol=4)


def test_the_crosshair_goes_through_all_panes(qtbot, room):
    room.panes.set_layout("Four panes")
    press(qtbot, room, Key.Key_X)
    room.model.state.set_cursor((0.25, 0.75))
    settle(qtbot, room)

    for pane in range(4):
        lies = room.panes.panes[pane].exact_target()
        x = int(lies.left() + 0.25 * lies.width())
        yellow = np.array([66, 228, 240])  # as it lies in memory
        seen = picture(room, pane)
        line = np.abs(seen[:, x - 1 : x + 2] - yellow).sum(axis=2).min(axis=1) < 40
        assert line.mean() > 0.7
    press(qtbot, room, Key.Key_X)
    assert not room.panes.compare.crosshair


def test_the_difference_is_amplified_and_weakened_again(qtbot, room):
    difference = room.model.difference
    usual = difference.limit
    for times in (2, 4, 8, 16, 16):
        press(qtbot, room, Key.Key_A)
        assert difference.limit == pytest.approx(usual / times)
    room.panes.set_layout("Four panes")
    assert room.panes.plane(2).bar.note == "amplified 16 times"
    assert room.panes.plane(2).bar.high.startswith(f"+{usual / 16:g}")

    press(qtbot, room, Key.Key_A, SHIFT)
    assert difference.limit == pytest.approx(usual / 8)


def test_metrics_are_said_to_be_of_native_values_until_a_window_is_chosen(qtbot, room, tmp_path):
    note = room.values.findChild(SpaceNote)
    assert note.words.text() == ("Metrics are of native values (HU), never of the window in view.")
    assert note.objectName() != "banner"

    next(one for one in room.actions() if one.id == "metrics-space.window").run()

    assert room.model.values.space == "window:40/400"
    assert "W 400  L 40" in note.words.text()
    assert note.objectName() == "banner"


def test_values_of_a_window_carry_a_banner(qtbot, room, tmp_path):
    shown = [value("case-1", "mild", 3), value("case-1", "mild", 3, space="window:40/400")]
    fake = FakeWork(tmp_path, values=tuple(shown))
    from app.ui.value_rows import pivot

    room.model.values._take_values(room.model.output, pivot(fake.values))

    note = room.values.findChild(SpaceNote)
    assert note.words.text() == (
        "Metrics marked WINDOW:40/400 are of values clipped to the window W 400  L 40. "
        "The others are of native values (HU)."
    )
    assert note.objectName() == "banner"


def test_every_space_has_words_of_its_own():
    words = {
        space: space_words([space], "", "")[0]
        for space in ("percentile:1/99", "minmax", "zscore", "8bit", "else")
    }

    assert len(set(words.values())) == 5
    assert all(space_words([space], "", "")[1] for space in words)
