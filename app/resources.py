"""Where the files that come with the program lie, in a clone and in a wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Return the path of a shipped file, e.g. ``resource("themes", "dark.qss")``."""
    packed = _HERE / "_resources"
    root = packed if packed.is_dir() else _HERE.parent / "resources"
    return root.joinpath(*parts)
