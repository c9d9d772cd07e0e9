"""The marks of one source: records that are appended, never changed, each durable at once.

One SQLite file beside the metric values of the source. A record is on the disk
before ``append`` returns; a program that is killed loses none that it has
told of. Undo and redo are records too, so the file tells all that happened.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from app.domain.mark import KINDS, SEVERITIES, SHAPES, Mark, MarkRecord
from app.errors import StoreError
from app.store.files import make_folder

FILE = "marks.sqlite"
"""The name of the file, beside the measurements that it belongs to."""

_FORMAT = 1
_APPLICATION = 0x42524D4B  # BRMK
_DEEDS = ("put", "remove", "undo", "redo")
_WAIT_S = 5.0
_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    deed TEXT NOT NULL CHECK (deed IN ('put', 'remove', 'undo', 'redo')),
    mark TEXT
);
CREATE TRIGGER never_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
CREATE TRIGGER never_deleted BEFORE DELETE ON records
BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END;
"""
_REMEDY = "Move the file away and make the marks again, or bring the file back from a copy."


def append(path: Path, record: MarkRecord) -> None:
    """Keep one record durably; the file and its folder are made where they are not there.

    Raises
    ------
    StoreError
        The disk refused, or the file is damaged or of another kind.
    """
    make_folder(path.parent)
    mark = None if record.mark is None else json.dumps(asdict(record.mark), sort_keys=True)
    with _opened(path, write=True) as file, file:
        file.execute(
            "INSERT INTO records (at, author, deed, mark) VALUES (?, ?, ?, ?)",
            (record.at, record.author, record.deed, mark),
        )


def read(path: Path) -> tuple[MarkRecord, ...]:
    """Return all records, oldest first; none where there is no file.

    Raises
    ------
    StoreError
        The file cannot be read, is damaged or of another kind.
    """
    if not path.exists():
        return ()
    with _opened(path, write=False) as file:
        rows = file.execute("SELECT deed, at, author, mark FROM records ORDER BY seq").fetchall()
    try:
        return tuple(
            MarkRecord(deed, at, author, None if mark is None else _mark(json.loads(mark)))
            for deed, at, author, mark in rows
            if deed in _DEEDS
        )
    except (TypeError, ValueError, KeyError) as error:
        raise StoreError(f"The marks in {path} are damaged.", remedy=_REMEDY) from error


def _mark(told: dict[str, object]) -> Mark:
    mark = Mark(**told)  # type: ignore[arg-type]  # checked below
    numbers = (mark.row, mark.column, mark.height, mark.width)
    if (
        mark.kind not in KINDS
        or mark.shape not in SHAPES
        or mark.severity not in (None, *SEVERITIES)
        or not isinstance(mark.slice, int)
        or not all(isinstance(number, (int, float)) for number in numbers)
    ):
        raise ValueError("no mark of ours")
    return mark


@contextmanager
def _opened(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """Open the file for one act, so that any thread and several programs may use it."""
    file: sqlite3.Connection | None = None
    try:
        # A reader opens it for writing too: it may have to finish what a killed writer began.
        file = sqlite3.connect(path, timeout=_WAIT_S)
        file.execute("PRAGMA synchronous=EXTRA")
        _check(file, path, write)
        yield file
    except (sqlite3.Error, OSError) as error:
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.OperationalError
        )
        raise StoreError(
            f"The marks in {path} could not be {'kept' if write else 'read'}: {error}.",
            remedy=_REMEDY
            if damaged
            else "Check the free space and your rights on the folder, then try again.",
        ) from error
    finally:
        if file is not None:
            file.close()


def _check(file: sqlite3.Connection, path: Path, write: bool) -> None:
    """Make the table in a new file; refuse a file of another kind."""
    file.isolation_level = None
    try:
        file.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        (version,) = file.execute("PRAGMA user_version").fetchone()
        (application,) = file.execute("PRAGMA application_id").fetchone()
        (tables,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not (version or application or tables):
            if write:
                for statement in _statements():
                    file.execute(statement)
            else:
                file.execute("CREATE TEMP TABLE records (seq, at, author, deed, mark)")
        elif (version, application) != (_FORMAT, _APPLICATION):
            raise StoreError(
                f"{path} holds no marks that this version understands.", remedy=_REMEDY
            )
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise
    file.isolation_level = "IMMEDIATE"


def _statements() -> tuple[str, ...]:
    table, *triggers = _SCHEMA.strip().split("\nCREATE TRIGGER")
    return (
        table,
        *(f"CREATE TRIGGER{trigger}" for trigger in triggers),
        f"PRAGMA user_version={_FORMAT}",
        f"PRAGMA application_id={_APPLICATION}",
    )
