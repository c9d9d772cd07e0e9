"""A person's comfort: theme, folders, window geometry. Nothing of this is science.

The settings lie in ``settings.json`` in the folder that the environment variable
``BLINDREAD_SETTINGS`` names, otherwise in the user's configuration folder.
"""

import contextlib
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import platformdirs

THEMES = ("dark", "light")
LEFT_DRAGS = ("window", "slice")
WINDOW_BUTTONS = ("left", "right")
INTERPOLATIONS = ("nearest", "linear", "cubic")
FLICKER_RATES = (1, 2, 3, 4, 5)
RECENT_LIMIT = 8
_CHOICES: dict[str, tuple[str | int, ...]] = {
    "theme": THEMES,
    "left_drag": LEFT_DRAGS,
    "window_button": WINDOW_BUTTONS,
    "interpolation": INTERPOLATIONS,
    "flicker_rate": FLICKER_RATES,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the application remembers for comfort; every field may be lost without harm.

    ``geometry`` and ``state`` are the main window's bytes in base64. ``left_drag``
    is what a drag with the left button on an image of the Inspect room changes,
    ``window_button`` the button whose drag changes the window in the reading room,
    ``flicker_rate`` how often a second automatic flicker exchanges two images.
    """

    theme: str = "dark"
    last_source: str = ""
    last_study: str = ""
    last_archive: str = ""
    recent: tuple[str, ...] = ()
    geometry: str = ""
    state: str = ""
    left_drag: str = "window"
    window_button: str = "left"
    interpolation: str = "linear"
    flicker_rate: int = 2

    def with_source(self, source: Path) -> "Settings":
        """Return settings that remember a source as the last one opened."""
        name = str(source)
        others = tuple(item for item in self.recent if item != name)
        return replace(self, last_source=name, recent=(name, *others)[:RECENT_LIMIT])


def settings_folder() -> Path:
    """Return the folder of the settings file; it need not exist."""
    named = os.environ.get("BLINDREAD_SETTINGS")
    return Path(named) if named else Path(platformdirs.user_config_dir("blindread"))


def settings_file() -> Path:
    """Return the path of the settings file; it need not exist."""
    return settings_folder() / "settings.json"


def load() -> Settings:
    """Return the saved settings; a missing or damaged file gives the defaults."""
    try:
        read = json.loads(settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    return _from_json(read) if isinstance(read, dict) else Settings()


def save(settings: Settings) -> bool:
    """Write the settings beside and replace; False where the disk refuses.

    A full or read-only disk costs comfort only, so it is no error.
    """
    target = settings_file()
    beside = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
        beside.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        return False
    return True


def _from_json(read: dict[str, object]) -> Settings:
    """Keep what has the right type, field by field."""
    kept: dict[str, object] = {}
    for field in fields(Settings):
        value = read.get(field.name)
        if field.name == "recent":
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                kept["recent"] = tuple(value[:RECENT_LIMIT])
        elif field.name in _CHOICES:
            if value in _CHOICES[field.name] and not isinstance(value, bool):
                kept[field.name] = value
        elif isinstance(value, str):
            kept[field.name] = value
    return Settings(**kept)  # type: ignore[arg-type]  # each value was checked above
