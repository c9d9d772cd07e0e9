"""What every archive can do, whichever protocol it speaks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.archive.watch import Watch
from app.domain.archived import ArchivedSeries
from app.errors import ArchiveError

Level = Literal["STUDY", "SERIES", "IMAGE"]
Row = Mapping[str, str]
"""One match: DICOM keyword to text."""

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


class Stopped(Exception):
    """Somebody has stopped the work."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One instance that an archive says it has; the class may be unknown (empty)."""

    uid: str
    class_uid: str = ""


Keep = Callable[[str, bytes], None]
"""Takes an instance's UID and its bytes as a DICOM file, once they are checked and complete."""


class Archive(Protocol):
    """One archive; its calls wait, and ``stop`` ends them from another thread."""

    watch: Watch

    def query(self, level: Level, keys: Mapping[str, str], patient: str = "") -> Sequence[Row]:
        """Return what matches; keys with an empty value are asked for, not matched.

        ``patient`` is for archives that want the patient's ID in every question.
        """

    def retrieve(
        self, series: ArchivedSeries, wanted: Sequence[Listed], keep: Keep, *, whole: bool = False
    ) -> None:
        """Fetch instances of one series, each handed to ``keep``.

        ``whole`` says that ``wanted`` is all that the archive has listed of the
        series; an empty list, that it lists none and may have some.
        """

    def stop(self) -> None:
        """Cut every connection; calls under way end soon, later ones fail."""


def is_uid(text: str) -> bool:
    """Return whether a text is a DICOM UID (leading zeros are let through)."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def nonsense(name: object, what: str) -> ArchiveError:
    """Return the refusal of an answer that is not what the standard promises."""
    return ArchiveError(
        f"{name} {what}.",
        remedy="Check that the address is the archive's own; nothing of this answer was kept.",
    )
