"""All that a store holds, as rows that are the same on SQLite and PostgreSQL: to copy it, and to compare two stores.

Left out are the leases, which belong to the processes that hold them, and the generation, which counts one store's own
changes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, delete, func, select, text, update
from sqlalchemy.engine import URL

from storage.database import tables as t
from storage.database.engine import CHUNK, mark, place, reading, writing
from storage.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreUnreachable

_LEFT_OUT = {t.store.name, t.lease.name, t.VERSION_TABLE, "backup"}  # only a backup has a table of that name
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"  # as SQLAlchemy writes a moment in SQLite
Progress = Callable[[str, int, int], None]  # table, rows done, rows in all


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows each table has, and a SHA-256 of all of them: equal for two stores that hold the same."""

    rows: Mapping[str, int]
    digest: str

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class ContentCopy:
    """The part of the store that is compared with another one, and filled from it."""

    _engine: Engine
    _url: URL

    def content(self, progress: Progress | None = None) -> Content:
        """Read everything once, in one consistent state. Takes some 2 µs a row."""
        return content_of(self._engine, progress)

    def copy_from(
        self, origin: ContentCopy, now: datetime, *, replace: bool = False, progress: Progress | None = None
    ) -> Content:
        """Take over all that `origin` holds at this moment, in one transaction; what was copied, read back.

        Raises StoreBusy if a process works on this store, StoreError if it is not empty and `replace` is False,
        StoreDamaged if what was written is not what was read. Nothing has changed then.
        """
        where = place(self._url)
        with reading(origin._engine) as source, writing(self._engine) as target:
            _refuse_if_used(target, now, where)
            tables = _tables(source)
            if not replace:
                _refuse_if_filled(target, tables, where)
            for table in reversed(tables):
                target.execute(delete(table))
            copied = _Tally(source, tables, progress)
            for table in tables:
                for rows in _chunks(source, table):
                    _insert(target, table, rows)
                    copied.add(table, rows)
                _continue_ids(target, table)
            written = _content(target, None)
            if written != copied.content():
                raise StoreDamaged(f"What was written to {where} reads back differently: nothing was changed.")
            generation = max(conn.execute(select(t.store.c.generation)).scalar_one() for conn in (source, target))
            target.execute(update(t.store).values(generation=generation + 1))
        return written


def content_of(engine: Engine, progress: Progress | None = None) -> Content:
    """The content of a store of any revision, this program's or an earlier one's."""
    with reading(engine) as conn:
        return _content(conn, progress)


def seal(path: Path, content: Content, now: datetime, version: str) -> None:
    """Write what the file must contain into it, and leave one file that needs no other beside it."""
    try:
        _write_seal(path, content, now, version)
    except sqlite3.Error as error:
        raise StoreFull(f"The backup {path} cannot be written: {error}.") from None


