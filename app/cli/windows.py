"""Opening windows from the command line, where there is a screen and Qt can draw on it."""

from collections.abc import Sequence
from pathlib import Path

from app.errors import InputError
from app.workflows.doctor import may_open_window


def application(arguments: Sequence[str]) -> int:
    """Open the application; ``arguments`` may name a folder to open.

    Raises
    ------
    InputError
        There is no screen, or Qt's system libraries are missing.
    """
    _check_screen()
    try:
        from app.ui.main import run
    except ImportError as error:
        raise _missing(error) from error
    return run(list(arguments))


def reading_room(study: Path, reader: str) -> int:
    """Open the reading room alone.

    Raises
    ------
    InputError
        There is no screen, or Qt's system libraries are missing.
    """
    _check_screen()
    try:
        from app.ui.reading_window import open_reading
    except ImportError as error:
        raise _missing(error) from error
    return open_reading(study, reader)


def _check_screen() -> None:
    if not may_open_window():
        raise InputError(
            "There is no screen here, so no window can open.",
            remedy="Start it on a desktop; every other step has a command: blindread --help.",
        )


def _missing(error: ImportError) -> InputError:
    return InputError(
        f"Qt cannot be loaded: {error}.",
        remedy="On Debian or Ubuntu: apt-get install libegl1 libgl1 libxkbcommon-x11-0 "
        "libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1.",
    )
