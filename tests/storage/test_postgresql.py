"""PostgreSQL: nobody waits for ever for another session, and a server that refuses is not one that is silent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from migrations import migrate
from storage import Store, StoreBusy, StoreUnreachable
from storage.database import engine
from storage.database.engine import connect, parse, reading, writing
from tests.storage.test_faults import fill, one_sentence, sql

pytestmark = pytest.mark.fault

HOLDING = """
    import sys, time
    from sqlalchemy import text
    from storage import Store
    from storage.database.engine import writing
    with Store.open(sys.argv[1]) as store, writing(store._engine) as conn:
        conn.execute(text("UPDATE store SET generation = generation + 1"))
        print("held", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


@pytest.fixture
def stopped(url: str) -> Iterator[None]:
    """A process that was stopped in the middle of a transaction, as by Ctrl-Z, and holds the writers' lock."""
    command = [sys.executable, "-c", textwrap.dedent(HOLDING), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        os.kill(process.pid, signal.SIGSTOP)
        yield
        process.kill()


def limited(monkeypatch: pytest.MonkeyPatch, **limits: str) -> None:
    """Shorter limits, for this process's sessions alone."""
    monkeypatch.setattr(engine, "LIMITS", engine.LIMITS | limits)


@pytest.mark.usefixtures("stopped")
def test_a_stopped_session_with_the_lock_is_said_in_one_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, lock_timeout="500ms")
    for write in (lambda: migrate(url), lambda: _fill(url)):
        began = time.monotonic()
        with pytest.raises(StoreBusy, match="held by another writer for too long") as caught:
            write()
        assert time.monotonic() - began < 5
        assert one_sentence(caught.value)
    with Store.open(url, read_only=True) as store:
        assert store.generation() == 0  # readers go on


def _fill(url: str) -> None:
    with Store.open(url) as store:
        fill(store)


def test_a_session_that_stands_still_in_a_transaction_is_ended_and_its_lock_freed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, idle_in_transaction_session_timeout="300ms")
    with Store.open(url) as store:
        with pytest.raises(StoreBusy, match="was idle") as caught:
            _write_slowly(store)
        assert one_sentence(caught.value)
        assert store.generation() == 0
        fill(store)


def _write_slowly(store: Store) -> None:
    with writing(store._engine) as conn:
        conn.execute(text("UPDATE store SET generation = 7"))
        time.sleep(0.8)
        conn.execute(text("UPDATE store SET generation = 8"))


def test_a_statement_that_takes_too_long_is_ended_but_not_in_a_migration(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, statement_timeout="300ms")
    with Store.open(url) as store:
        with pytest.raises(StoreBusy, match="took too long") as caught, reading(store._engine) as conn:
            conn.execute(text("SELECT pg_sleep(2)"))
        assert one_sentence(caught.value)
    migrating = connect(parse(url), create=True)
    with writing(migrating) as conn:
        conn.execute(text("SELECT pg_sleep(0.5)"))
    migrating.dispose()


def test_every_session_has_limits(url: str) -> None:
    for read_only in (False, True):
        with Store.open(url, read_only=read_only) as store, reading(store._engine) as conn:
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                assert conn.execute(text(f"SHOW {name}")).scalar_one() != "0"


@pytest.fixture
def guest(postgresql: str) -> Iterator[str]:
    """The server's address for a user who needs the password "right"."""
    admin = create_engine(postgresql.replace("postgresql://", "postgresql+psycopg://"))
    with admin.connect() as conn:
        rules = Path(conn.execute(text("SHOW hba_file")).scalar_one())
    before = rules.read_text()
    rules.write_text("local all guest scram-sha-256\n" + before)
    sql(postgresql, "CREATE ROLE guest LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()")
    yield postgresql.replace("postgres:@", "guest:{}@")
    rules.write_text(before)
    sql(postgresql, "DROP ROLE guest", "SELECT pg_reload_conf()")
    admin.dispose()


def test_a_server_that_refuses_says_why(guest: str) -> None:
    for url, why in (
        (guest.format("wrong"), "refused the user or the password"),
        (guest.replace("{}", ""), "refused the user or the password"),
        (
            guest.format("right").replace("/postgres?", "/nowhere?"),
            'refused the connection: database "nowhere" does not',
        ),
        (guest.replace("guest:{}", "nobody"), 'refused the connection: role "nobody" does not exist'),
    ):
        with pytest.raises(StoreUnreachable, match=why) as caught:
            Store.open(url)
        assert one_sentence(caught.value)
        assert "wrong" not in str(caught.value)
