"""What a command can open, handed in from above: this floor does not know the other shell."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Windows:
    """How the application (with a folder, or none) and the reading room are opened."""

    application: Callable[[Path | None], int]
    reading_room: Callable[[Path, str], int]
