"""The command palette finds and runs every action of room and window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.action_set import ActionSet
from app.ui.actions import Action
from app.ui.command_palette import CommandPalette, likeness
from app.ui.theme import color

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Room(QWidget):
    """A window with a few actions, which says what was done."""

    def __init__(self):
        super().__init__()
        self.done, self.on = [], True
        self.set = ActionSet(self, self.provide)

    def provide(self):
        def action(id, title, menu="View", **more):
            return Action(id, title, menu, lambda: self.done.append(id), **more)

        return (
            action("slice.next", "Next slice", "View/Slice", keys=("Down",)),
            action("pair.next", "Next pair", "Find", keys=("N",)),
            action("swipe", "Swipe", "Compare", hint="Drag the split", checked=lambda: self.on),
            action("undo", "Undo", "Marks", keys=("Ctrl+Z",), enabled=lambda: False),
        )


@pytest.fixture
def room(qtbot):
    room = Room()
    qtbot.addWidget(room)
    with qtbot.waitActive(room):
        room.show()
    room.set.sync()
    return room


@pytest.fixture
def palette(qtbot, room):
    palette = CommandPalette([(room.set, one) for one in room.set.actions], room)
    qtbot.addWidget(palette)
    palette.open()
    return palette


def titles(palette):
    model = palette.model
    return [model.index(row, 1).data() for row in range(model.rowCount())]


def test_it_lists_everything_with_menu_keys_and_state(palette):
    model = palette.model

    assert titles(palette) == ["Next slice", "Next pair", "Swipe", "Undo"]
    row = [model.index(0, column).data() for column in range(4)]
    assert row == ["", "Next slice", "View › Slice", "Down"]
    assert model.index(2, 0).data() == "✓"
    assert model.index(0, 1).data(Qt.ItemDataRole.ForegroundRole) is None
    assert model.index(3, 1).data(Qt.ItemDataRole.ForegroundRole) == color("disabled")


def test_what_enter_would_run_is_chosen_for_all_to_see(qtbot, palette):
    assert [index.row() for index in palette.view.selectionModel().selectedRows()] == [0]
    qtbot.keyClicks(palette.field, "undo")

    assert [index.row() for index in palette.view.selectionModel().selectedRows()] == [0]


def test_words_in_any_order_find_and_enter_runs(qtbot, room, palette):
    qtbot.keyClicks(palette.field, "pa nex")
    assert titles(palette) == ["Next pair"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert room.done == ["pair.next"]
    assert not palette.isVisible()


def test_arrows_choose_while_the_words_are_typed(qtbot, room, palette):
    qtbot.keyClicks(palette.field, "next")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(palette.field, key)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert room.done == ["pair.next"]


def test_a_click_runs(qtbot, room, palette):
    place = palette.view.visualRect(palette.model.index(2, 1)).center()
    qtbot.mouseClick(palette.view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert room.done == ["swipe"]


def test_what_cannot_be_done_is_not_done_and_the_palette_stays(qtbot, room, palette):
    qtbot.keyClicks(palette.field, "undo")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert room.done == []
    assert palette.isVisible()


def test_escape_closes_and_nothing_is_done(qtbot, room, palette):
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)

    assert not palette.isVisible()
    assert room.done == []


def test_words_that_nothing_is_called_by_say_so(qtbot, room, palette):
    qtbot.keyClicks(palette.field, "xyz")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert palette.nothing.isVisible()
    assert room.done == []


def test_the_beginning_of_a_title_fits_best_and_letters_in_order_last():
    def fit(typed, title, **more):
        return likeness(typed, Action("x", title, "View", print, **more))

    fits = [
        fit("sli", "Slice plot"),
        fit("sli", "Next slice"),
        fit("li", "Slice plot"),
        fit("sli", "Next", hint="Another slice"),
        fit("nxsl", "Next slice"),
    ]
    assert None not in fits
    assert fits == sorted(fits)
    assert fit("slice worse", "Next slice") is None
    assert fit("", "Anything") == 0