def _write_seal(path: Path, content: Content, now: datetime, version: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute("CREATE TABLE backup (made_at TEXT, version TEXT, rows TEXT, digest TEXT)")
        row = (now.isoformat(), version, json.dumps(dict(content.rows)), content.digest)
        raw.execute("INSERT INTO backup VALUES (?, ?, ?, ?)", row)


def read_seal(file: Path) -> tuple[datetime, Content]:
    """When a backup was made and what it must contain. Raises StoreError and its siblings."""
    if not file.is_file():
        raise StoreUnreachable(f"There is no backup at {file}: check the path.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as raw:
            made_at, rows, digest = raw.execute("SELECT made_at, rows, digest FROM backup").fetchone()
        return datetime.fromisoformat(made_at), Content(json.loads(rows), digest)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise StoreDamaged(f"The backup {file} cannot be read ({error}): use another one.") from None
        raise StoreError(
            f"{file} was not made by `uptake backup`. If it is a store, use `uptake copy-store sqlite:///{file}`."
        ) from None
    except (sqlite3.Error, TypeError, ValueError):
        raise StoreDamaged(f"{file} is no backup, or a damaged one: use another.") from None


class _Tally:
    """What was read so far."""

    def __init__(self, conn: Connection, tables: Sequence[Table], progress: Progress | None) -> None:
        self._digest = hashlib.sha256()
        self._rows = {table.name: 0 for table in tables}
        self._expected = sum(_count(conn, table) for table in tables) if progress else 0
        self._progress = progress

    def add(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        text_of_rows = "\n".join(f"{table.name}{row!r}" for row in rows)
        self._digest.update(text_of_rows.encode("utf-8", "surrogatepass") + b"\n")
        self._rows[table.name] += len(rows)
        if self._progress:
            self._progress(table.name, sum(self._rows.values()), self._expected)

    def content(self) -> Content:
        return Content(self._rows, self._digest.hexdigest())


def _content(conn: Connection, progress: Progress | None) -> Content:
    tables = _tables(conn)
    tally = _Tally(conn, tables, progress)
    for table in tables:
        for rows in _chunks(conn, table):
            tally.add(table, rows)
    return tally.content()


def _tables(conn: Connection) -> list[Table]:
    """The tables that a database has, each before those that refer to it."""
    metadata = MetaData()
    metadata.reflect(conn, only=lambda name, _: name not in _LEFT_OUT)
    return metadata.sorted_tables


def _columns(table: Table) -> list[Column[Any]]:
    """Its columns by name, since their order may differ between databases."""
    return sorted(table.columns, key=lambda column: column.name)


def _count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def _chunks(conn: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table by key, as SQLite's driver gives them: moments as text in UTC, yes and no as 1 and 0."""
    postgresql = conn.dialect.name == "postgresql"
    columns = ", ".join(f'"{column.name}"' for column in _columns(table))
    order = ", ".join(
        f'"{column.name}"' + (' COLLATE "C"' if postgresql and isinstance(column.type, String) else "")
        for column in table.primary_key
    )
    query = f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'
    options = {"stream_results": True, "max_row_buffer": CHUNK}
    with closing(conn.exec_driver_sql(query, execution_options=options)) as result:
        rows: Iterator[tuple[Any, ...]] = map(tuple, result)
        while chunk := list(islice(rows, CHUNK)):
            yield [tuple(map(_as_in_sqlite, row)) for row in chunk] if postgresql else chunk


def _as_in_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(_MOMENT)
    return int(value) if isinstance(value, bool) else value


def _insert(conn: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{column.name}"' for column in _columns(table))
    if conn.dialect.name == "postgresql":
        raw: Any = conn.connection.cursor()
        with closing(raw), raw.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    values = ", ".join([mark(conn)] * len(table.columns))
    conn.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({values})', rows)


def _continue_ids(conn: Connection, table: Table) -> None:
    """Have PostgreSQL number the next row after the highest that was copied; SQLite does so by itself."""
    numbered = "id" in table.columns and isinstance(table.c.id.type, Integer)
    if conn.dialect.name != "postgresql" or not numbered:
        return
    highest = conn.execute(select(func.max(table.c.id))).scalar()
    if highest is not None:
        query = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)")
        conn.execute(query, {"name": table.name, "highest": highest})


def _refuse_if_used(conn: Connection, now: datetime, where: str) -> None:
    held = conn.execute(select(t.lease).where(t.lease.c.expires_at > now).order_by(t.lease.c.name)).first()
    if held:
        raise StoreBusy(
            f"A process ({held.name}) works on the store {where}: stop the scheduler and wait for running "
            f"collections, or until {held.expires_at:%Y-%m-%d %H:%M} UTC if it was killed; nothing was changed."
        )


def _refuse_if_filled(conn: Connection, tables: Sequence[Table], where: str) -> None:
    filled = [table.name for table in tables if _count(conn, table)]
    if filled:
        raise StoreError(
            f"The store {where} already holds something (table {filled[0]}): choose an empty one, or replace what it "
            "holds by `uptake restore --replace`."
        )
