"""Hanging protocols: saved, hung, usual for a modality, removed, and never lost."""

import json

import pytest

from app.errors import StoreError
from app.ui import hanging, hanging_model
from app.ui.hanging import HangingProtocol, Hangings
from app.ui.pane_content import PaneContent
from tests.ui.fakes import FakeWork
from tests.ui.test_panes import open_room  # noqa: F401 - a fixture

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

PROTOCOL = HangingProtocol(
    "lung",
    "One and three",
    (
        PaneContent("reconstruction", "strong"),
        PaneContent("reference"),
        PaneContent("map", map="error"),
        PaneContent("edges", of_reference=True),
    ),
    (3,),
    "Lung",
)


@pytest.fixture
def room(qtbot, tmp_path, open_room):  # noqa: F811 - the fixture
    return open_room(FakeWork(tmp_path).work())


def action(room, title, menu):
    return next(one for one in room.actions() if (one.title, one.menu) == (title, menu))


def test_what_is_hung_is_saved_under_a_name_and_hung_again(room, monkeypatch):
    monkeypatch.setattr(hanging_model, "ask_name", lambda *_: "lung")
    room.panes.hanging.apply(PROTOCOL)
    action(room, "Save as hanging protocol…", "Panes/Hanging protocols").run()
    assert hanging.load().protocols == (PROTOCOL,)

    room.panes.set_layout("Side by side")
    room.model.set_content(0, PaneContent("fourier"))
    room.model.panes.set_linked(3, True)
    action(room, "lung", "Panes/Hanging protocols").run()

    assert room.panes.layout_name == "One and three"
    assert tuple(room.model.content(pane) for pane in range(4)) == PROTOCOL.contents
    assert not room.model.panes.is_linked(3)
    assert room.model.state.window.width == 1500.0


def test_the_usual_protocol_of_a_modality_is_hung_by_itself(tmp_path, open_room):  # noqa: F811
    hanging.save(Hangings((PROTOCOL,), {"CT": "lung"}))

    room = open_room(FakeWork(tmp_path).work())

    assert room.panes.layout_name == "One and three"
    assert action(room, "lung", "Panes/Hanging protocols/Usual for CT").checked()
    room.panes.set_layout("One pane")
    room.model.view_changed.emit()
    assert room.panes.layout_name == "One pane"  # a person's own choice stays


def test_a_protocol_that_was_removed_comes_back(room):
    hanging.save(Hangings((PROTOCOL,), {"CT": "lung"}))
    room.panes.hanging._kept = hanging.load()

    action(room, "lung", "Panes/Hanging protocols/Remove").run()
    assert hanging.load() == Hangings((), {})
    action(room, "Bring the removed protocol back", "Panes/Hanging protocols/Remove").run()

    assert hanging.load() == Hangings((PROTOCOL,), {"CT": "lung"})


@pytest.mark.parametrize(
    "words",
    [
        "{",
        "[]",
        '{"version": 9, "protocols": [], "defaults": {}}',
        '{"version": 1, "protocols": [{"name": "x"}], "defaults": {}}',
        '{"version": 1, "protocols": [], "defaults": {"CT": 3}}',
        json.dumps(
            {
                "version": 1,
                "protocols": [
                    {"name": "a", "layout": "?", "contents": [], "unlinked": [], "window": ""}
                ],
                "defaults": {},
            }
        ),
    ],
)
def test_a_damaged_file_is_told_and_put_aside_never_lost(
    tmp_path,
    open_room,  # noqa: F811 - the fixture
    monkeypatch,
    words,
):
    hanging.hanging_file().write_text(words, encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be read"):
        hanging.load()
    room = open_room(FakeWork(tmp_path).work())
    assert "hanging protocols" in room.window().banner.what.text()
    assert hanging.hanging_file().read_text(encoding="utf-8") == words

    monkeypatch.setattr(hanging_model, "ask_name", lambda *_: "mine")
    action(room, "Save as hanging protocol…", "Panes/Hanging protocols").run()

    aside = hanging.hanging_file().with_name("hanging.damaged-1.json")
    assert aside.read_text(encoding="utf-8") == words
    assert [one.name for one in hanging.load().protocols] == ["mine"]


def test_a_disk_that_refuses_is_told_with_a_remedy(room, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("BLINDREAD_SETTINGS", str(blocked / "inside"))
    monkeypatch.setattr(hanging_model, "ask_name", lambda *_: "mine")
    errors = []
    room.model.failed.connect(errors.append)

    action(room, "Save as hanging protocol…", "Panes/Hanging protocols").run()

    assert errors[0].remedy
    assert room.panes.hanging.protocols == ()
