from pathlib import Path

import pytest

from app.ui import settings
from app.ui.settings import Settings


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


def test_a_disk_that_refuses_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("BLINDREAD_SETTINGS", str(blocked))

    assert settings.save(Settings()) is False
    assert settings.load() == Settings()
