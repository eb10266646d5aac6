"""What is wrong with a store is said in one sentence, and nothing is lost."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from migrations import migrate
from storage import (
    Batch,
    Observation,
    Payload,
    Period,
    Store,
    StoreDamaged,
    StoreEmpty,
    StoreError,
    StoreForeign,
    StoreNewer,
    StoreOlder,
    StoreReadOnly,
    StoreUnreachable,
)
from storage.database.engine import writing

pytestmark = pytest.mark.fault

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def one_sentence(error: StoreError) -> bool:
    return "\n" not in str(error) and str(error).endswith(".") and "Traceback" not in str(error)


def sql(url: str, *statements: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


def fill(store: Store, rows: int = 100) -> None:
    run = store.start_run("github", trigger="cli", now=NOON).id
    told = (Observation("stars", "flask", Period.day(date(2000, 1, 1) + timedelta(days=d)), d) for d in range(rows))
    store.write(run, "flask", "snapshot", Batch(Payload("github", "http://x", b"{}", NOON), tuple(told)))


def test_an_empty_database_asks_to_be_migrated(empty_url: str) -> None:
    with pytest.raises((StoreEmpty, StoreUnreachable), match="uptake migrate") as caught:
        Store.open(empty_url)
    assert one_sentence(caught.value)


def test_somebody_elses_database_is_refused_and_untouched(empty_url: str) -> None:
    sql(empty_url, "CREATE TABLE theirs (id INTEGER)", "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    for attempt in (Store.open, migrate):
        with pytest.raises(StoreForeign, match="another program") as caught:
            attempt(empty_url)
        assert one_sentence(caught.value)


def test_a_newer_store_is_refused_and_an_older_one_asks(store_url: str) -> None:
    sql(store_url, "UPDATE uptake_version SET version_num = '9999'")
    for attempt in (Store.open, migrate):
        with pytest.raises(StoreNewer, match="newer Uptake") as caught:
            attempt(store_url)
        assert one_sentence(caught.value)
    sql(store_url, "UPDATE uptake_version SET version_num = '0000'")
    with pytest.raises(StoreOlder, match="uptake migrate"):
        Store.open(store_url)
    sql(store_url, "UPDATE uptake_version SET version_num = 'cafe'")
    with pytest.raises(StoreForeign):
        Store.open(store_url)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    with pytest.raises(StoreUnreachable) as caught:
        Store.open(url)
    assert one_sentence(caught.value)


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    with pytest.raises(StoreUnreachable, match="does not answer") as caught:
        Store.open("postgresql://uptake:s3cret@127.0.0.1:9/uptake")
    assert one_sentence(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, though long enough to be read as one" * 40)
    with pytest.raises(StoreDamaged) as caught:
        Store.open(f"sqlite:///{path}")
    assert one_sentence(caught.value)


def test_a_folder_that_cannot_be_made_is_said_so() -> None:
    with pytest.raises(StoreUnreachable) as caught:
        migrate("sqlite:////proc/none/uptake.db")
    assert one_sentence(caught.value)


def test_a_reader_cannot_write(store_url: str) -> None:
    with Store.open(store_url) as store:
        fill(store)
    with Store.open(store_url, read_only=True) as reader:
        assert len(reader.read("stars")) == 100
        with pytest.raises(StoreReadOnly) as caught:
            reader.request_run("pypistats", trigger="page", now=NOON)
    assert one_sentence(caught.value)


def test_readers_are_served_while_a_writer_writes(store_url: str) -> None:
    with Store.open(store_url) as store, Store.open(store_url, read_only=True) as reader:
        fill(store)
        with writing(store._engine) as conn:
            conn.execute(text("UPDATE observation SET value = value + 1"))
            assert list(reader.read("stars")["value"])[:2] == [0, 1]


def test_a_writer_waits_for_another_one(store_url: str) -> None:
    release = threading.Event()
    held = threading.Event()

    def hold() -> None:
        with Store.open(store_url) as other, writing(other._engine):
            held.set()
            release.wait(0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    with Store.open(store_url) as store:
        fill(store)
        assert len(store.read("stars")) == 100
    release.set()
    holder.join()


def test_the_file_of_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "uptake.db"
    migrate(f"sqlite:///{path}")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


FULL = """
    import resource, signal, sys
    from tests.storage.test_faults import fill
    from storage import Store, StoreFull
    store = Store.open(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        for _ in range(20):
            fill(store, 20_000)
            store._engine.dispose()
    except StoreFull as e:
        print(e)
        sys.exit(3)
"""


def test_a_full_disk_loses_nothing_and_the_store_works_again(sqlite_url: str) -> None:
    """The size limit of a process stands in for a full disk: SQLite sees the same failing write."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), sqlite_url],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "disk" in done.stdout
    with Store.open(sqlite_url) as store:
        assert store.read("stars").empty
        fill(store, 100)
        assert len(store.read("stars")) == 100


def test_an_overwritten_page_is_found_on_reading(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        fill(store, 20_000)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with path.open("r+b") as f:
        f.seek(path.stat().st_size // 2)
        f.write(b"\xff" * 4096 * 8)
    with Store.open(sqlite_url) as store, pytest.raises(StoreDamaged) as caught:
        store.read("stars")
    assert one_sentence(caught.value)


def test_sql_in_a_name_stays_a_name(store: Store) -> None:
    fill(store)
    for name in ("flask'; DROP TABLE observation; --", "%", "\x00" if store.place.endswith(".db") else "_"):
        assert store.read("stars", [name]).empty
        assert store.read(name).empty
    assert len(store.read("stars")) == 100


def test_sqlite_keeps_its_promises(sqlite_store: Store, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert "WITHOUT ROWID" in raw.execute("SELECT sql FROM sqlite_master WHERE name = 'observation'").fetchone()[0]
    raw.close()
