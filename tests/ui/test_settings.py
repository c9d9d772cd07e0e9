from pathlib import Path

import pytest

from app.ui import settings
from app.ui.context import Context
from app.ui.settings import Settings
from app.ui.settings_dialog import SettingsDialog


def test_settings_come_back_as_they_were_saved():
    kept = Settings(theme="light", geometry="AAEC").with_source(Path("/a")).with_source(Path("/b"))

    assert settings.save(kept)
    assert settings.load() == kept
    assert settings.load().recent[0] == str(Path("/b"))


def test_opening_a_source_again_moves_it_to_the_front():
    kept = Settings()
    for name in ("/a", "/b", "/a"):
        kept = kept.with_source(Path(name))

    assert kept.recent == (str(Path("/a")), str(Path("/b")))


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[1, 2]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"theme": "pink", "recent": [1], "geometry": 3, "future": {}}',
    ],
)
def test_a_damaged_file_gives_the_defaults(damage):
    settings.settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings.settings_file().write_bytes(damage)

    assert settings.load() == Settings()


def test_one_damaged_field_does_not_take_the_others_with_it():
    settings.settings_file().write_text('{"theme": "light", "recent": "all"}')

    assert settings.load() == Settings(theme="light")


@pytest.mark.parametrize(
    "damage",
    ['{"flicker_rate": 60}', '{"flicker_rate": true}', '{"left_drag": []}', '{"interpolation": 3}'],
)
def test_a_choice_that_is_not_offered_gives_the_usual_one(damage):
    settings.settings_file().write_text(damage)

    assert settings.load() == Settings()


def test_choices_come_back_as_they_were_saved():
    kept = Settings(left_drag="slice", interpolation="cubic", flicker_rate=5)

    assert settings.save(kept)
    assert settings.load() == kept


def test_what_the_dialog_offers_holds_at_once_and_is_kept(qtbot):
    context = Context(Settings())
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    chosen = (
        (dialog.left_drag, 1),
        (dialog.window_button, 1),
        (dialog.interpolation, 2),
        (dialog.flicker_rate, 4),
    )
    for box, place in chosen:
        box.setCurrentIndex(place)
        box.activated.emit(place)

    assert settings.load() == Settings(
        left_drag="slice", window_button="right", interpolation="cubic", flicker_rate=5
    )
    assert context.settings == settings.load()


def test_the_dialog_shows_what_is_chosen(qtbot):
    dialog = SettingsDialog(Context(Settings(theme="light", flicker_rate=4)))
    qtbot.addWidget(dialog)

    assert (dialog.theme.currentText(), dialog.flicker_rate.currentText()) == (
        "Light",
        "4 a second",
    )


def test_a_disk_that_refuses_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("BLINDREAD_SETTINGS", str(blocked))

    assert settings.save(Settings()) is False
    assert settings.load() == Settings()
