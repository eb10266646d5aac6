"""The store: everything Uptake has learned, in one place. The only SQL of the program is in this package."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.engine import URL

from storage.alerts import Alerts
from storage.audit import Audit
from storage.database import tables as t
from storage.database.engine import connect, parse, place, reading, snapshot
from storage.errors import StoreEmpty, StoreForeign, StoreNewer, StoreOlder
from storage.forecasts import Forecasts
from storage.frameworks import Frameworks
from storage.ingest import Ingest
from storage.leases import Leases
from storage.observations import Observations
from storage.runs import Runs
from storage.store_copy import ContentCopy


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """Bytes that are free on a store's disk, and that the store takes."""

    free: int
    used: int


class Store(Observations, Ingest, Frameworks, Runs, Leases, Audit, Forecasts, Alerts, ContentCopy):
    """An open store. Safe to share between threads; every method is one transaction."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self._engine = engine
        self._url = url

    @classmethod
    def open(cls, url: str, *, read_only: bool = False) -> Self:
        """Open a store of this version. Raises one of the StoreErrors, each a sentence that says what to do."""
        parsed = parse(url)
        engine = connect(parsed, read_only=read_only)
        try:
            check_ours(engine, parsed)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, parsed)

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return place(self._url)

    def ping(self) -> None:
        """Raises StoreUnreachable (or its siblings) if the store cannot be read now."""
        with reading(self._engine) as conn:
            conn.execute(select(t.store.c.generation)).scalar_one()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads of this thread within it see the store as it is when it begins, whatever is written meanwhile."""
        with snapshot(self._engine):
            yield

    def room(self) -> DiskRoom | None:
        """The room on the store's disk; None for a database server, whose disk is its own matter."""
        if self._url.get_backend_name() != "sqlite":
            return None
        file = Path(str(self._url.database)).absolute()
        parts = (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm")))
        used = sum(part.stat().st_size for part in parts if part.exists())
        return DiskRoom(shutil.disk_usage(file.parent).free, used)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def revision_of(engine: Engine, url: URL) -> int | None:
    """The schema revision a database is at, None if it is empty. Raises StoreForeign for somebody else's."""
    with reading(engine) as conn:
        names = set(inspect(conn).get_table_names())
        if t.VERSION_TABLE not in names:
            if names:
                raise StoreForeign(
                    f"{place(url)} belongs to another program (its tables are not Uptake's): choose another database."
                )
            return None
        revision = conn.execute(text(f"SELECT version_num FROM {t.VERSION_TABLE}")).scalar()
    if revision is None:
        return None
    if not str(revision).isdigit():
        raise StoreForeign(
            f"{place(url)} says its revision is {revision!r}, which Uptake never wrote: choose another database."
        )
    return int(revision)


def check_ours(engine: Engine, url: URL) -> None:
    """Raises unless the database has exactly this program's schema."""
    revision = revision_of(engine, url)
    if revision is None:
        raise StoreEmpty(f"There is no store in {place(url)} yet: run `uptake migrate` or `make up` to make one.")
    if revision < t.SCHEMA:
        raise StoreOlder(
            f"The store {place(url)} is of revision {revision}, this program needs {t.SCHEMA}: run `uptake migrate`."
        )
    if revision > t.SCHEMA:
        raise StoreNewer(
            f"The store {place(url)} was written by a newer Uptake (revision {revision}, this one has {t.SCHEMA}): "
            "upgrade the program; nothing was changed."
        )
