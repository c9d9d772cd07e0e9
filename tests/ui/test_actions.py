"""Menus, keys, tooltips and the sheet of keys all come from one list of Actions."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QMenu, QPushButton, QWidget

from app.ui.action_menus import MENUS, grouped_keys
from app.ui.action_set import ActionSet, tooltip
from app.ui.actions import ROUTED, Action, ambiguous, nth, routed
from app.ui.context import Context
from app.ui.dialogs import ShortcutsDialog
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.settings import Settings
from app.ui.window import MainWindow
from tests.ui.fakes import FakeWork

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def main(qtbot, monkeypatch, tmp_path):
    """The whole window with a pair in view, the workflows in memory."""
    work = FakeWork(tmp_path)
    usual = InspectPage.__init__
    monkeypatch.setattr(
        InspectPage,
        "__init__",
        lambda page, context: usual(page, context, InspectModel(work.work())),
    )
    main = MainWindow(Context(Settings()))
    qtbot.addWidget(main)
    with qtbot.waitActive(main):
        main.show()
    main.open_path(tmp_path / "cases")
    page = main.page("inspect")
    qtbot.waitUntil(lambda: page.model.view is not None and page.model.maps.map is not None)
    return main


@pytest.fixture
def pressed(qtbot):
    """A small window with a field, a list and a button; and what its Actions did."""
    done = []
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.field, owner.list, owner.button = QLineEdit(owner), QListWidget(owner), QPushButton(owner)
    owner.list.addItems(["one", "two"])
    owner.able = True
    owner.done = done

    def provide():
        return (
            Action("a.letter", "Letter", "View", lambda: done.append("letter"), ("R",)),
            Action("a.down", "Down", "View", lambda: done.append("down"), ("Down",)),
            Action("a.space", "Space", "View", lambda: done.append("space"), ("Space",)),
            Action("a.chord", "Chord", "View", lambda: done.append("chord"), ("T, 1",)),
            Action(
                "a.able",
                "Able",
                "View",
                lambda: done.append("able"),
                ("X",),
                enabled=lambda: owner.able,
            ),
        )

    owner.set = ActionSet(owner, provide)
    with qtbot.waitActive(owner):
        owner.show()
    return owner


def every_action(main):
    return (*main.action_set.actions, *main.page("inspect").action_set.actions)


def test_no_key_means_two_things(main):
    assert ambiguous(every_action(main)) == ()


def test_no_key_of_an_action_opens_a_menu(main):
    opening = {QKeySequence.mnemonic(title).toString() for title in MENUS.values()}

    assert len(opening) == len(MENUS)
    assert opening.isdisjoint(key for one in every_action(main) for key in one.keys)


def test_every_id_is_unique_and_every_key_is_one_that_qt_knows(main):
    actions = every_action(main)

    assert len({one.id for one in actions}) == len(actions)
    for key in (key for one in actions for key in one.keys):
        assert QKeySequence(key).toString() == key


def test_every_action_stands_in_a_menu_and_has_a_key_and_a_tooltip(main):
    for top in main.menuBar().actions():
        assert top.isVisible() == bool(top.menu().actions())

    for part in (main, main.page("inspect")):
        for one in part.action_set.actions:
            action = part.action_set.qt_action(one.id)
            assert action in main.menus.menu(one.menu).actions()
            assert action.text() == one.title.replace("&", "&&")
            assert [key.toString() for key in action.shortcuts()] == list(one.keys)
            assert one.keys or one.id.rpartition(".")[2] in ROUTED, one.id
            assert action.toolTip() == tooltip(one)
            assert len(action.toolTip()) > 3


def test_a_key_with_which_others_begin_means_two_things():
    made = [
        Action("a.menu", "Menu", "View", print, ("S",)),
        Action("a.one", "One", "View", print, ("S, 1",)),
        Action("a.other", "Other", "View", print, ("Shift+S, 1",)),
    ]

    assert ambiguous(made) == ("S",)
    assert ambiguous(made[1:]) == ()


def test_one_of_many_has_a_digit_and_beyond_nine_a_letter():
    assert [nth("V", place) for place in (0, 1, 9, 10, 35)] == [
        ("V, 0",), ("V, 1",), ("V, 9",), ("V, A",), ("V, Z",),
    ]  # fmt: skip
    assert nth("V", 36) == ()


def test_the_menus_of_a_room_are_shown_only_in_it(main):
    def shown():
        return {top.text() for top in main.menuBar().actions() if top.isVisible()}

    inspect = shown()
    main.enter("read")

    assert {MENUS[name] for name in ("Panes", "Compare", "Map", "Measure", "Find")} <= inspect
    assert shown() == {MENUS[name] for name in ("File", "View", "Help")}
    main.enter("inspect")
    assert shown() == inspect


def test_the_keys_of_a_room_that_is_not_in_view_do_nothing(qtbot, main):
    state = main.page("inspect").model.state
    main.enter("read")
    qtbot.keyClick(main, Qt.Key.Key_I)

    assert not state.inverted


def test_keys_hold_wherever_the_focus_is_in_the_window(qtbot, main):
    state = main.page("inspect").model.state
    for widget in (main._buttons["inspect"], main.page("inspect").panel.tree):
        widget.setFocus()
        before = state.inverted
        qtbot.keyClick(widget, Qt.Key.Key_I)
        assert state.inverted is not before


def test_the_sheet_of_keys_is_made_of_the_actions(main):
    main.show_shortcuts()
    dialog = main.findChild(ShortcutsDialog)
    words = {label.text() for label in dialog.findChildren(QLabel)}
    dialog.close()

    for one in every_action(main):
        if one.keys:
            assert one.title in words
    assert {"Wheel", "Everywhere"} <= words


def test_keys_are_grouped_by_menu_in_the_order_of_the_menus():
    actions = [
        Action("b", "B", "Compare/More", print, ("B",)),
        Action("a", "A", "View", print, ("A", "Shift+A")),
        Action("c", "C", "View", print),
    ]

    assert grouped_keys([Action("d", "D", "View", print, ("D, 1",)), *actions]) == [
        ("View", [("A, Shift+A", "A"), ("D, 1", "D")]),
        ("Compare", [("B", "B")]),
    ]
    assert grouped_keys(actions) == [("View", [("A, Shift+A", "A")]), ("Compare", [("B", "B")])]


def test_a_key_that_the_focused_widget_needs_stays_with_it(qtbot, pressed):
    pressed.list.setCurrentRow(0)
    pressed.list.setFocus()
    qtbot.keyClick(pressed.list, Qt.Key.Key_Down)
    qtbot.keyClick(pressed.list, Qt.Key.Key_R)
    with qtbot.waitSignal(pressed.button.clicked):
        pressed.button.setFocus()
        qtbot.keyClick(pressed.button, Qt.Key.Key_Space)
    pressed.field.setFocus()
    qtbot.keyClicks(pressed.field, "rx 1")

    assert pressed.list.currentRow() == 1
    assert pressed.field.text() == "rx 1"
    assert pressed.done == ["letter"]


def test_keys_that_nothing_else_needs_are_the_actions(qtbot, pressed):
    pressed.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_T, Qt.Key.Key_1):
        qtbot.keyClick(pressed, key)

    assert pressed.done == ["down", "space", "chord"]


def test_what_cannot_be_done_is_not_done(qtbot, pressed):
    pressed.setFocus()
    pressed.able = False
    qtbot.keyClick(pressed, Qt.Key.Key_X)
    assert not pressed.set.run("a.able")
    assert not pressed.set.qt_action("a.able").isEnabled()
    pressed.able = True
    qtbot.keyClick(pressed, Qt.Key.Key_X)

    assert pressed.done == ["able"]


def test_undo_goes_to_what_is_in_use():
    able = {"body": True, "marks": True}

    def keys(front):
        made = [
            Action(f"{id}.undo", "Undo", "Marks", print, enabled=lambda id=id: able[id])
            for id in able
        ]
        return {one.id: one.keys for one in routed(made, front)}

    assert keys("marks") == {"body.undo": (), "marks.undo": ("Ctrl+Z",)}
    assert keys("")["body.undo"] == ("Ctrl+Z",)
    able["body"] = False
    assert keys("body")["marks.undo"] == ("Ctrl+Z",)
    able["marks"] = False
    assert keys("") == {"body.undo": ("Ctrl+Z",), "marks.undo": ()}


def test_undo_and_redo_go_to_what_was_changed_last_and_other_keys_to_what_is_in_use():
    able = {"marks": True, "measure": True}
    made = [
        Action(f"{id}.{last}", last, "Marks", print, enabled=lambda id=id: able[id])
        for id in able
        for last in ("undo", "redo", "remove")
    ]

    def holders(changed):
        kept = routed(made, "marks", changed)
        return {key: one.id for one in kept for key in one.keys}

    both = {"Ctrl+Z": "measure.undo", "Ctrl+Shift+Z": "measure.redo", "Del": "marks.remove"}
    assert holders("measure") == both
    able["measure"] = False
    assert holders("measure")["Ctrl+Z"] == "marks.undo"


def test_escape_leaves_the_tool_first_and_then_closes_the_message(qtbot, main):
    page = main.page("inspect")
    main.context.show_error(KeyError("x"))
    page.model.body.edit(True)
    page.panes.reference.setFocus()

    qtbot.keyClick(page.panes.reference, Qt.Key.Key_Escape)
    assert not page.model.body.editing
    assert main.banner.isVisible()
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_Escape)
    assert not main.banner.isVisible()


def test_a_theme_is_chosen_in_the_menu_and_has_its_tick(main):
    main.action_set.run("theme.light")
    main.action_set.sync()

    assert main.action_set.qt_action("theme.light").isChecked()
    assert not main.action_set.qt_action("theme.dark").isChecked()
    main.action_set.run("theme.dark")


def test_recent_folders_stand_in_the_file_menu(main, tmp_path):
    main.action_set.sync()
    recent = main.menus.menu("File/Open recent")

    assert [one.text() for one in recent.actions()] == [str(tmp_path / "cases")]


def test_menus_filled_again_and_again_are_the_same_ones(main):
    before = len(main.findChildren(QMenu))
    for _ in range(5):
        main.menus.refill()

    assert len(main.findChildren(QMenu)) == before
