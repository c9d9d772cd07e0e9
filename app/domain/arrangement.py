"""Where each series that was found belongs, as far as names or a person say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.domain.pair import Pairing, Role, Series


@dataclass(frozen=True, slots=True)
class Placement:
    """One series and its place: case, arm and role.

    ``role`` is empty where the series has no place; ``left_out`` is True where
    a person took it from its place. ``path`` is where it lies below the source;
    ``name`` and ``home`` are the arm and the case its folders suggest.
    """

    series: Series
    path: str
    name: str
    home: str
    case: str = ""
    arm: str = ""
    role: Role | Literal[""] = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One row of a manifest: a file or a folder and what it is.

    ``frames`` counts from 1; empty means all frames of the file. ``mapping`` is
    the slope and intercept it states, ``dataset`` the image in a file of several.
    """

    case: str
    arm: str
    role: str
    path: Path
    frames: tuple[int, ...] = ()
    mapping: tuple[float, float] | None = None
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All series of one source with their places, and the pairing that follows.

    ``others`` are rows of a manifest that name no image to pair, such as masks.
    """

    pairing: Pairing
    placements: tuple[Placement, ...]
    others: tuple[NamedFile, ...] = ()
