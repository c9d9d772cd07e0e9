"""Finished work, kept for the next run: what was computed once is read the next time.

One SQLite file of keys and JSON in the person's cache folder. A key is a hash
of everything that the value depends on, so an entry is right or never asked
for; the file may be removed at any time. A damaged file is set aside, and where
none can be written the work is kept in memory for the run at hand.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

LIMIT = 2 * 2**30
"""Bytes above which the file is begun anew."""

_AT_ONCE = 500
_FORMAT = 1


def key_of(*parts: object) -> bytes:
    """Return the key of what depends on some plain values, and on nothing else."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str))


def digest(text: str) -> bytes:
    """Return a key made of a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class ValueStore:
    """Keys and what was found for them.

    Parameters
    ----------
    path
        The file; None keeps everything in memory.
    reading
        Only look, e.g. from a second process; a missing file counts as empty.
    """

    def __init__(self, path: Path | None, *, reading: bool = False) -> None:
        self.path = path
        opened = None if path is None else _open(path, reading)
        self.kept = opened is not None
        self._file = opened or _memory()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Any]:
        """Return what is known, by key; those that are not known are left out."""
        found: dict[bytes, Any] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = list(keys[start : start + _AT_ONCE])
            marks = ",".join("?" * len(some))
            with suppress(sqlite3.Error):
                rows = self._file.execute(
                    f"SELECT key, value FROM entries WHERE key IN ({marks})",  # noqa: S608 - only question marks
                    some,
                )
                for key, value in rows:
                    with suppress(ValueError):
                        found[key] = json.loads(value)
        return found

    def put(self, entries: Mapping[bytes, object] | Iterable[tuple[bytes, object]]) -> None:
        """Keep entries, all or none, in the operating system's hands on return."""
        pairs = entries.items() if isinstance(entries, Mapping) else entries
        rows = [(key, json.dumps(value, separators=(",", ":"))) for key, value in pairs]
        try:
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", rows)
        except sqlite3.Error:
            self._go_on_in_memory(rows)

    def _go_on_in_memory(self, rows: Sequence[tuple[bytes, str]]) -> None:
        """Let the run at hand end with its table though the disk is full or gone."""
        fresh = _memory()
        with suppress(sqlite3.Error):
            fresh.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?)",
                self._file.execute("SELECT key, value FROM entries").fetchall(),
            )
        fresh.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", rows)
        with suppress(sqlite3.Error):
            self._file.close()
        self._file, self.kept = fresh, False

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._file.close()

    def __enter__(self) -> "ValueStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _memory() -> sqlite3.Connection:
    file = sqlite3.connect(":memory:")
    file.execute("CREATE TABLE entries (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID")
    return file


def _open(path: Path, reading: bool) -> sqlite3.Connection | None:
    if reading:
        try:
            return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        except (sqlite3.Error, OSError):
            return None
    with suppress(OSError):
        if path.stat().st_size > LIMIT:
            _set_aside(path)
    for _attempt in range(2):
        file = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = sqlite3.connect(path, timeout=30)
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("PRAGMA synchronous=NORMAL")
            (version,) = file.execute("PRAGMA user_version").fetchone()
            if version not in (0, _FORMAT):
                raise sqlite3.DatabaseError("another format")
            file.execute(
                "CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value TEXT) "
                "WITHOUT ROWID"
            )
            file.execute(f"PRAGMA user_version={_FORMAT}")
            file.commit()
        except sqlite3.OperationalError:
            if file is not None:
                file.close()
            return None  # locked or not writable: others may use it, leave it alone
        except sqlite3.DatabaseError:
            if file is not None:
                file.close()
            _set_aside(path)
        except OSError:
            return None
        else:
            return file
    return None


def _set_aside(path: Path) -> None:
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(OSError):
            name.unlink(missing_ok=True)
