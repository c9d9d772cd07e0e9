"""What stands under the cursor: of which plane, which slice and which pane."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.ui.measure_rows import in_figures
from app.ui.pane_content import PaneContent
from app.ui.probe import pane_words
from tests.ui.fakes import FakeWork
from tests.ui.test_compare import picture, settle
from tests.ui.test_panes import open_room, press  # noqa: F401 - a fixture

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
PLACE = 40, 24
"""Row and column; in the middle across, below the middle."""


@pytest.fixture
def room(qtbot, tmp_path, open_room):  # noqa: F811 - the fixture
    room = open_room(FakeWork(tmp_path).work())
    qtbot.waitUntil(lambda: room.model.difference.map is not None)
    settle(qtbot, room)
    return room


@pytest.fixture
def told(room):
    """What the status line says, the latest last."""
    told = []
    room.panes.pointed.connect(told.append)
    return told


def point(room, pane, row, column):
    """Point at the middle of a pixel."""
    canvas = room.panes.panes[pane]
    target, (rows, columns) = canvas.exact_target(), canvas.plane_shape
    x = target.left() + (column + 0.5) / columns * target.width()
    y = target.top() + (row + 0.5) / rows * target.height()
    place, none = QPointF(round(x), round(y)), Qt.MouseButton.NoButton
    where, plain = QPointF(canvas.mapToGlobal(place)), Qt.KeyboardModifier.NoModifier
    moved = QMouseEvent(QEvent.Type.MouseMove, place, where, none, none, plain)
    QApplication.sendEvent(canvas, moved)


def truth(room, row, column):
    view, index = room.model.view, room.model.state.slice
    return tuple(
        float(image.values(index)[row, column]) for image in (view.reference, view.reconstruction)
    )


def test_values_of_a_pane_on_another_slice_are_not_beside_those_in_view(qtbot, room):
    model = room.model
    model.set_content(3, PaneContent("difference"))
    model.panes.set_linked(3, False)
    model.panes.state(3).set_slice(4)
    qtbot.waitUntil(lambda: not room.panes.panes[3].is_empty)
    point(room, 0, *PLACE)

    rows = [one for one in room.measure.probe.rows if one.name == "Difference"]
    reference, ours = truth(room, *PLACE)
    assert [one.value for one in rows] == [ours - reference]

    model.panes.state(3).set_slice(model.state.slice)
    qtbot.waitUntil(lambda: not room.panes.panes[3].is_empty)
    rows = [one for one in room.measure.probe.rows if one.name == "Difference"]
    assert [one.value for one in rows] == [ours - reference]


def test_a_frequency_is_no_place_of_the_patient(qtbot, room, told):
    model = room.model
    point(room, 0, *PLACE)
    assert model.state.cursor is not None
    model.set_content(1, PaneContent("fourier"))
    qtbot.waitUntil(lambda: not room.panes.panes[1].is_empty)

    point(room, 1, *PLACE)

    assert model.state.cursor is None
    assert told[-1].startswith("row ")
    assert "reference" not in told[-1]
    assert pane_words(model, room.panes, 0) == ""


def test_a_flicked_pane_is_what_it_shows_not_what_it_was_asked_for(qtbot, room):
    """A Fourier plane behind the reference has neither cross nor value of the patient."""
    model = room.model
    room.panes.set_layout("One pane")
    model.panes.set_second(0, PaneContent("fourier"))
    qtbot.waitUntil(lambda: model.panes.backs[0].plane.is_there)
    press(qtbot, room, Key.Key_Space)
    settle(qtbot, room)
    before = picture(room)

    press(qtbot, room, Key.Key_X)
    press(qtbot, room, Key.Key_G)
    model.state.set_cursor((0.5, 0.6))
    settle(qtbot, room)

    np.testing.assert_array_equal(picture(room), before)
    assert pane_words(model, room.panes, 0) == ""


def test_a_difference_behind_the_reference_is_among_the_values_when_it_is_seen(qtbot, room):
    model = room.model
    room.panes.set_layout("One pane")
    model.panes.set_second(0, PaneContent("difference"))
    settle(qtbot, room)
    model.state.set_cursor(((PLACE[1] + 0.5) / 48, (PLACE[0] + 0.5) / 64))
    assert "Difference" not in [one.name for one in room.measure.probe.rows]

    press(qtbot, room, Key.Key_W)
    qtbot.waitUntil(lambda: "Difference" in [one.name for one in room.measure.probe.rows])
    press(qtbot, room, Key.Key_W)
    press(qtbot, room, Key.Key_Space)

    reference, ours = truth(room, *PLACE)
    row = next(one for one in room.measure.probe.rows if one.name == "Difference")
    assert row.value == ours - reference


def test_values_are_those_of_the_side_of_a_swipe_that_is_pointed_at(qtbot, room, told):
    press(qtbot, room, Key.Key_W)
    for column, side in ((10, 0), (38, 1)):
        point(room, 0, 40, column)
        value = truth(room, 40, column)[side]
        assert told[-1].startswith(f"row 40  column {column}   {value:.5g} HU")
        assert pane_words(room.model, room.panes, 0) == f"{in_figures(value)} HU"


def test_values_are_those_of_the_square_of_a_checkerboard_that_is_pointed_at(qtbot, room, told):
    room.panes.set_layout("One pane")
    settle(qtbot, room)
    press(qtbot, room, Key.Key_C)
    canvas = room.panes.panes[0]
    for column in range(4, 44, 3):
        point(room, 0, 40, column)
        target = canvas.exact_target()
        x = round(target.left() + (column + 0.5) / 48 * target.width())
        y = round(target.top() + 40.5 / 64 * target.height())
        side = (x // 48 + y // 48) % 2
        assert f"   {truth(room, 40, column)[side]:.5g} HU" in told[-1]


def test_both_values_are_told_where_one_image_shines_through_the_other(qtbot, room, told):
    press(qtbot, room, Key.Key_D)
    point(room, 0, *PLACE)

    reference, ours = truth(room, *PLACE)
    assert f"   {reference:.5g} HU  +  {ours:.5g} HU" in told[-1]
    assert (
        pane_words(room.model, room.panes, 0)
        == f"{in_figures(reference)} HU  +  {in_figures(ours)} HU"
    )
    room.panes.heads[0].fader.setValue(100)
    assert pane_words(room.model, room.panes, 0) == f"{in_figures(ours)} HU"


@pytest.mark.parametrize("cursor", [(0.2, 0.6), (0.8, 0.6)])
def test_the_lens_enlarges_the_side_of_a_swipe_under_it(qtbot, room, cursor):
    """Wholly on one side, the lens looks as it does over that image alone."""
    room.panes.set_layout("One pane")
    side = "reference" if cursor[0] < 0.5 else "reconstruction"
    press(qtbot, room, Key.Key_G)
    room.model.state.set_cursor(cursor)
    room.model.set_content(0, PaneContent(side))
    settle(qtbot, room)
    alone = picture(room)
    room.model.set_content(0, PaneContent("reference"))
    press(qtbot, room, Key.Key_W)
    settle(qtbot, room)

    target = room.panes.panes[0].exact_target()
    x = round(target.left() + cursor[0] * target.width())
    y = round(target.top() + cursor[1] * target.height())
    lens = slice(y - 40, y + 40), slice(x - 40, x + 40)
    np.testing.assert_array_equal(picture(room)[lens], alone[lens])


def test_the_lens_fades_as_the_pane_does(qtbot, room):
    room.panes.set_layout("One pane")
    press(qtbot, room, Key.Key_G)
    room.model.state.set_cursor((0.5, 0.6))
    settle(qtbot, room)
    first = picture(room)
    room.model.set_content(0, PaneContent("reconstruction"))
    second = picture(room)
    room.model.set_content(0, PaneContent("reference"))
    press(qtbot, room, Key.Key_D)
    settle(qtbot, room)

    target = room.panes.panes[0].exact_target()
    x, y = round(target.center().x()), round(target.top() + 0.6 * target.height())
    lens = slice(y - 40, y + 40), slice(x - 40, x + 40)
    np.testing.assert_allclose(picture(room)[lens], ((first + second) / 2)[lens], atol=3)


def test_a_slice_that_cannot_be_read_says_why_and_the_others_are_shown(qtbot, room):
    view = room.model.view
    why = "007.dcm: the file ends in the middle of its pixels."
    room.model._loader.view = replace(
        view, reconstruction=replace(view.reconstruction, unread=((3, why),))
    )
    room.model.state.set_slice(3)
    room.model.view_changed.emit()
    panes = room.panes.panes

    assert panes[1].message == why
    assert panes[1].is_empty
    assert not panes[0].is_empty
    room.model.state.set_slice(2)
    assert not panes[1].is_empty
