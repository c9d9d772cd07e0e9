"""The tables of the ledger, the guards that keep them append-only, and how to connect."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

BUSY_SECONDS = 20

metadata = sa.MetaData()

about = sa.Table(
    "about",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)

# No answer and no finished screen is recorded twice, whatever two windows try.
_once = records.c.kind.in_(("response", "submitted"))
sa.Index(
    "records_once",
    records.c.kind,
    records.c.reader,
    records.c.subject,
    unique=True,
    sqlite_where=_once,
    postgresql_where=_once,
)

_REFUSAL = "answers are append-only"
_SQLITE_GUARDS = {
    f"{table}_no_{verb.lower()}": (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )
    for table in ("records", "about")
    for verb in ("UPDATE", "DELETE")
} | {
    # INSERT OR REPLACE deletes without firing the guard against DELETE.
    "records_in_order": (
        "CREATE TRIGGER IF NOT EXISTS records_in_order BEFORE INSERT ON records "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM records) "
        "BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END"
    ),
}
_POSTGRESQL_GUARDS = {
    f"{table}_no_change": (
        f"CREATE OR REPLACE TRIGGER {table}_no_change "
        f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION blindread_refuse()"
    )
    for table in ("records", "about")
}
_POSTGRESQL_REFUSAL = f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END"
_POSTGRESQL_FUNCTION = (
    "CREATE OR REPLACE FUNCTION blindread_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ {_POSTGRESQL_REFUSAL} $$"
)
# As PostgreSQL tells them; the letter O says that a trigger is in force.
_POSTGRESQL_DEFINITIONS = {
    f"{table}_no_change": (
        f"CREATE TRIGGER {table}_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION blindread_refuse() O"
    )
    for table in ("records", "about")
} | {
    "records_once": (
        "CREATE UNIQUE INDEX records_once ON records USING btree (kind, reader, subject) "
        "WHERE kind = ANY (ARRAY['response'::text, 'submitted'::text])"
    ),
    "blindread_refuse": _POSTGRESQL_REFUSAL,
}


def connect(url: sa.URL) -> sa.Engine:
    """Return an engine whose commits are durable and whose writers never overlap.

    Every use opens a connection of its own: any thread may append, and no file
    stays open between two answers.
    """
    engine = sa.create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def prepare(connection: sa.Connection, facts: Mapping[str, str]) -> None:
    """Make tables and guards where there are none yet; keep those that there are.

    Everything happens in the caller's transaction: a crash leaves all or nothing.
    """
    tables = set(sa.inspect(connection).get_table_names())
    if tables and not {about.name, records.name} <= tables:
        return  # somebody else's database; the caller says so
    metadata.create_all(connection)
    if not connection.execute(sa.select(about)).first():
        rows = [{"name": name, "value": value} for name, value in facts.items()]
        connection.execute(about.insert(), rows)
    if not tables:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
        for statement in _guards(connection).values():
            connection.exec_driver_sql(statement)


def unguarded(connection: sa.Connection) -> tuple[str, ...]:
    """Return the names of the guards that are missing, or are not as ``prepare`` makes them.

    A trigger that ``prepare`` does not make counts too: it could undo what another guards.
    """
    wanted, present = _wanted(connection), _definitions(connection)
    names = wanted.keys() | present.keys()
    return tuple(sorted(name for name in names if wanted.get(name) != present.get(name)))


_DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR name = 'records_once'",
    "postgresql": (
        "SELECT tgname, pg_get_triggerdef(oid, true) || ' ' || tgenabled::text FROM pg_trigger "
        "WHERE tgrelid IN ('records'::regclass, 'about'::regclass) AND NOT tgisinternal "
        "UNION ALL SELECT relname, pg_get_indexdef(oid, 0, true) FROM pg_class "
        "WHERE oid = to_regclass('records_once') "
        "UNION ALL SELECT proname, prosrc FROM pg_proc "
        "WHERE oid = to_regproc('blindread_refuse')"
    ),
}


def _definitions(connection: sa.Connection) -> dict[str, str]:
    """Return every trigger and the index against doubles, as the database tells them."""
    query = _DEFINITIONS.get(connection.dialect.name)
    rows: Iterable[Any] = connection.exec_driver_sql(query) if query else ()
    return {name: " ".join(str(text).split()) for name, text in rows}


def _wanted(connection: sa.Connection) -> dict[str, str]:
    """Return the same of a ledger that nobody has touched."""
    if connection.dialect.name == "postgresql":
        return _POSTGRESQL_DEFINITIONS
    if connection.dialect.name != "sqlite":
        return {}
    engine = connect(sa.URL.create("sqlite"))
    with engine.begin() as untouched:
        prepare(untouched, {"study": ""})
        return _definitions(untouched)


def _guards(connection: sa.Connection) -> dict[str, str]:
    known = {"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS}
    return known.get(connection.dialect.name, {})


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA trusted_schema = OFF")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("ledger_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
