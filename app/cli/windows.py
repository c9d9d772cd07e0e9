"""What a command can open, handed in from above: this floor does not know the other shell."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Windows:
    """How the application opens (with a folder and a study, or none), and the reading room."""

    application: Callable[[Path | None, Path | None], int]
    reading_room: Callable[[Path, str], int]
