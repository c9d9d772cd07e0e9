"""Folders for what an archive sends: OUT/patient/series/UID.dcm, as pairing understands them.

A file is complete or not there. Its name is its SOP Instance UID, so that a
second fetch knows what it already has.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread

from app.archive.base import is_uid
from app.archive.instance import hush
from app.domain.archived import ArchivedSeries
from app.errors import InputError, StoreError

LONGEST = 60
Write = Callable[[Path, bytes], None]
"""Writes a file so that it is complete or not there."""

_UNWANTED = re.compile(r"[^\w .,+()=-]+")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
)


def safe_name(text: str, fallback: str) -> str:
    """Return a text as the name of one folder, on every system and never hidden.

    >>> safe_name("../../etc: passwd", "series")
    'etc_ passwd'
    """
    name = _UNWANTED.sub("_", unicodedata.normalize("NFC", text))
    name = name[: 4 * LONGEST].strip("._ ")[:LONGEST].rstrip("._ ")
    if not name:
        return fallback
    return f"{name}_" if name.split(".")[0].casefold() in _RESERVED else name


class Shelf:
    """The folder that a fetch fills; folders of an earlier fetch are found again.

    Parameters
    ----------
    root
        The folder of cases; it need not exist.
    write
        How a file is written.

    Raises
    ------
    InputError
        ``root`` is a file, or cannot be read.
    """

    def __init__(self, root: Path, write: Write) -> None:
        self.root, self._write = root, write
        self._studies: dict[str, str] = {}
        self._series: dict[str, Path] = {}
        if root.exists() and not root.is_dir():
            raise InputError(f"{root} is a file.", remedy="Name a folder, or one that is new.")
        try:
            self._remember()
        except OSError as error:
            raise InputError(
                f"{root} cannot be read: {error.strerror or error}.",
                remedy="Check your rights on the folder.",
            ) from error

    def folder(self, series: ArchivedSeries) -> Path:
        """Return the folder of a series: its own, whatever else is there."""
        known = self._series.get(series.series_uid)
        if known is not None:
            return known
        case = self._studies.get(series.study_uid) or self._case(series)
        self._studies[series.study_uid] = case
        name = safe_name(series.description, "") or safe_name(
            f"{series.modality} {series.number}", "series"
        )
        place = self.root / case
        taken = {path.name.casefold() for path in self._series.values() if path.parent == place}
        taken |= {entry.name.casefold() for entry in place.iterdir()} if place.is_dir() else set()
        number = safe_name(series.number, "")
        chosen = _free(name, number and f"{name} ({number})", series.series_uid, taken)
        self._series[series.series_uid] = place / chosen
        return place / chosen

    def there(self, series: ArchivedSeries) -> frozenset[str]:
        """Return the UIDs of the instances that are already here."""
        folder = self._series.get(series.series_uid)
        if folder is None or not folder.is_dir():
            return frozenset()
        found = set()
        for path in folder.glob("*.dcm"):
            uid = path.stem if is_uid(path.stem) else _uids(path)[2]
            if uid and path.stat().st_size:
                found.add(uid)
        return frozenset(found)

    def keep(self, series: ArchivedSeries, uid: str, data: bytes) -> None:
        """Write one instance.

        Raises
        ------
        StoreError
            The disk refused; nothing half-written is left.
        """
        folder = self.folder(series)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{folder} could not be made: {error.strerror or error}.",
                remedy="Check the free space and your rights on the folder, then try again.",
            ) from error
        self._write(folder / f"{uid}.dcm", data)

    def sweep(self) -> None:
        """Remove what a killed fetch left behind: hidden files that were never complete."""
        for folder in self._series.values():
            for path in folder.glob(".*.dcm.*.part"):
                path.unlink(missing_ok=True)

    def _remember(self) -> None:
        """Find out which study and series each folder holds."""
        if not self.root.is_dir():
            return
        for case in sorted(self.root.iterdir()):
            if case.name.startswith(".") or not case.is_dir():
                continue
            for folder in sorted(case.iterdir()):
                first = next(iter(sorted(folder.glob("*.dcm"))), None) if folder.is_dir() else None
                if first is not None:
                    study, series, _ = _uids(first)
                    if study and series:
                        self._studies.setdefault(study, case.name)
                        self._series.setdefault(series, folder)

    def _case(self, series: ArchivedSeries) -> str:
        """Return the name of a study that is new here."""
        date = series.study_date if series.study_date.isdigit() else ""
        name = safe_name(series.patient, "") or safe_name(f"study {date}", "study")
        taken = {one.casefold() for one in self._studies.values()}
        if self.root.is_dir():
            taken |= {entry.name.casefold() for entry in self.root.iterdir()}
        return _free(name, date and f"{name} {date}", series.study_uid, taken)


def _free(name: str, second: str, uid: str, taken: set[str]) -> str:
    """Return the first name that is not taken; the last one comes from the UID."""
    for one in (name, second):
        if one and one.casefold() not in taken:
            return one
    last = f"{name} {hashlib.sha256(uid.encode()).hexdigest()[:8]}"
    while last.casefold() in taken:
        last += "x"
    return last


def _uids(path: Path) -> tuple[str, str, str]:
    """Return the study, series and instance UID of a file; empty where it is no DICOM file."""
    hush()
    try:
        found = dcmread(
            path,
            stop_before_pixels=True,
            specific_tags=["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"],
        )
        values = [
            str(found.get(keyword, "") or "")
            for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
        ]
    except Exception:  # a file that a person put there may be anything
        return "", "", ""
    study, series, instance = (uid if is_uid(uid) else "" for uid in values)
    return study, series, instance
