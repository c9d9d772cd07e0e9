"""What a scan found, kept in the person's cache folder for the next scan.

One file for each source, named by a hash of its path. A file of the source is
the same as before when its path, size, and times of change are; what cannot be
sure is read again. A damaged, older or foreign index counts as none.

An index is lines of JSON: first what made it and of which source it is, then
files by the hundred with the facts that they share, at last a hash of all lines
before. No line is long: while Python reads or writes one, the screen waits.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields as fields_of
from functools import cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import app
from app.domain.pair import SliceFile
from app.errors import NotAnImage
from app.images.facts import SliceFacts
from app.images.frames import Place

CACHE_VARIABLE = "BLINDREAD_CACHE"
"""Names another folder than the person's cache folder."""

FORMAT = 2
LEAST_FILES = 200
"""Files below which reading them again is quick enough."""

FRESH = 2 * 10**9
"""Nanoseconds within which a file may change again without its times telling."""

LINE = 200
"""Files, or facts that files share, in one line of an index."""

INDEX_LIMIT = 256 * 2**20
INDEXES_LIMIT = 50

_OWN = ("file", "folder", "instance_uid", "instance_number", "place")
_SHARED = tuple(field.name for field in fields_of(SliceFacts) if field.name not in _OWN)
_PLACE = tuple(field.name for field in fields_of(Place) if field.name != "position")
_shared = attrgetter(*_SHARED, *(f"place.{name}" for name in _PLACE))
_own = attrgetter("file.frame", "instance_uid", "instance_number", "place.position")

Stamp = tuple[int, int, int]
"""Size in bytes, times of the last change of content and of status in ns."""


def cache_folder() -> Path:
    """Return the folder for what can be made again; it may not exist yet."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("blindread"))


class Index:
    """The facts of the files under one source, from the scan before and for the next.

    Parameters
    ----------
    root
        The folder that is scanned.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        name = hashlib.sha256(os.fsencode(self._root)).hexdigest()[:32]
        self._file = cache_folder().absolute() / "index" / f"{name}.json"
        self._prefix = len(os.path.join(os.fspath(root), ""))  # noqa: PTH118 - a length of text
        self._started = time.time_ns()
        self._old: dict[str, Any] = {}
        self._shared: list[tuple[dict[str, Any], tuple[Any, ...]]] = []
        self._stamps: dict[str, Stamp] = {}
        self._new: dict[str, list[SliceFacts] | tuple[str, str]] = {}
        self._load()

    def find(self, path: Path, folder: Path) -> list[SliceFacts] | None:
        """Return the facts of a file that has not changed since the scan before.

        Raises
        ------
        NotAnImage
            The file could not be read then.
        """
        name = os.fspath(path)[self._prefix :]
        entry = self._old.get(name)
        if entry is None or (entry[0], entry[1], entry[2]) != self._stamp(path, name):
            return None
        if isinstance(entry[3], str):
            raise NotAnImage(entry[3], remedy=entry[4])
        return [self._facts(path, folder, *row) for row in entry[3:]]

    def keep(self, path: Path, found: list[SliceFacts] | NotAnImage) -> None:
        """Keep what was read of a file for the next scan."""
        name = os.fspath(path)[self._prefix :]
        stamp = self._stamps.get(name) or self._stamp(path, name)
        if stamp is not None and max(stamp[1:]) < self._started - FRESH:
            self._new[name] = (str(found), found.remedy) if isinstance(found, NotAnImage) else found

    def _stamp(self, path: Path, name: str) -> Stamp | None:
        """Note a file's size and times; when it was read before, FRESH tells a change since."""
        try:
            stat = path.stat()
        except OSError:
            return None
        stamp = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        self._stamps[name] = stamp
        return stamp

    def save(self) -> None:
        """Write the index where anything is new; a disk that refuses is no failure."""
        if not self._new and all(name in self._stamps for name in self._old):
            return
        if self._file.resolve().is_relative_to(self._root):  # never among the inputs
            return
        with suppress(OSError, ValueError, TypeError):
            self._write()

    def _facts(
        self, path: Path, folder: Path, shared: int, frame: int, uid: str, number: float, place: Any
    ) -> SliceFacts:
        same, rest = self._shared[shared]
        return SliceFacts(
            file=SliceFile(path, frame),
            folder=folder,
            instance_uid=uid,
            instance_number=number,
            place=Place(None if place is None else tuple(place), *rest),
            **same,
        )

    def _load(self) -> None:
        try:
            if self._file.stat().st_size > INDEX_LIMIT or not self._load_lines():
                self._old, self._shared = {}, []
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._old, self._shared = {}, []

    def _load_lines(self) -> bool:
        """Read the index line by line; False where it is no whole index of ours."""
        count, digest = len(_SHARED), hashlib.sha256()
        with self._file.open("rb") as file:
            first = file.readline()
            digest.update(first)
            told = json.loads(first)
            if told["made_by"] != made_by() or told["root"] != os.fspath(self._root):
                return False
            for line in file:
                if line[:1] != b"{":
                    return line.decode() == digest.hexdigest()
                digest.update(line)
                data = json.loads(line)
                for row in data["shared"]:
                    same = tuple(map(_as_tuple, row))
                    facts = dict(zip(_SHARED, same[:count], strict=True))
                    self._shared.append((facts, same[count:]))
                self._old.update(data["files"])
        return False

    def _write(self) -> None:
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{os.getpid()}.new")
        digest = hashlib.sha256()
        try:
            with beside.open("wb") as file:
                for data in self._lines():
                    line = json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n"
                    digest.update(line)
                    file.write(line)
                file.write(digest.hexdigest().encode())
            beside.replace(self._file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _prune(folder)

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of the index but the last."""
        yield {"made_by": made_by(), "root": os.fspath(self._root)}
        rows = [(*same.values(), *rest) for same, rest in self._shared]
        known: dict[Any, int] = {row: number for number, row in enumerate(rows)}
        for start in range(0, len(rows), LINE):
            yield {"shared": rows[start : start + LINE], "files": {}}
        stamps = iter(self._stamps.items())
        while chunk := list(islice(stamps, LINE)):
            fresh: list[Any] = []
            files = {name: self._entry(name, stamp, known, fresh) for name, stamp in chunk}
            yield {"shared": fresh, "files": {name: one for name, one in files.items() if one}}

    def _entry(
        self, name: str, stamp: Stamp, known: dict[Any, int], fresh: list[Any]
    ) -> list[Any] | None:
        """Return what is kept of a file, None for nothing; add the shared facts it is first with.

        ``known`` holds the numbers of all shared facts so far.
        """
        found = self._new.get(name)
        if found is None:
            old: list[Any] | None = self._old.get(name)
            return old if old is not None and tuple(old[:3]) == stamp else None
        if isinstance(found, tuple):
            return [*stamp, *found]
        entry: list[Any] = [*stamp]
        for one in found:
            row = _shared(one)
            number = known.get(row)
            if number is None:
                number = known[row] = len(known)
                fresh.append(row)
            entry.append((number, *_own(one)))
        return entry


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _prune(folder: Path) -> None:
    """Remove the oldest indexes, so that a cache stays a cache."""
    files = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for old in files[INDEXES_LIMIT:]:
        old.unlink()


@cache
def made_by() -> str:
    """Return what an index depends on besides the files: this software, as it stands."""
    parts = [f"{FORMAT} {app.__version__} {_SHARED} {_PLACE}"]
    here = Path(__file__).parent
    for source in sorted([*here.glob("*.py"), *here.glob("formats/*.py")]):
        stat = source.stat()
        parts.append(f"{source.name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
