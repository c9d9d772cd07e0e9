"""The answers as evidence: append-only, hash-chained, durable before the screen moves on.

SQLite runs with a rollback journal (DELETE) and ``synchronous=EXTRA``, not with
a write-ahead log: a commit then survives a power cut, the whole study is one
file that can be copied, and shared network folders, where hospitals keep
things, do not support the log's shared memory. At one answer a second the
slower commit (milliseconds) is not felt.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from app.domain.presentation import Response, Viewing
from app.errors import InputError, StoreError, StudyStateError
from app.store.files import canonical_json
from app.store.ledger_schema import about, connect, prepare, records, unguarded

Kind = Literal["response", "submitted", "event"]
_Entry = tuple[Kind, str, str, str, Mapping[str, object]]
"""Kind, reader, time, subject and payload of a record."""
UNBLINDED = "unblinded"
"""The event after which no answer is recorded."""
_VERSION = "1"
_UNBLINDING = (
    sa.select(records.c.at)
    .where(records.c.kind == "event", records.c.subject == UNBLINDED)
    .order_by(records.c.seq)
)
_TAMPERED = "Take the answers from a backup, and find out who changed them."


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One entry of the audit trail."""

    seq: int
    at: str
    reader: str
    what: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Submission:
    """One screen that a reader finished."""

    reader: str
    presentation: str
    viewing: Viewing


