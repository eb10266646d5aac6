"""Bringing a store to this program's schema, all or nothing, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from storage.database.engine import connect, parse, writing
from storage.database.tables import SCHEMA, VERSION_TABLE, metadata
from storage.errors import StoreFull, StoreNewer
from storage.store import Store, revision_of

__all__ = ["head", "migrate"]

ROOM = 1.2  # times a store's own size, which an upgrade that rewrites every row writes to the log beside it


def head() -> int:
    """The newest revision there is."""
    return int(_scripts().get_current_head() or 0)


def migrate(url: str, *, to: int = SCHEMA) -> tuple[str, ...]:
    """Create or upgrade the store at `url`; the revisions applied, oldest first (none: it was up to date).

    One transaction: an error or a killed process leaves the store as it was. Of two processes that migrate at once,
    one does the work and the other finds it done. Raises StoreForeign, StoreNewer, StoreFull and their siblings.
    """
    parsed = parse(url)
    engine = connect(parsed, create=True)
    try:
        current = revision_of(engine, parsed) or 0
        if current > head():
            raise StoreNewer(
                f"The store was written by a newer Uptake (revision {current}, this one has {head()}): "
                "upgrade the program; nothing was changed."
            )
        _check_room(Store(engine, parsed), current, to)
        return _upgrade(engine, to)
    finally:
        engine.dispose()


def _check_room(store: Store, current: int, to: int) -> None:
    """Raises StoreFull before anything is touched if what an upgrade writes beside a file would find no room."""
    room = store.room()
    if not 0 < current < to or room is None or room.free >= ROOM * room.used:
        return
    needed, free = int(ROOM * room.used) // 2**20 + 1, room.free // 2**20
    raise StoreFull(
        f"The disk of {store.place} has {free:,} MB left and an upgrade may need {needed:,}: make room and run "
        "`uptake migrate` again; nothing was changed."
    )


def _upgrade(engine: Engine, to: int) -> tuple[str, ...]:
    scripts = _scripts()
    applied: list[str] = []

    def steps(current: object, _: object) -> list[object]:
        pending = scripts._upgrade_revs(f"{to:04d}", current)  # type: ignore[arg-type]  # what Alembic's own upgrade command calls
        applied.extend(step.revision.revision for step in pending)
        return list(pending)

    with writing(engine) as conn, EnvironmentContext(_config(), scripts, fn=steps) as environment:
        # One transaction around all: Alembic believes that SQLite cannot roll DDL back, but with our own BEGIN it can.
        environment.configure(
            connection=conn,
            target_metadata=metadata,
            version_table=VERSION_TABLE,
            transactional_ddl=True,
            render_as_batch=engine.dialect.name == "sqlite",
        )
        environment.run_migrations()
    return tuple(applied)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
