"""The facts of file after file, quickly where a file is like the one before it."""

from dataclasses import fields as fields_of
from io import FileIO
from pathlib import Path
from typing import Any

from app.domain.pair import SliceFile
from app.errors import NotAnImage
from app.images import frames, values
from app.images.codecs import check_decoder
from app.images.facts import SliceFacts, facts_of
from app.images.fields import TAGS
from app.images.header_scanner import Scanned, Unusual, alike, scan_header
from app.images.headers import WANTED, header_from, read_any_header

_SLICE = frozenset(
    TAGS[keyword]
    for keyword in (
        "SOPInstanceUID",
        "InstanceNumber",
        "ImagePositionPatient",
        "WindowCenter",
        "WindowWidth",
    )
)
"""What differs from slice to slice: three facts, and the windows, which are none."""

_OWN = ("file", "instance_uid", "instance_number", "place")


class FactReader:
    """Reads files one after another; a series is fastest in one go.

    ``lasting`` is the last refusal that would be the same at another time.
    """

    def __init__(self) -> None:
        self.lasting: NotAnImage | None = None
        self._before: Scanned | None = None
        self._folder: Path | None = None
        self._same: dict[str, Any] = {}
        self._place: tuple[Any, ...] = ()

    def ordinary(self, path: Path, folder: Path) -> list[SliceFacts] | None:
        """Return the facts of an ordinary file; None where ``unusual`` has to judge.

        Raises
        ------
        NotAnImage
            Nothing here can decode it.
        """
        try:
            with FileIO(path) as file:
                found = scan_header(file, WANTED)
        except (OSError, Unusual):
            return None
        before, self._before = self._before, None
        if before is not None and folder is self._folder and alike(found, before, _SLICE):
            self._before = found
            return [self._next(path, found)]
        header = header_from(path, found)
        if header is None:
            return None
        check_decoder(header)
        facts = facts_of(header, folder)
        if len(facts) == 1 and not facts[0].multiframe:
            self._remember(found, facts[0])
        return facts

    def unusual(self, path: Path, folder: Path) -> list[SliceFacts]:
        """Return the facts of a file that pydicom reads.

        Raises
        ------
        NotAnImage
            It cannot be read, or nothing here can decode it.
        """
        try:
            header = read_any_header(path)
        except NotAnImage as error:
            passing = isinstance(error.__cause__, (OSError, MemoryError, RecursionError))
            self.lasting = None if passing else error
            raise
        check_decoder(header)
        return facts_of(header, folder)

    def _remember(self, found: Scanned, facts: SliceFacts) -> None:
        self._before, self._folder = found, facts.folder
        names = [field.name for field in fields_of(SliceFacts) if field.name not in _OWN]
        self._same = {name: getattr(facts, name) for name in names}
        rest = [field.name for field in fields_of(frames.Place)][1:]
        self._place = tuple(getattr(facts.place, name) for name in rest)

    def _next(self, path: Path, found: Scanned) -> SliceFacts:
        """Return what ``facts_of`` returns, for a file like the one before."""
        top = found.fields
        position = values.numbers(top, "ImagePositionPatient", 3)
        return SliceFacts(
            file=SliceFile(path),
            instance_uid=values.text(top, "SOPInstanceUID"),
            instance_number=values.number(top, "InstanceNumber"),
            place=frames.Place(position or None, *self._place),  # type: ignore[arg-type]
            **self._same,
        )
