"""No arguments: the application; otherwise the command line.

The one place that knows both shells: commands that open a window get the
means to do so from here.
"""

import sys
from pathlib import Path

from app.cli.main import Windows, run_command
from app.errors import InputError


def main() -> int:
    """Run BlindRead and return its exit code; a view alone opens the application with it."""
    views = [Path(name) for name in sys.argv[1:] if name.lower().endswith(".json")]
    if len(sys.argv) == 2 and views and views[0].is_file():
        return run_command([], Windows(lambda *_: _application(views[0], None), _reading_room))
    return run_command(sys.argv[1:], Windows(_application, _reading_room))


def _application(source: Path | None, study: Path | None) -> int:
    _check_screen()
    try:
        from app.ui.main import run
    except ImportError as error:
        raise _missing(error) from error
    return run([sys.argv[0], *(str(path) if path else "" for path in (source, study))])


def _reading_room(study: Path, reader: str) -> int:
    _check_screen()
    try:
        from app.ui.reading_window import open_reading
    except ImportError as error:
        raise _missing(error) from error
    return open_reading(study, reader)


def _check_screen() -> None:
    from app.workflows.doctor import may_open_window

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


if __name__ == "__main__":
    sys.exit(main())