class Ledger:
    """The recorded answers of one study.

    Parameters
    ----------
    where
        A file for SQLite, or the URL of a database such as PostgreSQL.
    study, protocol_sha256
        The study that the answers belong to; part of every hash.
    create
        Make the ledger where there is none.

    Raises
    ------
    StoreError
        There is none, it is damaged, or it belongs to another study or protocol.
    InputError
        The URL is none that this installation can open.
    """

    def __init__(
        self, where: Path | str, *, study: str, protocol_sha256: str, create: bool = False
    ) -> None:
        self._study = study
        self._protocol = protocol_sha256
        self._blind_up_to = 0
        path = where if isinstance(where, Path) else None
        if path is None and "://" not in str(where):
            path = Path(where)
        try:
            # A path may hold characters that mean something in a URL.
            url = sa.URL.create("sqlite", database=str(path)) if path else sa.make_url(str(where))
            self._engine = connect(url)
        except (SQLAlchemyError, NoSuchModuleError, ImportError) as error:
            raise InputError(
                "The address of the answers' database cannot be used.",
                remedy="Write e.g. postgresql+psycopg://user@host/name, with its driver installed.",
            ) from error
        self._name = str(path) if path else url.render_as_string(hide_password=True)
        try:
            self._open(path, create=create)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def record(self, response: Response) -> None:
        """Append an answer; when this returns, it is durable.

        Raises
        ------
        StoreError
            The disk refused, or an answer of this id is recorded already.
        StudyStateError
            The study is unblinded.
        """
        self._append(
            "response",
            response.reader,
            response.viewing.answered_at,
            response.id,
            asdict(response),
        )

    def submit(self, reader: str, presentation: str, viewing: Viewing) -> None:
        """Append that a reader finished a screen; when this returns, it is durable.

        Raises
        ------
        StoreError
            The disk refused, or the screen is finished already.
        StudyStateError
            The study is unblinded.
        """
        payload = {"presentation": presentation, "viewing": asdict(viewing)}
        self._append("submitted", reader, viewing.answered_at, presentation, payload)

    def record_all(self, responses: Iterable[Response], submissions: Iterable[Submission]) -> None:
        """Append many answers and finished screens, all of them or none.

        Raises
        ------
        StoreError
            The disk refused, or one of them is recorded already.
        StudyStateError
            The study is unblinded.
        """
        entries: list[_Entry] = [
            ("response", one.reader, one.viewing.answered_at, one.id, asdict(one))
            for one in responses
        ]
        entries += [
            (
                "submitted",
                done.reader,
                done.viewing.answered_at,
                done.presentation,
                {"presentation": done.presentation, "viewing": asdict(done.viewing)},
            )
            for done in submissions
        ]
        self._append_all(entries)

    def event(self, what: str, *, at: str, reader: str = "", **details: object) -> None:
        """Append an entry of the audit trail.

        Parameters
        ----------
        at
            ISO 8601 time, UTC.
        details
            Facts that JSON can hold; no arm, as readers' machines hold them too.

        Raises
        ------
        StoreError
            The disk refused.
        StudyStateError
            The event is the unblinding, and it is recorded already.
        """
        self._append("event", reader, at, what, details)

    def responses(self, reader: str | None = None) -> tuple[Response, ...]:
        """Return the answers in the order of recording, all or one reader's."""
        with self._translated():
            rows = self._rows("response", reader)
            return tuple(_response(json.loads(row.payload)) for row in rows)

    def submissions(self, reader: str | None = None) -> tuple[Submission, ...]:
        """Return the finished screens in the order of recording."""
        with self._translated():
            return tuple(
                Submission(row.reader, row.subject, Viewing(**json.loads(row.payload)["viewing"]))
                for row in self._rows("submitted", reader)
            )

    def submitted(self, reader: str) -> tuple[str, ...]:
        """Return the ids of the screens that a reader finished."""
        return tuple(row.subject for row in self._rows("submitted", reader))

    def events(self) -> tuple[LedgerEvent, ...]:
        """Return the audit trail."""
        with self._translated():
            return tuple(
                LedgerEvent(row.seq, row.at, row.reader, row.subject, json.loads(row.payload))
                for row in self._rows("event", None)
            )

    @property
    def unblinded(self) -> bool:
        """Whether the study is unblinded; costs less than reading every event."""
        with self._reading() as connection:
            return connection.execute(_UNBLINDING.limit(1)).first() is not None

    @property
    def head(self) -> tuple[int, str]:
        """The number of records and the hash of the last one.

        Kept elsewhere, it proves later that nothing was cut off at the end.
        """
        with self._reading() as connection:
            return self._head(connection)

    def holds(self, head: str) -> bool:
        """Tell whether a head that was noted once is in the chain still."""
        query = sa.select(records.c.seq).where(records.c.hash == head)
        with self._reading() as connection:
            return head == self._genesis or connection.execute(query).first() is not None

    def verify(self) -> tuple[str, ...]:
        """Return what is wrong with the evidence, one sentence each; empty means intact."""
        problems: list[str] = []
        late: list[int] = []  # answers after the unblinding
        with self._reading() as connection:
            altered = unguarded(connection)
            if altered:
                problems.append(
                    f"The guards against changes are gone or altered: {', '.join(altered)}."
                )
            unblinded = False
            previous = self._genesis
            query = sa.select(records).order_by(records.c.seq)
            for number, row in enumerate(connection.execute(query), start=1):
                if row.seq != number:
                    problems.append(f"Record {number} is missing; record {row.seq} follows.")
                    break
                fields = {name: value for name, value in row._mapping.items() if name != "hash"}
                if row.previous != previous:
                    problems.append(f"Record {number} does not follow record {number - 1}.")
                if row.hash != self._hash(fields):
                    problems.append(f"Record {number} was changed after it was recorded.")
                if unblinded and row.kind != "event":
                    late.append(number)
                unblinded = unblinded or (row.kind, row.subject) == ("event", UNBLINDED)
                previous = row.hash
        if late:
            problems.append(
                f"Answers were recorded after the unblinding, the first as record {late[0]}."
            )
        return tuple(problems)

    def _open(self, path: Path | None, *, create: bool) -> None:
        if path is not None and not create and not path.is_file():
            raise StoreError(
                f"{path} does not exist.", remedy="Lock the study, or name its own folder."
            )
        with self._translated():
            if create:
                with self._engine.connect() as connection, _writing(connection):
                    prepare(connection, self._facts)
            with self._engine.connect() as connection:
                tables = set(sa.inspect(connection).get_table_names())
                if not {about.name, records.name} <= tables:
                    raise StoreError(
                        f"{self._name} holds no answers of a study.",
                        remedy="Name the database of this study, or a new one.",
                    )
                found: dict[str, str] = {
                    row.name: row.value for row in connection.execute(sa.select(about))
                }
        if found.get("version") != _VERSION:
            raise StoreError(
                f"{self._name} has a format that this program does not know.",
                remedy="Open it with a newer BlindRead.",
            )
        if found != self._facts:
            raise StoreError(
                f"{self._name} holds the answers of another study or protocol.",
                remedy="Open it with the study folder it belongs to.",
            )

    @property
    def _facts(self) -> dict[str, str]:
        return {
            "version": _VERSION,
            "study": self._study,
            "protocol_sha256": self._protocol,
        }

    @property
    def _genesis(self) -> str:
        """What stands for the hash before the first record."""
        return hashlib.sha256(canonical_json(self._facts).encode("ascii")).hexdigest()

    def _hash(self, fields: Mapping[str, object]) -> str:
        chained = canonical_json({**fields, **self._facts})
        return hashlib.sha256(chained.encode("ascii")).hexdigest()

    def _head(self, connection: sa.Connection) -> tuple[int, str]:
        query = sa.select(records.c.seq, records.c.hash).order_by(records.c.seq.desc()).limit(1)
        last = connection.execute(query).first()
        return (last.seq, last.hash) if last else (0, self._genesis)

    def _append(
        self, kind: Kind, reader: str, at: str, subject: str, payload: Mapping[str, object]
    ) -> None:
        self._append_all([(kind, reader, at, subject, payload)])

    def _append_all(self, entries: Sequence[_Entry]) -> None:
        with self._translated(), self._engine.connect() as connection, _writing(connection):
            if any(kind != "event" or subject == UNBLINDED for kind, _, _, subject, _ in entries):
                self._must_be_blind(connection)
            for entry in entries:
                self._insert(connection, *entry)

    def _insert(
        self,
        connection: sa.Connection,
        kind: Kind,
        reader: str,
        at: str,
        subject: str,
        payload: Mapping[str, object],
    ) -> None:
        seq, previous = self._head(connection)
        fields: dict[str, Any] = {
            "seq": seq + 1,
            "kind": kind,
            "reader": reader,
            "at": at,
            "subject": subject,
            "payload": canonical_json(payload),
            "previous": previous,
        }
        connection.execute(records.insert().values(**fields, hash=self._hash(fields)))

    def _must_be_blind(self, connection: sa.Connection) -> None:
        """Refuse what may not follow the unblinding; looks at each record once."""
        query = _UNBLINDING.where(records.c.seq > self._blind_up_to).limit(1)
        unblinding = connection.execute(query).first()
        if unblinding is not None:
            raise StudyStateError(
                f"The study was unblinded at {unblinding.at}; {self._name} takes no answer since.",
                remedy="Close the reading room; what was answered before then is kept.",
            )
        self._blind_up_to, _ = self._head(connection)

    def _rows(self, kind: Kind, reader: str | None) -> list[Any]:
        query = sa.select(records).where(records.c.kind == kind).order_by(records.c.seq)
        if reader is not None:
            query = query.where(records.c.reader == reader)
        with self._reading() as connection:
            return list(connection.execute(query))

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the database's errors into a sentence."""
        try:
            yield
        except IntegrityError as error:
            raise StoreError(
                f"The same answer is recorded already in {self._name}.",
                remedy="Another window reads with the same reader code; close one of them.",
            ) from error
        except DBAPIError as error:
            text = (str(error.orig).splitlines() or ["no reason given"])[0].rstrip(".")
            if "locked" in text:
                remedy = "Another program uses it; close that one, then try again."
            elif any(word in text for word in ("not a database", "malformed", "disk image")):
                remedy = _TAMPERED
            else:
                remedy = "Check the free space, your rights and the connection, then try again."
            raise StoreError(f"{self._name} failed: {text}.", remedy=remedy) from error
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{self._name} holds a record that makes no sense.", remedy=_TAMPERED
            ) from error


@contextmanager
def _writing(connection: sa.Connection) -> Iterator[None]:
    """Hold the one right to write from before the last record is read until the commit."""
    with connection.execution_options(ledger_writes=True).begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4812977)")
        yield


def _response(data: Any) -> Response:
    return Response(**{**data, "viewing": Viewing(**data["viewing"])})
