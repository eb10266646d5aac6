"""Connections that keep their promises on both databases.

SQLite: write-ahead log, `BEGIN IMMEDIATE` for writers (the default leaves half-applied migrations behind and fails a
read-then-write at once), foreign keys on, a wait for other writers. PostgreSQL: psycopg 3, connections checked
before use, one writer at a time by an advisory lock so that read-then-write is whole there too.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, make_url, select, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from storage.database.tables import VERSION_TABLE, payload
from storage.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
)

BUSY_TIMEOUT_MS = 15_000
CHUNK = 4_000  # rows a statement: six values each stay below SQLite's 32,766 and PostgreSQL's 65,535 parameters
# A session of PostgreSQL that was stopped must not hold the others up for ever: what it had not kept is lost.
LIMITS = {
    "lock_timeout": f"{BUSY_TIMEOUT_MS}ms",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "1min",
}
_LONG_READING = "15min"  # between two statements of `uptake verify`, which holds nobody up
_NO_ADDRESS = (
    "The database address is invalid: write sqlite:///path/to/uptake.db or postgresql://user:password@host/name."
)
_WRITER_LOCK = 0x757074616B65  # "uptake": the advisory lock that makes PostgreSQL's writers take turns


def parse(url: str) -> URL:
    """A database address: `sqlite:///file` or `postgresql://user:password@host/name`. Raises StoreUnreachable.

    What follows `sqlite:///` is a path as it stands, whatever signs are in it.
    """
    kind, _, path = url.partition(":///")
    try:
        parsed = URL.create(kind, database=path) if kind == "sqlite" else make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUnreachable(_NO_ADDRESS) from None
    if not 0 < (parsed.port or 1) < 65_536:
        raise StoreUnreachable(_NO_ADDRESS)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise StoreUnreachable("A SQLite store needs a file: write sqlite:///path/to/uptake.db.")
        return parsed
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise StoreUnreachable(f"Uptake keeps its store in SQLite or PostgreSQL, not in {parsed.get_backend_name()}.")


def place(url: URL) -> str:
    """Where a store is, without its password: for messages."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def connect(url: URL, *, read_only: bool = False, create: bool = False) -> Engine:
    """An engine for a store.

    `create`, for migrations, makes a missing SQLite file (mode 0600), else that is an error, and lets statements of
    PostgreSQL take as long as they need.
    """
    try:
        sqlite = url.get_backend_name() == "sqlite"
        engine = _sqlite(url, read_only, create) if sqlite else _postgresql(url, read_only, create)
    except NoSuchModuleError as e:
        raise StoreUnreachable(f"No driver for {place(url)}: {e}.") from None
    event.listen(engine, "handle_error", lambda context: _translate(context, place(url)))
    return engine


def _sqlite(url: URL, read_only: bool, create: bool) -> Engine:
    path = Path(str(url.database))
    if create:
        _create_private(path)
    elif not path.exists():
        raise StoreUnreachable(f"There is no store at {path} yet: run `uptake migrate` or `make up` to make one.")
    address = f"file:{quote(path.absolute().as_posix())}"

    def opened() -> sqlite3.Connection:
        raw = sqlite3.connect(
            f"{address}?{_way_in(path, read_only=read_only)}", uri=True, isolation_level=None, check_same_thread=False
        )
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        raw.execute("PRAGMA foreign_keys = ON")
        if read_only:
            raw.execute("PRAGMA query_only = ON")
        else:
            if not _is_foreign(raw):  # the switch to WAL rewrites the header, and that file is not ours to touch
                raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
        return raw

    engine = create_engine("sqlite://", creator=opened, poolclass=QueuePool, hide_parameters=True)
    # isolation_level=None hands transactions to us; without this event SQLAlchemy's begin() would begin nothing.
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN" if read_only else _begin(conn)))
    return engine


def _way_in(path: Path, *, read_only: bool) -> str:
    """How SQLite opens a file. On a disk that may only be read it can keep no log, and needs none: nobody writes."""
    if not read_only or os.access(path.parent, os.W_OK):
        return "mode=rw"
    log = path.with_name(path.name + "-wal")
    whole = not log.exists() or log.stat().st_size == 0
    return "immutable=1" if whole and os.statvfs(path).f_flag & os.ST_RDONLY else "mode=ro"


def _is_foreign(raw: sqlite3.Connection) -> bool:
    names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return bool(names) and VERSION_TABLE not in names


def _begin(conn: Connection) -> str:
    return "BEGIN IMMEDIATE" if conn.get_execution_options().get("uptake_writes") else "BEGIN"


def _create_private(path: Path) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as e:
        raise StoreUnreachable(f"The store {path} cannot be made: {e.strerror}.") from None


def _postgresql(url: URL, read_only: bool, create: bool) -> Engine:
    session = {"timezone": "UTC"} | LIMITS | ({"statement_timeout": "0"} if create else {})
    if read_only:
        session |= {"default_transaction_read_only": "on", "idle_in_transaction_session_timeout": _LONG_READING}
    options = " ".join(f"-c {name}={value}" for name, value in session.items())
    arguments = {"connect_timeout": 10, "options": options, "application_name": "uptake"}
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)


_SNAPSHOT: ContextVar[Connection | None] = ContextVar("snapshot", default=None)


