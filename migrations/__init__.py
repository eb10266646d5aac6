"""Bringing a store to this program's schema, all or nothing, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from storage.database.engine import connect, parse, writing
from storage.database.tables import SCHEMA, VERSION_TABLE, metadata
from storage.errors import StoreNewer
from storage.store import revision_of

__all__ = ["head", "migrate"]


def head() -> int:
    """The newest revision there is."""
    return int(_scripts().get_current_head() or 0)


def migrate(url: str, *, to: int = SCHEMA) -> tuple[str, ...]:
    """Create or upgrade the store at `url`; the revisions applied, oldest first (none: it was up to date).

    One transaction: an error or a killed process leaves the store as it was. Of two processes that migrate at once,
    one does the work and the other finds it done. Raises StoreForeign, StoreNewer and their siblings.
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
        return _upgrade(engine, to)
    finally:
        engine.dispose()


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
