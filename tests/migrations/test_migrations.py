"""Migrations are all or nothing on both databases, and keep every row from every revision."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine

from migrations import head, migrate
from storage import Store
from storage.database.engine import connect, parse, reading, writing
from storage.database.tables import SCHEMA, VERSION_TABLE, metadata

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def tables(url: str) -> set[str]:
    engine = connect(parse(url), create=True)
    with reading(engine) as conn:
        names = set(inspect(conn).get_table_names())
    engine.dispose()
    return names


def test_the_program_and_its_migrations_agree_on_the_newest_schema() -> None:
    assert head() == SCHEMA


def test_migrated_tables_are_the_declared_ones(store_url: str) -> None:
    engine = connect(parse(store_url))
    with reading(engine) as conn:
        context = MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_again_does_nothing(empty_url: str) -> None:
    assert migrate(empty_url) == tuple(f"{n:04d}" for n in range(1, SCHEMA + 1))
    assert migrate(empty_url) == ()


FIRST_ROWS = """
    INSERT INTO run (source, trigger, status, frameworks, "full", requested_at, planned, done, new, revised, unchanged,
        failed, note, failures, cancel_requested)
        VALUES ('github', 'cli', 'ok', '[]', false, '2026-11-22 12:00:00', 1, 1, 1, 0, 0, 0, '', '[]', false);
    INSERT INTO framework (id, title, origin) VALUES ('flask', 'Flask', 'catalog');
    INSERT INTO series (metric, framework, dimension) VALUES ('stars', 'flask', '');
    INSERT INTO payload (run, framework, stream, source, url, sha256, size, fetched_at)
        VALUES (1, 'flask', 'snapshot', 'github', 'http://x', '0', 2, '2026-11-22 12:00:00');
    INSERT INTO observation VALUES (1, 18262, 18262, 5, NULL, 1);
    INSERT INTO revision (series, period, period_end, value, base, payload, until)
        VALUES (1, 18262, 18262, 4, NULL, 1, '2026-11-22 13:00:00');
    INSERT INTO event (framework, day, kind, title, url, payload) VALUES ('flask', 18262, 'release', '1.0', '', 1)
"""


@pytest.mark.parametrize("start", range(1, SCHEMA + 1))
def test_every_revision_goes_up_with_its_data(empty_url: str, start: int) -> None:
    migrate(empty_url, to=start)
    engine = connect(parse(empty_url))
    with writing(engine) as conn:
        for statement in FIRST_ROWS.split(";"):
            conn.execute(text(statement))
    engine.dispose()
    migrate(empty_url)
    with Store.open(empty_url) as store:
        assert list(store.read("stars")["value"]) == [5]
        assert list(store.revisions("stars", "flask")["value"]) == [4]
        assert store.runs()[0].requested_at == NOON
        assert [event.title for event in store.events()] == ["1.0"]
        store.add_note("flask", date(2020, 1, 1), "ours")
        assert len(store.payloads(1)) == 1


class Stop(Exception):
    """Raised in the middle of a migration."""


def test_an_error_after_any_statement_leaves_the_store_as_it_was(empty_url: str) -> None:
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1
        if statements == stop_after:
            raise Stop

    event.listen(Engine, "after_cursor_execute", count)
    try:
        for stop_after in range(1, 120):
            statements = 0
            try:
                migrate(empty_url)
            except Stop:
                event.remove(Engine, "after_cursor_execute", count)
                assert tables(empty_url) == set(), f"half a migration after statement {stop_after}"
                event.listen(Engine, "after_cursor_execute", count)
            else:
                break
        else:
            pytest.fail("the migration never came to its end")
        assert stop_after > len(metadata.tables)
    finally:
        event.remove(Engine, "after_cursor_execute", count)
    with Store.open(empty_url) as store:
        store.ping()


KILLED = """
    import os, signal, sys
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from migrations import migrate
    url, after = sys.argv[1], int(sys.argv[2])
    seen = 0
    def kill(*_):
        global seen
        seen += 1
        if seen == after:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "after_cursor_execute", kill)
    migrate(url)
"""


@pytest.mark.parametrize("after", [3, 12, 20])
def test_a_killed_migration_leaves_the_store_as_it_was(empty_url: str, after: int) -> None:
    tables(empty_url)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    program = [sys.executable, "-c", textwrap.dedent(KILLED), empty_url, str(after)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    assert tables(empty_url) == set()
    migrate(empty_url)


def test_of_two_that_migrate_at_once_both_end_well(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(migrate, [empty_url, empty_url]))
    assert sorted(done) == sorted([(), tuple(f"{n:04d}" for n in range(1, SCHEMA + 1))])
    engine = connect(parse(empty_url))
    with reading(engine) as conn:
        assert conn.execute(text(f"SELECT count(*) FROM {VERSION_TABLE}")).scalar() == 1
    engine.dispose()