@contextmanager
def snapshot(engine: Engine) -> Iterator[None]:
    """Every read of this thread within it sees the state at its beginning."""
    with reading(engine) as conn:
        former = _SNAPSHOT.set(conn)
        try:
            yield
        finally:
            _SNAPSHOT.reset(former)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent read: everything in it sees the same state."""
    shared = _SNAPSHOT.get()
    if shared is not None and shared.engine is engine:
        yield shared
        return
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as conn, conn.begin():
        yield conn


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that other writers wait for: all of it is kept, or nothing."""
    with engine.connect().execution_options(uptake_writes=True) as conn, conn.begin():
        if engine.dialect.name == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        yield conn


def fetch(conn: Connection, query: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """All rows of a query as the driver gives them, five times quicker than through SQLAlchemy's rows."""
    cursor: Any = conn.exec_driver_sql(query, parameters).cursor
    with reaching(conn):
        return list(cursor.fetchall())


@contextmanager
def reaching(conn: Connection) -> Iterator[None]:
    """A damaged page of SQLite shows only when it is reached, past SQLAlchemy's own handler."""
    try:
        yield
    except sqlite3.Error as e:
        _translate_sqlite(e, conn.exec_driver_sql("PRAGMA database_list").scalars(2).one())
        raise


def mark(conn: Connection) -> str:
    """How this database's driver writes a bound parameter."""
    return "?" if conn.dialect.name == "sqlite" else "%s"


def inserted(made: CursorResult[Any]) -> int:
    """The id of the row that was just inserted."""
    key = made.inserted_primary_key
    if key is None:
        raise LookupError("the database returned no id for the new row")
    return int(key[0])


def provenance(conn: Connection, payloads: set[int]) -> dict[int, tuple[str, datetime]]:
    """The source and the moment of fetching of each payload."""
    p = payload.c
    origins: dict[int, tuple[str, datetime]] = {}
    wanted = sorted(payloads)
    for start in range(0, len(wanted), CHUNK):
        query = select(p.id, p.source, p.fetched_at).where(p.id.in_(wanted[start : start + CHUNK]))
        origins |= {row.id: (row.source, row.fetched_at) for row in conn.execute(query)}
    return origins


_SQLITE_FAULTS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("disk is full", StoreFull, "The disk of the store {place} is full: make room and run it again; nothing was lost."),
    ("readonly", StoreReadOnly, "The store {place} cannot be written: check who owns the file and its folder."),
    ("locked", StoreBusy, "The store {place} is held by another writer for too long: try again in a moment."),
    ("unable to open", StoreUnreachable, "The store {place} cannot be opened: check the path and its permissions."),
    ("not a database", StoreDamaged, "{place} is not a SQLite database: choose another file or restore a backup."),
    ("malformed", StoreDamaged, "The store {place} is damaged: restore the last backup."),
    ("disk I/O error", StoreFull, "The disk of the store {place} fails to write: check its room and health."),
)

_POSTGRESQL_FAULTS: dict[str, tuple[type[StoreError], str]] = {
    "53100": (StoreFull, "The disk of the store {place} is full: make room and run it again; nothing was lost."),
    "25006": (StoreReadOnly, "The store {place} only permits reading."),
    "42501": (StoreReadOnly, "The store {place} does not permit this user to do that: check its grants."),
    "55P03": (StoreBusy, "The store {place} is held by another writer for too long: try again in a moment."),
    "57014": (
        StoreBusy,
        "The store {place} took too long to answer and was stopped: try again when it has less to do.",
    ),
    "25P03": (StoreBusy, "A transaction in the store {place} was idle for too long; none of it was stored: try again."),
}


def _translate(context: ExceptionContext, where: str) -> None:
    if context.is_pre_ping:  # a connection that died while it lay idle is no fault: the pool makes another
        return
    error: Any = context.original_exception
    if isinstance(error, sqlite3.Error):
        _translate_sqlite(error, where)
        return
    state = getattr(error, "sqlstate", None) or ""
    if state in _POSTGRESQL_FAULTS:
        _raise(*_POSTGRESQL_FAULTS[state], where)
    # No state at all is a connection that failed or broke; class 08 and 57P say the same with one.
    broken = not state and type(error).__name__ in ("OperationalError", "ConnectionTimeout", "ProgrammingError")
    if broken or state.startswith(("08", "57P")):
        _raise(StoreUnreachable, _without_connection(str(error)), where)


def _without_connection(reason: str) -> str:
    """Why there is none: the server's own words where it refused, the driver's where it did not understand."""
    _, refused, words = reason.partition("FATAL:")
    named = (words if refused else reason).strip().partition("\n")[0].rstrip(".").replace("{", "(").replace("}", ")")
    if "password authentication failed" in reason or "no password" in reason:
        return "The store {place} refused the user or the password: check both in its address."
    if refused:
        return f"The store {{place}} refused the connection: {named}."
    if "invalid " in reason:
        return f"The database address {{place}} is not understood: {named[named.find('invalid ') :]}."
    return "The store {place} does not answer: check that the database runs and its address."


def _translate_sqlite(error: sqlite3.Error, where: str) -> None:
    for sign, kind, sentence in _SQLITE_FAULTS:
        if sign in str(error):
            _raise(kind, sentence, where)


def _raise(kind: type[StoreError], sentence: str, where: str) -> NoReturn:
    raise kind(sentence.format(place=where)) from None
